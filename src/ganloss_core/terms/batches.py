"""What a critic gets: the samples of a side with what goes with them, several of these in one batch, and the first of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.outputs import sliced
from ganloss_core.words.ops import A


class Point(NamedTuple):
    """Where the critic is on a side: the samples, and what it takes besides, by position and by name."""

    x: Any
    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = {}


def samples(calculus: Calculus[A], x: Any) -> int:
    """How many samples an input has."""
    return shape(calculus.leaves(x)[0])[0]


def share(fraction: Any) -> float:
    """A share of a batch, checked."""
    if type(fraction) is float and fraction == 1.0:
        return fraction
    if not 0.0 < real_number("fraction", fraction) <= 1.0:
        raise ValueError(f"fraction must be a share of the batch, more than 0 and at most 1, got {fraction}")
    return float(fraction)


def many(fraction: float, n: int) -> int:
    """How many of n samples a share is: one at least, where there is one."""
    return n if fraction == 1.0 else min(max(round(n * fraction), 1), n)


def first_of(calculus: Calculus[A], at: Point, fraction: float) -> Point:
    """The first share of the samples, with what goes with them; what has not one row for each goes along whole."""
    if fraction == 1.0:
        return at
    n = samples(calculus, at.x)
    k = many(fraction, n)
    # Not one slice for all, which a compiler takes for a constant.
    named = {name: sliced(x, slice(k), n) for name, x in at.named.items()}
    return Point(calculus.mapped(lambda x: x[:k], at.x), sliced(at.args, slice(k), n), named)


def joined(calculus: Calculus[A], points: Mapping[str, Point]) -> tuple[Point, dict[str, slice]]:
    """All points in one batch, and where each is."""
    first, *others = points.values()
    sizes = [samples(calculus, at.x) for at in points.values()]
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]

    def one_batch(*each: A) -> A:
        if any(shape(x)[1:] != shape(each[0])[1:] for x in each):
            got = " and ".join(f"{name} {shape(x)}" for name, x in zip(points, each, strict=True))
            raise ValueError(f"joint: samples must be of one shape, got {got}")
        return calculus.concatenate(each)

    for other in others:
        if len(first.args) != len(other.args):
            raise TypeError(f"joint: as many real_args as fake_args, got {len(first.args)} and {len(other.args)}")
        if set(first.named) != set(other.named):
            raise TypeError(
                f"joint: the same names in real_args and fake_args, got {list(first.named)} and {list(other.named)}"
            )
    x = calculus.mapped(one_batch, first.x, *(at.x for at in others))
    arguments = partial(_joined_arguments, calculus, sizes)
    args = tuple(arguments(*each) for each in zip(*(at.args for at in points.values()), strict=True))
    named = {name: arguments(*(at.named[name] for at in points.values())) for name in first.named}
    places = {name: slice(end - n, end) for name, n, end in zip(points, sizes, ends, strict=True)}
    return Point(x, args, named), places


def _joined_arguments(calculus: Calculus[Any], sizes: list[int], *each: Any) -> Any:
    """What the critic takes besides the samples, of points of so many samples."""
    x, alike = each[0], all(type(y) is type(each[0]) for y in each)
    arrays = all(hasattr(y, "shape") and shape(y) for y in each)
    same = all(y is x for y in each)
    if arrays and (not same or [shape(y)[0] for y in each] == sizes):
        return calculus.concatenate(each)
    if alike and isinstance(x, (dict, list, tuple)):
        return calculus.mapped(partial(_joined_arguments, calculus, sizes), *each)
    if same or (alike and isinstance(x, (int, float, str, type(None))) and all(y == x for y in each)):
        return x
    raise TypeError(
        "joint: arguments of both sides are joined along the first axis, or are the same number or None, got "
        + " and ".join(dict.fromkeys(type(y).__name__ for y in each))
    )


def point_of(calculus: Calculus[A], side: str, x: Any, args: Any, a_share: bool) -> Point | None:
    """What a user gives for a side, checked."""
    by_place, by_name = _arguments(side, args)
    if x is not None:
        _check_input(calculus, x, side, a_share)
        return Point(x, by_place, by_name)
    if by_place or by_name:
        raise TypeError(f"{side}_args without {side}")
    return None


def _arguments(side: str, args: Any) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """What the critic takes besides: by position and by name."""
    if isinstance(args, Mapping):
        return (), args
    if isinstance(args, (list, tuple)):
        return tuple(args), {}
    # An array would be taken apart along its first axis, which a batch of one would not even notice.
    raise TypeError(
        f"{side}_args must be a tuple or list of arguments, or a dict by name, got {type(args).__name__}: (x,) for one"
    )


def _check_input(calculus: Calculus[A], x: Any, side: str, a_share: bool) -> None:
    leaves = calculus.leaves(x)
    for leaf in leaves:
        of = tuple(getattr(leaf, "shape", ()))
        half = of and getattr(getattr(leaf, "dtype", None), "itemsize", 4) < 4
        try:
            # Half-precision logits would be copied in float32.
            calculus.backend.logits(leaf[:0] if half else leaf, side)
        except TypeError:
            kind = str(getattr(leaf, "dtype", type(leaf).__name__))
            of_another = f" of {type(leaf).__module__.partition('.')[0]}" if "float" in kind else ""
            raise TypeError(
                f"{side} must be an array of floating-point numbers of {calculus.backend.name}, or a list, tuple or dict of "
                f"such, by which the critic is differentiated, got {kind}{of_another}: pass what is discrete (labels, tokens) "
                "as further arguments, or observe their embedding"
            ) from None
        if not of or 0 in of[int(a_share) :]:
            raise ValueError(f"{side} must be a batch of samples along the first axis, got shape {of}")
    # Compared, not collected: what is hashed is a constant for a compiler, which then compiles every batch size anew.
    if not leaves or any(shape(leaf)[0] != shape(leaves[0])[0] for leaf in leaves[1:]):
        got = ", ".join(map(str, map(shape, leaves))) or "none"
        raise ValueError(f"the arrays of {side} must have as many samples each, along the first axis, got shapes {got}")
