"""What penalties charge: from what `observe` saw to a number."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any, Generic

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import choice
from ganloss_core.terms.batches import many, share
from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.gradient_penalty import Penalty, as_it_is
from ganloss_core.terms.observe import Observation, SideName
from ganloss_core.terms.points import around, between
from ganloss_core.terms.steps import positive, stepped
from ganloss_core.terms.weights import is_of_each, one_for_each, side_of
from ganloss_core.words.ops import A, Ops

Build = Callable[[Ops[Any]], Penalty[Any]]


class Charges(Generic[A]):
    """The arithmetic of penalties, for the library of a `Calculus`.

    What users give with every penalty is how its charges become a number: `weight`, `sample_weight` and `reduction`.
    """

    def __init__(self, calculus: Calculus[A]) -> None:
        self._calculus = calculus

    def at(self, build: Build, observed: Observation[A], drawn: Any, rng: Any, fraction: Any, *account: Any) -> A:
        """A penalty of the gradient, at its points."""
        _check(observed)
        calculus, penalty, fraction = self._calculus, build(self._calculus.backend.ops), share(fraction)

        def charged(side: SideName, gradients: list[Any], numbers: list[A]) -> A:
            of_first = account if fraction == 1.0 else self._of_first(fraction, observed.samples(side), *account)
            return observed.anchored(self._of_gradients(observed.devices, penalty, gradients, *of_first), numbers)

        def on(side: SideName) -> A:
            if fraction < 1.0:
                return charged(side, *observed.at(side, observed.points(side), fraction))
            return charged(side, observed.gradients(side), observed.numbers(side))

        if penalty.at in ("between", "around"):
            x = {"between": between, "around": around}[penalty.at](calculus, observed, drawn, rng)
            return charged("real", *observed.at("real", x, fraction))
        if drawn is not None or rng is not None:
            raise TypeError(f"a penalty at {penalty.at!r} draws nothing: give neither mix nor rng")
        if penalty.at == "real" or penalty.at == "fake":
            return on(penalty.at)
        on_real: Any = on("real")
        on_fake: Any = on("fake")
        if shape(on_real) != shape(on_fake):
            raise ValueError(f"each sample's mean of both ends: as many reals as fakes, got {shape(on_real)}, {shape(on_fake)}")
        mean: A = 0.5 * (on_real + on_fake)
        return mean

    def of_steps(
        self,
        side: SideName,
        observed: Observation[A],
        sigma: Any,
        divide: bool,
        fraction: Any,
        noise: Any,
        rng: Any,
        *account: Any,
    ) -> A:
        """Half of the squared differences of all logits in steps of sigma, by finite differences."""
        _check(observed)
        fraction, steps = share(fraction), observed.steps(side)
        if steps is None:
            sigma = positive(0.01 if sigma is None else sigma)
            moved = stepped(self._calculus, observed.point(side), sigma, noise, rng, fraction)
        else:
            if sigma not in (None, steps.sigma) or fraction not in (1.0, steps.fraction) or not (noise is None is rng):
                raise TypeError(
                    f"the {side}s were observed with their differences, of sigma {steps.sigma} and fraction {steps.fraction}: "
                    "give observe, not the penalty, sigma (differences=...), fraction, noise and rng"
                )
            sigma, fraction, moved = steps
        there, here = observed.ends(side, moved, fraction)
        charges = self._squared_differences(there, here, sigma if divide else 1.0)
        of_first = account if fraction == 1.0 else self._of_first(fraction, observed.samples(side), *account)
        return self._reduced(observed.devices, charges, 0.5 / len(there), *of_first)

    def of_pairs(self, observed: Observation[A], distance: str, weight: Any, sample_weight: Any, reduction: Any) -> A:
        """Half of the squared differences of the logits of pairs, over the distance of their samples."""
        _check(observed)
        choice("distance", distance, ("l1", "l2"))
        backend = self._calculus.backend
        measure = backend.ops.abs if distance == "l1" else backend.ops.square

        def apart(real: Any, fake: Any) -> Any:
            if shape(real) != shape(fake):
                raise ValueError(f"pairs are of sides of one shape, got real {shape(real)} and fake {shape(fake)}")
            return _rows(backend, backend.logits(real, "real") - backend.logits(fake, "fake"))

        rows = self._calculus.leaves(self._calculus.mapped(apart, observed.points("real"), observed.points("fake")))
        mean: Any = reduce(lambda a, b: a + b, [backend.sum(measure(d), 1) for d in rows]) / float(
            sum(shape(d)[1] for d in rows)
        )
        counted = side_of(backend, mean, sample_weight, "sample_weight")
        if counted.weight is not None:
            # What does not count may be a pair of equal samples, such as padding.
            mean = backend.masked(counted.weight, mean, 1.0)
        reals, fakes = observed.heads("real"), observed.heads("fake")
        charges = self._squared_differences(reals, fakes, 1.0)
        charges = charges / backend.like(mean if distance == "l1" else backend.ops.sqrt(mean), charges)
        return self._reduced(observed.devices, charges, 0.5 / len(reals), weight, sample_weight, reduction)

    def _squared_differences(self, there: list[A], here: list[A], unit: float) -> Any:
        """Of each sample the mean over its logits, summed over the heads."""
        backend = self._calculus.backend
        charges: Any = None
        for a, b in zip(there, here, strict=True):
            difference: Any = a - b if unit == 1.0 else (a - b) / unit
            square = backend.ops.square(difference)
            if len(shape(square)) > 1:
                rows = _rows(backend, square)
                square = backend.sum(rows, 1) / float(shape(rows)[1])
            charges = square if charges is None else charges + square
        return charges

    def _of_first(self, fraction: float, n: int, weight: Any, sample_weight: Any, reduction: Any) -> tuple[Any, Any, Any]:
        """The account of the first share of n samples: their weights are those of all samples, of which these are the first."""
        k = many(fraction, n)
        weight = weight[:k] if is_of_each(weight, n) else weight
        sample_weight = None if sample_weight is None else one_for_each(sample_weight, (n,), "sample_weight")[:k]
        return weight, sample_weight, reduction

    def _of_gradients(
        self, devices: Any, penalty: Penalty[A], gradients: list[Any], weight: Any, sample_weight: Any, reduction: Any
    ) -> A:
        as_one = penalty.charge is as_it_is and penalty.over == "mean" and devices is None
        if as_one and sample_weight is None and reduction == "mean" and not is_of_each(weight, self._samples(gradients[0])):
            return _weighed(weight, penalty.factor / len(gradients), self._mean_squared(gradients))
        each = [penalty.charge(self._squared(gradient)) for gradient in gradients]
        charges: Any = reduce(lambda a, b: a + b, each)
        if penalty.over == "max":
            charges = charges / float(len(each)) if len(each) > 1 else charges
            return self._largest(devices, charges, weight, sample_weight)
        return self._reduced(devices, charges, penalty.factor / len(each), weight, sample_weight, reduction)

    def _samples(self, gradient: Any) -> int:
        return shape(self._calculus.leaves(gradient)[0])[0]

    def _mean_squared(self, gradients: list[Any]) -> A:
        """The mean over samples of the squared norms of all gradients, in one sum."""
        backend = self._calculus.backend
        total: Any = None
        for g in (leaf for gradient in gradients for leaf in self._calculus.leaves(gradient)):
            part = backend.sum(backend.ops.square(g))
            total = part if total is None else total + backend.like(part, total)
        mean: A = total / float(self._samples(gradients[0]))
        return mean

    def _squared(self, gradient: Any) -> Any:
        backend = self._calculus.backend
        squared: Any = None
        for g in self._calculus.leaves(gradient):
            flat = g if len(shape(g)) == 2 else _rows(backend, g)
            part = backend.sum(backend.ops.square(flat), 1)
            squared = part if squared is None else squared + backend.like(part, squared)
        return squared

    def _reduced(self, devices: Any, charges: Any, share: float, weight: Any, sample_weight: Any, reduction: Any) -> A:
        backend = self._calculus.backend
        choice("reduction", reduction, ("mean", "sum", "none"))
        if is_of_each(weight, shape(charges)[0]):
            charges, weight = backend.like(weight, charges) * charges, 1.0
        if sample_weight is None and reduction == "mean" and devices is None:
            finished: A = backend.mean(charges)
        else:
            finished = side_of(backend, charges, sample_weight, "sample_weight", reduction, devices).finish(charges)
        return _weighed(weight, share, finished)

    def _largest(self, devices: Any, charges: Any, weight: Any, sample_weight: Any) -> A:
        backend = self._calculus.backend
        is_of_each(weight, shape(charges)[0], allowed=False)
        counted = side_of(backend, charges, sample_weight, "sample_weight")
        if counted.weight is not None:
            # A norm is 0 or more.
            charges = backend.masked(counted.weight, charges, 0.0)
        if devices is not None:
            (charges,), _ = devices.joined([charges])
        charged: A = weight * backend.rows.largest(charges)
        return charged


def _weighed(weight: Any, share: float, charge: A) -> A:
    weighed: A = (weight if share == 1.0 else weight * share) * charge
    return weighed


def _rows(backend: Backend[A], x: A) -> A:
    # Of no samples -1 would be any number.
    return backend.reshape(x, (shape(x)[0], math.prod(shape(x)[1:])))


def _check(observed: Any) -> None:
    if not isinstance(observed, Observation):
        raise TypeError(
            "a penalty takes what observe(critic, real=..., fake=...) returns, so that the critic runs once for the loss and "
            f"for all penalties; got {type(observed).__name__}"
        )
