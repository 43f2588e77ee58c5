"""The derivative of a loss of logits, written in the words: by one logit, times how many logits its side has.

It runs on whatever can be added and multiplied and has means over a side: formulas to print, or arrays to check them with.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any, Protocol

from ganloss_core.backends.tape import Var, gradients, taped_words
from ganloss_core.spec.loss import TwoSided
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import Ops, Term


class Means(Protocol):
    """One side of what is differentiated."""

    def __call__(self, x: Any, /) -> Any: ...
    def total(self, x: Any, /) -> Any: ...
    def log_sum_exp(self, x: Any, /) -> Any: ...
    def log_mean_exp(self, x: Any, /) -> Any: ...
    def softmax(self, x: Any, /) -> Any: ...
    def through_softmax(self, x: Any, g: Any, /) -> Any:
        """What each logit of x gets of g, the gradient of their softmax w: w (g - E(w g))."""
        ...

    def median(self, x: Any, /) -> Any: ...
    def sorted(self, x: Any, /) -> Any: ...
    def in_places_of(self, x: Any, g: Any, /) -> Any:
        """What each logit of x gets of g, which is one for each place in the order."""
        ...

    def given(self, x: Any, weight: Any, /) -> Any: ...
    def share(self, weight: Any, /) -> Any:
        """A weight, 0 or 1, over its mean; 0 where all are 0."""
        ...

    def of_pairs(self, x: Any, axis: int, /) -> Any:
        """The mean over this side, which runs along `axis`, of something of all pairs."""
        ...


class Algebra(Protocol):
    """What is differentiated: values with arithmetic, a `shape` that is () for a number, the words, and both sides."""

    ops: Ops[Any]
    real: Means
    fake: Means

    def sum(self, x: Any) -> Any:
        """What reaches a number from all logits of a side: the mean, since x is times how many they are."""
        ...

    def zeros_like(self, x: Any) -> Any: ...
    def less(self, x: Any, y: Any) -> Any: ...
    def equal(self, x: Any, y: Any) -> Any: ...
    def differences(self, x: Any, y: Any) -> Any:
        """x_i - y_j of all pairs."""
        ...


class _Side:
    def __init__(self, xp: Algebra, on: Means) -> None:
        self._xp, self._on = xp, on

    def _var(self, array: Any, *inputs: Any) -> Var:
        return Var(self._xp, array, *inputs)

    def __call__(self, x: Var, axis: int | None = None) -> Var:
        return self._var(self._on(x.array), (x, lambda g: g))

    def total(self, x: Var) -> Var:
        return self._var(self._on.total(x.array))

    def log_sum_exp(self, x: Var) -> Var:
        # n e^x / sum e^x
        return self._var(self._on.log_sum_exp(x.array), (x, lambda g: g * self._on.softmax(x.array)))

    def log_mean_exp(self, x: Var) -> Var:
        return self._var(self._on.log_mean_exp(x.array), (x, lambda g: g * self._on.softmax(x.array)))

    def softmax(self, x: Var) -> Var:
        return self._var(self._on.softmax(x.array), (x, lambda g: self._on.through_softmax(x.array, g)))

    def median(self, x: Var) -> Var:
        m = self._on.median(x.array)
        return self._var(m, (x, lambda g: g * self._on.share(self._xp.equal(x.array, m))))

    def sorted(self, x: Var) -> Var:
        return self._var(self._on.sorted(x.array), (x, lambda g: self._on.in_places_of(x.array, g)))

    def given(self, x: Var, weight: Var) -> Var:
        w = weight.array
        return self._var(self._on.given(x.array, w), (x, lambda g: g * self._on.share(w)))


class _E:
    def __init__(self, xp: Algebra, real: Means, fake: Means) -> None:
        self._xp, self._on_real, self._on_fake = xp, real, fake
        self.real, self.fake = _Side(xp, real), _Side(xp, fake)

    def swapped(self) -> _E:
        return _E(self._xp, self._on_fake, self._on_real)

    def hold(self, x: Var) -> Var:
        return Var(self._xp, x.array)

    def less(self, x: Var, y: Var) -> Var:
        return Var(self._xp, self._xp.less(x.array, y.array))

    def log_add_exp(self, x: Var, y: Var) -> Var:
        o, x_less_y, y_less_x = self._xp.ops, x.array - y.array, y.array - x.array
        value = x.array + o.softplus(y_less_x)
        return Var(self._xp, value, (x, lambda g: g * o.sigmoid(x_less_y)), (y, lambda g: g * o.sigmoid(y_less_x)))

    def pairs(self, term: Term[Var], real: Var, fake: Var, _: object = None, /) -> Sides[Var]:
        difference = Var(self._xp, self._xp.differences(real.array, fake.array))
        of_pair = term(difference)
        mean = self._on_real(self._on_fake.of_pairs(of_pair.array, 1))
        (slope,) = gradients(of_pair, [difference], 1.0)
        by_real, by_fake = self._on_fake.of_pairs(slope, 1), self._on_real.of_pairs(slope, 0)
        return Sides(batch=Var(self._xp, mean, (real, lambda g: g * by_real), (fake, lambda g: g * -by_fake)))


def words(xp: Algebra) -> Ops[Var]:
    """The words on what is differentiated."""
    return taped_words(xp.ops, xp)


def derivatives(sides_of: TwoSided[Var], xp: Algebra, real: Any, fake: Any) -> tuple[Any, Any]:
    """The derivatives of the loss by a real and by a fake logit, each times the number of its side's logits."""
    return differentiated(sides_of, xp, real, fake)[1]


def differentiated(sides_of: TwoSided[Var], xp: Algebra, real: Any, fake: Any) -> tuple[Sides[Any], tuple[Any, Any]]:
    """The parts of the loss, and its `derivatives`."""
    r, f = Var(xp, real), Var(xp, fake)
    E: Any = _E(xp, xp.real, xp.fake)
    parts = sides_of(r, f, E)
    # A part on pairs has one element for each real and each fake.
    means = (E.real, E.fake, E.real, lambda x: x)
    loss = reduce(add, (mean(part) for mean, part in zip(means, parts, strict=True) if part is not None))
    d_real, d_fake = gradients(loss, [r, f], 1.0)
    return Sides(*[None if part is None else part.array for part in parts]), (d_real, d_fake)
