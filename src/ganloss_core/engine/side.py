"""One side of a batch: its means and sums, with and without weights, under each reduction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.words.ops import A

Reduction = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")


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
        return self(weight * x) / (share + equal(self._backend, share, 0.0)) + 0.0 * self(x)

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
        share = softmax_of(self._backend, x, self._backend.max(x), self._backend.sum, self.sum, weight)
        over_mean: A = share * self.total(x)
        return over_mean

    def median(self, x: A, /) -> A:
        backend = self._backend
        below = self.below(x, x)
        if self.weight is None:
            lower_half = backend.less(below, 0.5)
        else:
            # A share of half must not be less than half by the rounding of a sum of weights.
            lower_half = backend.masked(self.weight, backend.less(below, 0.5 - 1e-6), 0.0)
        median = backend.max(backend.masked(lower_half, x, -math.inf))
        at = equal(backend, x, median)
        # The value is an element of x to the last bit, as a comparison with x demands.
        return median + self(at * (x - median)) / self(at)

    def others(self, x: A, /) -> A:
        backend = self._backend
        index = backend.indices(shape(x)[-1], x)
        diagonal = equal(backend, backend.reshape(index, (-1, 1)), backend.reshape(index, (1, -1)))
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
        if classes is not None and classes < 1:
            raise ValueError(f"{loss} needs scores of at least 2 classes, the one for fakes included")
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
        self.weight: Any = weight
        self._total = divisor = backend.sum(weight)
        if reduction == "mean" and not strict:
            # Weights of both signs may sum to 0 too.
            divisor = backend.masked(backend.max(backend.ops.abs(weight)), divisor, 1.0)
        finish: dict[Reduction, Callable[[A], A]] = {
            "mean": lambda x: self.sum(x) / divisor,
            "sum": self.sum,
            "none": self._weighted,
        }
        self.finish: Callable[[A], A] = finish[reduction]

    def _weighted(self, x: A, axis: int | None = None) -> A:
        w = self.weight if axis is None else self._backend.reshape(self.weight, (-1, 1) if axis == 0 else (1, -1))
        return w * self._backend.masked(w, x, 0.0)

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        return self.sum(x, axis) / self._total

    def sum(self, x: A, /, axis: int | None = None) -> A:
        return self._backend.sum(self._weighted(x, axis), axis)

    def total(self, x: A, /) -> A:
        return self._total


def shape(x: Any) -> tuple[int, ...]:
    """The shape as a plain tuple."""
    return tuple(x.shape)


def size(x: Any) -> int:
    """The number of elements."""
    return math.prod(x.shape)


def equal(backend: Backend[A], x: A, y: A | float) -> A:
    """1 where x = y, else 0; never differentiated."""
    return 1.0 - backend.less(x, y) - backend.less(-x, -y)


def softmax_of(backend: Backend[A], x: A, largest: A, count: Callable[[A], A], total: Callable[[A], A], weight: A | float) -> A:
    """e^x / total(e^x).

    d(log p_i) / dx_i is the share of the others, which is lost in 1 - p_i where one element is nearly everything: that one,
    `top`, is taken out of the sum, and its p is a function of the others' sum alone.
    """
    exp = backend.ops.exp
    top = equal(backend, x, largest)
    top = top * backend.less(count(top), 1.5)
    x = x - largest
    others = total((1.0 - top) * exp(x))
    return top / (weight + others * exp(-(top * x))) + (1.0 - top) * exp(x) / total(exp(x))


def _below(backend: Backend[A], y: A, x: A, weight: A | None) -> A:
    def flat(v: A) -> A:
        return backend.reshape(backend.constant(v), (-1,))

    return backend.reshape(backend.below(flat(y), flat(x), None if weight is None else flat(weight)), shape(x))
