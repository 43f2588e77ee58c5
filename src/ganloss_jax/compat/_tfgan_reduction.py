"""TF-GAN's reductions of weighted terms."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import jax.numpy as jnp
from jax import Array

from ganloss_jax._devices import Devices


class Reduction(StrEnum):
    """What becomes of weighted terms: themselves, their sum, or that over the sum of weights, the terms, or weights not 0."""

    NONE = "none"
    SUM = "weighted_sum"
    MEAN = "weighted_mean"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"


def reduced(terms: Array, weights: Any, reduction: str, axis_name: Any = None) -> Array:
    """The terms times their weights, and what becomes of them, on all devices of the axis."""
    how, w = Reduction(reduction), jnp.asarray(weights, terms.dtype)
    if w.ndim and (w.ndim != terms.ndim or any(a not in (1, b) for a, b in zip(w.shape, terms.shape, strict=True))):
        raise ValueError(
            f"weights must be a number, or an array of {terms.ndim} axes, each 1 or that of the terms, {terms.shape}; "
            f"got shape {w.shape}"
        )
    weighted = w.reshape(w.shape or (1,) * terms.ndim) * terms
    if how is Reduction.NONE:
        return weighted
    everywhere = jnp.broadcast_to(w, terms.shape)
    count = {
        Reduction.SUM: jnp.ones((), terms.dtype),
        Reduction.MEAN: jnp.sum(everywhere),
        Reduction.SUM_OVER_BATCH_SIZE: jnp.asarray(terms.size, terms.dtype),
        Reduction.SUM_BY_NONZERO_WEIGHTS: jnp.sum(everywhere != 0.0).astype(terms.dtype),
    }[how]
    total = jnp.sum(weighted)
    if axis_name is not None:
        total, count = Devices(axis_name).summed([total, count])
    if how is Reduction.SUM:
        return total
    return jnp.where(count == 0.0, 0.0, total / jnp.where(count == 0.0, 1.0, count))
