"""Hyperparameters for a loss to be checked at, from what its definition says of them: types, defaults, and what it refuses."""

from __future__ import annotations

import random
from typing import Any, get_args, get_origin

from ganloss_core.backends import exact
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import hyperparameters

ATTEMPTS = 64


def drawn(settings: Settings, seed: str) -> Settings | None:
    """The loss at other hyperparameters, the same for the same seed; None for a loss that takes no others.

    A bool and a Literal may be anything. A definition that refuses some numbers takes all the others: any magnitude, and near 0
    and 1. Where it refuses none, a number is between 0 and 1, or its default if that is further. None has more than 20 bits.
    """
    draw = random.Random(seed)
    kinds = {key: parameter.annotation for key, parameter in hyperparameters(settings.definition).items()}
    default = dict(settings.hyperparameters)
    refusing = {key: any(_made(settings, {key: x}) is None for x in (-1.0, 0.0, 1.0)) for key in kinds if kinds[key] is float}
    for _ in range(ATTEMPTS if kinds else 0):
        moving = draw.sample(list(kinds), draw.randint(1, len(kinds)))
        values = {key: _value(draw, kinds[key], default[key], refusing.get(key, False)) for key in moving}
        if any(values[key] != default[key] for key in moving) and (made := _made(settings, values)) is not None:
            return made
    return None


def _made(settings: Settings, values: dict[str, Any]) -> Settings | None:
    arguments = {**dict(settings.hyperparameters), **values}
    try:
        made = Settings.of(settings.loss, None, "mean", "mean", arguments)
        made.build(exact.words())
    except (ValueError, ArithmeticError):
        return None
    return made


def _value(draw: random.Random, kind: Any, default: Any, refusing: bool) -> Any:
    if kind is bool or (get_origin(kind) is not None and kind != tuple[float, ...]):
        return draw.choice((False, True) if kind is bool else get_args(kind))
    if kind is int:
        return max(0, default + draw.randint(-2, 4))
    if kind is float:
        return _anywhere(draw) if refusing else draw.randint(0, 256) / 256 * (default if abs(default) > 1.0 else 1.0)
    # As many numbers, all larger or smaller, or the other way round.
    return tuple(reversed(default)) if draw.random() < 0.25 else tuple(x * 2.0 ** draw.randint(-6, 6) for x in default)


def _anywhere(draw: random.Random) -> float:
    small, sign = draw.randint(8, 255) * 2.0 ** -draw.randint(8, 19), draw.choice((1.0, 1.0, -1.0))
    return draw.choice((sign * draw.randint(128, 255) * 2.0 ** draw.randint(-10, 3), sign * small, 1.0 + small))
