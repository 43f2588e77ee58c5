"""Several devices in JAX: named axes, over which logits are one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
from jax import Array, lax


class Devices:
    """`ganloss_core.engine.devices.Devices` of a name, or of several, of axes of `shard_map`, `pmap` or `vmap`."""

    def __init__(self, axis_name: Any) -> None:
        names = axis_name if isinstance(axis_name, tuple) else (axis_name,)
        if not names or not all(isinstance(name, str) for name in names):
            raise TypeError(f"axis_name must be the name of an axis, or a tuple of names, got {axis_name!r}")
        self._names = names

    def summed(self, numbers: Sequence[Array]) -> list[Array]:
        """See `ganloss_core.engine.devices.Devices`."""
        self._devices()
        return list(lax.psum(jnp.stack(list(numbers)), self._names))  # type: ignore[no-untyped-call]

    def joined(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Callable[[Array], Array]]]:
        """See `ganloss_core.engine.devices.Devices`."""
        # A sum of what has this device's rows in their place, and else 0: as shard_map types it, a gathered array may be another
        # one on each device, and so would be the loss, whose gradient shard_map would then sum.
        devices, index = self._devices(), lax.axis_index(self._names)
        placed = [None if x is None else _placed(x, devices, index) for x in arrays]
        joined = lax.psum(placed, self._names)  # type: ignore[no-untyped-call]
        own = [partial(_rows, index, 0 if x is None else x.shape[0] // devices) for x in placed]
        return [None if x is None else rows.astype(x.dtype) for x, rows in zip(arrays, joined, strict=True)], own

    def _devices(self) -> int:
        try:
            return int(lax.psum(1, self._names))  # type: ignore[no-untyped-call]
        except NameError as error:
            raise NameError(
                f"{error}: a loss with axis_name= is called inside of shard_map, pmap or vmap over an axis of that name; "
                "elsewhere, jit with sharded arrays included, leave axis_name out"
            ) from error


def _placed(x: Any, devices: int, index: Array) -> Array:
    numbers = x if x.dtype != bool else x.astype("int8")
    nothing = jnp.zeros((devices * x.shape[0], *x.shape[1:]), numbers.dtype)
    return lax.dynamic_update_slice_in_dim(nothing, numbers, index * x.shape[0], 0)


def _rows(index: Array, n: int, rows: Array) -> Array:
    return lax.dynamic_slice_in_dim(rows, index * n, n)
