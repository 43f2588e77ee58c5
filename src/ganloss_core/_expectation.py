"""What a mean is: over a side, over all pairs, with and without weights, under each reduction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple

from ganloss_core._backend import Backend
from ganloss_core._ops import A, Term
from ganloss_core._sides import E, Sides

Reduction = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")

PairsMean = Callable[[A, A, E[A]], A]

# Pairs held in memory at a time; a larger all-pairs loss goes through in slices. Below 32 MB a slice would live on glibc's
# heap, where the small results between slices keep it from being used again.
PAIRS_AT_ONCE = 2**24


class Labels(NamedTuple):
    """The labels of one side as numbers, flat, or None; and what to call them in a message."""

    values: Any
    name: str
    loss: str


class Plain(Generic[A]):
    """A side whose elements count alike: its mean, and `finish`, the reduction of its part of the loss."""

    weight: Any = None

    def __init__(self, backend: Backend[A], reduction: Reduction, labels: Labels | None = None) -> None:
        finish: dict[Reduction, Callable[[A], A]] = {"mean": backend.mean, "sum": backend.sum, "none": lambda x: x}
        self._backend, self._labels, self.finish = backend, labels, finish[reduction]

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.mean(x) if axis is None else self._backend.sum(x, axis) / shape(x)[axis]

    def sum(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.sum(x, axis)

    def total(self, x: A, /) -> Any:
        return size(x)

    def given(self, x: A, weight: A, /) -> A:
        share = self(weight)
        return self(weight * x) / (share + _equal(self._backend, share, 0.0))

    def below(self, y: A, x: A, /) -> A:
        share: A = _below(self._backend, y, x, self.weight) / self.total(y)
        return share

    def log_sum_exp(self, x: A, /) -> A:
        # What is masked was replaced by a mean, so that the largest is one that counts, or near it.
        top = self._backend.max(x)
        return top + self._backend.ops.log(self.sum(self._backend.ops.exp(x - top)))

    def log_mean_exp(self, x: A, /) -> A:
        top = self._backend.max(x)
        return top + self._backend.ops.log(self(self._backend.ops.exp(x - top)))

    def softmax(self, x: A, /) -> A:
        weight = 1.0 if self.weight is None else self.weight
        share = _softmax(self._backend, x, self._backend.max(x), self._backend.sum, self.sum, weight)
        over_mean: A = share * self.total(x)
        return over_mean

    def median(self, x: A, /) -> A:
        backend = self._backend
        lower_half = backend.less(self.below(x, x), 0.5)
        if self.weight is not None:
            lower_half = backend.masked(self.weight, lower_half, 0.0)
        median = backend.max(backend.masked(lower_half, x, -math.inf))
        at = _equal(backend, x, median)
        # The value is an element of x to the last bit, as a comparison with x demands.
        return median + self(at * (x - median)) / self(at)

    def others(self, x: A, /) -> A:
        backend = self._backend
        index = backend.indices(shape(x)[-1], x)
        diagonal = _equal(backend, backend.reshape(index, (-1, 1)), backend.reshape(index, (1, -1)))
        if self.weight is None:
            return 1.0 - diagonal
        weight = backend.reshape(self.weight, (1, -1))
        return (1.0 - diagonal) * weight + diagonal * backend.ops.relu(weight - 1.0)

    def labels(self, classes: Any = None, /) -> A:
        if self._labels is None or self._labels.values is None:
            loss, name = ("this loss", "labels") if self._labels is None else (self._labels.loss, self._labels.name)
            raise TypeError(f"{loss} needs {name}: one integer for each sample")
        values, name, loss = self._labels
        backend = self._backend
        seen = backend.bounds(values)
        # From 2^24 on, neighbouring integers are one number in float32.
        low, high = (0, classes) if classes is not None else (-(2**24), 2**24)
        if seen is not None and not (low <= seen[0] and seen[1] < high):
            raise ValueError(f"{loss}: {name} must be in {low}..{high - 1}, got {seen[0]:g}..{seen[1]:g}")
        # Where they cannot be read, a wrong label makes the loss NaN.
        inside = backend.less(-values, 1.0 - low) * backend.less(values, float(high))
        return backend.masked(inside, values, math.nan)


class Weighted(Plain[A]):
    """A side (or all pairs) whose elements count by weight: the mean is NaN where nothing has weight.

    `finish` gives 0 with zero gradient there instead, unless `strict`. What is masked may be anything, also NaN.
    """

    def __init__(
        self, backend: Backend[A], weight: A, reduction: Reduction, labels: Labels | None = None, strict: bool = False
    ) -> None:
        super().__init__(backend, reduction, labels)
        self.weight, self._total = weight, backend.sum(weight)
        divisor = self._total if strict else backend.masked(self._total, self._total, 1.0)
        finish: dict[Reduction, Callable[[A], A]] = {
            "mean": lambda x: self.sum(x) / divisor,
            "sum": self.sum,
            "none": self._weighted,
        }
        self.finish = finish[reduction]

    def _weighted(self, x: A, axis: int | None = None) -> A:
        w = self.weight if axis is None else self._backend.reshape(self.weight, (-1, 1) if axis == 0 else (1, -1))
        return w * self._backend.masked(w, x, 0.0)

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        return self.sum(x, axis) / self._total

    def sum(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.sum(self._weighted(x, axis), axis)

    def total(self, x: A, /) -> A:
        return self._total


class Expectation(Generic[A]):
    """The E of one call, under one reduction; `finish_pair` is the reduction of the part on pairs."""

    def __init__(
        self,
        backend: Backend[A],
        real: Plain[A],
        fake: Plain[A],
        finish_pair: Callable[[A], A],
        reduction: Reduction,
        pairs_mean: PairsMean[A] | None,
    ) -> None:
        self.real, self.fake, self.finish_pair = real, fake, finish_pair
        self._swapped: Expectation[A] | None = None
        self._is_swapped = False
        self._backend, self._reduction, self._pairs_mean = backend, reduction, pairs_mean
        self.constant, self.less = backend.constant, backend.less

    def swapped(self) -> Expectation[A]:
        if self._swapped is None:
            self._swapped = Expectation(
                self._backend, self.fake, self.real, self.finish_pair, self._reduction, self._pairs_mean
            )
            self._swapped._is_swapped = True
        return self._swapped

    def log_add_exp(self, x: A, y: A, /) -> A:
        ops = self._backend.ops
        top = self.constant(x + ops.relu(y - x))
        return top + ops.log(ops.exp(x - top) + ops.exp(y - top))

    def pairs(self, term: Term[A], real: A, fake: A, /) -> Sides[A]:
        if self._reduction == "none":
            # Rows are always the real side, also where the roles are swapped.
            rows, columns = ((1, -1), (-1, 1)) if self._is_swapped else ((-1, 1), (1, -1))
            return Sides(pair=term(self._backend.reshape(real, rows) - self._backend.reshape(fake, columns)))
        mean = (self._pairs_mean or self._mean_over_pairs_of(term))(real, fake, self)
        if self._reduction == "sum":
            mean = mean * self.real.total(real) * self.fake.total(fake)
        return Sides(batch=mean)

    def _mean_over_pairs_of(self, term: Term[A]) -> PairsMean[A]:
        def mean(real: A, fake: A, _: E[A]) -> A:
            backend, on_fake = self._backend, self.fake
            columns = backend.reshape(fake, (1, -1))
            weight = None if on_fake.weight is None else backend.reshape(on_fake.weight, (1, -1))

            def row_sums(rows: A) -> A:
                terms = term(rows - columns)
                return backend.sum(terms if weight is None else weight * terms, 1)

            rows, slice_size = backend.reshape(real, (-1, 1)), max(1, PAIRS_AT_ONCE // size(fake))
            sums = row_sums(rows) if size(real) <= slice_size else backend.chunked(row_sums, rows, slice_size)
            return self.real(backend.reshape(sums, shape(real)) / on_fake.total(fake))

        return mean

    def equal(self, x: A, y: A | float, /) -> A:
        return _equal(self._backend, x, y)

    def sum(self, x: A, /) -> A:
        return self._backend.sum(x, len(shape(x)) - 1)

    def max(self, x: A, weight: A, /) -> A:
        at = weight * self.equal(x, self._top(x, weight))
        return self.sum(at * x) / self.sum(at)

    def softmax(self, x: A, /) -> A:
        last = len(shape(x)) - 1

        def total(y: A) -> A:
            return self._backend.reshape(self._backend.sum(y, last), (*shape(x)[:-1], 1))

        return _softmax(self._backend, x, self._top(x, None), total, total, 1.0)

    def log_sum_exp(self, x: A, weight: A | None = None, /) -> A:
        if weight is None:
            top = self._top(x, None)
            total = self.sum(self._backend.ops.exp(x - top))
            return self._backend.reshape(top, shape(total)) + self._backend.ops.log(total)
        backend, ops = self._backend, self._backend.ops
        top = self._top(x, weight)
        top = backend.masked(backend.less(-top, math.inf), top, 0.0)
        # Without the mask, what has no weight could overflow.
        total = self.sum(weight * ops.exp(backend.masked(weight, x, top) - top))
        none = self.equal(total, 0.0)
        return backend.masked(1.0 - none, backend.reshape(top, shape(total)) + ops.log(total + none), -math.inf)

    def _top(self, x: A, weight: A | None) -> A:
        top = self._backend.max(x if weight is None else self._backend.masked(weight, x, -math.inf), len(shape(x)) - 1)
        return self._backend.reshape(top, (*shape(x)[:-1], 1))

    def rows(self, x: A, /) -> A:
        return self._backend.reshape(x, (shape(x)[0], 1, *shape(x)[1:]))

    def columns(self, x: A, /) -> A:
        return self._backend.reshape(x, (1, *shape(x)))

    def parts(self, x: A, /) -> tuple[A, A]:
        which = self._backend.reshape(self._backend.indices(2, x), (1, 2, 1))
        return self._backend.sum((1.0 - which) * x, 1), self._backend.sum(which * x, 1)

    def classes(self, x: A, /) -> int:
        return shape(x)[-1]

    def row(self, numbers: tuple[float, ...], x: A, /) -> A:
        return self._backend.like([list(numbers)], x)

    def one_hot(self, labels: A | float, x: A, /) -> A:
        columns = self._backend.reshape(self._backend.indices(shape(x)[-1], x), (1, -1))
        if isinstance(labels, (int, float)):
            return self.equal(columns, labels)
        labels = self.rows(labels)
        # A NaN is no column, and makes its whole row NaN.
        return self.equal(labels, columns) + 0.0 * labels


def shape(x: Any) -> tuple[int, ...]:
    """The shape as a plain tuple."""
    return tuple(x.shape)


def size(x: Any) -> int:
    """The number of elements."""
    return math.prod(x.shape)


def _equal(backend: Backend[A], x: A, y: A | float) -> A:
    return 1.0 - backend.less(x, y) - backend.less(-x, -y)


def _softmax(backend: Backend[A], x: A, largest: A, count: Callable[[A], A], total: Callable[[A], A], weight: A | float) -> A:
    """e^x / total(e^x).

    d(log p_i) / dx_i is the share of the others, which is lost in 1 - p_i where one element is nearly everything: that one,
    `top`, is taken out of the sum, and its p is a function of the others' sum alone.
    """
    exp = backend.ops.exp
    top = _equal(backend, x, largest)
    top = top * backend.less(count(top), 1.5)
    x = x - largest
    others = total((1.0 - top) * exp(x))
    return top / (weight + others * exp(-(top * x))) + (1.0 - top) * exp(x) / total(exp(x))


def _below(backend: Backend[A], y: A, x: A, weight: A | None) -> A:
    def flat(v: A) -> A:
        return backend.reshape(backend.constant(v), (-1,))

    return backend.reshape(backend.below(flat(y), flat(x), None if weight is None else flat(weight)), shape(x))
