"""What a mean is: over a side, over all pairs, with and without weights, under each reduction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, Literal

from ganloss_core._backend import Backend
from ganloss_core._loss import E, Sides
from ganloss_core._ops import A, Term

Reduction = Literal["mean", "sum", "none"]
REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")

PairsMean = Callable[[A, A, E[A]], A]

# Pairs held in memory at a time; a larger all-pairs loss goes through in slices. Below 32 MB a slice would live on glibc's
# heap, where the small results between slices keep it from being used again.
PAIRS_AT_ONCE = 2**24


class Plain(Generic[A]):
    """A side whose elements count alike: its mean, and `finish`, the reduction of its part of the loss."""

    weight: Any = None

    def __init__(self, backend: Backend[A], reduction: Reduction) -> None:
        finish: dict[Reduction, Callable[[A], A]] = {"mean": backend.mean, "sum": backend.sum, "none": lambda x: x}
        self._backend, self.mean, self.finish = backend, backend.mean, finish[reduction]

    def total(self, x: A) -> Any:
        return size(x)

    def below(self, y: A, x: A, /) -> A:
        return _below(self._backend, y, x, None) / size(y)


class Weighted(Generic[A]):
    """A side (or all pairs) whose elements count by weight: the mean is NaN where nothing has weight.

    `finish` gives 0 with zero gradient there instead, unless `strict`. What is masked may be anything, also NaN.
    """

    def __init__(self, backend: Backend[A], weight: A, reduction: Reduction, strict: bool = False) -> None:
        total = backend.sum(weight)
        divisor = total if strict else backend.masked(total, total, 1.0)

        def weighted(x: A) -> A:
            return weight * backend.masked(weight, x, 0.0)

        finish: dict[Reduction, Callable[[A], A]] = {
            "mean": lambda x: backend.sum(weighted(x)) / divisor,
            "sum": lambda x: backend.sum(weighted(x)),
            "none": weighted,
        }
        self._backend, self._total, self._weighted = backend, total, weighted
        self.weight, self.finish = weight, finish[reduction]

    def mean(self, x: A, /) -> A:
        return self._backend.sum(self._weighted(x)) / self._total

    def total(self, x: A) -> A:
        return self._total

    def below(self, y: A, x: A, /) -> A:
        return _below(self._backend, y, x, self.weight) / self._total


class Expectation(Generic[A]):
    """The E of one call, under one reduction; `finish_pair` is the reduction of the part on pairs."""

    def __init__(
        self,
        backend: Backend[A],
        real: Any,
        fake: Any,
        finish_pair: Callable[[A], A],
        reduction: Reduction,
        pairs_mean: PairsMean[A] | None,
    ) -> None:
        self._sides, self.finish_pair = (real, fake), finish_pair
        self._swapped: Expectation[A] | None = None
        self._is_swapped = False
        self._backend, self._reduction, self._pairs_mean = backend, reduction, pairs_mean
        self.real, self.fake, self.constant = real.mean, fake.mean, backend.constant
        self.real_below, self.fake_below = real.below, fake.below
        self.finish_real, self.finish_fake = real.finish, fake.finish

    def swapped(self) -> Expectation[A]:
        if self._swapped is None:
            real, fake = self._sides
            self._swapped = Expectation(self._backend, fake, real, self.finish_pair, self._reduction, self._pairs_mean)
            self._swapped._is_swapped = True
        return self._swapped

    def pairs(self, term: Term[A], real: A, fake: A, /) -> Sides[A]:
        if self._reduction == "none":
            # Rows are always the real side, also where the roles are swapped.
            rows, columns = ((1, -1), (-1, 1)) if self._is_swapped else ((-1, 1), (1, -1))
            return Sides(pair=term(self._backend.reshape(real, rows) - self._backend.reshape(fake, columns)))
        mean = (self._pairs_mean or self._mean_over_pairs_of(term))(real, fake, self)
        if self._reduction == "sum":
            mean = mean * self._sides[0].total(real) * self._sides[1].total(fake)
        return Sides(batch=mean)

    def _mean_over_pairs_of(self, term: Term[A]) -> PairsMean[A]:
        def mean(real: A, fake: A, _: E[A]) -> A:
            backend, on_fake = self._backend, self._sides[1]
            columns = backend.reshape(fake, (1, -1))
            weight = None if on_fake.weight is None else backend.reshape(on_fake.weight, (1, -1))

            def row_sums(rows: A) -> A:
                terms = term(rows - columns)
                return backend.sum(terms if weight is None else weight * terms, 1)

            rows, slice_size = backend.reshape(real, (-1, 1)), max(1, PAIRS_AT_ONCE // size(fake))
            sums = row_sums(rows) if size(real) <= slice_size else backend.chunked(row_sums, rows, slice_size)
            over_rows: A = self.real(backend.reshape(sums, shape(real)) / on_fake.total(fake))
            return over_rows

        return mean


def shape(x: Any) -> tuple[int, ...]:
    """The shape as a plain tuple."""
    return tuple(x.shape)


def size(x: Any) -> int:
    """The number of elements."""
    return math.prod(x.shape)


def _below(backend: Backend[A], y: A, x: A, weight: A | None) -> A:
    def flat(v: A) -> A:
        return backend.reshape(backend.constant(v), (-1,))

    return backend.reshape(backend.below(flat(y), flat(x), None if weight is None else flat(weight)), shape(x))
