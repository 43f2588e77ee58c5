"""How two losses differ, on batches that show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.facts.critic import rules_of
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import Game

PLAYERS = ("discriminator", "generator")


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
    if a.sample.axes != b.sample.axes:
        raise ValueError("one is a loss of logits and the other of vectors: there is nothing that both can be given")
    measured = [[_measured(loss, player, *batch) for loss in (first, second)] for batch in batches(a, b)]
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


_BATCHES, _SAMPLES, _CLASSES = 16, 6, 3


def batches(a: Game[Any], b: Game[Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Reals, fakes and labels: maps of two numbers per sample, so that a mean of a sample's logits shows."""
    draw = np.random.default_rng(0)
    length = a.sample.length or b.sample.length or _CLASSES + 1
    shape = (_SAMPLES, 2, *(((),), ((length,),), ((2, length),))[a.sample.axes][0])
    for i in range(_BATCHES):
        real, fake = (4.0 ** (i % 4 - 2) * draw.normal(size=shape) for _ in PLAYERS)
        if a.lowest == 0.0 or b.lowest == 0.0:
            real, fake = abs(real), abs(fake)
        labels = {f"{side}_labels": draw.integers(0, _CLASSES, shape[:2]) for side in ("real", "fake")} if a.sample.axes else {}
        yield real, fake, labels


def _measured(loss: LossLike, player: str, real: Any, fake: Any, labels: dict[str, Any]) -> tuple[float, Any]:
    value, gradient = reference.value_and_grad(loss, real, fake, player=player, **labels)
    sides = (gradient.real, gradient.fake) if player == "discriminator" else (gradient.fake,)
    return float(value), np.concatenate([np.ravel(side) for side in sides if side is not None])
