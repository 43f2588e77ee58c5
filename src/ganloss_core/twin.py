"""One tiny GAN on handwritten digits, trained twice: does the same loss give the same run in two frameworks?

Both runs start from the same weights and see the same batches and noise, so that only rounding can part them. What rounding
explains is measured, not guessed: PyTorch trains again with every parameter nudged by at most one ulp before each step. And,
since a logit may lie so near to the kink of a loss that rounding decides its side, after which nothing smooth bounds the rest,
PyTorch trains once more with JAX's critic outputs put for its own in the loss, where the nudges explain the difference. How far
these runs leave the first one, times `SLACK`, is the bound.

Needs NumPy and scikit-learn, PyTorch and JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from ganloss_core import reference
from ganloss_core._loss import LossLike, game
from ganloss_core._settings import Settings

SLACK = 8.0
"""How much more than in the runs that sample rounding errors the divergence may be: they do not bound them."""

NUDGED, DTYPES = 2, ("float64", "float32")
# Adam's first steps are nearly the sign of the gradient: with an epsilon below most gradients, the one of many thousands that
# is nearest to 0 would decide how far two runs part, and no sample of rounding errors foretells that.
LEARNING_RATE, BETAS, EPSILON = 2e-3, (0.5, 0.99), 1e-4
CLASSES, NOISE, HIDDEN, PIXELS, LENGTH, BATCH = 10, 16, 128, 64, 11, 64
"""The critic of a loss of vectors returns `LENGTH` numbers, unless the loss says how many: one for each digit, one for fake."""


@dataclass(frozen=True)
class Plan:
    """All that a run depends on, as NumPy arrays."""

    settings: Settings
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
    grid: tuple[Any, Any]
    """Noise (rows * 10, 16) and labels of the samples to look at."""

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.digits)

    def seeds(self, noise: Any, labels: Any) -> Any:
        """What G is given: noise and, beside it, the label as one-hot numbers."""
        return np.concatenate([noise, np.eye(CLASSES)[labels]], axis=-1).astype(self.dtype)


class Trainer(Protocol):
    """One framework's GAN, at one point of its training."""

    outputs: Any
    """The critic's on reals and fakes in D's part of the last step, then in G's: (4, batch) or (4, batch, ...)."""

    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        ...

    def parameters(self) -> Any:
        """All parameters, flat, in the plan's order."""
        ...

    def samples(self) -> Any:
        """The images for the plan's grid."""
        ...


@dataclass(frozen=True)
class Divergence:
    """How far two runs are apart in each step, and how far rounding explains."""

    what: str
    apart: Any
    bound: Any

    @property
    def step(self) -> int:
        """Where the divergence is largest beside its bound; NaN is beyond any bound."""
        return int(np.argmax(np.nan_to_num(self.apart / self.bound, nan=np.inf)))

    @property
    def ok(self) -> bool:
        """Whether rounding explains it in every step."""
        return bool(self.apart[self.step] <= self.bound[self.step])


@dataclass(frozen=True)
class Twin:
    """Two runs of one loss, and what parts them. Losses have shape (steps, 2), D's and G's; samples (rows * 10, 64)."""

    name: str
    dtype: str
    losses: dict[str, Any]
    samples: dict[str, Any]
    divergences: tuple[Divergence, Divergence]

    @property
    def ok(self) -> bool:
        """Whether rounding explains all of it."""
        return all(d.ok for d in self.divergences)


def plan(loss: LossLike, *, steps: int, dtype: str = "float64", seed: int = 0) -> Plan:
    """Weights, batches and noise for one loss; ValueError for an unknown dtype or no steps."""
    if dtype not in DTYPES:
        raise ValueError(f"the twin trains in {' or '.join(DTYPES)}, got {dtype!r}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    from sklearn.datasets import load_digits

    settings = Settings.of(loss, None, "mean", "mean", {})
    rules = game(settings.build(reference.backend.ops))
    draw = np.random.default_rng(seed)
    outputs = (rules.length or LENGTH) if rules.sample_axes else 1
    sizes = {"generator": (NOISE + CLASSES, HIDDEN, PIXELS), "discriminator": (PIXELS, HIDDEN, outputs)}
    weights: dict[str, list[tuple[Any, Any]]] = {
        player: [(draw.standard_normal((n, m)) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(of_player)]
        for player, of_player in sizes.items()
    }
    # A shift of all logits changes no relativistic loss: Adam would blow the rounding of its gradient up to full steps.
    weights["discriminator"][-1] = (weights["discriminator"][-1][0], None)
    proxies = draw.standard_normal((CLASSES, outputs)) if rules.sample_axes == 2 else None
    images, of_images = load_digits(return_X_y=True)
    chosen = draw.integers(0, len(images), (steps, BATCH))
    of_fakes = draw.integers(0, CLASSES, (steps, 2, BATCH))
    return Plan(
        settings=settings,
        dtype=dtype,
        weights=weights,
        proxies=proxies,
        labelled=rules.sample_axes > 0,
        digits=(images[chosen] / 8.0 - 1.0).astype(dtype),
        labels=np.concatenate([of_images[chosen][:, None], of_fakes], axis=1),
        noise=draw.standard_normal((steps, 2, BATCH, NOISE)),
        grid=(draw.standard_normal((8 * CLASSES, NOISE)), np.tile(np.arange(CLASSES), 8)),
    )


def twin(
    loss: LossLike,
    *,
    steps: int = 300,
    dtype: str = "float64",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Twin:
    """Train with one loss in both frameworks; `progress` is called as (steps done, steps in all).

    Raises ValueError for an unknown dtype or no steps, and for a loss that GANLoss refuses, as it does.
    """
    from ganloss_torch._twin import one_thread

    with one_thread():
        return _train(plan(loss, steps=steps, dtype=dtype, seed=seed), progress)


def _train(plan: Plan, progress: Callable[[int, int], None] | None) -> Twin:
    from ganloss_jax._twin import JaxTrainer
    from ganloss_torch._twin import TorchTrainer

    torch, jax = TorchTrainer(plan), JaxTrainer(plan)
    nudged = [TorchTrainer(plan, nudge_seed=1 + i) for i in range(NUDGED)]
    follower = TorchTrainer(plan, follows=jax)
    first: list[Trainer] = [torch, jax, *nudged]
    others: list[Trainer] = [*nudged, follower]
    eps = float(np.finfo(plan.dtype).eps)
    losses, apart, explained = [], [], []
    for i in range(plan.steps):
        of_torch, of_jax, *of_others = (run.step(i) for run in first)
        # At least the rounding of the outputs themselves.
        gaps = [eps * np.abs(torch.outputs).max(), *(_gap(run.outputs, torch.outputs) for run in nudged)]
        follower.tolerance = max(follower.tolerance, SLACK * max(gaps))
        of_others.append(follower.step(i))
        parameters = torch.parameters()
        losses.append((of_torch, of_jax))
        apart.append((_gap(of_torch, of_jax), _gap(parameters, jax.parameters())))
        explained.append(
            (
                max(eps * np.abs(of_torch).max(), *(_gap(of_torch, other) for other in of_others)),
                max(eps * np.abs(parameters).max(), *(_gap(parameters, run.parameters()) for run in others)),
            )
        )
        if progress is not None:
            progress(i + 1, plan.steps)
    # A divergence once reached may shrink again, at different times in different runs.
    bounds, gaps_of = SLACK * np.maximum.accumulate(explained), np.array(apart)
    return Twin(
        name=plan.settings.name,
        dtype=plan.dtype,
        losses=dict(zip(("PyTorch", "JAX"), np.array(losses).swapaxes(0, 1), strict=True)),
        samples={"PyTorch": torch.samples(), "JAX": jax.samples()},
        divergences=(
            Divergence("losses", gaps_of[:, 0], bounds[:, 0]),
            Divergence("parameters", gaps_of[:, 1], bounds[:, 1]),
        ),
    )


def _gap(a: Any, b: Any) -> float:
    return float(np.abs(np.subtract(a, b)).max())
