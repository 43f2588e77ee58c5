"""The tiny GAN that is trained twice: its weights, batches and noise, and what a framework does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.engine.settings import Settings
from ganloss_core.recipes import Recipe
from ganloss_core.recipes.checked import PLAYERS
from ganloss_core.recipes.kinds import kind
from ganloss_core.recipes.needs import of_terms, together
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import game
from ganloss_core.words.extras import extra

DTYPES = ("float64", "float32")
# Adam's first steps are nearly the sign of the gradient: with an epsilon below most gradients, the one of many thousands that
# is nearest to 0 would decide how far two runs part, and no sample of rounding errors foretells that.
LEARNING_RATE, BETAS, EPSILON = 2e-3, (0.5, 0.99), 1e-4
HAS = {"real", "fake", "generator", "latents", "last_layer"}
"""What the twin can give to a recipe, besides what stands in for terms that a user computes."""
CLASSES, ROWS, NOISE, HIDDEN, PIXELS, LENGTH, BATCH = 10, 8, 16, 128, 64, 11, 64
"""The critic of a loss of vectors returns `LENGTH` numbers, unless the loss says how many: one for each digit, one for fake."""


@dataclass(frozen=True)
class Plan:
    """All that a run depends on, as NumPy arrays.

    >>> from ganloss_core.twin import plan
    >>> plan("hinge", steps=2).digits.shape
    (2, 64, 64)
    """

    recipe: Recipe
    name: str
    dtype: str
    weights: dict[str, list[tuple[Any, Any]]]
    """player -> layers of (matrix of shape (in, out), bias or None)"""
    proxies: Any
    """(classes, length), learnt by D, for a loss of embeddings; else None"""
    labelled: bool
    """Whether the loss is given labels."""
    digits: Any
    """(steps, batch, 64), in [-1, 1]"""
    labels: Any
    """(steps, 3, batch): of the digits, of the fakes in D's step and in G's"""
    noise: Any
    """(steps, 2, batch, 16): for D's step, then for G's"""
    drawn: dict[str, dict[str, Any]]
    """player -> argument -> what its terms would draw, with steps along the first axis; or a dict of such by side"""
    grid: tuple[Any, Any]
    """Noise (rows * 10, 16) and labels of the samples to look at."""

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.digits)

    def draws(self, player: str, i: int, array: Callable[[Any], Any]) -> dict[str, Any]:
        """What the terms of a player take in step i in place of what they would draw, as a framework's arrays."""
        of_step = self.drawn[player].items()
        return {name: {k: array(x[i]) for k, x in of.items()} if isinstance(of, dict) else array(of[i]) for name, of in of_step}

    @property
    def has_features(self) -> bool:
        """Whether a term looks at the critic's hidden layer."""
        return any(term.kind == "feature_matching" for term in self.recipe.generator.values())

    def given(self, player: str, squares: Callable[[Any], Any]) -> dict[str, Any]:
        """For each term that a user would compute a mean of squares: of the fakes, or for D of its logits of reals."""
        value = squares if player == "generator" else lambda seen: squares(seen.real)
        return {name: value for name, term in self.recipe.terms(player).items() if term.kind == "given"}

    def seeds(self, noise: Any, labels: Any) -> Any:
        """What G is given: noise and, beside it, the label as one-hot numbers."""
        return np.concatenate([noise, np.eye(CLASSES)[labels]], axis=-1).astype(self.dtype)


class Trainer(Protocol):
    """One framework's GAN, at one point of its training.

    >>> from ganloss_core.twin import plan
    >>> from ganloss_torch.twin import TorchTrainer
    >>> trainer = TorchTrainer(plan("hinge", steps=1))
    >>> d, g = trainer.step(0)
    >>> d > 0.0
    True
    """

    outputs: Any
    """The critic's on reals and fakes in D's part of the last step, then in G's: (4, batch) or (4, batch, ...). 0 if unseen."""

    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        ...

    def parameters(self) -> Any:
        """All parameters, flat, in the plan's order."""
        ...

    def samples(self) -> Any:
        """The images for the plan's grid."""
        ...


def plan(loss: LossLike | Recipe, *, steps: int, dtype: str = "float64", seed: int = 0) -> Plan:
    """Weights, batches and noise for one loss or recipe; ValueError for an unknown dtype, no steps, and what it cannot train.

    >>> from ganloss_core.twin import plan
    >>> plan("oasis", steps=2).labelled
    True
    """
    if dtype not in DTYPES:
        raise ValueError(f"the twin trains in {' or '.join(DTYPES)}, got {dtype!r}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    with extra("cli"):
        from sklearn.datasets import load_digits

    recipe = loss if isinstance(loss, Recipe) else Recipe.of_loss(loss)
    settings: Settings = reference.GANLoss(recipe.loss, **recipe.settings)._settings
    rules = game(settings.build(reference.backend.ops))
    if rules.sample.ragged:
        raise ValueError(f"the twin's critic has one output for each image: {settings.name} compares one real with K fakes")
    drawn = {player: _drawn(recipe, player, steps, dtype, np.random.default_rng((seed, 1))) for player in PLAYERS}
    for player in PLAYERS:
        given = {name for name, term in recipe.terms(player).items() if term.kind == "given"}
        others = set(together(of_terms(recipe, player, rules.generator.needs_real).values())) - given - HAS - set(drawn[player])
        if others:
            raise ValueError(f"the twin has no {' and no '.join(sorted(others))}, which {recipe.title} needs")
    draw = np.random.default_rng(seed)
    outputs = (rules.sample.length or LENGTH) if rules.sample.axes else 1
    sizes = {"generator": (NOISE + CLASSES, HIDDEN, PIXELS), "discriminator": (PIXELS, HIDDEN, outputs)}
    weights: dict[str, list[tuple[Any, Any]]] = {
        player: [(draw.standard_normal((n, m)) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(of_player)]
        for player, of_player in sizes.items()
    }
    # A shift of all logits changes no relativistic loss: Adam would blow the rounding of its gradient up to full steps.
    weights["discriminator"][-1] = (weights["discriminator"][-1][0], None)
    proxies = draw.standard_normal((CLASSES, outputs)) if rules.sample.axes == 2 else None
    images, of_images = load_digits(return_X_y=True)
    chosen = draw.integers(0, len(images), (steps, BATCH))
    of_fakes = draw.integers(0, CLASSES, (steps, 2, BATCH))
    return Plan(
        recipe=recipe,
        name=recipe.title if isinstance(loss, Recipe) else settings.name,
        dtype=dtype,
        weights=weights,
        proxies=proxies,
        labelled=rules.sample.axes > 0,
        digits=(images[chosen] / 8.0 - 1.0).astype(dtype),
        labels=np.concatenate([of_images[chosen][:, None], of_fakes], axis=1),
        noise=draw.standard_normal((steps, 2, BATCH, NOISE)),
        drawn=drawn,
        grid=(draw.standard_normal((ROWS * CLASSES, NOISE)), np.tile(np.arange(CLASSES), ROWS)),
    )


def _drawn(recipe: Recipe, player: str, steps: int, dtype: str, draw: np.random.Generator) -> dict[str, Any]:
    kinds = {term.kind for term in recipe.terms(player).values()}
    takes = {name for term in recipe.terms(player).values() for name in kind(player, term).takes}
    images = (steps, BATCH, PIXELS)
    found: dict[str, Any] = {"mix": draw.uniform(size=images[:2]).astype(dtype)} if "mix" in takes else {}
    if "dragan" in kinds:
        found["noise"] = draw.uniform(0.0, 0.1, images).astype(dtype)
    elif "path_length" in kinds:
        found["noise"] = draw.standard_normal(images).astype(dtype)
    elif "noise" in takes or (player == "discriminator" and "differences" in recipe.observe):
        found["noise"] = {side: draw.standard_normal(images).astype(dtype) for side in ("real", "fake")}
    if "label_mix" in kinds:
        found["mask"] = draw.integers(0, 2, (steps, BATCH, 1)).astype(dtype)
    weights = {term.times for term in recipe.terms(player).values() if term.times}
    return found | {name: draw.uniform(0.5, 1.0, images[:2]).astype(dtype) for name in sorted(weights)}
