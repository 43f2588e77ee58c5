"""JAX as a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from ganloss_core import Backend, Ops
from ganloss_core.engine.backend import scaled


@jax.custom_jvp
def _step(x: Array) -> Array:
    # Of a sign, since a comparison would not pass NaN on.
    return jnp.maximum(jnp.sign(x), 0.0)


@jax.custom_jvp
def _sign(x: Array) -> Array:
    return jnp.sign(x)


@jax.custom_jvp
def _relu(x: Array) -> Array:
    return jnp.maximum(x, 0.0)


@jax.custom_jvp
def _abs(x: Array) -> Array:
    return jnp.abs(x)


# JAX's own derivatives at NaN are numbers; that of jnp.abs at 0 is 1.
_step.defjvps(lambda tangent, value, x: tangent * (0.0 * value))
_sign.defjvps(lambda tangent, value, x: tangent * (0.0 * value))
_relu.defjvps(lambda tangent, value, x: tangent * _step(x))
_abs.defjvps(lambda tangent, value, x: tangent * _sign(x))


@jax.custom_jvp
def _sigmoid(x: Array) -> Array:
    return lax.logistic(x)


@jax.custom_jvp
def _softplus(x: Array) -> Array:
    return jnp.logaddexp(x, 0.0)


# JAX's own are s (1 - s), which cancels for x > 0, and e^(x - value), which cancels for x < 0.
_sigmoid.defjvps(lambda tangent, value, x: tangent * (value * _sigmoid(-x)))
_softplus.defjvps(lambda tangent, value, x: tangent * _sigmoid(x))


@jax.custom_jvp
def _expm1(x: Array) -> Array:
    return jnp.expm1(x)


# JAX's own is expm1(x) + 1, which cancels for x < 0.
_expm1.defjvps(lambda tangent, value, x: tangent * jnp.exp(x))


@jax.custom_jvp
def _tanh(x: Array) -> Array:
    return jnp.tanh(x)


# JAX's own is 1 - tanh(x)^2, which cancels from 1/2 on.
_tanh.defjvps(lambda tangent, value, x: tangent * (4.0 * (_sigmoid(2.0 * x) * _sigmoid(-2.0 * x))))


def _word(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    # Outside jit, a custom derivative or several operations would cost 100 us a call; inside, this disappears.
    return jax.jit(function, inline=True)


ops: Ops[Array] = Ops(
    relu=_word(_relu),
    step=_word(_step),
    abs=_word(_abs),
    sign=_word(_sign),
    square=jnp.square,
    sqrt=jnp.sqrt,
    exp=jnp.exp,
    expm1=_word(_expm1),
    log=jnp.log,
    sigmoid=_word(_sigmoid),
    softplus=_word(_softplus),
    tanh=_word(_tanh),
)

_WIDE = (np.dtype("float32"), np.dtype("float64"))


def _logits(x: Any, side: str) -> Array:
    if not isinstance(x, Array):
        if not isinstance(x, (np.ndarray, np.generic)):
            raise TypeError(
                f"{side} logits must be a JAX array, or for several heads a list or dict on every side, got {type(x).__name__}"
            )
        if x.dtype.kind == "f" and x.dtype.itemsize > 8:
            raise TypeError(f"{side} logits must be float64 or narrower, got {x.dtype}")
        return _logits(jnp.asarray(x), side)
    if x.dtype in _WIDE:
        return x
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"{side} logits must be floating point, got {x.dtype}: pass the critic's raw outputs")
    wide: Array = x.astype(jnp.float32)
    return wide


def _like(w: Any, x: Array) -> Array:
    return jnp.asarray(w, x.dtype)


def _ratios(w: Any, x: Array) -> Array:
    if (x.dtype, w.dtype) == _WIDE:
        # Without x64, an array of NumPy's is float64 for NumPy alone.
        xp: Any = jnp if isinstance(w, Array) else np
        w = scaled(xp, w, xp.max(xp.abs(lax.stop_gradient(w) if xp is jnp else w)))
    return _like(w, x)


def _sum(x: Array, /, axis: int | None = None) -> Array:
    return jnp.sum(x, axis=axis)


def _reshape(x: Array, shape: tuple[int, ...]) -> Array:
    # Only all pairs reshape. On a mesh with explicit axes JAX wants to be told that every device needs all elements.
    sharding: Any = getattr(getattr(x, "aval", None), "sharding", None)
    if any(axis is not None for axis in getattr(sharding, "spec", ())):
        everywhere = jax.sharding.NamedSharding(sharding.mesh, jax.sharding.PartitionSpec())  # type: ignore[no-untyped-call]
        x = jax.sharding.reshard(x, everywhere)  # type: ignore[no-untyped-call]
    return jnp.reshape(x, shape)


def _max(x: Array, /, axis: int | None = None) -> Array:
    return jnp.max(lax.stop_gradient(x), axis=axis)


def _bounds(x: Array) -> tuple[float, float] | None:
    if isinstance(x, jax.core.Tracer) or not x.is_fully_addressable or {d.platform for d in x.devices()} != {"cpu"}:
        return None
    return float(np.min(x)), float(np.max(x))


def _below(y: Array, x: Array, w: Array | None) -> Array:
    order = jnp.argsort(y)
    rank = jnp.searchsorted(y[order], x)
    if w is None:
        return rank.astype(x.dtype)
    cumulative: Array = jnp.pad(jnp.cumsum(w[order]), (1, 0))
    return cumulative[rank]


def _chunked(fn: Callable[[Array], Array], x: Array, size: int) -> Array:
    whole = x.shape[0] // size * size
    fn = jax.checkpoint(fn)
    slices: Array = lax.map(fn, x[:whole].reshape(-1, size, *x.shape[1:])).reshape(-1)
    return slices if whole == x.shape[0] else jnp.concatenate([slices, fn(x[whole:])])


def _index(labels: Any, _: Array) -> Array:
    labels = jnp.asarray(labels)
    index: Array = labels.astype(jnp.promote_types(labels.dtype, jnp.int32))
    return index


def _products(x: Array, y: Array | None = None) -> Array:
    # By default products are taken in bfloat16 or TF32 where the device can.
    return jnp.matmul(x, (x if y is None else y).T, precision=lax.Precision.HIGHEST)


@jax.custom_jvp
def _squared_distances(x: Array, y: Array | None = None) -> Array:
    # XLA would share what is repeated of x with other distances, and store it for that.
    x, y = lax.optimization_barrier((x, x if y is None else y))  # type: ignore[no-untyped-call]
    return jnp.sum(jnp.square(x[:, None] - y[None]), -1)


@_squared_distances.defjvp
def _squared_distances_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    (x, y), (dx, dy) = at, tangents
    alone = y is None
    if alone:
        y, dy = x, dx
    of_x, of_y = jnp.sum(x * dx, -1), jnp.sum(y * dy, -1)
    tangent = 2.0 * (of_x[:, None] + of_y[None] - _products(x, dy) - _products(dx, y))
    # On the diagonal nothing depends on x, but the largest gradients may stand there.
    return _squared_distances(*at), jnp.where(jnp.eye(len(x), dtype=bool), 0.0, tangent) if alone else tangent


def _shares(x: Array) -> tuple[Array, Array, Array]:
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


def _is_at(x: Array, labels: Array) -> Array:
    return lax.broadcasted_iota(labels.dtype, x.shape, x.ndim - 1) == labels[..., None]


def _others(x: Array, labels: Array) -> tuple[Array, Array, Array]:
    """The largest of the others than the label's, e^x relative to it, and the sum of that."""
    others = jnp.where(_is_at(x, labels), -jnp.inf, x)
    top = jnp.max(others, -1, keepdims=True)
    e = jnp.exp(others - top)
    return top, e, jnp.sum(e, -1, keepdims=True)


@jax.custom_jvp
def _against_labels(x: Array, labels: Array) -> Array:
    top, _, total = _others(x, labels)
    return (top + jnp.log(total) - jnp.take_along_axis(x, labels[..., None], -1))[..., 0]


@_against_labels.defjvp
def _against_labels_jvp(at: Any, tangents: Any) -> tuple[Array, Array]:
    (x, labels), dx = at, tangents[0]
    _, e, total = _others(x, labels)
    # One pass, forwards and backwards.
    return _against_labels(x, labels), jnp.sum(jnp.where(_is_at(x, labels), -dx, e / total * dx), -1)


def _count(labels: Array, n: int, x: Array, weight: Array | None) -> Array:
    each: Any = 1 if weight is None else weight.reshape(-1)
    counts: Array = jnp.zeros(n, jnp.int32 if weight is None else x.dtype).at[labels.reshape(-1)].add(each).astype(x.dtype)
    return counts


def _against(x: Array, labels: Array | int) -> Array:
    if isinstance(labels, int):
        labels = jnp.full(x.shape[:-1], labels)
    against: Array = _against_labels(x, labels)
    return against


backend: Backend[Array] = Backend(
    name="jax",
    ops=ops,
    logits=_logits,
    like=_like,
    ratios=_ratios,
    mean=jnp.mean,
    sum=_sum,
    masked=lambda w, x, y: jnp.where(w != 0, x, y),
    mask=jnp.asarray,
    count=lambda mask, x: jnp.sum(mask).astype(x.dtype),
    equal=jnp.equal,
    negated=jnp.logical_not,
    constant=lax.stop_gradient,
    less=lambda x, y: jnp.less(x, y).astype(x.dtype),
    max=_max,
    index=_index,
    indices=lambda n, x: jnp.arange(n, dtype=x.dtype),
    bounds=_bounds,
    reshape=_reshape,
    transpose=jnp.transpose,
    below=_below,
    chunked=_chunked,
    ulps=8.0,
    native={
        "products": _products,
        "squared_distances": _squared_distances,
        "log_sum_exp": _log_sum_exp,
        "largest": lambda x: jnp.max(x, -1),
        "against": _against,
        "parts": lambda x: (x[:, 0], x[:, 1]),
        "count": _count,
        "look_up": lambda numbers, labels: numbers[labels],
    },
)
