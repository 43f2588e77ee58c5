"""Several devices in JAX: named axes, over which logits are one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    @property
    def count(self) -> int:
        """See `ganloss_core.engine.devices.Devices`."""
        return int(lax.psum(1, self._names))  # type: ignore[no-untyped-call]

    def summed(self, numbers: Sequence[Array]) -> list[Array]:
        """See `ganloss_core.engine.devices.Devices`."""
        return list(lax.psum(jnp.stack(list(numbers)), self._names))  # type: ignore[no-untyped-call]

    def joined(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Callable[[Array], Array]]]:
        """See `ganloss_core.engine.devices.Devices`."""

        def own(x: Any) -> Callable[[Array], Array]:
            n = len(x) if x is not None else 0
            return lambda rows: lax.dynamic_slice_in_dim(rows, lax.axis_index(self._names) * n, n)

        joined = [None if x is None else lax.all_gather(x, self._names, axis=0, tiled=True) for x in arrays]
        return joined, [own(x) for x in arrays]
