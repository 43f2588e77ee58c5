"""The logits on which a user's own loss is compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganloss_core.spec.game import Game, game
from ganloss_core.spec.loss import Loss

LARGEST = 5.0
"""Logits up to this are ordinary: there a stable and an unstable way to write a loss agree."""

# Two sizes, without and with an axis of ones, a map of logits, and one logit.
_SHAPES = ((8, 1), (5, 1), (8,), (4, 3), (2, 1, 3, 3), (1, 1))
_CLASSES = 4

OF_LOGITS: Game[Any] = game(Loss(real=lambda t: t, fake=lambda t: t))
"""Of a loss of which no more is known than that it is one of logits."""


def shapes(game: Game[Any]) -> list[tuple[int, ...]]:
    """Of one side's logits, the one that is tried first first."""
    if game.sample.axes:
        return [(n, *game.sample.tails(_CLASSES)[1]) for n in (8, 5)]
    return [shape for shape in _SHAPES if np.prod(shape) >= game.sample.least]


def ordinary(
    game: Game[Any], shape: tuple[int, ...], fakes: tuple[int, ...] | None = None, largest: float = LARGEST
) -> list[dict[str, Any]]:
    """Batches of several scales, the same on every call."""
    draw = np.random.default_rng(0)
    found = []
    for scale in (0.5, 1.0, 2.0, 0.05, largest):
        sides = {"real": (*shape[:-1], 1) if game.sample.ragged else shape, "fake": fakes or shape}
        if scale < largest:
            batch: dict[str, Any] = {
                side: np.clip(scale * draw.normal(size=size), -largest, largest) for side, size in sides.items()
            }
        else:
            batch = {side: draw.uniform(-largest, largest, size) for side, size in sides.items()}
            for sign, x in zip((1.0, -1.0), batch.values(), strict=True):
                x.reshape(-1)[0], x.reshape(-1)[-1] = sign * largest, -sign * largest
        if game.lowest == 0.0:
            batch = {side: abs(x) for side, x in batch.items()}
        if game.sample.axes:
            classes = game.sample.length and game.sample.length - 1
            batch |= {f"{side}_labels": draw.integers(0, classes or _CLASSES - 1, size[:1]) for side, size in sides.items()}
        found.append(batch)
    return found
