"""Words on rows: what runs along vectors, and what all rows of two matrices make with each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from ganloss_core.words.ops import A


@dataclass(frozen=True, kw_only=True)
class Rows(Generic[A]):
    """The vocabulary of rows: functions of arrays, each bound by its `RowWord` in `ROWS`.

    A backend may give any of them natively; the others are made of its array functions. `labels` are indices, as
    `Backend.index` makes them, of the shape of x without its last axis, or one Python number for all rows.
    """

    products: Callable[..., A]
    squared_distances: Callable[..., A]
    log_sum_exp: Callable[..., A]
    softmax: Callable[..., A]
    largest: Callable[[A], A]
    at: Callable[[A, Any], A]
    without: Callable[[A, Any], A]
    against: Callable[[A, Any], A]
    cross_entropy: Callable[[A, Any], A]
    parts: Callable[[A], tuple[A, A]]
    count: Callable[[Any, int, A, A | None], A]
    look_up: Callable[[A, Any], A]
    apart: Callable[[A, Any], Any]
    row: Callable[[tuple[float, ...], A], A]
    sorted: Callable[[A], A]


@dataclass(frozen=True, kw_only=True)
class RowWord:
    """The contract of one word of rows.

    `definition(backend, *arguments)` says it in array functions, and is what the oracle evaluates and differentiates;
    `derivative(backend, g, value, *arguments)` is what reaches each array argument from the gradient g of the value, in the
    same words. Without one, a word is differentiated as its definition is. The error of value and derivative is a few ulp of
    the sum of the absolute values of what is summed.
    """

    formula: str
    definition: Callable[..., Any]
    derivative: Callable[..., tuple[Any, ...]] | None = None


def _products(b: Any, x: Any, y: Any = None) -> Any:
    y = x if y is None else y
    (n, k), (m, _) = x.shape, y.shape
    return b.sum(b.reshape(x, (n, 1, k)) * b.reshape(y, (1, m, k)), 2)


def _products_slopes(b: Any, g: Any, _: Any, x: Any, y: Any = None) -> tuple[Any, ...]:
    products, flipped = b.rows.products, b.transpose
    if y is None:
        return (products(g + flipped(g), flipped(x)),)
    return products(g, flipped(y)), products(flipped(g), flipped(x))


def _squared_distances(b: Any, x: Any, y: Any = None) -> Any:
    y = x if y is None else y
    (n, k), (m, _) = x.shape, y.shape
    return b.sum(b.ops.square(b.reshape(x, (n, 1, k)) - b.reshape(y, (1, m, k))), 2)


def _squared_distances_slopes(b: Any, g: Any, _: Any, x: Any, y: Any = None) -> tuple[Any, ...]:
    def slopes(g: Any, x: Any, y: Any) -> Any:
        return 2.0 * (x * beside(b, b.sum(g, 1)) - b.rows.products(g, b.transpose(y)))

    if y is not None:
        return slopes(g, x, y), slopes(b.transpose(g), y, x)
    # On the diagonal nothing depends on x, but the largest gradients may stand there.
    return (slopes(b.masked(b.rows.apart(g, None), g + b.transpose(g), 0.0), x, x),)


def _log_sum_exp(b: Any, x: Any, mask: Any = None) -> Any:
    x = x if mask is None else b.masked(mask, x, -math.inf)
    # Where all are -inf, so is the value, and nothing is differentiated.
    top = b.max(x, _last(x))
    some = b.negated(b.equal(top, -math.inf))
    top = b.masked(b.less(top, math.inf) * b.less(-top, math.inf), top, 0.0)
    total = b.sum(b.ops.exp(x - beside(b, top)), _last(x))
    return b.masked(some, top + b.ops.log(b.masked(some, total, 1.0)), -math.inf)


def _log_sum_exp_slope(b: Any, g: Any, value: Any, x: Any, mask: Any = None) -> tuple[Any]:
    x = x if mask is None else b.masked(mask, x, -math.inf)
    some = b.negated(b.equal(value, -math.inf))
    return (beside(b, g) * b.ops.exp(x - beside(b, b.masked(some, value, 0.0))),)


def softmax_of(b: Any, x: Any, largest: Any, count: Callable[[Any], Any], total: Callable[[Any], Any], weight: Any) -> Any:
    """e^x / total(e^x), where `largest` is that of what the total is over.

    d(log p_i) / dx_i is the share of the others, which is lost in 1 - p_i where one element is nearly everything: that one,
    `top`, is taken out of the sum, and its p is a function of the others' sum alone.
    """
    exp = b.ops.exp
    top = b.like(b.equal(x, largest), x)
    top = top * b.less(count(top), 1.5)
    x = x - largest
    others = total((1.0 - top) * exp(x))
    return top / (weight + others * exp(-b.masked(top, x, 0.0))) + (1.0 - top) * exp(x) / total(exp(x))


def _softmax(b: Any, x: Any, times: float = 1.0) -> Any:
    def total(y: Any) -> Any:
        return beside(b, b.sum(y, _last(y)))

    share = softmax_of(b, x, beside(b, b.max(x, _last(x))), total, total, 1.0)
    return share if times == 1.0 else share * times


def _softmax_slope(b: Any, g: Any, p: Any, x: Any, times: float = 1.0) -> tuple[Any]:
    # Relative to the gradient of the largest, of which a difference to others would otherwise lose what the others are.
    top = b.equal(x, beside(b, b.max(x, _last(x))))
    at_top = b.max(b.masked(top, g, -math.inf), _last(x))
    g = g - beside(b, at_top)
    return (p * (g - beside(b, b.sum(p * g, _last(x)) / times)),)


def _largest(b: Any, x: Any) -> Any:
    share = _share(b, x, b.max(x, _last(x)))
    return b.sum(share * b.masked(share, x, 0.0), _last(x))


def _largest_slope(b: Any, g: Any, value: Any, x: Any) -> tuple[Any]:
    return (_share(b, x, value) * beside(b, g),)


def _share(b: Any, x: Any, largest: Any) -> Any:
    # NaN in all of a row that has one.
    at = b.like(b.equal(x, beside(b, largest)), x)
    return at / beside(b, b.sum(at, _last(x)))


def _is_at(b: Any, labels: Any, n: int, x: Any) -> Any:
    """A mask: whether a column is the row's label."""
    labels = labels if isinstance(labels, int) else b.like(beside(b, labels), x)
    axes = _last(x) if isinstance(labels, int) else _last(labels)
    return b.equal(b.reshape(b.indices(n, x), (*(1 for _ in range(axes)), n)), labels)


def _at(b: Any, x: Any, labels: Any) -> Any:
    # A product would make NaN of an infinite element in another place.
    return b.sum(b.masked(_is_at(b, labels, x.shape[-1], x), x, 0.0), _last(x))


def _at_slope(b: Any, g: Any, _: Any, x: Any, labels: Any) -> tuple[Any]:
    return (b.masked(_is_at(b, labels, x.shape[-1], x), beside(b, g), 0.0),)


def _without(b: Any, x: Any, labels: Any) -> Any:
    return b.masked(b.negated(_is_at(b, labels, x.shape[-1], x)), x, -math.inf)


def _without_slope(b: Any, g: Any, _: Any, x: Any, labels: Any) -> tuple[Any]:
    return (b.masked(b.negated(_is_at(b, labels, x.shape[-1], x)), g, 0.0),)


def _against(b: Any, x: Any, labels: Any) -> Any:
    return b.rows.log_sum_exp(b.rows.without(x, labels)) - b.rows.at(x, labels)


def _cross_entropy(b: Any, x: Any, labels: Any) -> Any:
    # -log p_k = log(1 + the others' share of p_k): nothing cancels where p_k is nearly 1.
    return b.ops.softplus(b.rows.against(x, labels))


def _parts(b: Any, x: Any) -> tuple[Any, Any]:
    which = b.reshape(b.indices(2, x), (1, 2, 1))
    first, second = (b.sum(b.masked(b.equal(which, float(half)), x, 0.0), 1) for half in range(2))
    return first, second


def _count(b: Any, labels: Any, n: int, x: Any, weight: Any) -> Any:
    labels = b.reshape(labels, (-1,))
    found = b.like(_is_at(b, labels, n, x), x)
    return b.sum(found if weight is None else found * b.reshape(weight, (-1, 1)), 0)


def _look_up(b: Any, numbers: Any, labels: Any) -> Any:
    n, axes = numbers.shape[-1], len(labels.shape)
    row = b.reshape(numbers, (*(1 for _ in range(axes)), n))
    return b.sum(b.masked(_is_at(b, labels, n, numbers), row, 0.0), axes)


def _apart(b: Any, x: Any, mask: Any) -> Any:
    index = b.indices(x.shape[0], x)
    others = b.negated(b.equal(b.reshape(index, (-1, 1)), b.reshape(index, (1, -1))))
    return others if mask is None else b.masked(others, mask, False)


def _row(b: Any, numbers: tuple[float, ...], x: Any) -> Any:
    return b.reshape(b.like(list(numbers), x), (*(1 for _ in range(_last(x))), len(numbers)))


def _in_place(b: Any, x: Any) -> Any:
    """A mask: whether a column is the row's place in the order; equal ones keep theirs."""
    index = b.indices(x.shape[0], x)
    # As libraries have it, NaN comes last.
    x = b.masked(b.equal(x, x), x, math.inf)
    before = b.like(b.less(b.reshape(index, (1, -1)), beside(b, index)), x)
    own, others = beside(b, x), b.reshape(x, (1, -1))
    place = b.sum(b.less(others, own) + b.masked(b.equal(others, own), before, 0.0), 1)
    return b.equal(beside(b, place), b.reshape(index, (1, -1)))


def _sorted(b: Any, x: Any) -> Any:
    return b.sum(b.masked(_in_place(b, x), beside(b, x), 0.0), 0)


def _sorted_slope(b: Any, g: Any, _: Any, x: Any) -> tuple[Any]:
    return (b.sum(b.masked(_in_place(b, x), b.reshape(g, (1, -1)), 0.0), 1),)


def _last(x: Any) -> int:
    return len(x.shape) - 1


def beside(b: Any, x: Any) -> Any:
    """x, one number for each row, as a column beside the rows."""
    return b.reshape(x, (*x.shape, 1))


ROWS: Mapping[str, RowWord] = {
    "products": RowWord(formula="x_i . y_j, or x_i . x_j", definition=_products, derivative=_products_slopes),
    "squared_distances": RowWord(
        formula="|x_i - y_j|^2, or |x_i - x_j|^2", definition=_squared_distances, derivative=_squared_distances_slopes
    ),
    "log_sum_exp": RowWord(
        formula="ln sum_k e^x_k, over what a mask leaves", definition=_log_sum_exp, derivative=_log_sum_exp_slope
    ),
    "softmax": RowWord(formula="e^x_k / sum e^x, times a number", definition=_softmax, derivative=_softmax_slope),
    "largest": RowWord(formula="max_k x_k, its gradient shared among equals", definition=_largest, derivative=_largest_slope),
    "at": RowWord(formula="x_k at the label k", definition=_at, derivative=_at_slope),
    "without": RowWord(formula="x, but -inf at the label", definition=_without, derivative=_without_slope),
    "against": RowWord(formula="ln of the sum of e^x_j / e^x_k over all j but the label k", definition=_against),
    "cross_entropy": RowWord(formula="-ln of the softmax at the label", definition=_cross_entropy),
    "parts": RowWord(formula="the two halves of x, shape (n, 2, k)", definition=_parts),
    "count": RowWord(formula="how many labels, or what weight of them, are 0, 1, ..., n - 1", definition=_count),
    "look_up": RowWord(formula="the number at the label", definition=_look_up),
    "apart": RowWord(formula="the mask, or all of the square matrix x, without the diagonal", definition=_apart),
    "row": RowWord(formula="numbers, beside the rows of x", definition=_row),
    "sorted": RowWord(formula="the vector x in ascending order", definition=_sorted, derivative=_sorted_slope),
}
