"""Your own JAX code against the definition: see `ganloss_core.testing`.

from ganloss_jax.testing import assert_same

def test_my_loss():
    assert_same("hinge", discriminator=my_d_loss, generator=my_g_loss)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.testing.comparison import Comparison
from ganloss_core.testing.expected import Own
from ganloss_core.testing.face import Face
from ganloss_core.testing.framework import Arrays, Measured, not_a_loss, one_number
from ganloss_core.testing.identified import Match
from ganloss_core.testing.own import Function
from ganloss_core.testing.penalties import Penalty, drawn
from ganloss_jax._backend import backend
from ganloss_jax._observe import penalties
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
            found = function({**sides, **others})
            if isinstance(found, (tuple, list, dict)) or found is None:
                raise not_a_loss(found)
            found = jnp.asarray(found)
            one_number(found.shape, "an array")
            return found

        graded = jax.value_and_grad(loss)
        with x64(), jax.default_device(jax.devices("cpu")[0]):
            # NumPy converts: JAX compiles a program for each shape.
            given = [
                jax.device_put(
                    (
                        {side: np.asarray(at[side], jnp.dtype(dtype)) for side in SIDES},
                        {k: np.asarray(x) for k, x in at.items() if k not in SIDES},
                    )
                )
                for at in batches
            ]
            compiled = jax.jit(graded)
            try:
                found = [compiled(*at) for at in given]
            except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
                # Code that looks at numbers.
                found = [graded(*at) for at in given]
            return [Measured(float(v), *(np.asarray(g[side], "float64") for side in SIDES)) for v, g in jax.device_get(found)]

    def arrays(self, at: Arrays, dtype: str) -> tuple[Array, Array]:
        """See `Framework`."""
        return jnp.asarray(at["real"], dtype), jnp.asarray(at["fake"], dtype)

    def in_float64(self) -> AbstractContextManager[Any]:
        """See `Framework`."""
        context: AbstractContextManager[Any] = x64()
        return context

    penalties: Any = penalties
    draws = 2

    def on_critic(self, penalty: Penalty, several: Sequence[Mapping[str, Any]], seed: int) -> list[tuple[float, Any]]:
        """See `Critics`."""

        def loss(parameters: list[Array], real: Array, fake: Array) -> Array:
            W, b, w = parameters
            key, shape = jax.random.key(seed), (len(real), *[1] * (real.ndim - 1))
            mix, uniform = jax.random.uniform(key, shape[:1], "float64"), jax.random.uniform(key, real.shape, "float64")
            normal = jax.random.normal(key, real.shape, "float64")

            def critic(x: Array) -> Array:
                return jnp.tanh(x.reshape(len(x), -1) @ W + b[None]) @ w

            given = {
                "mix": mix.reshape(shape),
                "noise": normal,
                "key": key,
                "drawn": drawn([mix], [uniform], [normal], real.std()),
            }
            found = jnp.asarray(penalty(critic, {"real": real, "fake": fake, **given}))
            one_number(found.shape, "an array")
            return found

        with x64(), jax.default_device(jax.devices("cpu")[0]):
            graded = jax.jit(jax.value_and_grad(loss))
            at = [[jnp.asarray(numbers[key]) for key in ("W", "b", "w", "real", "fake")] for numbers in several]
            found = [graded(each[:3], *each[3:]) for each in at]
            return [(float(value), np.concatenate([np.ravel(g) for g in by])) for value, by in found]


_face = Face(_JAX())
assert_same: Final = _face.assert_same
compare: Final = _face.compare
identify: Final = _face.identify
own: Final = _face.own

__all__ = ["Comparison", "Match", "Own", "assert_same", "compare", "identify", "own"]
