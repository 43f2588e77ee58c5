"""A small GAN of multilayer perceptrons: what is minimised, weights, batches and noise, and frameworks that train it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from ganloss_core.recipes import Recipe, Term
from ganloss_core.recipes.kinds import kind
from ganloss_core.spec.definition import LossLike

TRAINERS: Mapping[str, str] = {"torch": "ganloss_torch._reproduce", "jax": "ganloss_jax._reproduce"}
"""Framework -> the module whose `Trainer(plan)` trains in it."""
BETAS, EPSILON = (0.0, 0.99), 1e-8
"""Of Adam, R3GAN's."""
SLOPE = 0.2
"""Of the leaky ReLU."""
KEPT = 2500
"""Samples of a run, to be drawn."""

PENALTIES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "r1": ("r1",),
    "r2": ("r2",),
    "r1_r2": ("r1", "r2"),
    "zero_centered": ("zero_centered",),
    "wgan_gp": ("wgan_gp",),
    "wgan_lp": ("wgan_lp",),
}


class Contender(NamedTuple):
    """What is trained with: a loss, and for D penalties and their weights."""

    name: str
    loss: LossLike
    penalty: str
    weight: float
    pack: int = 1
    """So many samples side by side are one for D. Lin et al. 2018, arXiv:1712.04086."""

    @property
    def recipe(self) -> Recipe:
        """Its objective."""
        alone = Recipe.of_loss(self.loss)
        penalties = {name: Term(name, self.weight) for name in PENALTIES[self.penalty]}
        return replace(alone, title=self.name, discriminator={**alone.discriminator, **penalties})

    def between(self, mix: Any) -> dict[str, Any]:
        """Where its penalties look, if they look between reals and fakes."""
        return {"mix": mix} if any("mix" in kind("discriminator", Term(name)).takes for name in PENALTIES[self.penalty]) else {}


class Batch(NamedTuple):
    """One step's numbers."""

    real: Any
    noise: Any
    """(2, batch, noise): for D's step, then for G's"""
    mix: Any
    """(batch / pack,): where between a real and a fake a penalty looks."""


@dataclass(frozen=True)
class Plan:
    """All that a run depends on."""

    data: str
    contender: Contender
    draw: Callable[[np.random.Generator, int], Any]
    """So many reals, (n, length)."""
    measure: Callable[[Any], dict[str, float]]
    """What samples are like."""
    samples: int
    """How many are measured."""
    looks: int
    """How often."""
    length: int
    reach: float
    """The standard deviation of the critic's first biases, so that its kinks lie where the reals do."""
    noise: int
    width: int
    hidden: int
    """Layers of each player between the first and the last."""
    batch: int
    rate: float
    steps: int
    seed: int
    dtype: str

    def __post_init__(self) -> None:
        if self.batch % self.contender.pack:
            raise ValueError(f"a batch of {self.batch} samples is not divisible by pack={self.contender.pack}")

    def weights(self) -> dict[str, list[tuple[Any, ...]]]:
        """Player -> layers of (matrix of shape (in, out), bias); the last has no bias."""
        # A shift of all logits changes no relativistic loss: Adam would blow the rounding of its gradient up to full steps.
        draw, between = np.random.default_rng([self.seed, 0]), [self.width] * self.hidden
        inputs, outputs = {"generator": (self.noise, self.length), "discriminator": (self.contender.pack * self.length, 1)}, {}
        for player, (first, last) in inputs.items():
            *hidden, (n, m) = pairwise([first, *between, last])
            # He's, for a leaky ReLU.
            layers: list[tuple[Any, ...]] = [
                (draw.standard_normal(of) * np.sqrt(2.0 / (1.0 + SLOPE**2) / of[0]), np.zeros(of[1])) for of in hidden
            ]
            layers.append((draw.standard_normal((n, m)) / np.sqrt(n),))
            if player == "discriminator" and self.reach:
                matrix, bias = layers[0]
                layers[0] = (matrix, self.reach * draw.standard_normal(len(bias)))
            outputs[player] = [tuple(x.astype(self.dtype) for x in layer) for layer in layers]
        return outputs

    def at(self, i: int) -> Batch:
        """The numbers of step i."""
        draw = np.random.default_rng([self.seed, 1 + i])
        numbers = (
            self.draw(draw, self.batch),
            draw.standard_normal((2, self.batch, self.noise)),
            draw.random(self.batch // self.contender.pack),
        )
        return Batch(*(x.astype(self.dtype) for x in numbers))

    def seeds(self, n: int) -> Any:
        """Noise for n samples to look at."""
        return np.random.default_rng([self.seed, 1 + self.steps]).standard_normal((n, self.noise)).astype(self.dtype)


class Trainer(Protocol):
    """One framework's GAN, at one point of its training."""

    def step(self, batch: Batch, /) -> tuple[float, float]:
        """Train D, then G; their losses."""
        ...

    def samples(self, noise: Any, /) -> Any:
        """What G makes of it."""
        ...


class Run(NamedTuple):
    """One contender trained from one seed in one framework."""

    data: str
    contender: Contender
    backend: str
    seed: int
    losses: Any
    """(steps, 2): D's and G's; fewer steps where one was not finite, and nothing more was trained."""
    looks: dict[int, dict[str, float]]
    """Steps done -> what was measured then; nothing of what is not finite."""
    samples: Any
    """The first `KEPT` of those that were measured at the end."""

    @property
    def steps(self) -> int:
        """How many were taken."""
        return len(self.losses)

    @property
    def failed(self) -> bool:
        """Whether something was not finite."""
        return not self.measured

    @property
    def measured(self) -> dict[str, float]:
        """At the end; empty where training failed."""
        return self.looks[max(self.looks)]


def train(plan: Plan, backend: str, progress: Callable[[int], None] | None = None) -> Run:
    """Train in a framework; `progress` is called with the steps done."""
    trainer: Trainer = importlib.import_module(TRAINERS[backend]).Trainer(plan)
    seeds, at = plan.seeds(plan.samples), {round(plan.steps * (k + 1) / plan.looks) for k in range(plan.looks)}
    losses: list[tuple[float, float]] = []
    looks: dict[int, dict[str, float]] = {}
    samples: Any = None
    for done in range(1, plan.steps + 1):
        losses.append(trainer.step(plan.at(done - 1)))
        finite = bool(np.isfinite(losses[-1]).all())
        if done in at or not finite:
            samples = trainer.samples(seeds)
            finite = finite and bool(np.isfinite(samples).all())
            looks[done] = plan.measure(samples) if finite else {}
        if progress is not None:
            progress(done)
        if not finite:
            break
    return Run(plan.data, plan.contender, backend, plan.seed, np.array(losses), looks, samples[:KEPT])


SHARES = (1e-12, 1e-9, 1e-6, 1e-2)
FIRST = 10
"""Steps in which nothing but rounding can part two frameworks."""


def parted(a: Run, b: Run, share: float) -> int | None:
    """The first step, from 1, whose losses differ by more than this share of the larger; None if none does."""
    n = min(len(a.losses), len(b.losses))
    x, y = a.losses[:n], b.losses[:n]
    apart = ~(np.abs(x - y) <= share * np.maximum(np.abs(x), np.abs(y))).all(axis=1)
    return int(np.argmax(apart)) + 1 if apart.any() else None


def pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Those that differ in the framework alone."""
    first, *others = TRAINERS
    of = {(run.data, run.contender, run.seed, run.backend): run for run in runs}
    keys = [(run, (run.data, run.contender, run.seed, other)) for run in runs if run.backend == first for other in others]
    return [(run, of[key]) for run, key in keys if key in of]


def together(a: Run, b: Run, dtype: str) -> bool:
    """Whether the first steps have the same losses, to half of the digits."""
    step = parted(a, b, float(np.sqrt(np.finfo(dtype).eps)))
    return step is None or step > FIRST
