"""What training hardly sees of a loss that is right: derivatives at kinks, and digits that are lost far out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.backends.conditioning import Inputs, evaluated
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.game import game
from ganloss_core.testing.expected import Defined, Own
from ganloss_core.testing.framework import LETTER, SIDES, Measured, first_line
from ganloss_core.words.ulps import DTYPES, eps

MAGNITUDES = (6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 88, 104, 128, 256, 320, 1024, 32768)
"""Logits of few bits, which every dtype has."""

LOST = 6
"""Bits that must be lost, beyond what the loss's conditioning costs, to be worth a word."""


def _shaped(x: Sequence[float], tail: tuple[int, ...]) -> Any:
    return np.array(x, dtype="float64").reshape((-1, *tail))


class AtKink(NamedTuple):
    """A logit that may be at a kink, and the derivative there by one side, with that of the definition."""

    where: str
    side: str
    mine: float
    theirs: float


def at_kinks(loss: Defined, own: Own, player: str, tail: tuple[int, ...], dtype: str) -> list[AtKink]:
    """Derivatives at logits that hit kinks; none where the framework has no derivatives, or takes no such batch."""
    found: list[AtKink] = []
    if not own.framework.exact:
        return found
    of_player = loss.game.discriminator if player == "discriminator" else loss.game.generator
    numbers = [x for _, x in loss.settings.hyperparameters if isinstance(x, float)]
    grid = sorted({k / 4 for k in range(-12, 13)} | {s * x for x in numbers for s in (1.0, -1.0)})
    if loss.game.lowest == 0.0:
        grid = [x for x in grid if x >= 0.0]
    if of_player.terms is not None:
        batches = [{"real": _shaped(grid, tail), "fake": _shaped(grid, tail)}]
    elif loss.game.sample.least == 1:
        pairs = [(a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)]
        batches = [{"real": _shaped([a], tail), "fake": _shaped([b], tail)} for a, b in pairs]
    else:
        return found
    try:
        got = own.framework.measure(own.functions[player], batches, dtype)
    except Exception:
        # Logits of a batch of another size, which the function does not take.
        return found
    for at, a, b in zip(batches, got, loss.measure(player, batches), strict=True):
        for side in SIDES[player]:
            x, n = np.ravel(at[side]), np.size(at[side])
            mine, theirs = (np.zeros(n) if g is None else np.ravel(g) * n for g in (getattr(m, side) for m in (a, b)))
            for i in range(n):
                where = f"{side} = {x[i]:g}" if n > 1 else f"real = {at['real'].item():g}, fake = {at['fake'].item():g}"
                found.append(AtKink(where, side, float(mine[i]), float(theirs[i])))
    return found


def kinks(loss: Defined, player: str, found_at: Sequence[AtKink]) -> Iterator[str]:
    """Where the derivative at a kink is another one."""
    found: dict[str, int] = {}
    for where, side, mine, theirs in found_at:
        if abs(mine - theirs) > 2.0**-13 * (1.0 + abs(theirs)):
            found[side] = found.get(side, 0) + 1
            if found[side] <= 2:
                yield (
                    f"{LETTER[player]}: at {where} the derivative by {side} is {mine + 0.0:g}, where {loss.name} has "
                    f"{theirs + 0.0:g}."
                )


def not_a_number(loss: Defined, found_at: Sequence[AtKink]) -> str | None:
    """Where a gradient is none at a logit at which the definition has one, as of a critic that begins with zeros."""
    for where, side, mine, theirs in found_at:
        if math.isfinite(theirs) and not math.isfinite(mine):
            return f"at {where} the gradient by {side} is {mine:g}, where {loss.name}'s is {theirs + 0.0:g}"
    return None


class _Point(NamedTuple):
    side: str
    x: float
    value: float
    slope: float


@cache
def _points(settings: Settings, player: str) -> list[_Point]:
    """Pairs of one real and one fake logit, of which one is far out, with the exact result."""
    found, rules = [], game(settings.build(reference.backend.ops))
    for side in SIDES[player] if rules.sample.least == 1 else ():
        for sign in (1.0, -1.0) if rules.lowest < 0.0 else (1.0,):
            for magnitude in MAGNITUDES:
                x = sign * magnitude
                inputs = Inputs([x], [0.0]) if side == "real" else Inputs([0.0], [x])
                with suppress(ZeroDivisionError, ValueError, OverflowError):
                    value, gradient = evaluated(settings, player, inputs)
                    found.append(_Point(side, x, float(value), float(gradient[side == "fake"])))
    return found


def far(loss: Defined, own: Own, player: str, tail: tuple[int, ...]) -> Iterator[str]:
    """The first logits at which digits are lost that ours keeps, or a dtype overflows, in each direction."""
    framework: Any = own.framework
    points = _points(loss.settings, player)
    batches = _batches(points, tail)
    said: dict[str, list[str]] = {}
    for dtype in ("float32", "bfloat16", "float16") if framework.exact else ("float64",):
        try:
            got = framework.measure(own.functions[player], batches, dtype)
        except Exception as error:
            what = [f"raises {type(error).__name__} ({first_line(error)})"]
        else:
            what = list(_lost(points, got, _ours(framework, loss.settings, player, tail, dtype), dtype, framework.exact))
        if what:
            said.setdefault("; ".join(what), []).append(dtype)
    for found, dtypes in said.items():
        yield f"{LETTER[player]} in {' and '.join(dtypes)} {found}."


def _batches(points: Sequence[_Point], tail: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{side: _shaped([p.x if p.side == side else 0.0], tail) for side in ("real", "fake")} for p in points]


@cache
def _ours(framework: Any, settings: Settings, player: str, tail: tuple[int, ...], dtype: str) -> list[Measured]:
    """Our loss at the points."""
    bound = bind(settings, framework.backend)
    ours = {"discriminator": lambda x: bound.discriminator(**x), "generator": lambda x: bound.generator(**x)}
    measured: list[Measured] = framework.measure(ours[player], _batches(_points(settings, player), tail), dtype)
    return measured


CLAMPED = 16
"""Up to this a gradient that is gone is no rounding, and no guard of a logarithm: Keras's probability of 1e-7 is at 16.1."""


def clamped(loss: Defined, own: Own, player: str, tail: tuple[int, ...], dtype: str) -> str | None:
    """Where a loss stops that should go on, in float64."""
    points = [p for p in _points(loss.settings, player) if abs(p.x) <= CLAMPED]
    try:
        got = own.framework.measure(own.functions[player], _batches(points, tail), dtype) if dtype == "float64" else []
    except Exception:
        return None
    for p, m in zip(points, got, strict=bool(got)):
        if _slope(p, m) == 0.0 and abs(p.slope) > 2.0**-13:
            word = "above" if p.x > 0 else "below"
            return f"has no gradient {word} {p.side} = {p.x:g}, where {loss.name}'s is {p.slope:.3g}: clamped"
    return None


def _lost(
    points: Sequence[_Point], got: Sequence[Measured], ours: Sequence[Measured], dtype: str, exact: bool
) -> Iterator[str]:
    """In the words of one dtype, of each side and sign."""
    for side, positive in dict.fromkeys((p.side, p.x > 0) for p in points):
        word = "above" if positive else "below"
        for p, m, same in zip(points, got, ours, strict=True):
            if (p.side, p.x > 0) == (side, positive) and (what := _what_is_lost(p, m, same, dtype, exact)):
                yield f"{what} {word} {side} = {p.x:g}"
                break


def _what_is_lost(point: _Point, measured: Measured, ours: Measured, dtype: str, exact: bool) -> str | None:
    if math.isfinite(ours.value) and not math.isfinite(measured.value):
        return f"is {measured.value:g} where it is {ours.value:.3g},"
    if exact and _slope(point, measured) == 0.0 != _slope(point, ours):
        return f"has no gradient where it is {point.slope:.3g},"
    bits = [b - a for a, b in zip(_bits(point, ours, dtype, exact), _bits(point, measured, dtype, exact), strict=True)]
    lost = max(bits)
    which = ("value", "gradient")[bits.index(lost)]
    return None if lost < LOST else f"loses {f'{lost:.0f}' if lost < DTYPES[dtype].bits - 2 else 'all'} bits of the {which}"


def _bits(point: _Point, measured: Measured, dtype: str, exact: bool) -> tuple[float, float]:
    """How many bits of value and gradient are wrong, beyond what an eps in the logit costs."""
    unit, tiny = float(eps(dtype)) if exact else 2.0**-30, 2.0 ** DTYPES[dtype].min_exponent
    value, true = point.value, point.slope
    slope = _slope(point, measured) if exact else true
    pairs = ((measured.value, value, abs(value) + abs(true * point.x)), (slope, true, abs(true) * (1.0 + abs(point.x))))
    off = [abs(a - b) / (unit * scale + tiny) if math.isfinite(a) and math.isfinite(b) else 1.0 for a, b, scale in pairs]
    of_value, of_slope = (math.log2(max(x, 1.0)) for x in off)
    return of_value, of_slope


def _slope(point: _Point, measured: Measured) -> float:
    of_side = getattr(measured, point.side)
    return 0.0 if of_side is None else float(np.ravel(of_side)[0])
