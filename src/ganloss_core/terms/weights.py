"""Weights of samples and of elements in the terms besides losses: the same rule as in the losses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.devices import mean_of, totals
from ganloss_core.engine.inputs import weight_of
from ganloss_core.engine.side import Plain, Reduction, Weighted, shape, size
from ganloss_core.spec.arguments import factor, is_array
from ganloss_core.spec.game import Sample
from ganloss_core.words.ops import A


class Share(Plain[A]):
    """This device's share of a side of several: `finish` and `total` are of all of them."""

    def __init__(self, backend: Backend[A], devices: Any, weight: Any, reduction: Reduction) -> None:
        super().__init__(backend, reduction)
        self._own = Plain(backend, "sum") if weight is None else Weighted(backend, weight, "sum")
        self.weight: Any = weight
        self._devices, self._is_mean = devices, reduction == "mean"
        self._total: Any = None
        self.finish: Callable[[A], A] = self._finish

    def parts(self, x: A) -> list[A]:
        """What is summed over all devices: the elements, their weights, and these without signs."""
        own = self._own.sum(x)
        return [own, *totals(self._backend, self.weight, size(x), own)]

    def whole(self, part: Any, total: Any, some: Any) -> A:
        """What the sums come to."""
        self._total = self._backend.hold(total)
        whole: A = mean_of(self._backend, part, total, some) if self._is_mean else part
        return whole

    def _finish(self, x: A) -> A:
        return finished(self._devices, [(self, x)])[0]

    def total(self, x: A, /) -> Any:
        return self._total


def finished(devices: Any, parts: Iterable[tuple[Any, A]]) -> list[A]:
    """`finish` of each side and its array; on several devices all in one go."""
    if devices is None:
        return [side.finish(x) for side, x in parts]
    shares = [(side, side.parts(x)) for side, x in parts]
    sums = iter(devices.summed([number for _, numbers in shares for number in numbers]))
    return [side.whole(next(sums), next(sums), next(sums)) for side, _ in shares]


def side_of(backend: Backend[A], x: A, weight: Any, name: str, reduction: Reduction = "mean", devices: Any = None) -> Plain[A]:
    """The means over x, on all devices, weighted where a weight of x's shape is given; ValueError for another shape."""
    on_all = devices is not None and reduction != "none"
    if weight is None:
        return Share(backend, devices, None, reduction) if on_all else Plain(backend, reduction)
    weight = one_for_each(weight, shape(x), name)
    cast = backend.ratios if reduction == "mean" and not on_all else backend.like
    w = weight_of(backend, cast, x, weight, name.removesuffix("_weight"), Sample(), False)
    return Share(backend, devices, w, reduction) if on_all else Weighted(backend, w, reduction)


def one_for_each(weight: Any, of: tuple[int, ...], name: str) -> Any:
    """The weight; ValueError if it has not that shape."""
    if not hasattr(weight, "shape") or shape(weight) != of:
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        raise ValueError(f"{name} must be an array of shape {of}, one number for each, got {got}: nothing is broadcast")
    return weight


def is_of_each(weight: Any, n: int, allowed: bool = True) -> bool:
    """Whether a weight has one number for each of n samples; ValueError for another shape than that or ()."""
    if type(weight) is float:
        return False
    of = shape(weight) if is_array(weight) else ()
    if not of:
        factor("weight", weight)
    if of not in ((), (n,)) or (of and not allowed):
        wanted = f"a number, or one for each of the {n} samples, shape {(n,)}" if allowed else "a number"
        raise ValueError(f"a penalty's weight must be {wanted}; got shape {of}")
    return bool(of)


def unmasked(backend: Backend[A], side: Plain[A], *arrays: Any) -> list[Any]:
    """The arrays, with 0 for what has no weight: it may be anything, also NaN."""
    return [x if side.weight is None else backend.masked(side.weight, x, 0.0) for x in arrays]


def moved(backend: Backend[A], side: Plain[A], new: Any, last: Any) -> Any:
    """What a state keeps: the new value, or the last one in a step where nothing has weight."""
    return new if side.weight is None else backend.masked(side.total(new), new, last)
