"""D's best logit: where D settles, and its optimal critic, found numerically in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import Game, game

LARGEST = 300.0
"""A critic that wants a logit beyond this wants an infinite one; e^300 and e^-300 are still numbers."""

BATCH = 64
"""Samples per side, where a loss counts them."""


class Range(NamedTuple):
    """All logits, or losses, from low to high; both are the same where there is one.

    >>> from ganloss_core.facts import equilibrium
    >>> low, high = equilibrium("hinge").logit
    >>> round(low, 6), round(high, 6)
    (-1.0, 1.0)
    """

    low: float
    high: float


class Equilibrium(NamedTuple):
    """What one reads when fakes are as good as reals and D, which cannot tell, gives everything its best logit.

    >>> from ganloss_core.facts import equilibrium
    >>> at = equilibrium("logistic")
    >>> round(at.discriminator, 3), round(at.generator.low, 3)
    (1.386, 0.693)
    """

    logit: Range
    discriminator: float
    generator: Range


def equilibrium(loss: LossLike, **hyperparameters: Any) -> Equilibrium:
    """The constant logit that minimises D's loss when real and fake logits are the same, and both losses there.

    Arguments and errors are those of `GANLoss`; ValueError for a loss of vectors. Where the loss counts samples, there are 64
    on each side.

    >>> from ganloss_core.facts import equilibrium
    >>> at = equilibrium("lsgan")
    >>> round(at.logit.low, 6), round(at.discriminator, 6)
    (0.5, 0.5)
    """
    settings, _ = _of(loss, hyperparameters)
    return _equilibrium(settings)


@lru_cache(maxsize=256)
def _equilibrium(settings: Settings) -> Equilibrium:
    rules = game(settings.build(reference.backend.ops))

    def everywhere(t: float) -> tuple[Any, Any]:
        return np.full(BATCH, t), np.full(BATCH, t)

    def slope(t: Any) -> Any:
        sums = np.array([sum(np.sum(g) for g in _gradient(settings, *everywhere(x))) for x in t.ravel()]).reshape(t.shape)
        # A loss of differences alone has no slope; what rounding leaves of it is below 1e-12.
        return np.where(np.abs(sums) < 1e-12, 0.0, sums)

    (low,), (high,) = best(settings, rules, np.ones(1)) if rules.terms else _minimum(slope, 1)
    low, high = float(low), float(high)
    inside = float(finite(low, high))
    functions = bind(settings, reference.backend)
    with np.errstate(all="ignore"):
        d = float(functions.discriminator(*everywhere(inside)))
        if unbounded(lambda t: float(functions.discriminator(*everywhere(t))), inside):
            d = -np.inf
        ends = [min(max(t, -LARGEST), LARGEST) for t in (low, high)]
        g = [float(functions.generator(everywhere(t)[1], real=everywhere(t)[0])) for t in ends]
    # A loss that grows with the logit grows without bound.
    g = [np.copysign(np.inf, v) if abs(t) == LARGEST and abs(v) >= LARGEST / 2 else v for t, v in zip(ends, g, strict=True)]
    return Equilibrium(Range(low, high), d, Range(float(min(g)), float(max(g))))


def optimal_critic(loss: LossLike, ratio: Sequence[float], **hyperparameters: Any) -> list[Range]:
    """The logits that minimise ratio * real term + fake term, for each density ratio p_real / p_fake.

    Infinite where the critic wants a logit beyond 300. Raises ValueError for a loss that is not a term for each logit (there
    the best logit depends on all others), for one that has other minima or is not a number everywhere, and for ratios that are
    not positive and finite.

    >>> from ganloss_core.facts import optimal_critic
    >>> [round(best.low, 6) for best in optimal_critic("lsgan", [1.0, 3.0])]
    [0.5, 0.75]
    """
    settings, rules = terms_of(loss, hyperparameters)
    u = ratios(ratio)
    return [Range(float(low), float(high)) for low, high in zip(*best(settings, rules, u), strict=True)]


def rules_of(loss: LossLike) -> Game[Any]:
    """What the engine knows of a loss.

    >>> from ganloss_core.facts import rules_of
    >>> rules_of("hinge").generator.needs_real, rules_of("rpgan").generator.needs_real
    (False, True)
    """
    return game(Settings.of(loss, None, "mean", None, {}).build(reference.backend.ops))


def _of(loss: LossLike, hyperparameters: dict[str, Any]) -> tuple[Settings, Game[Any]]:
    settings = Settings.of(loss, None, "mean", "mean", hyperparameters)
    rules = game(settings.build(reference.backend.ops))
    if rules.sample.axes:
        raise ValueError(f"{settings.name} is a loss of vectors: facts are computed for losses of logits")
    return settings, rules


def terms_of(loss: LossLike, hyperparameters: dict[str, Any]) -> tuple[Settings, Game[Any]]:
    """A loss that is a term for each logit; ValueError for another."""
    settings, rules = _of(loss, hyperparameters)
    if rules.terms is None:
        raise ValueError(f"{settings.name} is not a term for each logit: its best logit depends on all others")
    return settings, rules


def _gradient(settings: Settings, real: Any, fake: Any) -> tuple[Any, Any]:
    _, (g_real, g_fake, *_) = reference.value_and_grad(settings.loss, real, fake, **dict(settings.hyperparameters))
    return g_real, g_fake


def best(settings: Settings, rules: Game[Any], u: Any) -> tuple[Any, Any]:
    """The lowest and the highest best logit at each ratio u; ValueError where there are other minima."""

    def slope(t: Any) -> Any:
        real, fake = (side.reshape(t.shape) for side in _gradient(settings, t.ravel(), t.ravel()))
        return t.size * (u * real + fake)

    low, high = _minimum(slope, len(u))
    found = value_of(rules, u, finite(np.maximum(low, rules.lowest), np.maximum(high, rules.lowest)))
    elsewhere = value_of(rules, u[:, None], _ELSEWHERE[_ELSEWHERE >= rules.lowest])
    with np.errstate(all="ignore"):
        if not (found <= elsewhere.min(1) + 1e-9 * (1.0 + np.abs(found))).all():
            raise ValueError(f"{settings.name}: D's loss has several minima, or is not a number everywhere")
    # Where the loss rises with the logit throughout, the best one is the lowest.
    return np.maximum(low, rules.lowest), np.maximum(high, rules.lowest)


_ELSEWHERE = np.concatenate([-np.geomspace(LARGEST, 0.01, 30), [0.0], np.geomspace(0.01, LARGEST, 30)])


def ratios(ratio: Sequence[float]) -> Any:
    """The density ratios as an array; ValueError unless positive and finite."""
    u = np.asarray(ratio, dtype=float)
    if u.ndim != 1 or not (np.isfinite(u) & (u > 0.0)).all():
        raise ValueError(f"ratio must be positive numbers in a list, got {ratio}")
    return u


def value_of(rules: Game[Any], u: Any, t: Any) -> Any:
    """D's loss at the logit t and the ratio u."""
    assert rules.terms is not None
    with np.errstate(all="ignore"):
        return u * rules.terms[0](t) + rules.terms[1](t)


def finite(low: Any, high: Any) -> Any:
    """The logit nearest to 0 in a range, and at most `LARGEST`."""
    return np.clip(0.0, np.clip(low, -LARGEST, LARGEST), np.clip(high, -LARGEST, LARGEST))


def unbounded(of: Callable[[Any], Any], at: Any) -> Any:
    """Whether a loss, a function of the logit, falls without bound towards its best logit, which `finite` gave.

    What falls without bound falls as much from octave to octave; what has a limit falls ever less.
    """
    least = of(at)
    last, before = of(at / 2.0) - least, of(at / 4.0) - of(at / 2.0)
    return (np.abs(at) == LARGEST) & (last > 1e-9 * (1.0 + np.abs(least))) & (last > 0.5 * before)


def _minimum(slope: Callable[[Any], Any], n: int) -> tuple[Any, Any]:
    """The first and the last point at which a slope that rises through 0 is 0, by bisection, for n slopes at once."""
    # A row for the first points, and one for the last.
    low, high = np.full((2, n), -LARGEST), np.full((2, n), LARGEST)
    while True:
        middle = 0.5 * (low + high)
        wide, apart = high - low > 1e-15 * (1.0 + np.abs(low)), (middle != low) & (middle != high)
        going = (wide.any(1) & apart.any(1))[:, None]
        if not going.any():
            break
        g = slope(middle)
        left = np.stack([g[0] < 0.0, g[1] <= 0.0])
        low, high = np.where(going & left, middle, low), np.where(going & ~left, middle, high)
    # No -0.
    first, last = np.where(np.abs(middle) > LARGEST - 1.0, np.copysign(np.inf, middle), middle) + 0.0
    return first, last
