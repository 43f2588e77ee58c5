"""How two losses differ, on batches that show it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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

    >>> from ganloss_core.facts import difference
    >>> difference("hinge", "wgan", "generator")
    Difference(factor=1.0, cosine=(1.0, 1.0), constant=0.0)
    """

    factor: float | None
    cosine: tuple[float, float]
    constant: float | None


def difference(first: LossLike, second: LossLike, player: str) -> Difference:
    """How a player's second loss differs from the first, both with default hyperparameters.

    `player` is "discriminator" or "generator". Raises ValueError for a loss of logits beside one of vectors, or where one has
    no gradient, and the errors of `GANLoss`.

    >>> from ganloss_core.facts import difference
    >>> difference("hinge", "taming/hinge", "discriminator").factor
    0.5
    """
    a, b = (rules_of(loss) for loss in (first, second))
    if a.sample.axes != b.sample.axes:
        raise ValueError("one is a loss of logits and the other of vectors: there is nothing that both can be given")
    measured = [[_measured(loss, player, *batch) for loss in (first, second)] for batch in batches(a, b)]
    for which, loss in enumerate((first, second)):
        if not any(pair[which][1].any() for pair in measured):
            raise ValueError(f"{loss}: the {player}'s gradient is 0 on all logits that were tried: there is nothing to compare")
    return relation(*zip(*measured, strict=True), near=1e-9)


def relation(first: Sequence[tuple[float, Any]], second: Sequence[tuple[float, Any]], *, near: float) -> Difference:
    """How values and gradients differ from others at the same places; what is `near`, relative to the largest, is the same."""
    values = np.array([[value for value, _ in each] for each in (first, second)])
    ga, gb = (np.array([gradient for _, gradient in each]) for each in (first, second))
    # Gradients beyond all numbers are not the same.
    with np.errstate(all="ignore"):
        square = np.sum(ga * ga)
        factor = float(np.sum(ga * gb) / square) if square else math.nan if gb.any() else 1.0
        lengths = np.linalg.norm(ga, axis=1) * np.linalg.norm(gb, axis=1)
        cosines = np.sum(ga * gb, axis=1) / np.where(lengths == 0.0, 1.0, lengths)
        if not np.abs(gb - factor * ga).max() <= near * np.abs(gb).max() or factor == 0.0:
            return Difference(None, (float(cosines.min()), float(cosines.max())), None)
    apart = values[1] - factor * values[0]
    same = np.ptp(apart) <= near * (1.0 + np.abs(values).max())
    return Difference(factor, (float(np.sign(factor)),) * 2, float(np.mean(apart)) if same else None)


_BATCHES, _SAMPLES, _CLASSES = 16, 6, 3


def batches(a: Game[Any], b: Game[Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Reals, fakes and labels: maps of two numbers per sample, so that a mean of a sample's logits shows."""
    draw = np.random.default_rng(0)
    one = a.sample if a.sample.length or a.sample.ragged else b.sample
    shapes = [(_SAMPLES, 2, *tail) for tail in one.tails(_CLASSES + 1)]
    for i in range(_BATCHES):
        real, fake = (4.0 ** (i % 4 - 2) * draw.normal(size=shape) for shape in shapes)
        if a.lowest == 0.0 or b.lowest == 0.0:
            real, fake = abs(real), abs(fake)
        labels = (
            {f"{side}_labels": draw.integers(0, _CLASSES, (_SAMPLES, 2)) for side in ("real", "fake")} if a.sample.axes else {}
        )
        yield real, fake, labels


def _measured(loss: LossLike, player: str, real: Any, fake: Any, labels: dict[str, Any]) -> tuple[float, Any]:
    value, gradient = reference.value_and_grad(loss, real, fake, player=player, **labels)
    sides = (gradient.real, gradient.fake) if player == "discriminator" else (gradient.fake,)
    return float(value), np.concatenate([np.ravel(side) for side in sides if side is not None])
