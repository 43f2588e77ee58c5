"""What a caller gives besides logits, checked and made into the E of one call: weights, masks, labels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.side import Labels, Plain, Reduction, Weighted, shape, size
from ganloss_core.spec.game import Game
from ganloss_core.words.ops import A


class Extras(NamedTuple):
    """The optional arguments of a call; None is what was not given."""

    real_weight: Any = None
    fake_weight: Any = None
    real_labels: Any = None
    fake_labels: Any = None


NO_EXTRAS = Extras()


def batch(
    rules: Game[A], backend: Backend[A], name: str, reduction: Reduction, paired: bool, real: Any, fake: Any, extras: Extras
) -> tuple[Any, Any, Expectation[A]]:
    """The logits as formulas take them, vectors as one matrix per side, and their E."""
    axes = rules.sample.axes
    w_real = _weight(backend, real, extras.real_weight, "real", axes)
    w_fake = _weight(backend, fake, extras.fake_weight, "fake", axes)
    if paired:
        w_real = w_fake = _product(backend, w_real, w_fake, reduction)
    on_real, on_fake = (
        _side(backend, reduction, w, _labels(backend, name, side, x, labels, w, axes))
        for side, x, w, labels in (("real", real, w_real, extras.real_labels), ("fake", fake, w_fake, extras.fake_labels))
    )
    real, fake = (without_masked(backend, _flat(backend, x, axes), w) for x, w in ((real, w_real), (fake, w_fake)))

    def finish_pair(part: A) -> A:
        w = w_real
        if len(shape(part)) == 2 and shape(part) != shape(fake)[: len(shape(fake)) - axes]:
            rows, columns = (None if w is None else backend.reshape(w, to) for w, to in ((w_real, (-1, 1)), (w_fake, (1, -1))))
            if rows is not None or columns is not None:
                # Of a side without weights every element counts, in the sum of weights too.
                rows = _ones(backend, part, 0) if rows is None else rows
                columns = _ones(backend, part, 1) if columns is None else columns
            w = _product(backend, rows, columns, reduction)
        elif not paired:
            w = _product(backend, w_real, w_fake, reduction)
        return (on_real if w is None else Weighted(backend, w, reduction, strict=True)).finish(part)

    return real, fake, Expectation(backend, on_real, on_fake, finish_pair, reduction)


def top_k_weight(backend: Backend[A], fake: A, weight: A | None, k: int) -> A:
    """The weight that leaves the k largest: those that tie for the last places share them."""

    def flat(x: A) -> A:
        return backend.reshape(backend.constant(x), (-1,))

    f, w = flat(fake), None if weight is None else flat(weight)
    above, below = backend.below(-f, -f, w), backend.below(f, f, w)
    tied = (size(fake) if weight is None else backend.sum(weight)) - above - below
    # Among elements without weight nothing may be tied.
    places = (k - above) / (tied + (1.0 - backend.ops.step(tied)))
    share = backend.ops.relu(places) - backend.ops.relu(places - 1.0)
    # A NaN is never among the largest, and must not go unseen, unless it has no weight.
    nan = 0.0 * backend.ops.step(f)
    share = share + (nan if w is None else backend.masked(w, nan, 0.0))
    share = backend.reshape(share, shape(fake))
    return share if weight is None else share * weight


def _ones(backend: Backend[A], matrix: A, axis: int) -> A:
    ones = 0.0 * backend.indices(shape(matrix)[axis], matrix) + 1.0
    return backend.reshape(ones, (-1, 1) if axis == 0 else (1, -1))


def _side(backend: Backend[A], reduction: Reduction, weight: A | None, labels: Labels) -> Plain[A]:
    return Plain(backend, reduction, labels) if weight is None else Weighted(backend, weight, reduction, labels)


def _flat(backend: Backend[A], x: Any, axes: int) -> Any:
    if x is None or not axes or x.ndim == axes + 1:
        return x
    return backend.reshape(x, (math.prod(x.shape[:-axes]), *shape(x)[-axes:]))


def _samples(x: Any, axes: int) -> tuple[int, ...]:
    return shape(x)[: len(x.shape) - axes]


def _weight(backend: Backend[A], x: Any, weight: Any, side: str, axes: int) -> A | None:
    if weight is None:
        return None
    if x is None:
        raise TypeError(f"{side}_weight was given without {side} logits")
    if not hasattr(weight, "shape") or shape(weight) != _samples(x, axes):
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        of = "the logits' shape" if not axes else "one number per sample, shape"
        along = ", and vectors run along the last axis" if axes else ""
        raise ValueError(
            f"{side}_weight must be an array of {of} {_samples(x, axes)}, got {got}: nothing is broadcast for you{along}"
        )
    if "complex" in str(weight.dtype):
        raise TypeError(f"{side}_weight must be real or bool, got {weight.dtype}")
    w = backend.like(weight, x)
    return backend.reshape(w, (-1,)) if axes else w


def _labels(backend: Backend[A], loss: str, side: str, x: Any, labels: Any, w: A | None, axes: int) -> Labels:
    name = f"{side}_labels"
    if labels is None or not axes:
        if labels is not None:
            raise TypeError(f"{loss} takes no labels, got {name}")
        return Labels(None, name, loss)
    if x is None:
        raise TypeError(f"{name} was given without {side} logits")
    if "int" not in str(getattr(labels, "dtype", "")):
        raise TypeError(f"{loss}: {name} must be an array of integers, got {getattr(labels, 'dtype', type(labels).__name__)}")
    if shape(labels) != _samples(x, axes):
        raise ValueError(
            f"{loss}: {name} must have one integer per sample, shape {_samples(x, axes)}, got {shape(labels)}; the vectors of "
            f"{side} logits of shape {shape(x)} run along the last axis: from (N, C, H, W) move axis 1 there"
        )
    values = backend.reshape(backend.like(labels, x), (-1,))
    return Labels(values if w is None else backend.masked(w, values, 0.0), name, loss)


def without_masked(backend: Backend[A], x: Any, w: A | None) -> Any:
    """x with the mean of the others where the weight is 0."""
    # A masked logit is replaced before any formula sees it: a NaN there would reach gradients through 0 * NaN. The mean of
    # the others is as good an argument as they are; 0 might be where a term is infinite.
    if w is None:
        return x
    if shape(w) != shape(x):
        n = size(w)
        total, w = backend.sum(w), backend.reshape(w, (n,) + (1,) * (x.ndim - 1))
        rest = backend.sum(w * backend.masked(w, x, 0.0), 0) / total
        return backend.masked(w, x, backend.reshape(backend.constant(rest), (1, *shape(rest))))
    rest = backend.sum(w * backend.masked(w, x, 0.0)) / backend.sum(w)
    return backend.masked(w, x, backend.constant(rest))


def _product(backend: Backend[A], a: A | None, b: A | None, reduction: Reduction) -> A | None:
    if a is None or b is None:
        return b if a is None else a
    # In a mean the scale does not matter, but the product of two tiny or huge weights would leave the type's range.
    return a / backend.sum(a) * (b / backend.sum(b)) if reduction == "mean" else a * b
