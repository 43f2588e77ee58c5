"""What a mean is: over a side, over all pairs, and along the vectors of a critic that returns them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Generic

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import Plain, Reduction, equal, shape, size, softmax_of
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
        self.constant: Callable[[A], A] = backend.constant
        self.less: Callable[[A, A | float], A] = backend.less

    def swapped(self) -> Expectation[A]:
        if self._swapped is None:
            self._swapped = Expectation(self._backend, self.fake, self.real, self.finish_pair, self._reduction)
            self._swapped._is_swapped = True
        return self._swapped

    def log_add_exp(self, x: A, y: A, /) -> A:
        ops = self._backend.ops
        top = self.constant(x + ops.relu(y - x))
        return top + ops.log(ops.exp(x - top) + ops.exp(y - top))

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
            weight = None if on_fake.weight is None else backend.reshape(on_fake.weight, (1, -1))

            def row_sums(rows: A) -> A:
                terms = term(rows - columns)
                return backend.sum(terms if weight is None else weight * terms, 1)

            rows, slice_size = backend.reshape(real, (-1, 1)), max(1, PAIRS_AT_ONCE // size(fake))
            sums = row_sums(rows) if size(real) <= slice_size else backend.chunked(row_sums, rows, slice_size)
            return self.real(backend.reshape(sums, shape(real)) / on_fake.total(fake))

        return mean

    def equal(self, x: A, y: A | float, /) -> A:
        return equal(self._backend, x, y)

    def sum(self, x: A, /) -> A:
        return self._backend.sum(x, len(shape(x)) - 1)

    def max(self, x: A, weight: A, /) -> A:
        at = weight * self.equal(x, self._top(x, weight))
        return self.sum(self._backend.masked(at, x, 0.0) * at) / self.sum(at)

    def pick(self, x: A, one_hot: A, /) -> A:
        # A product would make NaN of an infinite score of another class.
        return self.sum(self._backend.masked(one_hot, x, 0.0))

    def same(self, labels: A, /) -> A:
        rows, columns = self.rows(labels), self.columns(labels)
        # A NaN is the label of nothing, and makes the whole matrix NaN.
        return self.equal(rows, columns) + 0.0 * rows + 0.0 * columns

    def softmax(self, x: A, /) -> A:
        last = len(shape(x)) - 1

        def total(y: A) -> A:
            return self._backend.reshape(self._backend.sum(y, last), (*shape(x)[:-1], 1))

        return softmax_of(self._backend, x, self._top(x, None), total, total, 1.0)

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
        log = ops.log(backend.masked(total, total, 1.0))
        return backend.masked(total, backend.reshape(top, shape(total)) + log, -math.inf)

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

    def unit(self, x: A, /) -> A:
        ops = self._backend.ops
        squared = self.sum(ops.square(x))
        return x / self.rows(ops.sqrt(self._backend.masked(squared, squared, 1.0)))

    def one_hot(self, labels: A | float, x: A, /) -> A:
        columns = self._backend.reshape(self._backend.indices(shape(x)[-1], x), (1, -1))
        if isinstance(labels, (int, float)):
            return self.equal(columns, labels)
        labels = self.rows(labels)
        # A NaN is no column, and makes its whole row NaN.
        return self.equal(labels, columns) + 0.0 * labels
