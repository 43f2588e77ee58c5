"""What a user's own loss is, beside another, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.facts.comparison import Difference, relation
from ganloss_core.testing.expected import Loss
from ganloss_core.testing.framework import LETTER, SIDES, Arrays, Measured, flat
from ganloss_core.testing.identified import SHAPES, Match, as_they_are, identified


class Seen(NamedTuple):
    """Batches of one shape, what was measured there, and what was to be."""

    batches: Sequence[Arrays]
    got: Sequence[Measured]
    expected: Sequence[Measured]


Shape = tuple[int, ...]


def related(seen: Seen, sides: Sequence[str], near: float) -> Difference:
    """What was measured, as what was to be, times a factor."""
    expected, got = (
        [(m.value, flat(m, sides, at)) for m, at in zip(measured, seen.batches, strict=True)]
        for measured in (seen.expected, seen.got)
    )
    return relation(expected, got, near=near)


def is_same(difference: Difference, near: float) -> bool:
    """Whether gradient and value are what they were to be."""
    factor, _, constant = difference
    return factor is not None and abs(factor - 1.0) <= near and constant is not None and abs(constant) <= near


def verdict(player: str, by_shape: Mapping[Shape, Seen], other: Loss, near: float) -> str:
    """What is so of a loss that is not the same; the first shape is that on which most is tried."""
    D, name, sides = LETTER[player], other.name, SIDES[player]
    seen = next(iter(by_shape.values()))
    if not all(math.isfinite(m.value) for m in seen.got):
        return f"{D} is not a number on ordinary logits."
    unmoved = [side for side in sides if _leads_nowhere(seen, side)]
    if unmoved:
        return f"{D} has no gradient by {' and '.join(unmoved)} logits, {name} has: detached, rounded, or not used."
    differences = {shape: related(each, sides, near) for shape, each in by_shape.items()}
    if None not in [difference.factor for difference in differences.values()]:
        return _multiple(D, name, differences, near, _same_values(seen, near))
    found = next(_others(D, name, player, by_shape, other, near), None)
    return found or _another(D, name, differences[next(iter(by_shape))], seen, sides)


def _same_values(seen: Seen, near: float) -> bool:
    return all(abs(m.value - e.value) <= near * (1.0 + abs(e.value)) for m, e in zip(seen.got, seen.expected, strict=True))


def _leads_nowhere(seen: Seen, side: str) -> bool:
    def moves(measured: Sequence[Measured]) -> bool:
        return any(flat(m, (side,), at).any() for m, at in zip(measured, seen.batches, strict=True))

    return moves(seen.expected) and not moves(seen.got)


def _multiple(D: str, name: str, differences: Mapping[Shape, Difference], near: float, same_values: bool) -> str:
    """A factor, which may depend on the shape, and what the values differ by besides."""
    (factor, _, constant), *_ = differences.values()
    assert factor is not None
    of_shapes = {shape: float(d.factor or 0.0) for shape, d in differences.items()}

    def always(per: Any) -> float | None:
        rest = [factor / per(shape) for shape, factor in of_shapes.items()]
        return rest[0] if max(abs(x / rest[0] - 1.0) for x in rest) <= 4 * near else None

    if (c := always(lambda shape: 1.0)) is not None:
        if constant is None and same_values:
            return f"{D} has the value of {name}, and {_number(c)} times its gradient."
        if abs(c - 1.0) <= near:
            apart = "by more than a constant" if constant is None else f"by {_number(constant)}"
            return f"{D} has the gradient of {name}, and the value differs {apart}."
        if constant is None:
            return f"{D} has {_number(c)} times the gradient of {name}, and the values differ by more than a constant."
        besides = "" if abs(constant) <= near else f", and {_number(constant)} besides"
        minus = ": what should fall would rise" if c < 0 else ""
        return f"{D} is {_number(c)} times {name}{besides}{minus}."
    rules = {
        "a sum over all logits": math.prod,
        "a mean over samples, but a sum over the logits of each": lambda shape: math.prod(shape[1:]),
        "a sum over samples, and a mean over the logits of each": lambda shape: shape[0],
    }
    for rule, per in rules.items():
        if (c := always(per)) is not None:
            times = "" if abs(c - 1.0) <= near else f"{_number(c)} times "
            return f"{D} is {times}{name} with {rule}, where {name} takes the mean of all."
    listed = ", ".join(f"{_number(c)} on {shape}" for shape, c in of_shapes.items())
    return f"{D} is {name} times a factor that depends on the shape: {listed}."


def _others(D: str, name: str, player: str, by_shape: Mapping[Shape, Seen], other: Loss, near: float) -> Iterator[str]:
    """What explains a gradient in another direction."""
    seen = next(iter(by_shape.values()))
    near_it = related(seen, SIDES[player], near).cosine[0] > 0.9995
    if player == "discriminator":
        of_sides = [related(seen, (side,), near).factor for side in ("real", "fake")]
        if None not in of_sides:
            by_real, by_fake = (_times(float(factor or 0.0), near) for factor in of_sides)
            by_fake = "the same" if by_fake == "the same as" else by_fake
            value = "; the value is the same" if _same_values(seen, near) else ""
            yield f"{D}'s gradient by real logits is {by_real} that of {name}, by fake logits {by_fake}{value}."
    if not near_it and _same_values(seen, near):
        yield f"{D} has the value of {name}, and another gradient: it holds something constant that {name} differentiates."
    if player == "discriminator":
        exchanged = [{**at, **_exchanged(at)} for at in seen.batches]
        yield from _if_so(
            seen,
            player,
            [m._replace(real=m.fake, fake=m.real) for m in other.measure(player, exchanged)],
            f"{D} is {{times}}{name} with real and fake exchanged.",
            near,
        )
    targets = {player: [(by_shape[shape].batches, by_shape[shape].got) for shape in SHAPES if shape in by_shape]}
    as_defined = as_they_are(targets, 0) if other.axes == 0 and targets[player] else []
    yield from _named(D, player, other, [match for match in as_defined if not match.is_ours_elsewhere])
    yield from _of_changed(D, name, player, seen, other, near, _SQUASHED)
    matches = identified(targets, 0, found=as_defined) if as_defined else []
    # The same loss at other hyperparameters, or of a multiple of the logits, says more than another's name.
    if all(m.name != name.partition("(")[0] for m in matches if m.kind < 2):
        yield from _of_changed(D, name, player, seen, other, near, _SCALED)
    yield from _named(D, player, other, matches)
    if (stopped := _stopped(seen, SIDES[player], near)) is not None:
        yield f"{D} is {name}, but has no gradient at {stopped}: clamped."


Changes = tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any]], ...]
"""What logits may go through first: its name, the function, its slope."""


def _of_changed(D: str, name: str, player: str, seen: Seen, other: Loss, near: float, changes: Changes) -> Iterator[str]:
    for what, of, slope in changes:
        there = [{**at, "real": of(at["real"]), "fake": of(at["fake"])} for at in seen.batches]
        through = [
            Measured(m.value, *(None if g is None else g * slope(at[s]) for s, g in (("real", m.real), ("fake", m.fake))))
            for m, at in zip(other.measure(player, there), seen.batches, strict=True)
        ]
        yield from _if_so(seen, player, through, f"{D} is {{times}}{name} of {what}.", near)


def _if_so(seen: Seen, player: str, expected: Sequence[Measured], what: str, near: float) -> Iterator[str]:
    factor, _, constant = related(seen._replace(expected=expected), SIDES[player], near)
    if factor is not None and constant is not None:
        yield what.format(times="" if abs(factor - 1.0) <= near else f"{_number(factor)} times ")


def _exchanged(at: Arrays) -> dict[str, Any]:
    names = (("real", "fake"), ("real_labels", "fake_labels"))
    return {x: at[y] for a, b in names for x, y in ((a, b), (b, a)) if y in at}


def _stopped(seen: Seen, sides: Sequence[str], near: float) -> str | None:
    """The smallest logit at which there is no gradient, if that is all that differs."""
    gone = []
    for got, expected, at in zip(seen.got, seen.expected, seen.batches, strict=True):
        for side in sides:
            a, b, x = flat(got, (side,), at), flat(expected, (side,), at), np.ravel(at[side])
            if (np.abs(a - b) > near * np.abs(b).max())[a != 0.0].any():
                return None
            gone += [(abs(v), f"{side} = {v:.3g}") for v in x[(a == 0.0) & (np.abs(b) > near * np.abs(b).max())]]
    # What stops near 0 is not clamped, but another loss.
    return min(gone)[1] if gone and min(gone)[0] >= 2.0 else None


def _named(D: str, player: str, other: Loss, matches: list[Match]) -> Iterator[str]:
    """The name of another loss that it is, the same one at other hyperparameters first."""
    found = [m for m in matches if m.kind < 2]
    found.sort(key=lambda m: (m.kind, m.name != other.name.partition("(")[0], len(m.hyperparameters), -m.fame))
    if found:
        first, *others = [m for m in found if m.kind == found[0].kind]
        also = f" (also {'; '.join(m.written for m in others[:3])})" if others else ""
        yield f"{D} is not {other.name}: it is {first.said(player)}{also}."


def _another(D: str, name: str, difference: Difference, seen: Seen, sides: Sequence[str]) -> str:
    low, high = (f"{c:.3f}" for c in difference.cosine)
    if difference.cosine[0] < 0.995:
        return f"{D} is another loss than {name}: the gradients differ in direction, with a cosine of {low} to {high}."
    return (
        f"{D} is near {name}, but not the same: gradients are up to {off(seen, sides):.1e} off, as by an epsilon, a clamp or "
        "half precision inside."
    )


def off(seen: Seen, sides: Sequence[str]) -> float:
    """The largest difference of gradients, relative to the largest of them."""
    pairs = [
        (flat(got, sides, at), flat(expected, sides, at))
        for got, expected, at in zip(seen.got, seen.expected, seen.batches, strict=True)
    ]
    return float(max(np.abs(a - b).max() for a, b in pairs) / max(*(np.abs(b).max() for _, b in pairs), 1e-300))


_sigmoid = reference.backend.ops.sigmoid
_SQUASHED: Changes = (
    ("minus the logits", lambda x: -x, lambda x: -1.0 + 0.0 * x),
    ("sigmoid(logits)", _sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    ("tanh(logits)", np.tanh, lambda x: 1.0 - np.tanh(x) ** 2),
)
_SCALED: Changes = (
    ("2 times the logits", lambda x: 2.0 * x, lambda x: 2.0 + 0.0 * x),
    ("half the logits", lambda x: 0.5 * x, lambda x: 0.5 + 0.0 * x),
)


def _times(factor: float, near: float) -> str:
    return "the same as" if abs(factor - 1.0) <= near else f"{_number(factor)} times"


def _number(x: float) -> str:
    short = f"{x:.4g}"
    return f"{x:.8g}" if short in ("1", "-1", "0") else short
