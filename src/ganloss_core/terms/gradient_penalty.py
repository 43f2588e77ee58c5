"""Gradient penalties as data: where the critic's gradient by its input is taken, and what is charged for its norm.

The gradient is that of each sample's outputs, summed (`observe(..., outputs="mean")` averages them); its norm is over all axes
of a sample. Penalties have no factor but those written here; `weight` multiplies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Generic, Literal

from ganloss_core.spec.arguments import real, whole
from ganloss_core.words.ops import A, Ops, Term

Where = Literal["real", "fake", "ends", "between", "around"]


@dataclass(frozen=True, kw_only=True)
class Penalty(Generic[A]):
    """A function of each sample's squared gradient norm, at some points; its mean, or its largest value, times `factor`."""

    at: Where
    charge: Term[A]
    over: Literal["mean", "max"] = "mean"
    factor: float = 1.0


def as_it_is(s: A) -> A:
    """The charge that is the squared norm itself."""
    return s


def norm(ops: Ops[A], squared: A) -> A:
    """The square root, whose derivative at 0 is 0."""
    positive = ops.step(squared)
    return positive * ops.sqrt(squared + (1.0 - positive))


def r1(ops: Ops[A]) -> Penalty[A]:
    """weight / 2 E |g(real)|^2. Mescheder et al. 2018, arXiv:1801.04406, equation 9."""
    return Penalty(at="real", charge=as_it_is, factor=0.5)


def r2(ops: Ops[A]) -> Penalty[A]:
    """weight / 2 E |g(fake)|^2. Mescheder et al. 2018, arXiv:1801.04406, equation 10."""
    return Penalty(at="fake", charge=as_it_is, factor=0.5)


def zero_centered(ops: Ops[A], *, at: Where = "between") -> Penalty[A]:
    """weight E |g(between)|^2. Thanh-Tung et al. 2019, arXiv:1902.03984."""
    return Penalty(at=_place(at, ONE_PLACE), charge=as_it_is)


ONE_PLACE: tuple[Where, ...] = ("between", "real", "fake")


def _place(at: Where, allowed: tuple[Where, ...]) -> Where:
    if at not in allowed:
        raise ValueError(f"at must be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}, got {at!r}")
    return at


def _to_target(ops: Ops[A], target: float, one_sided: bool) -> Term[A]:
    if not real("target", target) >= 0.0:
        raise ValueError(f"target must be a norm, 0 or more, got {target}")

    def charge(s: A) -> A:
        excess = norm(ops, s) - target
        return ops.square(ops.relu(excess) if one_sided else excess)

    return charge


def wgan_gp(ops: Ops[A], *, target: float = 1.0, one_sided: bool = False, at: Where = "between") -> Penalty[A]:
    """weight E (|g(between)| - target)^2. Gulrajani et al. 2017, arXiv:1704.00028, equation 3."""
    return Penalty(at=_place(at, ONE_PLACE), charge=_to_target(ops, target, one_sided))


def wgan_lp(ops: Ops[A], *, at: Where = "between") -> Penalty[A]:
    """weight E relu(|g(between)| - 1)^2. Petzka et al. 2018, arXiv:1709.08894."""
    return wgan_gp(ops, one_sided=True, at=at)


def wgan_div(ops: Ops[A], *, power: int = 6, at: Where = "between") -> Penalty[A]:
    """weight E |g|^power. Wu et al. 2018, arXiv:1712.01026."""
    power = whole("power", power, 1, "a whole number")

    def charge(s: A) -> A:
        factors = [*([norm(ops, s)] if power % 2 else []), *[s] * (power // 2)]
        return reduce(lambda a, b: a * b, factors)

    return Penalty(at=_place(at, (*ONE_PLACE, "ends")), charge=charge)


def dragan(ops: Ops[A], *, target: float = 1.0, one_sided: bool = False) -> Penalty[A]:
    """weight E (|g(around)| - target)^2. Kodali et al. 2017, arXiv:1705.07215."""
    return Penalty(at="around", charge=_to_target(ops, target, one_sided))


def max_gp(ops: Ops[A]) -> Penalty[A]:
    """weight max |g(between)|^2. Zhou et al. 2019, arXiv:1902.05687."""
    return Penalty(at="between", charge=as_it_is, over="max")
