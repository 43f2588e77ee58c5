"""Where a penalty takes the gradient besides the samples themselves."""

from __future__ import annotations

import math
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.terms.observe import Calculus, Observation
from ganloss_core.words.ops import A


def between(calculus: Calculus[A], observed: Observation[A], mix: Any, rng: Any) -> A:
    """mix * real + (1 - mix) * fake, mix drawn in [0, 1) for each sample if not given."""
    real, fake = observed.points("real"), observed.points("fake")
    if shape(real) != shape(fake):
        raise ValueError(f"a point between needs sides of one shape, got real {shape(real)} and fake {shape(fake)}")
    n = shape(real)[0]
    mix = calculus.drawn("mix", mix, rng, (n,), real, calculus.uniform)
    mix = calculus.backend.reshape(mix, (n, *(1 for _ in shape(real)[1:])))
    x: A = mix * real + (1.0 - mix) * fake
    return x


def around(calculus: Calculus[A], observed: Observation[A], noise: Any, rng: Any) -> A:
    """real + noise, drawn as in DRAGAN's code if not given."""
    real = observed.points("real")
    backend, of = calculus.backend, shape(real)
    if noise is not None:
        return real + calculus.drawn("noise", noise, rng, of, real, calculus.uniform)
    n, size = of[0], math.prod(of)
    numbers: Any = calculus.drawn("noise", None, rng, (n + size,), real, calculus.uniform)
    of_sample = backend.reshape(numbers[:n], (n, *(1 for _ in of[1:])))
    wide = backend.logits(calculus.detached(real), "real")
    deviation = backend.ops.sqrt(backend.mean(backend.ops.square(wide - backend.mean(wide))))
    return real + backend.like(0.5 * deviation, real) * of_sample * backend.reshape(numbers[n:], of)
