"""A critic trained to optimality on two known densities, beside what its definition says of it.

The line is cut into bins, and the critic is a table: one logit for each bin, trained on all reals and fakes at once, which
are the densities as weights. Nothing is drawn, and the best table is exactly `facts.optimal_critic` of the bins' ratios.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ganloss_core import facts
from ganloss_core.reproduce.gan import TRAINERS
from ganloss_core.spec.definition import LossLike

BINS, LARGEST = 61, 3.0
STEPS = 300
DIGITS = 1e-12
"""A logit and a divergence are as they should be up to this share of 1 + their size."""

Gradient = Callable[[Any], tuple[float, Any]]
"""Logits -> D's loss on all bins, and its gradient."""


class Densities(NamedTuple):
    """Probabilities of the bins."""

    x: Any
    real: Any
    fake: Any

    @property
    def ratio(self) -> Any:
        """Of each bin."""
        return self.real / self.fake


def densities() -> Densities:
    """Reals have two bumps, fakes one."""
    x = np.linspace(-LARGEST, LARGEST, BINS)
    real = np.exp(-0.5 * ((x - 1.0) / 0.6) ** 2) + np.exp(-0.5 * ((x + 1.0) / 0.6) ** 2)
    fake = np.exp(-0.5 * (x - 0.3) ** 2)
    return Densities(x, real / real.sum(), fake / fake.sum())


class Run(NamedTuple):
    """One loss's critic, trained in one framework."""

    loss: str
    backend: str
    best: Any
    """(bins, 2): the lowest and the highest best logit, as the definition says"""
    logits: Any
    """Those that training came to."""
    divergence: float
    """What D's smallest loss falls by when the densities part, as the definition says."""
    reached: float
    """The same as trained."""
    measure: tuple[float, str] | None
    """(factor, name) of the divergence, if it has a name."""

    @property
    def errors(self) -> Any:
        """Of each bin, as a share of 1 + the logit's size."""
        nearest = np.clip(self.logits, *self.best.T)
        return np.abs(self.logits - nearest) / (1.0 + np.abs(nearest))

    @property
    def agrees(self) -> bool:
        """Whether both are as the definition says."""
        return bool(self.errors.max() <= DIGITS) and bool(
            abs(self.reached - self.divergence) <= DIGITS * (1.0 + abs(self.divergence))
        )


class Critic:
    """One loss on the densities, and what its definition says; ValueError where there is no best finite table."""

    def __init__(self, name: str, loss: LossLike) -> None:
        self.densities: Densities = densities()
        self._name, self._loss = name, loss
        best = np.array(facts.optimal_critic(loss, self.densities.ratio.tolist()))
        self._divergence = facts.divergence(loss, self.densities.real.tolist(), self.densities.fake.tolist())
        if not (np.isfinite(best).any(axis=1).all() and np.isfinite(self._divergence)):
            raise ValueError(f"{name}: D wants infinite logits")
        self._best = best

    @cached_property
    def _lowest(self) -> float:
        return facts.rules_of(self._loss).lowest

    def train(self, backend: str, steps: int = STEPS) -> Run:
        """Train it from logits of 0."""
        _, real, fake = self.densities
        of: Gradient = importlib.import_module(TRAINERS[backend]).critic(self._loss, real, fake)
        logits = rprop(of, np.full(BINS, max(0.0, self._lowest)), self._lowest, steps)
        fallen = facts.equilibrium(self._loss).discriminator - of(logits)[0]
        return Run(self._name, backend, self._best, logits, self._divergence, fallen, facts.name_of_divergence(self._loss))


def rprop(of: Gradient, x: Any, lowest: float, steps: int) -> Any:
    """Each number goes against its gradient's sign, faster while that stays, and slower when it turns.

    Riedmiller and Braun 1993, without going back. The only optimiser here that a kink does not keep from its end.
    """
    rate, before = np.full_like(x, 0.1), np.zeros_like(x)
    for _ in range(steps):
        sign = np.sign(of(x)[1])
        rate = np.clip(rate * np.select([sign * before > 0.0, sign * before < 0.0], [1.2, 0.5], 1.0), 0.0, 50.0)
        x, before = np.maximum(x - rate * sign, lowest), sign
    return x
