"""One side of a batch: its means and sums, with and without weights, under each reduction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.words.ops import A
from ganloss_core.words.rows import softmax_of

Reduction = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")


class Labels(NamedTuple):
    """The labels of one side as indices, or None; and what to call them in a message."""

    values: Any
    name: str
    loss: str


class Index(NamedTuple):
    """The labels of one side, and the mask of those that are labels at all, where that could not be read."""

    values: Any
    known: Any = None


class Plain(Generic[A]):
    """A side whose elements count alike: its mean, and `finish`, the reduction of its part of the loss."""

    weight: Any = None
    _masks: bool = False

    def __init__(self, backend: Backend[A], reduction: Reduction, labels: Labels | None = None) -> None:
        finish: dict[Reduction, Callable[[A], A]] = {"mean": backend.mean, "sum": backend.sum, "none": lambda x: x}
        self._backend, self._labels = backend, labels
        self.finish: Callable[[A], A] = finish[reduction]

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.mean(x) if axis is None else self._backend.sum(x, axis) / shape(x)[axis]

    def sum(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.sum(x, axis)

    def total(self, x: A, /) -> Any:
        return size(x)

    def given(self, x: A, weight: A, /) -> A:
        share = self(weight)
        # XLA makes a selection of a product with a comparison: a NaN that is not selected would go unseen.
        return self(weight * x) / self._backend.masked(share, share, 1.0) + 0.0 * self(x)

    def below(self, y: A, x: A, /) -> A:
        share: A = _below(self._backend, y, x, self.weight) / self.total(y)
        return share

    def log_sum_exp(self, x: A, /) -> A:
        backend = self._backend
        if self.weight is None:
            return backend.rows.log_sum_exp(backend.reshape(x, (-1,)))
        # What is masked was replaced by a mean, so that the largest is one that counts, or near it.
        top = backend.max(x)
        return top + backend.ops.log(self.sum(backend.ops.exp(x - top)))

    def log_mean_exp(self, x: A, /) -> A:
        top = self._backend.max(x)
        return top + self._backend.ops.log(self(self._backend.ops.exp(x - top)))

    def softmax(self, x: A, /) -> A:
        backend = self._backend
        if self._masks:
            x = backend.masked(self.weight, x, -math.inf)
        elif self.weight is not None:
            weighted: A = softmax_of(backend, x, backend.max(x), backend.sum, self.sum, self.weight) * self.total(x)
            return weighted
        flat = backend.reshape(x, (-1,))
        if self.weight is None:
            return backend.reshape(backend.rows.softmax(flat, self.total(x)), shape(x))
        over_mean: A = backend.reshape(backend.rows.softmax(flat), shape(x)) * self.total(x)
        return over_mean

    def median(self, x: A, /) -> A:
        backend = self._backend
        if self.weight is None:
            in_order = backend.rows.sorted(backend.reshape(x, (-1,)))
            median = backend.hold(backend.rows.at(in_order, (size(x) - 1) // 2))
        else:
            # A share of half must not be less than half by the rounding of a sum of weights.
            lower_half = backend.masked(self.weight, backend.less(self.below(x, x), 0.5 - 1e-6), 0.0)
            median = backend.max(backend.masked(lower_half, x, -math.inf))
        at = backend.like(backend.equal(x, median), x)
        # The value is an element of x to the last bit, as a comparison with x demands.
        return median + self(at * (x - median)) / self(at)

    def sorted(self, x: A, /) -> A:
        backend = self._backend
        if self.weight is not None:
            raise TypeError("a loss that sorts a side takes no weights: what is sorted has no partner to weigh it with")
        return backend.reshape(backend.rows.sorted(backend.reshape(x, (-1,))), shape(x))

    def others(self, x: A, among: Any = None, /) -> Any:
        backend = self._backend
        if self.weight is None or self._masks:
            found = backend.rows.apart(x, among)
            return found if self.weight is None else backend.masked(found, backend.reshape(self.weight, (1, -1)), False)
        weight = backend.reshape(self.weight, (1, -1))
        counts = backend.masked(backend.rows.apart(x, None), weight, backend.ops.relu(weight - 1.0))
        return counts if among is None else backend.masked(among, counts, 0.0)

    def labels(self, classes: Any = None, first: int = 0, /) -> Index:
        if self._labels is None or self._labels.values is None:
            loss, name = ("this loss", "labels") if self._labels is None else (self._labels.loss, self._labels.name)
            raise TypeError(f"{loss} needs {name}: one integer for each sample")
        values, name, loss = self._labels
        backend = self._backend
        if classes is not None and classes < 1:
            raise ValueError(f"{loss} needs scores of at least 2 classes, the one for fakes included, got {classes + 1}")
        known = None
        if classes is not None:
            seen = backend.bounds(values)
            if seen is None:
                within = backend.clipped(values, classes)
                values, known = within, backend.equal(within, values)
            elif not (0 <= seen[0] and seen[1] < classes):
                raise ValueError(f"{loss}: {name} must be in 0..{classes - 1}, got {seen[0]:g}..{seen[1]:g}")
        return Index(values + first if first else values, known)

    def balance(self, labels: Index, classes: int, x: A, /) -> A:
        backend, rows = self._backend, self._backend.rows
        weight = None if self.weight is None else backend.like(self.weight, x)
        weights = rows.count(labels.values, classes, x, weight)
        balance: A = rows.look_up(weights * (backend.count(weights, x) / self.total(x)), labels.values)
        # What has no weight may have a class that nothing else has.
        return balance if weight is None else backend.masked(balance, balance, 1.0)


class Weighted(Plain[A]):
    """A side (or all pairs) whose elements count by weight: the mean is NaN where nothing has weight.

    `finish` gives 0 with zero gradient there instead, unless `strict`. What is masked may be anything, also NaN.
    """

    def __init__(
        self, backend: Backend[A], weight: Any, reduction: Reduction, labels: Labels | None = None, strict: bool = False
    ) -> None:
        super().__init__(backend, reduction, labels)
        self.weight: Any = weight
        self._masks = is_mask(weight)
        self._strict = strict
        self._count: Any = None
        finish: dict[Reduction, Callable[[A], A]] = {"mean": self._mean, "sum": self.sum, "none": self._weighted}
        self.finish: Callable[[A], A] = finish[reduction]

    def _weighted(self, x: A, axis: int | None = None) -> A:
        w, backend = self.weight, self._backend
        if axis is not None:
            w = backend.reshape(w, (-1, 1) if axis == 0 else (1, -1))
        x = backend.masked(w, x, 0.0)
        return x if self._masks else w * x

    def _mean(self, x: A) -> A:
        divisor = self.total(x)
        if not self._strict:
            # Weights of both signs may sum to 0 too.
            some = divisor if self._masks else self._backend.max(self._backend.ops.abs(self.weight))
            divisor = self._backend.masked(some, divisor, 1.0)
        mean: A = self.sum(x) / divisor
        return mean

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        mean: A = self.sum(x, axis) / self.total(x)
        return mean

    def sum(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.sum(self._weighted(x, axis), axis)

    def total(self, x: A, /) -> Any:
        if self._count is None:
            backend = self._backend
            self._count = backend.count(self.weight, x) if self._masks else backend.sum(self.weight)
        return self._count


def shape(x: Any) -> tuple[int, ...]:
    """The shape as a plain tuple."""
    return tuple(x.shape)


def size(x: Any) -> int:
    """The number of elements."""
    return math.prod(x.shape)


def is_mask(w: Any) -> bool:
    """Whether weights are bools, which only say what counts."""
    return str(w.dtype).endswith("bool")


def _below(backend: Backend[A], y: A, x: A, weight: Any) -> A:
    def flat(v: A) -> A:
        return backend.reshape(backend.hold(v), (-1,))

    weight = None if weight is None else flat(backend.like(weight, y))
    return backend.reshape(backend.below(flat(y), flat(x), weight), shape(x))
