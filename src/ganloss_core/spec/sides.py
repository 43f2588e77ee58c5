"""What a formula may ask of a batch besides the words: the two sides, their means, and what runs along a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ganloss_core.words.ops import A, Term

T = TypeVar("T")


class Sides(NamedTuple, Generic[T]):
    """Parts of a loss by where they live: on real elements, on fake ones, on pairs, or on the batch as a whole.

    A part that the loss does not have is None: which these are is known to who chose the loss, and not to a type checker.

    >>> from ganloss_core import Sides
    >>> Sides(real=0.25, fake=0.5)
    Sides(real=0.25, fake=0.5, pair=None, batch=None)
    """

    # Not T | None: the first line of a log, terms.real.item(), would need a cast.
    real: T | Any = None
    fake: T | Any = None
    pair: T | Any = None
    batch: T | Any = None


class Side(Protocol[A]):
    """One side of a batch; every element counts by its weight, where the caller gave weights.

    With `axis`, `x` is a matrix and that axis, 0 or 1, runs over the side.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import BatchLoss, Sides
    >>> def mine(ops):
    ...     return BatchLoss(discriminator=lambda r, f, E: Sides(batch=E.real(r) + E.fake.sum(f)))
    >>> float(reference.discriminator_loss(mine, np.ones(4), np.ones(4)))
    5.0
    """

    def __call__(self, x: A, /, axis: int | None = None) -> A:
        """The mean over the side."""
        ...

    def sum(self, x: A, /, axis: int | None = None) -> A:
        """The sum over the side."""
        ...

    def total(self, x: A, /) -> Any:
        """How many elements the side has: their number, or the sum of their weights; x has one per element."""
        ...

    def given(self, x: A, weight: A, /) -> A:
        """The mean of x over the elements whose weight, 0 or 1, is 1; 0 where there is none."""
        ...

    def log_sum_exp(self, x: A, /) -> A:
        """ln of the sum of e^x over the side, without overflow."""
        ...

    def log_mean_exp(self, x: A, /) -> A:
        """ln of the mean of e^x over the side, without overflow."""
        ...

    def softmax(self, x: A, /) -> A:
        """e^x divided by its mean over the side, without overflow."""
        ...

    def median(self, x: A, /) -> A:
        """The lower median of x over the side; its gradient is shared among equal elements."""
        ...

    def below(self, y: A, x: A, /) -> A:
        """For each element of x, the share of the side's y that is strictly less; never differentiated."""
        ...

    def sorted(self, x: A, /) -> A:
        """x in ascending order; TypeError where the side has weights."""
        ...

    def others(self, x: A, among: Any = None, /) -> Any:
        """For the square matrix x: how often column j counts as another element than row i, as a mask or as weights.

        That is its weight, or 1; on the diagonal less 1, and at least 0: an element of weight 3 has two others like itself.
        Only those `among` a mask count, if given.
        """
        ...

    def labels(self, classes: Any = None, first: int = 0, /) -> Any:
        """The labels, one per element, as `E.at` takes them: first, first + 1, ..., if they are in range(classes)."""
        ...

    def balance(self, labels: Any, classes: Any, x: A, /) -> A:
        """For each element the number of labels that occur, times the share of its own; constant.

        Over it, every label that occurs has the same total.
        """
        ...


PairsMean = Callable[[A, A, "E[A]"], A]
"""The mean over all pairs in closed form, a function of (real, fake, E)."""


class E(Protocol[A]):
    """The expectations that a loss may take over a batch, and what it may do along the last axis of vectors.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import BatchLoss, Sides
    >>> def mine(ops):
    ...     return BatchLoss(discriminator=lambda r, f, E: Sides(real=ops.square(r - E.hold(E.fake(f)))))
    >>> float(reference.discriminator_loss(mine, np.ones(4), 3.0 * np.ones(4)))
    4.0
    """

    @property
    def real(self) -> Side[A]: ...
    @property
    def fake(self) -> Side[A]: ...

    def hold(self, x: A, /) -> A:
        """x itself, but a constant for differentiation."""
        ...

    def less(self, x: A, y: A | float, /) -> A:
        """1 where x < y, else 0; never differentiated."""
        ...

    def log_add_exp(self, x: A, y: A, /) -> A:
        """ln(e^x + e^y) without overflow, for a finite x."""
        ...

    def pairs(self, term: Term[A], real: A, fake: A, mean: PairsMean[A] | None = None, /) -> Sides[A]:
        """The mean of term(real_i - fake_j) over all i and j; `mean` is a closed form of it."""
        ...

    def swapped(self) -> E[A]:
        """The same expectations seen from the other side."""
        ...

    def sum(self, x: A, weight: Any = None, /) -> A:
        """The sum along the last axis, of what a mask leaves or times weights, if given."""
        ...

    def largest(self, x: A, /) -> A:
        """The largest along the last axis; its gradient is shared among equal ones."""
        ...

    def at(self, x: A, labels: Any, /) -> A:
        """The element of each row of x at its label, or at the one Python number that is the label of all."""
        ...

    def without(self, x: A, labels: Any, /) -> A:
        """x, where the elements of `at` count for nothing in `log_sum_exp` and `largest`."""
        ...

    def softmax(self, x: A, /) -> A:
        """e^x divided by its sum along the last axis, without overflow."""
        ...

    def log_sum_exp(self, x: A, weight: Any = None, /) -> A:
        """ln of the sum of weight e^x along the last axis; -inf, with zero gradient, where there is no weight."""
        ...

    def same(self, labels: Any, /) -> Any:
        """The square mask of where row and column have the same label."""
        ...

    def different(self, labels: Any, /) -> Any:
        """The square mask of where row and column have different labels."""
        ...

    def against(self, x: A, labels: Any, /) -> A:
        """ln of what e^x of all others sums to, over that of the label."""
        ...

    def cross_entropy(self, x: A, labels: Any, /) -> A:
        """-ln of the softmax at the label, with all digits also where that is nearly 1."""
        ...

    def products(self, x: A, y: A | None = None, /) -> A:
        """The matrix of x_i . y_j, or of x_i . x_j."""
        ...

    def squared_distances(self, x: A, y: A | None = None, /) -> A:
        """The matrix of |x_i - y_j|^2, or of |x_i - x_j|^2."""
        ...

    def parts(self, x: A, /) -> tuple[A, A]:
        """The two vectors of samples that have two."""
        ...

    def classes(self, x: A, /) -> Any:
        """The length of the last axis."""
        ...

    def row(self, numbers: tuple[float, ...], x: A, /) -> A:
        """The numbers as one row, beside the rows of x."""
        ...

    def each(self, x: A, y: A, /) -> A:
        """For each row the matrix of x_j - y_k; the rows of x and y may have different lengths."""
        ...

    def root(self, x: A, /) -> A:
        """x^(1/2), with derivative 0 at 0."""
        ...

    def unit(self, x: A, /) -> A:
        """The rows of x divided by their lengths; one of length 0 stays."""
        ...
