"""The divergence that D's smallest loss measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ganloss_core.facts.critic import best, finite, ratios, terms_of, unbounded, value_of
from ganloss_core.spec.definition import LossLike


def generator_of_divergence(loss: LossLike, ratio: Sequence[float], **hyperparameters: Any) -> list[float]:
    """f(u) of the divergence E_fake f(p_real / p_fake) that minus D's smallest loss is, moved to f(1) = 0.

    inf where D's loss has no minimum. Raises ValueError as `optimal_critic` does.

    >>> from ganloss_core.facts import generator_of_divergence
    >>> [round(f, 6) for f in generator_of_divergence("lsgan", [1.0, 3.0])]
    [0.0, -0.25]
    """
    settings, rules = terms_of(loss, hyperparameters)
    u = np.append(ratios(ratio), 1.0)
    low, high = best(settings, rules, u)
    at = finite(low, high)

    f = -value_of(rules, u, at)
    f = np.where(unbounded(lambda t: value_of(rules, u, t), at), np.inf, f)
    return [float(v) if v == np.inf else float(v - f[-1]) for v in f[:-1]]


def divergence(loss: LossLike, real: Sequence[float], fake: Sequence[float], **hyperparameters: Any) -> float:
    """What D's smallest loss falls by when two distributions over the same outcomes part: the divergence that it measures.

    `real` and `fake` are probabilities, all positive. Raises ValueError if they are not, and as `optimal_critic` does.

    >>> from ganloss_core.facts import divergence
    >>> round(divergence("hinge", [0.75, 0.25], [0.25, 0.75]), 6)
    1.0
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
    """(factor, name) of the known divergence that the loss measures, or None; ValueError as in `optimal_critic`.

    >>> from ganloss_core.facts import name_of_divergence
    >>> factor, name = name_of_divergence("hinge")
    >>> round(factor, 6), name
    (2.0, 'the total variation')
    """
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
