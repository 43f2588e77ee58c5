"""Two runs of one GAN, and how far rounding explains what parts them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganloss_core.recipes import Recipe
from ganloss_core.spec.definition import LossLike
from ganloss_core.twin.gan import Plan, Trainer, plan

TRAINERS = {"PyTorch": "ganloss_torch.twin", "JAX": "ganloss_jax.twin"}
"""Framework -> the module whose `trainer(plan, ...)` trains in it, loaded when a twin is made."""

SLACK = 8.0
"""How much more than in the runs that sample rounding errors the divergence may be: they do not bound them."""


NUDGED = 2


@dataclass(frozen=True)
class Divergence:
    """How far two runs are apart in each step, and how far rounding explains.

    >>> import numpy as np
    >>> from ganloss_core.twin import Divergence
    >>> Divergence("losses", np.asarray([0.0, 2.0]), np.asarray([1.0, 1.0])).ok
    False
    """

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
    """Two runs of one loss, and what parts them. Losses have shape (steps, 2), D's and G's; samples (rows * 10, 64).

    >>> import numpy as np
    >>> from ganloss_core.twin import Divergence, Twin
    >>> apart = Divergence("losses", np.asarray([0.0, 0.5]), np.asarray([1.0, 1.0]))
    >>> Twin("hinge", "float64", {}, {}, (apart, apart)).ok
    True
    """

    name: str
    dtype: str
    losses: dict[str, Any]
    samples: dict[str, Any]
    divergences: tuple[Divergence, Divergence]

    @property
    def ok(self) -> bool:
        """Whether rounding explains all of it."""
        return all(d.ok for d in self.divergences)


def twin(
    loss: LossLike | Recipe,
    *,
    steps: int = 300,
    dtype: str = "float64",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Twin:
    """Train with one loss or recipe in both frameworks; `progress` is called as (steps done, steps in all).

    Raises ValueError for an unknown dtype or no steps, a recipe that takes what the twin has not, and
    for a loss that GANLoss refuses, as it does.

    >>> from ganloss_core.twin import twin
    >>> twin("hinge", steps=1).ok
    True
    """
    return _train(plan(loss, steps=steps, dtype=dtype, seed=seed), progress)


def _train(plan: Plan, progress: Callable[[int, int], None] | None) -> Twin:
    in_torch, in_jax = (importlib.import_module(module).trainer for module in TRAINERS.values())
    torch, jax = in_torch(plan), in_jax(plan)
    nudged = [in_torch(plan, nudge_seed=1 + i) for i in range(NUDGED)]
    follower = in_torch(plan, follows=jax)
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
        name=plan.name,
        dtype=plan.dtype,
        losses=dict(zip(TRAINERS, np.array(losses).swapaxes(0, 1), strict=True)),
        samples=dict(zip(TRAINERS, (torch.samples(), jax.samples()), strict=True)),
        divergences=(
            Divergence("losses", gaps_of[:, 0], bounds[:, 0]),
            Divergence("parameters", gaps_of[:, 1], bounds[:, 1]),
        ),
    )


def _gap(a: Any, b: Any) -> float:
    return float(np.abs(np.subtract(a, b)).max())
