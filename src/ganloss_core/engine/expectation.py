"""What a mean is: over a side, over all pairs, and along the vectors of a critic that returns them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import Index, Plain, Reduction, is_mask, shape, size
from ganloss_core.spec.sides import E, PairsMean, Sides
from ganloss_core.words.ops import A, Term

# Pairs held in memory at a time; a larger all-pairs loss goes through in slices. Below 32 MB a slice would live on glibc's
# heap, where the small results between slices keep it from being used again.
PAIRS_AT_ONCE = 2**24


class Expectation(Generic[A]):
    """The E of one call, under one reduction; `finish_pair` is the reduction of the part on pairs."""

    def __init__(
        self,
        backend: Backend[A],
        real: Plain[A],
        fake: Plain[A],
        finish_pair: Callable[[A], A],
        reduction: Reduction,
    ) -> None:
        self.real: Plain[A] = real
        self.fake: Plain[A] = fake
        self.finish_pair: Callable[[A], A] = finish_pair
        self._swapped: Expectation[A] | None = None
        self._is_swapped = False
        self._backend, self._reduction = backend, reduction
        self.hold: Callable[[A], A] = backend.hold
        self.less: Callable[[A, A | float], A] = backend.less

    def swapped(self) -> Expectation[A]:
        if self._swapped is None:
            self._swapped = Expectation(self._backend, self.fake, self.real, self.finish_pair, self._reduction)
            self._swapped._is_swapped = True
        return self._swapped

    def log_add_exp(self, x: A, y: A, /) -> A:
        return log_add_exp(self._backend, x, y)

    def pairs(self, term: Term[A], real: A, fake: A, mean: PairsMean[A] | None = None, /) -> Sides[A]:
        if self._reduction == "none":
            # Rows are always the real side, also where the roles are swapped.
            rows, columns = ((1, -1), (-1, 1)) if self._is_swapped else ((-1, 1), (1, -1))
            return Sides(pair=term(self._backend.reshape(real, rows) - self._backend.reshape(fake, columns)))
        over_pairs = (mean or self._mean_over_pairs_of(term))(real, fake, self)
        if self._reduction == "sum":
            over_pairs = over_pairs * self.real.total(real) * self.fake.total(fake)
        return Sides(batch=over_pairs)

    def _mean_over_pairs_of(self, term: Term[A]) -> PairsMean[A]:
        def mean(real: A, fake: A, _: E[A]) -> A:
            backend, on_fake = self._backend, self.fake
            columns = backend.reshape(fake, (1, -1))
            weight = None if on_fake.weight is None else backend.reshape(backend.like(on_fake.weight, fake), (1, -1))

            def row_sums(rows: A) -> A:
                terms = term(rows - columns)
                return backend.sum(terms if weight is None else weight * terms, 1)

            rows, slice_size = backend.reshape(real, (-1, 1)), max(1, PAIRS_AT_ONCE // size(fake))
            sums = row_sums(rows) if size(real) <= slice_size else backend.chunked(row_sums, rows, slice_size)
            return self.real(backend.reshape(sums, shape(real)) / on_fake.total(fake))

        return mean

    def sum(self, x: A, weight: Any = None, /) -> A:
        if weight is not None:
            x = self._backend.masked(weight, x, 0.0)
            x = x if is_mask(weight) else weight * x
        return self._backend.sum(x, len(shape(x)) - 1)

    def largest(self, x: A, /) -> A:
        return self._backend.rows.largest(x)

    def at(self, x: A, labels: Index | int, /) -> A:
        return self._labelled(self._backend.rows.at, x, labels)

    def without(self, x: A, labels: Index | int, /) -> A:
        return self._backend.rows.without(x, labels if isinstance(labels, int) else labels.values)

    def against(self, x: A, labels: Index | int, /) -> A:
        return self._labelled(self._backend.rows.against, x, labels)

    def cross_entropy(self, x: A, labels: Index | int, /) -> A:
        return self._labelled(self._backend.rows.cross_entropy, x, labels)

    def _labelled(self, word: Callable[[A, Any], A], x: A, labels: Index | int) -> A:
        if isinstance(labels, int):
            return word(x, labels)
        found = word(x, labels.values)
        # Where they cannot be read, a wrong label makes the loss NaN.
        return found if labels.known is None else self._backend.masked(labels.known, found, math.nan)

    def softmax(self, x: A, /) -> A:
        return self._backend.rows.softmax(x)

    def log_sum_exp(self, x: A, weight: Any = None, /) -> A:
        backend, rows = self._backend, self._backend.rows
        if weight is None:
            return rows.log_sum_exp(x)
        if is_mask(weight):
            return rows.log_sum_exp(x, weight)
        # The number of equal terms, in the exponent.
        log = backend.ops.log(backend.masked(weight, weight, 1.0))
        return rows.log_sum_exp(x + log, backend.negated(backend.equal(weight, 0.0)))

    def same(self, labels: Index, /) -> Any:
        backend = self._backend
        return backend.equal(backend.reshape(labels.values, (-1, 1)), backend.reshape(labels.values, (1, -1)))

    def different(self, labels: Index, /) -> Any:
        return self._backend.negated(self.same(labels))

    def products(self, x: A, y: A | None = None, /) -> A:
        return self._backend.rows.products(x, y)

    def squared_distances(self, x: A, y: A | None = None, /) -> A:
        return self._backend.rows.squared_distances(x, y)

    def parts(self, x: A, /) -> tuple[A, A]:
        return self._backend.rows.parts(x)

    def classes(self, x: A, /) -> int:
        return shape(x)[-1]

    def row(self, numbers: tuple[float, ...], x: A, /) -> A:
        return self._backend.rows.row(numbers, x)

    def each(self, x: A, y: A, /) -> A:
        (*samples, n), (*_, m) = shape(x), shape(y)
        return self._backend.reshape(x, (*samples, n, 1)) - self._backend.reshape(y, (*samples, 1, m))

    def root(self, x: A, /) -> A:
        backend = self._backend
        return backend.masked(x, backend.ops.sqrt(backend.masked(x, x, 1.0)), 0.0)

    def unit(self, x: A, /) -> A:
        squared = self.sum(self._backend.ops.square(x))
        lengths = self._backend.ops.sqrt(self._backend.masked(squared, squared, 1.0))
        return x / self._backend.reshape(lengths, (*shape(lengths), 1))


def log_add_exp(backend: Backend[A], x: A, y: A) -> A:
    """ln(e^x + e^y) without overflow, for a finite x."""
    ops = backend.ops
    top: A = backend.hold(x + ops.relu(y - x))
    return top + ops.log(ops.exp(x - top) + ops.exp(y - top))
