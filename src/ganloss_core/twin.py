"""One tiny GAN on handwritten digits, trained twice: does the same loss give the same run in two frameworks?

Both runs start from the same weights and see the same batches and noise, so that only rounding can part them. What rounding
explains is measured, not guessed: PyTorch trains again with every parameter nudged by at most one ulp before each step, and
what that does to losses and parameters, times `SLACK`, is the bound. All is float64: in
float32 a logit can lie so near to a hinge's kink that rounding decides its side, and no bound on rounding covers the rest.

Needs NumPy and scikit-learn, PyTorch and JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Any

import numpy as np

from ganloss_core import reference
from ganloss_core._loss import LossLike, game
from ganloss_core._settings import Settings

SLACK = 8.0
"""How much more than the nudged runs' the divergence may be: they sample rounding errors, they do not bound them."""

LEARNING_RATE, BETAS, EPSILON = 2e-3, (0.5, 0.99), 1e-8
SIZES = {"generator": (16, 96, 64), "discriminator": (64, 96, 1)}


@dataclass(frozen=True)
class Plan:
    """All that a run depends on, as NumPy arrays."""

    settings: Settings
    weights: dict[str, list[tuple[Any, Any]]]
    """player -> layers of (matrix of shape (in, out), bias or None)"""
    digits: Any
    """(steps, batch, 64), in [-1, 1]"""
    noise: Any
    """(steps, 2, batch, 16): for the discriminator's step, then for the generator's"""


@dataclass(frozen=True)
class Run:
    """What happened in each step."""

    losses: Any
    """(steps, 2), the discriminator's and the generator's"""
    parameters: Any
    """(steps, all parameters)"""


@dataclass(frozen=True)
class Divergence:
    """How far two runs are apart in the step where this is largest beside its bound."""

    what: str
    largest: float
    step: int
    bound: float

    @property
    def ok(self) -> bool:
        """Whether rounding explains it."""
        return self.largest <= self.bound


@dataclass(frozen=True)
class Twin:
    """Two runs, and what parts them."""

    torch: Run
    jax: Run
    divergences: tuple[Divergence, ...]

    @property
    def ok(self) -> bool:
        """Whether rounding explains all of it."""
        return all(d.ok for d in self.divergences)


def plan(loss: LossLike, *, steps: int, batch: int = 64, seed: int = 0) -> Plan:
    """Weights, batches and noise for one loss; ValueError for a loss of vectors."""
    settings = Settings.of(loss, None, "mean", "mean", {})
    if game(settings.build(reference.backend.ops)).sample_axes:
        raise ValueError(f"{settings.name} is a loss of vectors: the twin's critic returns a logit")
    from sklearn.datasets import load_digits

    draw = np.random.default_rng(seed)
    images = load_digits().data / 8.0 - 1.0
    weights: dict[str, list[tuple[Any, Any]]] = {
        player: [(draw.standard_normal((n, m)) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(sizes)]
        for player, sizes in SIZES.items()
    }
    # A shift of all logits changes no relativistic loss: Adam would blow the rounding of its gradient up to full steps.
    weights["discriminator"][-1] = (weights["discriminator"][-1][0], None)
    digits = images[draw.integers(0, len(images), (steps, batch))]
    noise = draw.standard_normal((steps, 2, batch, SIZES["generator"][0]))
    return Plan(settings, weights, digits, noise)


def twin(
    loss: LossLike,
    *,
    steps: int = 300,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Twin:
    """Train with one loss in both frameworks; `progress` is called as (what runs, steps done, steps in all)."""
    from ganloss_jax import _twin as in_jax
    from ganloss_torch import _twin as in_torch

    plan_ = plan(loss, steps=steps, seed=seed)
    nudges = 2
    done = 0

    def counting(what: str) -> Callable[[], None]:
        def one_more() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(what, done, steps * (2 + nudges))

        return one_more

    torch_run = in_torch.train(plan_, counting("PyTorch"))
    jax_run = in_jax.train(plan_, counting("JAX"))
    nudged = [in_torch.train(plan_, counting("PyTorch, nudged"), nudge_seed=1 + i) for i in range(nudges)]
    divergences = tuple(
        _divergence(what, get(torch_run), get(jax_run), [get(run) for run in nudged])
        for what, get in (("losses", attrgetter("losses")), ("parameters", attrgetter("parameters")))
    )
    return Twin(torch_run, jax_run, divergences)


def _divergence(what: str, a: Any, b: Any, nudged: list[Any]) -> Divergence:
    apart = np.abs(a - b).max(axis=1)
    explained = np.max([np.abs(a - other).max(axis=1) for other in nudged], axis=0)
    # A divergence once reached may shrink again, at different times in different runs.
    bound = SLACK * np.maximum(np.maximum.accumulate(explained), np.finfo(float).eps * np.abs(a).max())
    # NaN in either run is beyond any bound.
    step = int(np.argmax(np.nan_to_num(apart / bound, nan=np.inf)))
    return Divergence(what, float(apart[step]), step, float(bound[step]))
