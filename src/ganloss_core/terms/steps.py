"""Where finite differences take the critic besides the samples themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ganloss_core.spec.arguments import real
from ganloss_core.terms.batches import Point, first_of, share
from ganloss_core.terms.calculus import Calculus
from ganloss_core.words.ops import A


class Steps(NamedTuple):
    """The points of differences on a side, which the critic saw in one batch with the samples."""

    sigma: float
    fraction: float
    at: Point


class Asked(NamedTuple):
    """What a user says of the points of differences that the critic is to see with the others."""

    differences: Any
    fraction: Any
    noise: Any
    rng: Any


def positive(sigma: Any) -> float:
    """A step, checked."""
    if not real("sigma", sigma) > 0.0:
        raise ValueError(f"sigma must be positive, got {sigma}")
    return float(sigma)


def stepped(calculus: Calculus[A], at: Point, sigma: float, noise: Any, rng: Any, fraction: float) -> Point:
    """x + sigma * noise, which is drawn if not given, for the first share of the samples."""
    first = first_of(calculus, at, fraction)
    numbers = calculus.drawn_like("noise", noise, rng, first.x if noise is None else at.x, calculus.normal)
    noise = numbers if noise is None else first_of(calculus, Point(numbers), fraction).x
    return first._replace(x=calculus.mapped(lambda x, n: x + sigma * n, first.x, noise))


def steps_of(calculus: Calculus[A], points: Mapping[str, Point], asked: Asked) -> dict[str, Steps]:
    """The points of differences of each side that a user named."""
    differences, fraction, noise, rng = asked
    if differences is None:
        if fraction != 1.0 or noise is not None or rng is not None:
            raise TypeError("fraction, noise and rng are those of differences: give differences=0.01 too, or none of them")
        return {}
    sigmas = differences if isinstance(differences, Mapping) else dict.fromkeys(points, differences)
    given = {} if noise is None else noise
    if not isinstance(given, Mapping):
        raise TypeError(f"noise must be a dict by side, {{'real': ..., 'fake': ...}}, got {type(given).__name__}")
    for name, of in (("differences", sigmas), ("noise", given)):
        if not set(of) <= set(points if name == "differences" else sigmas):
            raise TypeError(f"{name} of {', '.join(map(repr, of))}: only of observed sides that are moved, {list(points)}")
    keys, share_ = calculus.split(rng, len(sigmas)), share(fraction)
    found = {}
    for (side, sigma), key in zip(sigmas.items(), keys, strict=True):
        moved = stepped(calculus, points[side], positive(sigma), given.get(side), key, share_)
        found[side] = Steps(float(sigma), share_, moved)
    return found
