"""What a caller gives, checked: logits, weights, labels; and what masks and shares make of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import Labels, Plain, Reduction, is_mask, shape, size
from ganloss_core.spec.game import Sample
from ganloss_core.words.ops import A


def empty(side: str, shape: Any) -> ValueError:
    """The error for a side without elements."""
    return ValueError(f"{side} logits are empty, shape {tuple(shape)}: a mean over nothing is NaN")


def check_shapes(name: str, real: Any, fake: Any, sample: Sample, paired: bool, a_share: bool = False) -> None:
    """ValueError for shapes of two sides that are different, where the loss cannot take them."""
    if 0 in real and not a_share:
        raise empty("real", real)
    if len(real) != len(fake):
        raise ValueError(
            f"{name}: real logits have shape {tuple(real)} and fake logits {tuple(fake)}; give both the same number of "
            "dimensions: a loss that compares the sides would broadcast one against the other"
        )
    axes = sample.axes
    if axes and real[-axes:] != fake[-axes:]:
        raise ValueError(
            f"{name}: the vectors of both sides must be equally long, got real logits of shape {tuple(real)} and fake "
            f"logits of shape {tuple(fake)}"
        )
    if paired:
        raise ValueError(
            f"{name} pairs real_i with fake_i, so both sides need the same shape, got {tuple(real)} and {tuple(fake)}; "
            "unequal batches need another coupling, such as all pairs or the average"
        )


def check_rows(name: str, real: Any, fake: Any) -> None:
    """ValueError for shapes that are not those of one real and any number of fakes for each row."""
    if len(real) != len(fake) or not len(real) or real[:-1] != fake[:-1] or real[-1] != 1:
        raise ValueError(
            f"{name} compares the one real logit of each row with the fakes of its row, shapes (batch, ..., 1) and "
            f"(batch, ..., K), got {tuple(real)} and {tuple(fake)}; of a matrix of all pairs the reals are the diagonal, and "
            "the fakes the rest of each row"
        )


def samples_of(name: str, sample: Sample, side: str, of: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the samples of logits of shape `of`; ValueError where they are not what the loss needs."""
    axes = sample.axes
    wanted = ("a logit", "a vector, shape (batch, ..., length)", "two vectors, shape (batch, ..., 2, length)")[axes]
    if len(of) <= axes or (axes == 2 and of[-2] != 2):
        raise ValueError(
            f"{name} needs for each sample {wanted}{', its embedding and its proxy' if axes == 2 else ''}: "
            f"got {side} logits of shape {of}"
        )
    if sample.length is not None and of[-1] != sample.length:
        raise ValueError(f"{name} needs vectors of length {sample.length}, got {side} logits of shape {of}")
    samples = of[: len(of) - axes]
    if math.prod(samples) < sample.least:
        raise ValueError(f"{name} needs at least {sample.least} {side} samples, got {math.prod(samples)}")
    return samples


def sample_shape(x: Any, axes: int) -> tuple[int, ...]:
    """The shape without a sample's own axes."""
    return shape(x)[: len(x.shape) - axes]


def weight_of(
    backend: Backend[A], cast: Callable[[Any, A], A], x: Any, weight: Any, side: str, sample: Sample, of_means: bool
) -> Any:
    """The weights of a side, one number or bool for each sample; TypeError and ValueError where they are not that."""
    if weight is None:
        return None
    axes = sample.axes
    if x is None:
        raise TypeError(f"{side}_weight was given without {side} logits")
    if not hasattr(weight, "shape") or shape(weight) != sample_shape(x, axes):
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        of = "one number per sample, shape" if axes or of_means else "the logits' shape"
        along = ", and vectors run along the last axis" if axes else ""
        raise ValueError(
            f"{side}_weight must be an array of {of} {sample_shape(x, axes)}, got {got}: nothing is broadcast for you{along}"
        )
    if "complex" in str(weight.dtype):
        raise TypeError(f"{side}_weight must be real or bool, got {weight.dtype}")
    w = backend.mask(weight) if is_mask(weight) else cast(weight, x)
    return backend.reshape(w, (-1,)) if sample.flat else w


def enough(backend: Backend[A], name: str, least: int, side: str, x: Any, w: Any) -> None:
    """ValueError where weights can be seen to leave fewer samples than the loss needs, unless they leave none."""
    left = None if w is None else backend.bounds(backend.count(w, x) if is_mask(w) else backend.sum(w))
    if left is not None and 0.0 < left[0] < least:
        raise ValueError(
            f"{name} needs at least {least} {side} samples, and {side}_weight, which says how often each counts, has the sum "
            f"{left[0]:g}"
        )


def labels_of(backend: Backend[A], loss: str, side: str, x: Any, labels: Any, w: Any, sample: Sample) -> Labels:
    """The labels of a side as indices, one for each sample; TypeError and ValueError where they are not that."""
    name, axes = f"{side}_labels", sample.axes
    if labels is None:
        return Labels(None, name, loss)
    if x is None:
        raise TypeError(f"{name} was given without {side} logits")
    if "int" not in str(getattr(labels, "dtype", "")):
        raise TypeError(f"{loss}: {name} must be an array of integers, got {getattr(labels, 'dtype', type(labels).__name__)}")
    if shape(labels) != sample_shape(x, axes):
        raise ValueError(
            f"{loss}: {name} must have one integer per sample, shape {sample_shape(x, axes)}, got {shape(labels)}; "
            f"the vectors of {side} logits of shape {shape(x)} run along the last axis: from (N, C, H, W) move axis 1 there"
        )
    values = backend.index(labels, x)
    if sample.flat:
        values = backend.reshape(values, (-1,))
    return Labels(values if w is None else backend.masked(w, values, 0), name, loss)


def numbers_of(backend: Backend[A], loss: str, side: str, x: Any, labels: Any, w: Any) -> A:
    """The labels of a side's logits, one number for each; TypeError and ValueError where they are not that."""
    name = f"{side}_labels"
    if x is None:
        raise TypeError(f"{name} was given without {side} logits")
    if not hasattr(labels, "shape"):
        raise TypeError(
            f"{loss}: {name} must be an array with a number for each logit, got {type(labels).__name__}: one number for all is "
            f"the hyperparameter {side}_label"
        )
    if shape(labels) != shape(x):
        raise ValueError(f"{loss}: {name} must have the logits' shape {shape(x)}, got {shape(labels)}: nothing is broadcast")
    numbers = backend.like(labels, x)
    return numbers if w is None else backend.masked(w, numbers, 0.0)


def without_masked(backend: Backend[A], x: Any, on: Plain[A], sample: Sample, at: float | None = None) -> Any:
    """x with `at`, or else the mean of the others, where the side's weight is 0; of scores, 0."""
    # A masked logit is replaced before any formula sees it: a NaN there would reach gradients through 0 * NaN. The mean of
    # the others is as good an argument as they are; a number might be where a formula is infinite.
    w = on.weight
    if w is None or x is None:
        return x
    if at is not None:
        return backend.masked(w, x, at)
    if not sample.axes:
        return backend.masked(w, x, backend.hold(on(x)))
    w = backend.reshape(w, (*shape(w), *(1 for _ in shape(x)[len(shape(w)) :])))
    if not sample.flat:
        return backend.masked(w, x, 0.0)
    numbers = backend.like(w, x)
    rest = backend.sum(numbers * backend.masked(w, x, 0.0), 0) / backend.sum(numbers)
    return backend.masked(w, x, backend.reshape(backend.hold(rest), (1, *shape(rest))))


def product(backend: Backend[A], x: A, a: Any, b: Any, reduction: Reduction) -> Any:
    """The weights of pairs of elements, where x has their type."""
    if a is None or b is None:
        return b if a is None else a
    if is_mask(a) and is_mask(b):
        return backend.masked(a, b, False)
    a, b = backend.like(a, x), backend.like(b, x)
    # In a mean the scale does not matter, but the product of two tiny or huge weights would leave the type's range.
    return a / backend.sum(a) * (b / backend.sum(b)) if reduction == "mean" else a * b


def of_pairs(backend: Backend[A], part: A, on_real: Any, on_fake: Any) -> tuple[Any, Any]:
    """The weights of rows and of columns of a part on all pairs; None for both where neither side has any."""
    rows, columns = (None if w is None else backend.reshape(w, to) for w, to in ((on_real, (-1, 1)), (on_fake, (1, -1))))
    if rows is None and columns is None:
        return None, None
    # Of a side without weights every element counts, in the sum of weights too.
    return _ones(backend, part, 0) if rows is None else rows, _ones(backend, part, 1) if columns is None else columns


def _ones(backend: Backend[A], matrix: A, axis: int) -> A:
    ones = 0.0 * backend.indices(shape(matrix)[axis], matrix) + 1.0
    return backend.reshape(ones, (-1, 1) if axis == 0 else (1, -1))


def share_of_the_largest(backend: Backend[A], fake: A, weight: Any, k: int) -> A:
    """The weight that leaves the k largest: those that tie for the last places share them."""

    def flat(x: A) -> A:
        return backend.reshape(backend.hold(x), (-1,))

    weight = None if weight is None else backend.like(weight, fake)
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


def mean_of_samples(backend: Backend[A], x: Any) -> Any:
    """The mean over all axes but the first, of a map of logits."""
    if x is None or len(x.shape) < 2:
        return x
    return backend.sum(backend.reshape(x, (x.shape[0], -1)), 1) / float(math.prod(x.shape[1:]))


BOOLS = ("bool", "bool_")
"""What NumPy's own are called."""


def no_bool(loss: str, name: str, value: Any) -> TypeError:
    """The error for an argument of the one-sided call that does not say which side."""
    return TypeError(
        f"{loss}'s one-sided call, loss(logits, target_is_real, is_disc=False): {name} must be True or False, got "
        f"{'nothing' if value is None else type(value).__name__}; for both sides, and for weights, there are "
        "discriminator(real, fake) and generator(fake)"
    )
