"""JAX as a runner for `ganloss_core.check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

import ganloss_jax
from ganloss_core.backends import reference
from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.parts import cuts
from ganloss_core.check.penalties import PARAMETERS, Numbers, evaluate
from ganloss_core.check.report import Derivatives, Evaluated, Groups
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_jax._backend import backend, ops

AXIS = "devices"
LABELS, WEIGHTS = ("real_labels", "fake_labels"), ("real_weight", "fake_weight")
ALL, ROWS, ROWS_OF_CASES = P(), P(AXIS), P(None, AXIS)  # type: ignore[no-untyped-call]


def x64() -> Any:
    """A context in which float64 exists; JAX has moved it over the years."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return jax.experimental.enable_x64()  # type: ignore[attr-defined]


def host_devices(n: int) -> list[Any]:
    """So many devices on the CPU; RuntimeError where JAX has begun with fewer."""
    with suppress(RuntimeError):  # where JAX has been used
        jax.config.update("jax_num_cpu_devices", n)  # type: ignore[no-untyped-call]
    found = jax.devices("cpu")
    if len(found) < n:
        raise RuntimeError(
            f"JAX has been used with {len(found)} device(s) on the CPU, and {n} are asked for: call "
            f'jax.config.update("jax_num_cpu_devices", {n}) before anything else of JAX'
        )
    return found[:n]


class JaxRunner:
    """JAX on one device, or on several in `shard_map`; vectorised over the cases; jitted, or operation by operation."""

    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    ulps: float = backend.ulps

    def __init__(self, device: str = "cpu", jit: bool = True, devices: int = 1) -> None:
        if devices > 1:
            host_devices(devices)  # before JAX is used
        self._device = jax.devices("gpu" if device == "cuda" else device)[0]
        self.device: str = self._device.platform
        self.devices: int = devices
        self._jit = jit
        self._several = {"axis_name": AXIS} if devices > 1 else {}
        self.name: str = f"jax x {devices}" if devices > 1 else "jax" if jit else "jax-eager"
        if self._device.platform == "tpu":
            self.dtypes = self.dtypes[1:]

    def _run(self, function: Callable[..., Any], of: Any, to: Any, devices: int) -> Callable[..., Any]:
        if self._several:
            mesh = Mesh(np.array(host_devices(devices)), AXIS)
            function = jax.shard_map(function, mesh=mesh, in_specs=of, out_specs=to)
        return self._compiled(function)

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return jax.jit(function) if self._jit else function

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
            points = {name: _array(x, dtype) for name, x in at.items()}
            results = self._compiled(all_orders)(points)
            return {name: Derivatives(*[v.tolist() for v in orders]) for name, orders in results.items()}

    def word(self, name: str, x: Any) -> tuple[Any, Any]:
        """A word and its first derivative at float32 numbers, a NumPy array."""
        with jax.default_device(self._device):
            value, first = _with_derivative(name)(jnp.asarray(x))
            return np.asarray(value), np.asarray(first)

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs; all groups on as many devices are one program."""
        bound = bind(replace(settings, devices=next(iter(self._several.items()), None)), backend)

        def d_loss(real: Array, fake: Array, given: dict[str, Any]) -> Any:
            return bound.discriminator(real, fake, **given)

        def g_loss(real: Array, fake: Array, given: dict[str, Any]) -> Any:
            return bound.generator(fake, real=real, **given)

        players = {"discriminator": d_loss, "generator": g_loss}
        on = [self._devices_of(settings, player, cases[0]) for player, cases in groups]
        results: list[Any] = [None] * len(groups)
        for devices in set(on):
            which = [i for i, n in enumerate(on) if n == devices]

            def every(sides: list[Any], which: list[int] = which) -> list[Any]:
                losses = [players[groups[i][0]] for i in which]
                return [jax.vmap(jax.value_and_grad(loss, (0, 1)))(*at) for loss, at in zip(losses, sides, strict=True)]

            whole = [(ALL, (ROWS_OF_CASES, ROWS_OF_CASES)) for _ in which]
            with x64(), jax.default_device(self._device):
                at = [_arrays(groups[i][1], dtype, devices) for i in which]
                found = jax.device_get(self._run(every, (ROWS_OF_CASES,), whole, devices)(at))
            for i, (values, gradients) in zip(which, found, strict=True):
                rows = zip(values, *gradients, strict=True)
                results[i] = [Evaluated(float(v), _numbers(groups[i][1][0], g, devices)) for v, *g in rows]
        return results

    def _devices_of(self, settings: Settings, player: str, inputs: Inputs) -> int:
        """All; or as many as the rows fill, where a loss takes no weights, which say where there are rows."""
        filled = next(n for n in range(self.devices, 0, -1) if all(counts(len(side), n) is None for side in inputs[:2]))
        return self.devices if filled == self.devices or _takes_weights(settings, player, inputs) else filled

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        """A penalty of `ganloss_core.check` on each of the inputs, and its gradient by the critic's parameters."""

        def value(parameters: list[Array], others: list[Array], weight: Array | None) -> Array:
            result: Array = evaluate(penalty, ganloss_jax, backend, [*parameters, *others], weight, **self._several)
            return result

        graded = self._run(jax.value_and_grad(value), (ALL, ROWS, ROWS), ALL, self.devices)
        results = []
        with x64(), jax.default_device(self._device):
            for numbers in cases:
                parameters = [_array(x, dtype) for x in numbers[:PARAMETERS]]
                others = [_array(placed(x, self.devices), dtype) for x in numbers[PARAMETERS:]]
                v, gradient = graded(parameters, others, counts(len(numbers[PARAMETERS]), self.devices))
                results.append(Evaluated(float(v), [x for g in gradient for x in np.ravel(g).tolist()]))
        return results


def _takes_weights(settings: Settings, player: str, inputs: Inputs) -> bool:
    functions = bind(settings, reference.backend)
    real, fake, *labels = (None if x is None else np.asarray(x) for x in inputs)
    given = dict(zip(LABELS, labels, strict=True)) | dict(zip(WEIGHTS, (np.ones(len(x)) for x in inputs[:2]), strict=True))
    try:
        with np.errstate(all="ignore"):
            if player == "discriminator":
                functions.discriminator(real, fake, **given)
            else:
                functions.generator(fake, real=real, **given)
    except TypeError:
        return False
    return True


def _arrays(cases: Sequence[Inputs], dtype: str, devices: int) -> tuple[Any, Any, dict[str, Any]]:
    """Both sides of all cases, and what else is given."""
    labels, counted = cases[0][2:], [counts(len(side), devices) for side in cases[0][:2]]
    real, fake = (_array([placed(case[i], devices) for case in cases], dtype) for i in range(2))
    given = {
        name: _array([placed(case[2 + i], devices) for case in cases], "int32")
        for i, name in enumerate(LABELS)
        if labels[i] is not None
    }
    masks = {name: _array([mask] * len(cases), "bool") for name, mask in zip(WEIGHTS, counted, strict=True) if mask is not None}
    return real, fake, given | masks


def _numbers(inputs: Inputs, sides: Sequence[Any], devices: int) -> list[float]:
    """Of each side, what is in the places of logits."""
    found = [g[places(len(x), devices)[0]] for x, g in zip(inputs[:2], sides, strict=True)]
    return [v for g in found for v in map(float, g.ravel())]


def _array(x: Any, dtype: str) -> Array:
    """As it is put there, which compiles no program: `jnp.asarray` compiles one for each shape."""
    array: Array = jax.device_put(np.asarray(x, jnp.dtype(dtype)))
    return array


def places(n: int, devices: int) -> tuple[list[int], int]:
    """Where each of n rows is, and how many places there are: on every device as many, which its rows need not fill."""
    at = cuts(n, devices)
    most = max(b - a for a, b in pairwise(at))
    return [rank * most + i for rank, (a, b) in enumerate(pairwise(at)) for i in range(b - a)], devices * most


@cache
def _with_derivative(name: str) -> Any:
    word = getattr(ops, name)
    return jax.jit(lambda x: (word(x), jax.grad(lambda x: word(x).sum())(x)))


def placed(x: Any, devices: int) -> Any:
    """The rows in their places, and 0 in others."""
    rows = np.asarray(x)
    of_rows, n = places(len(rows), devices)
    result = np.zeros((n, *rows.shape[1:]), rows.dtype)
    result[of_rows] = rows
    return result


def counts(n: int, devices: int) -> Any:
    """Which places have rows; None where all have."""
    mask = placed([True] * n, devices)
    return None if mask.all() else mask


def runner(device: str = "cpu", devices: int = 1) -> JaxRunner:
    """Jitted JAX on a device, "cpu", "gpu" or "tpu"; or on several, which are host devices."""
    return JaxRunner(device, devices=devices)
