"""Several devices in JAX: named axes, over which logits are one batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax


class Devices:
    """`ganloss_core.engine.devices.Devices` of a name, or of several, of axes of `shard_map`, `pmap` or `vmap`."""

    def __init__(self, axis_name: Any) -> None:
        names = axis_name if isinstance(axis_name, tuple) else (axis_name,)
        if not names or not all(isinstance(name, str) for name in names):
            raise TypeError(f"axis_name must be the name of an axis, or a tuple of names, got {axis_name!r}")
        self._names = names

    @property
    def count(self) -> int:
        """See `ganloss_core.engine.devices.Devices`."""
        return int(self._sum(1))

    def _sum(self, x: Any) -> Any:
        try:
            return lax.psum(x, self._names)  # type: ignore[no-untyped-call]
        except NameError as error:
            raise NameError(
                f"unbound axis name, of {', '.join(self._names)}: what has axis_name= is called inside shard_map, pmap or "
                "vmap over an axis of that name; elsewhere, under jit with sharded arrays too, leave axis_name out"
            ) from error

    def times(self, gradient: Array) -> float:
        """See `ganloss_core.engine.devices.Devices`."""
        # Where shard_map knows what varies, a sum over devices hands each of them its gradient once.
        aval: Any = gradient.aval
        # Up to JAX 0.9, and since.
        varies: Any = getattr(aval, "vma", None) or getattr(getattr(aval, "mat", None), "varying", ())
        return 1.0 if set(self._names) <= set(varies) else float(self.count)

    def summed(self, numbers: Sequence[Array]) -> list[Array]:
        """See `ganloss_core.engine.devices.Devices`."""
        sums = list(numbers)
        for dtype in dict.fromkeys(x.dtype for x in numbers):
            which = [i for i, x in enumerate(numbers) if x.dtype == dtype]
            total = self._sum(jnp.concatenate([numbers[i].reshape(-1) for i in which]))
            ends = list(itertools.accumulate(numbers[i].size for i in which))
            for i, part in zip(which, jnp.split(total, ends[:-1]), strict=True):
                sums[i] = part.reshape(numbers[i].shape)
        return sums

    def joined(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Callable[[Array], Array]]]:
        """See `ganloss_core.engine.devices.Devices`."""
        # A sum of what has this device's rows in their place, and else 0. Of what is gathered, shard_map does not know that
        # it is the same on all devices: the loss would not be either, and its gradient the sum of all devices'.
        devices, index = self.count, lax.axis_index(self._names)
        given = [jnp.asarray(x) if isinstance(x, (Array, np.ndarray)) else None for x in arrays]
        sums = iter(self.summed([_placed(jnp.atleast_1d(x), devices, index) for x in given if x is not None]))
        joined = [
            x if g is None else next(sums).astype(bool) if g.dtype == bool else next(sums)
            for x, g in zip(arrays, given, strict=True)
        ]
        return joined, [partial(_rows, index, None if x is None or not x.ndim else len(x)) for x in given]


def _placed(x: Array, devices: int, index: Array) -> Array:
    numbers = x.astype(jnp.int8) if x.dtype == bool else x
    if jnp.issubdtype(x.dtype, jnp.floating) and x.dtype.itemsize < 4:
        # What a loss computes in: else gradients would be rounded before they are summed, and after.
        numbers = x.astype(jnp.float32)
    nothing = jnp.zeros((devices * len(x), *x.shape[1:]), numbers.dtype)
    return lax.dynamic_update_slice_in_dim(nothing, numbers, index * len(x), 0)


def _rows(index: Array, n: int | None, rows: Array) -> Array:
    return rows[index] if n is None else lax.dynamic_slice_in_dim(rows, index * n, n)
