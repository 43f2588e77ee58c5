"""Weights of samples and of elements in the terms besides losses: the same rule as in the losses."""

from __future__ import annotations

from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.inputs import weight_of
from ganloss_core.engine.side import Plain, Reduction, Weighted, shape
from ganloss_core.spec.game import Sample
from ganloss_core.words.ops import A


def side_of(backend: Backend[A], x: A, weight: Any, name: str, reduction: Reduction = "mean") -> Plain[A]:
    """The means over x, weighted where a weight of x's shape is given; ValueError for another shape."""
    if weight is None:
        return Plain(backend, reduction)
    if not hasattr(weight, "shape") or shape(weight) != shape(x):
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        raise ValueError(f"{name} must be an array of shape {shape(x)}, one number for each, got {got}: nothing is broadcast")
    cast = backend.ratios if reduction == "mean" else backend.like
    w = weight_of(backend, cast, x, weight, name.removesuffix("_weight"), Sample(), False)
    return Plain(backend, reduction) if w is None else Weighted(backend, w, reduction)


def unmasked(backend: Backend[A], side: Plain[A], *arrays: Any) -> list[Any]:
    """The arrays, with 0 for what has no weight: it may be anything, also NaN."""
    return [x if side.weight is None else backend.masked(side.weight, x, 0.0) for x in arrays]


def moved(backend: Backend[A], side: Plain[A], new: Any, last: Any) -> Any:
    """What a state keeps: the new value, or the last one in a step where nothing has weight."""
    return new if side.weight is None else backend.masked(side.total(new), new, last)
