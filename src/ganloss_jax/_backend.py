"""JAX as a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from ganloss_core import Backend, Ops
from ganloss_core.engine.backend import called, scaled
from ganloss_jax._devices import Devices
from ganloss_jax._rows import everywhere, native


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
_relu.defjvps(lambda tangent, value, x: tangent * _sign(value))
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
                f"{called(side)} must be a JAX array, or for several heads a list or dict on every side, got {type(x).__name__}"
            )
        if x.dtype.kind == "f" and x.dtype.itemsize > 8:
            raise TypeError(f"{called(side)} must be float64 or narrower, got {x.dtype}")
        return _logits(jnp.asarray(x), side)
    if x.dtype in _WIDE:
        return x
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"{called(side)} must be floating point, got {x.dtype}: pass the critic's raw outputs")
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
    # Only all pairs reshape.
    return jnp.reshape(everywhere(x), shape)


def _max(x: Array, /, axis: int | None = None) -> Array:
    return jnp.max(lax.stop_gradient(x), axis=axis)


def _bounds(x: Array) -> tuple[float, float] | None:
    if isinstance(x, jax.core.Tracer) or not x.is_fully_addressable or {d.platform for d in x.devices()} != {"cpu"}:
        return None
    # Of a jax.Array, also a constant one, np.min would be an operation of the program that is being traced.
    numbers = np.asarray(x)
    return float(np.min(numbers)), float(np.max(numbers))


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


backend: Backend[Array] = Backend(
    name="jax",
    ops=ops,
    logits=_logits,
    like=_like,
    ratios=_ratios,
    mean=jnp.mean,
    sum=_sum,
    masked=lambda w, x, y: jnp.where(w if w.dtype == bool else w != 0, x, y),
    mask=jnp.asarray,
    count=lambda mask, x: jnp.count_nonzero(mask).astype(x.dtype),
    equal=jnp.equal,
    negated=jnp.logical_not,
    hold=lax.stop_gradient,
    less=lambda x, y: jnp.less(x, y).astype(x.dtype),
    max=_max,
    index=_index,
    clipped=lambda index, n: jnp.clip(index, 0, n - 1),
    indices=lambda n, x: jnp.arange(n, dtype=x.dtype),
    bounds=_bounds,
    reshape=_reshape,
    transpose=jnp.transpose,
    below=_below,
    chunked=_chunked,
    ulps=8.0,
    native=native,
    devices=Devices,
    devices_argument="axis_name",
)
