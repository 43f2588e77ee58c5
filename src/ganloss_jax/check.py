"""JAX as a runner for `ganloss_core.check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.penalties import Numbers, evaluate
from ganloss_core.check.report import Derivatives, Evaluated, Groups
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_jax._backend import backend, ops
from ganloss_jax._observe import penalties


def x64() -> Any:
    """A context in which float64 exists; JAX has moved it over the years."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return jax.experimental.enable_x64()  # type: ignore[attr-defined]


class JaxRunner:
    """JAX on one device, vectorised over the cases; jitted, or operation by operation."""

    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    ulps: float = backend.ulps

    def __init__(self, device: str = "cpu", jit: bool = True) -> None:
        self._device = jax.devices("gpu" if device == "cuda" else device)[0]
        self.device: str = self._device.platform
        self._jit = jit
        self.name = "jax" if jit else "jax-eager"
        if self._device.platform == "tpu":
            self.dtypes = self.dtypes[1:]

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        """The values, first and second derivatives of each word at its points."""

        def all_orders(points: dict[str, Array]) -> dict[str, Any]:
            results = {}
            for name, x in points.items():
                word: Callable[[Array], Array] = getattr(ops, name)
                first = jax.grad(lambda x, word=word: word(x).sum())
                second = jax.grad(lambda x, first=first: first(x).sum())
                results[name] = word(x), first(x), second(x)
            return results

        with x64(), jax.default_device(self._device):
            points = {name: jnp.asarray(x, dtype) for name, x in at.items()}
            results = (jax.jit(all_orders) if self._jit else all_orders)(points)
            return {name: Derivatives(*[v.tolist() for v in orders]) for name, orders in results.items()}

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs; all groups are one program."""
        bound = bind(settings, backend)

        def d_loss(real: Array, fake: Array, y_real: Array | None, y_fake: Array | None) -> Any:
            return bound.discriminator(real, fake, real_labels=y_real, fake_labels=y_fake)

        def g_loss(real: Array, fake: Array, y_real: Array | None, y_fake: Array | None) -> Any:
            return bound.generator(fake, real=real, real_labels=y_real, fake_labels=y_fake)

        def every(sides: list[Any]) -> list[Any]:
            players = [d_loss if player == "discriminator" else g_loss for player, _ in groups]
            return [jax.vmap(jax.value_and_grad(loss, (0, 1)))(*at) for loss, at in zip(players, sides, strict=True)]

        with x64(), jax.default_device(self._device):
            at = [[_stacked(cases, i, dtype if i < 2 else "int32") for i in range(4)] for _, cases in groups]
            results = jax.device_get((jax.jit(every) if self._jit else every)(at))
        return [
            [Evaluated(float(v), [*map(float, r.ravel()), *map(float, f.ravel())]) for v, r, f in zip(values, *g, strict=True)]
            for values, g in results
        ]

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        """A penalty of `ganloss_core.check` on each of the inputs, and its gradient by the critic's parameters."""

        def value(parameters: list[Array], others: list[Array]) -> Array:
            result: Array = evaluate(penalty, penalties, backend, [*parameters, *others])
            return result

        graded = jax.jit(jax.value_and_grad(value)) if self._jit else jax.value_and_grad(value)
        with x64(), jax.default_device(self._device):
            arrays = [[jnp.asarray(x, dtype) for x in numbers] for numbers in cases]
            results = [graded(each[:3], each[3:]) for each in arrays]
            return [Evaluated(float(v), [x for g in gradient for x in g.ravel().tolist()]) for v, gradient in results]


def _stacked(cases: Sequence[Inputs], i: int, dtype: str) -> Array | None:
    return None if cases[0][i] is None else jnp.asarray([case[i] for case in cases], dtype)


def runner(device: str = "cpu") -> JaxRunner:
    """Jitted JAX on a device: "cpu", "gpu" or "tpu"."""
    return JaxRunner(device)
