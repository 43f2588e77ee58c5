"""What a loss means, computed from its definition: where D settles, its optimal critic, the divergence that it measures.

And how two losses differ. Everything is found numerically in float64. Needs NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ganloss_core import reference
from ganloss_core._loss import Game, LossLike, game
from ganloss_core._settings import Settings

LARGEST = 300.0
"""A critic that wants a logit beyond this wants an infinite one; e^300 and e^-300 are still numbers."""

BATCH = 64
"""Samples per side, where a loss counts them."""


PLAYERS = ("discriminator", "generator")


class Range(NamedTuple):
    """All logits, or losses, from low to high; both are the same where there is one."""

    low: float
    high: float


class Equilibrium(NamedTuple):
    """What one reads when fakes are as good as reals and D, which cannot tell, gives everything its best logit."""

    logit: Range
    discriminator: float
    generator: Range


def equilibrium(loss: LossLike, **hyperparameters: Any) -> Equilibrium:
    """The constant logit that minimises D's loss when real and fake logits are the same, and both losses there.

    Arguments and errors are those of `GANLoss`; ValueError for a loss of vectors. Where the loss counts samples, there are 64
    on each side.
    """
    settings, rules = _of(loss, hyperparameters)

    def everywhere(t: float) -> tuple[Any, Any]:
        return np.full(BATCH, t), np.full(BATCH, t)

    def slope(t: Any) -> Any:
        sums = np.array([sum(np.sum(g) for g in _gradient(settings, *everywhere(x))) for x in t])
        # A loss of differences alone has no slope; what rounding leaves of it is below 1e-12.
        return np.where(np.abs(sums) < 1e-12, 0.0, sums)

    (low,), (high,) = _best(settings, rules, np.ones(1)) if rules.terms else _minimum(slope, 1)
    low, high = float(low), float(high)
    inside = float(_finite(low, high))
    functions = settings.bind(reference.backend)
    with np.errstate(all="ignore"):
        d = float(functions.discriminator(*everywhere(inside)))
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
    """
    settings, rules = _terms_of(loss, hyperparameters)
    u = _ratios(ratio)
    return [Range(float(low), float(high)) for low, high in zip(*_best(settings, rules, u), strict=True)]


def generator_of_divergence(loss: LossLike, ratio: Sequence[float], **hyperparameters: Any) -> list[float]:
    """f(u) of the divergence E_fake f(p_real / p_fake) that minus D's smallest loss is, moved to f(1) = 0.

    inf where D's loss has no minimum. Raises ValueError as `optimal_critic` does.
    """
    settings, rules = _terms_of(loss, hyperparameters)
    u = np.append(_ratios(ratio), 1.0)
    low, high = _best(settings, rules, u)
    at = _finite(low, high)

    f = -_value(rules, u, at)
    unbounded = (np.abs(at) == LARGEST) & (f + _value(rules, u, at / 2.0) > 1e-9 * (1.0 + np.abs(f)))
    f = np.where(unbounded, np.inf, f)
    return [float(v) for v in (f - f[-1])[:-1]]


def divergence(loss: LossLike, real: Sequence[float], fake: Sequence[float], **hyperparameters: Any) -> float:
    """What D's smallest loss falls by when two distributions over the same outcomes part: the divergence that it measures.

    `real` and `fake` are probabilities, all positive. Raises ValueError if they are not, and as `optimal_critic` does.
    """
    p, q = np.asarray(real, dtype=float), np.asarray(fake, dtype=float)
    if p.shape != q.shape or (p <= 0.0).any() or (q <= 0.0).any() or not np.allclose([p.sum(), q.sum()], 1.0):
        raise ValueError("real and fake must be positive probabilities of the same outcomes, each summing to 1")
    return float(np.sum(q * generator_of_divergence(loss, (p / q).tolist(), **hyperparameters)))


KNOWN: dict[str, Callable[[Any], Any]] = {
    "the Jensen-Shannon divergence": lambda u: 0.5 * (u * np.log(u) - (1.0 + u) * np.log((1.0 + u) / 2.0)),
    "the total variation": lambda u: 0.5 * np.abs(u - 1.0),
    "the Kullback-Leibler divergence of real from fake": lambda u: u * np.log(u),
    "the Kullback-Leibler divergence of fake from real": lambda u: -np.log(u),
    "the Pearson chi-squared divergence": lambda u: (u - 1.0) ** 2,
    "the Neyman chi-squared divergence": lambda u: (u - 1.0) ** 2 / u,
    "the squared Hellinger distance": lambda u: (np.sqrt(u) - 1.0) ** 2,
    "the triangular discrimination": lambda u: (u - 1.0) ** 2 / (u + 1.0),
}
"""f(u) of divergences E_fake f(p_real / p_fake), by name."""


def name_of_divergence(loss: LossLike, **hyperparameters: Any) -> tuple[float, str] | None:
    """(factor, name) of the known divergence that the loss measures, or None; ValueError as in `optimal_critic`."""
    u = np.exp(np.linspace(-3.0, 3.0, 41))
    f = np.array(generator_of_divergence(loss, u.tolist(), **hyperparameters))
    if not np.isfinite(f).all():
        return None
    slope = np.dot(u - 1.0, f) / np.dot(u - 1.0, u - 1.0)
    if np.abs(f - slope * (u - 1.0)).max() < 1e-9 * (1.0 + np.abs(f).max()):
        return None
    for name, known in KNOWN.items():
        # f + c (u - 1) is the same divergence for every c.
        (factor, c), *_ = np.linalg.lstsq(np.stack([known(u), u - 1.0], axis=1), f, rcond=None)
        if factor > 0.0 and np.abs(factor * known(u) + c * (u - 1.0) - f).max() < 1e-9 * np.abs(f).max():
            return float(factor), name
    return None


class Difference(NamedTuple):
    """One player's second loss, beside the first.

    `factor` is its gradient as a multiple of the first's, None where they point in different directions; then `cosine` is the
    smallest and largest cosine between them. D's gradient is by all logits, G's by fakes. `constant` is what the values differ
    by, once the factor is taken out, if that is the same everywhere; else None.
    """

    factor: float | None
    cosine: tuple[float, float]
    constant: float | None


def difference(first: LossLike, second: LossLike, player: str) -> Difference:
    """How a player's second loss differs from the first, both with default hyperparameters.

    `player` is "discriminator" or "generator". Raises ValueError for a loss of logits beside one of vectors, or where one has
    no gradient, and the errors of `GANLoss`.
    """
    a, b = (rules_of(loss) for loss in (first, second))
    if a.sample_axes != b.sample_axes:
        raise ValueError("one is a loss of logits and the other of vectors: there is nothing that both can be given")
    measured = [[_measured(loss, player, *batch) for loss in (first, second)] for batch in _batches(a, b)]
    gradients = np.array([[gradient for _, gradient in pair] for pair in measured])
    values = np.array([[value for value, _ in pair] for pair in measured])
    ga, gb = gradients[:, 0], gradients[:, 1]
    if not ga.any() or not gb.any():
        silent = first if not ga.any() else second
        raise ValueError(f"{silent}: the {player}'s gradient is 0 on all logits that were tried: there is nothing to compare")
    factor = float(np.sum(ga * gb) / np.sum(ga * ga))
    lengths = np.linalg.norm(ga, axis=1) * np.linalg.norm(gb, axis=1)
    cosines = np.sum(ga * gb, axis=1) / np.where(lengths == 0.0, 1.0, lengths)
    if np.abs(gb - factor * ga).max() > 1e-9 * np.abs(gb).max():
        return Difference(None, (float(cosines.min()), float(cosines.max())), None)
    apart = values[:, 1] - factor * values[:, 0]
    same = np.ptp(apart) <= 1e-9 * (1.0 + np.abs(values).max())
    return Difference(factor, (float(np.sign(factor)),) * 2, float(np.mean(apart)) if same else None)


def rules_of(loss: LossLike) -> Game[Any]:
    """What the engine knows of a loss."""
    return game(Settings.of(loss, None, "mean", None, {}).build(reference.backend.ops))


def _of(loss: LossLike, hyperparameters: dict[str, Any]) -> tuple[Settings, Game[Any]]:
    settings = Settings.of(loss, None, "mean", "mean", hyperparameters)
    rules = game(settings.build(reference.backend.ops))
    if rules.sample_axes:
        raise ValueError(f"{settings.name} is a loss of vectors: facts are computed for losses of logits")
    return settings, rules


def _terms_of(loss: LossLike, hyperparameters: dict[str, Any]) -> tuple[Settings, Game[Any]]:
    settings, rules = _of(loss, hyperparameters)
    if rules.terms is None:
        raise ValueError(f"{settings.name} is not a term for each logit: its best logit depends on all others")
    return settings, rules


def _gradient(settings: Settings, real: Any, fake: Any) -> tuple[Any, Any]:
    _, (g_real, g_fake, *_) = reference.value_and_grad(settings.loss, real, fake, **dict(settings.hyperparameters))
    return g_real, g_fake


def _best(settings: Settings, rules: Game[Any], u: Any) -> tuple[Any, Any]:
    def slope(t: Any) -> Any:
        real, fake = _gradient(settings, t, t)
        return len(t) * (u * real + fake)

    low, high = _minimum(slope, len(u))
    found = _value(rules, u, _finite(np.maximum(low, rules.lowest), np.maximum(high, rules.lowest)))
    with np.errstate(all="ignore"):
        for t in _ELSEWHERE[_ELSEWHERE >= rules.lowest]:
            if not (found <= _value(rules, u, np.full_like(u, t)) + 1e-9 * (1.0 + np.abs(found))).all():
                raise ValueError(f"{settings.name}: D's loss has several minima, or is not a number everywhere")
    # Where the loss rises with the logit throughout, the best one is the lowest.
    return np.maximum(low, rules.lowest), np.maximum(high, rules.lowest)


_ELSEWHERE = np.concatenate([-np.geomspace(LARGEST, 0.01, 30), [0.0], np.geomspace(0.01, LARGEST, 30)])


def _ratios(ratio: Sequence[float]) -> Any:
    u = np.asarray(ratio, dtype=float)
    if u.ndim != 1 or not (np.isfinite(u) & (u > 0.0)).all():
        raise ValueError(f"ratio must be positive numbers in a list, got {ratio}")
    return u


def _value(rules: Game[Any], u: Any, t: Any) -> Any:
    assert rules.terms is not None
    with np.errstate(all="ignore"):
        return u * rules.terms[0](t) + rules.terms[1](t)


def _finite(low: Any, high: Any) -> Any:
    """The logit nearest to 0 in a range, and at most `LARGEST`."""
    return np.clip(0.0, np.clip(low, -LARGEST, LARGEST), np.clip(high, -LARGEST, LARGEST))


def _minimum(slope: Callable[[Any], Any], n: int) -> tuple[Any, Any]:
    """The first and the last point at which a slope that rises through 0 is 0, by bisection, for n slopes at once."""

    def bisect(is_left: Callable[[Any], Any]) -> Any:
        low, high = np.full(n, -LARGEST), np.full(n, LARGEST)
        while (high - low > 1e-15 * (1.0 + np.abs(low))).any():
            middle = 0.5 * (low + high)
            if ((middle == low) | (middle == high)).all():
                break
            left = is_left(slope(middle))
            low, high = np.where(left, middle, low), np.where(left, high, middle)
        found = 0.5 * (low + high)
        # No -0.
        return np.where(np.abs(found) > LARGEST - 1.0, np.copysign(np.inf, found), found) + 0.0

    return bisect(lambda g: g < 0.0), bisect(lambda g: g <= 0.0)


_BATCHES, _SAMPLES, _CLASSES = 16, 6, 3


def _batches(a: Game[Any], b: Game[Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Reals, fakes and labels: maps of two numbers per sample, so that a mean of a sample's logits shows."""
    draw = np.random.default_rng(0)
    length = a.length or b.length or _CLASSES + 1
    shape = (_SAMPLES, 2, *(((),), ((length,),), ((2, length),))[a.sample_axes][0])
    for i in range(_BATCHES):
        real, fake = (4.0 ** (i % 4 - 2) * draw.normal(size=shape) for _ in PLAYERS)
        if a.lowest == 0.0 or b.lowest == 0.0:
            real, fake = abs(real), abs(fake)
        labels = {f"{side}_labels": draw.integers(0, _CLASSES, shape[:2]) for side in ("real", "fake")} if a.sample_axes else {}
        yield real, fake, labels


def _measured(loss: LossLike, player: str, real: Any, fake: Any, labels: dict[str, Any]) -> tuple[float, Any]:
    value, gradient = reference.value_and_grad(loss, real, fake, player=player, **labels)
    sides = (gradient.real, gradient.fake) if player == "discriminator" else (gradient.fake,)
    return float(value), np.concatenate([np.ravel(side) for side in sides if side is not None])
