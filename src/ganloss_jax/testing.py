"""Your own JAX code against the definition: see `ganloss_core.testing`.

from ganloss_jax.testing import assert_same

def test_my_loss():
    assert_same("hinge", discriminator=my_d_loss, generator=my_g_loss)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.testing.comparison import Comparison
from ganloss_core.testing.expected import Own
from ganloss_core.testing.face import Face
from ganloss_core.testing.framework import Arrays, Measured, one_number
from ganloss_core.testing.identified import Match
from ganloss_core.testing.own import Function
from ganloss_jax._backend import backend
from ganloss_jax.check import x64

SIDES = ("real", "fake")


class _JAX:
    """`ganloss_core.testing.framework.Framework` of JAX, on the CPU."""

    name = "jax"
    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    backend: Any = backend
    exact = True

    def measure(self, function: Function, batches: Sequence[Arrays], dtype: str) -> list[Measured]:
        """See `Framework`."""

        def loss(sides: dict[str, Array], others: dict[str, Array]) -> Array:
            found = jnp.asarray(function({**sides, **others}))
            one_number(found.shape, "an array")
            return found

        graded = jax.value_and_grad(loss)
        with x64(), jax.default_device(jax.devices("cpu")[0]):
            given = [
                [
                    {side: jnp.asarray(at[side], dtype) for side in SIDES},
                    {k: jnp.asarray(x) for k, x in at.items() if k not in SIDES},
                ]
                for at in batches
            ]
            compiled = jax.jit(graded)
            try:
                found = [compiled(*at) for at in given]
            except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
                # Code that looks at numbers.
                found = [graded(*at) for at in given]
            return [Measured(float(v), *(np.asarray(g[side], "float64") for side in SIDES)) for v, g in jax.device_get(found)]


_face = Face(_JAX())
assert_same: Final = _face.assert_same
compare: Final = _face.compare
identify: Final = _face.identify
own: Final = _face.own

__all__ = ["Comparison", "Match", "Own", "assert_same", "compare", "identify", "own"]
