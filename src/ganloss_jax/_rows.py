"""Words of rows as JAX has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax


def everywhere(x: Array) -> Array:
    """x as it is, but on a mesh with explicit axes, where JAX wants to be told that every device needs all elements."""
    sharding: Any = getattr(getattr(x, "aval", None), "sharding", None)
    if all(axis is None for axis in getattr(sharding, "spec", ())):
        return x
    whole = jax.sharding.NamedSharding(sharding.mesh, jax.sharding.PartitionSpec())  # type: ignore[no-untyped-call]
    replicated: Array = jax.sharding.reshard(x, whole)  # type: ignore[no-untyped-call]
    return replicated


def _products(x: Array, y: Array | None = None) -> Array:
    x, y = everywhere(x), None if y is None else everywhere(y)
    # By default products are taken in bfloat16 or TF32 where the device can.
    return jnp.matmul(x, (x if y is None else y).T, precision=lax.Precision.HIGHEST)


def _squared_distances(x: Array, y: Array | None = None) -> Array:
    distances: Array = _distances(everywhere(x), None if y is None else everywhere(y))
    return distances


@jax.custom_jvp
def _distances(x: Array, y: Array | None) -> Array:
    # XLA would share what is repeated of x with other distances, and store it for that.
    x, y = lax.optimization_barrier((x, x if y is None else y))  # type: ignore[no-untyped-call]
    return jnp.sum(jnp.square(x[:, None] - y[None]), -1)


@_distances.defjvp
def _distances_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    (x, y), (dx, dy) = at, tangents
    alone = y is None
    if alone:
        y, dy = x, dx
    of_x, of_y = jnp.sum(x * dx, -1), jnp.sum(y * dy, -1)
    tangent = 2.0 * (of_x[:, None] + of_y[None] - _products(x, dy) - _products(dx, y))
    # On the diagonal nothing depends on x, but the largest gradients may stand there.
    return _distances(*at), jnp.where(jnp.eye(len(x), dtype=bool), 0.0, tangent) if alone else tangent


def _shares(x: Array) -> tuple[Array, Array, Array]:
    """The largest of each row, e^x relative to it, and the sum of that."""
    top = jnp.max(x, -1, keepdims=True)
    top = jnp.where(jnp.isfinite(top), top, 0.0)
    e = jnp.exp(x - top)
    return top, e, jnp.sum(e, -1, keepdims=True)


@jax.custom_jvp
def _log_sum_exp_of(x: Array) -> Array:
    top, _, total = _shares(x)
    return (top + jnp.log(total))[..., 0]


@_log_sum_exp_of.defjvp
def _log_sum_exp_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    ((x,), (dx,)) = at, tangents
    _, e, total = _shares(x)
    return _log_sum_exp_of(x), jnp.sum(e / jnp.where(total == 0.0, 1.0, total) * dx, -1)


def _log_sum_exp(x: Array, mask: Array | None = None) -> Array:
    value: Array = _log_sum_exp_of(x if mask is None else jnp.where(mask, x, -jnp.inf))
    return value


@jax.custom_jvp
def _largest(x: Array) -> Array:
    return jnp.max(x, -1)


@_largest.defjvp
def _largest_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    ((x,), (dx,)) = at, tangents
    top = _largest(x)
    # JAX's own is a product with what is 0 or 1, of which XLA makes a choice: a row with a NaN would have gradients of 0.
    unknown = jnp.isnan(top)
    found = (x == top[..., None]) | unknown[..., None]
    shared = jnp.where(unknown, jnp.nan, jnp.sum(found, -1).astype(x.dtype))
    return top, jnp.sum(jnp.where(found, dx, 0.0), -1) / shared


def _is_at(x: Array, labels: Array) -> Array:
    return lax.broadcasted_iota(labels.dtype, x.shape, x.ndim - 1) == labels[..., None]


def _others(x: Array, labels: Array) -> tuple[Array, Array, Array]:
    return _shares(jnp.where(_is_at(x, labels), -jnp.inf, x))


@jax.custom_jvp
def _against_labels(x: Array, labels: Array) -> Array:
    top, _, total = _others(x, labels)
    return (top + jnp.log(total) - jnp.take_along_axis(x, labels[..., None], -1))[..., 0]


@_against_labels.defjvp
def _against_labels_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    (x, labels), dx = at, tangents[0]
    _, e, total = _others(x, labels)
    # One pass, forwards and backwards; of the label nothing but -1, also beside NaN.
    slope = jnp.where(_is_at(x, labels), -1.0, e / jnp.where(total == 0.0, 1.0, total))
    return _against_labels(x, labels), jnp.sum(slope * dx, -1)


def _count(labels: Array, n: int, x: Array, weight: Array | None) -> Array:
    each: Any = 1 if weight is None else everywhere(weight).reshape(-1)
    none = jnp.zeros(n, jnp.int32 if weight is None else x.dtype)
    counts: Array = none.at[everywhere(labels).reshape(-1)].add(each).astype(x.dtype)
    return counts


def _against(x: Array, labels: Array | int) -> Array:
    if isinstance(labels, int):
        labels = jnp.full(x.shape[:-1], labels)
    against: Array = _against_labels(x, labels)
    return against


@jax.custom_jvp
def _softmax_of_vector(x: Array) -> Array:
    return jax.nn.softmax(x)


@_softmax_of_vector.defjvp
def _softmax_of_vector_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    ((x,), (dx,)) = at, tangents
    p = _softmax_of_vector(x)
    # Derivatives sum to 0: that of an element above 1/2, of which there is one at most, is minus the sum of the others', where
    # its own, p (dx - sum p dx), would cancel.
    index = lax.iota(jnp.int32, x.shape[0])
    top = jnp.min(jnp.where(p > 0.5, index, x.shape[0] - 1))
    found = lax.dynamic_index_in_dim(p, top, keepdims=False) > 0.5
    others = jnp.where(found & (index == top), 0.0, p * (dx - jnp.sum(p * dx)))
    of_top = jnp.where(found, -jnp.sum(others), 0.0)
    return p, others + lax.dynamic_update_index_in_dim(jnp.zeros_like(x), of_top, top, 0)


_softmax_of_rows = jnp.vectorize(_softmax_of_vector, signature="(n)->(n)")


def _softmax(x: Array, times: float = 1.0) -> Array:
    share: Array = _softmax_of_rows(x)
    return share if times == 1.0 else share * times


native: Mapping[str, Callable[..., Any]] = {
    "products": _products,
    "squared_distances": _squared_distances,
    "log_sum_exp": _log_sum_exp,
    "softmax": _softmax,
    "largest": _largest,
    "at": lambda x, labels: x[..., labels] if isinstance(labels, int) else None,
    "against": _against,
    # Whose gradient is one array of both, where that of two slices is the sum of two.
    "parts": lambda x: tuple(jnp.squeeze(part, 1) for part in lax.split(x, (1, 1), 1)),
    "sorted": jnp.sort,
    "count": _count,
    "look_up": lambda numbers, labels: numbers[everywhere(labels)],
}
