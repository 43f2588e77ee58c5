"""Where a penalty takes the gradient besides the samples themselves."""

from __future__ import annotations

import math
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.observe import Observation
from ganloss_core.terms.weights import side_of
from ganloss_core.words.ops import A


def between(calculus: Calculus[A], observed: Observation[A], mix: Any, rng: Any) -> Any:
    """mix * real + (1 - mix) * fake, mix drawn in [0, 1) for each sample if not given."""
    real, fake = observed.points("real"), observed.points("fake")
    first = calculus.leaves(real)[0]
    mix = calculus.drawn("mix", mix, rng, shape(first)[:1], first, calculus.uniform)

    def mixed(real: Any, fake: Any) -> Any:
        if shape(real) != shape(fake):
            raise ValueError(f"a point between needs sides of one shape, got real {shape(real)} and fake {shape(fake)}")
        share: Any = _of_samples(calculus, mix, real)
        return share * real + (1.0 - share) * fake

    return calculus.mapped(mixed, real, fake)


def around(calculus: Calculus[A], observed: Observation[A], noise: Any, rng: Any) -> Any:
    """real + noise, drawn as in DRAGAN's code if not given; an input of several arrays has a deviation of each."""
    real = observed.points("real")
    if noise is not None:
        given = calculus.drawn_like("noise", noise, rng, real, calculus.uniform)
        return calculus.mapped(lambda x, y: x + y, real, given)
    backend, leaves = calculus.backend, calculus.leaves(real)
    n, sizes = shape(leaves[0])[0], [math.prod(shape(x)) for x in leaves]
    numbers: Any = calculus.uniform((n + sum(sizes),), leaves[0], rng)
    begins = iter([n + sum(sizes[:i]) for i in range(len(sizes))])

    def moved(x: Any) -> Any:
        begin = next(begins)
        of_element = numbers[begin : begin + math.prod(shape(x))]
        wide = backend.logits(calculus.detached(x), "real")
        mean = side_of(backend, wide, None, "real", devices=observed.devices).finish
        deviation = backend.ops.sqrt(mean(backend.ops.square(wide - mean(wide))))
        of_element = backend.reshape(backend.like(of_element, x), shape(x))
        return x + backend.like(0.5 * deviation, x) * _of_samples(calculus, numbers[:n], x) * of_element

    return calculus.mapped(moved, real)


def _of_samples(calculus: Calculus[A], numbers: Any, x: A) -> A:
    """One number for each sample, to multiply an array of samples."""
    backend = calculus.backend
    return backend.reshape(backend.like(numbers, x), (shape(x)[0], *(1 for _ in shape(x)[1:])))
