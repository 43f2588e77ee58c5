"""A row in JAX: value and gradient by all floating-point inputs, jitted."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from row import Function, Measured, Result, Row, check, compared


class Maker:
    """Makes inputs, the same in each run."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(0)

    def __call__(self, *shape: int) -> jax.Array:
        return jnp.asarray(self.random.standard_normal(shape, np.float32))

    def mask(self, *shape: int) -> jax.Array:
        return jnp.asarray(self.random.random(shape) < 0.5)

    def labels(self, n: int, *shape: int) -> jax.Array:
        return jnp.asarray(self.random.integers(n, size=shape, dtype=np.int32))


def is_float(x: jax.Array) -> bool:
    return jnp.issubdtype(x.dtype, jnp.floating)


def compiled(loss: Function, inputs: tuple[jax.Array, ...]) -> Any:
    by = [i for i, x in enumerate(inputs) if all(is_float(leaf) for leaf in jax.tree.leaves(x))]
    # A function of its own: a loss that another row has compiled is not taken for this one.
    return jax.jit(jax.value_and_grad(lambda *args: loss(*args), by)).lower(*inputs).compile()


def result(program: Any, inputs: tuple[jax.Array, ...]) -> Result:
    value, gradients = program(*inputs)
    return Result(np.float64(value), [np.asarray(x, np.float64) for x in jax.tree.leaves(gradients)])


def double(inputs: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
    return jax.tree.map(lambda x: x.astype("float64") if is_float(x) else x, inputs)


def measure(row: Row, *, rounds: int, seconds: float) -> Measured:
    inputs = row.inputs(Maker())
    programs = {name: compiled(loss, inputs) for name, loss in {**row.plain, "ours": row.ours}.items()}
    with jax.enable_x64(True):
        wide = double(inputs)
        exact = result(compiled(next(iter(row.plain.values())), wide), wide)
    for name, program in programs.items():
        check(row, name, result(program, inputs), exact, row.tolerance if name == "ours" else row.plain_tolerance)

    def finished(program: Any) -> Callable[[], Any]:
        return lambda: jax.block_until_ready(program(*inputs))

    way, plain, ours, ratio = compared(row, {name: finished(program) for name, program in programs.items()}, rounds, seconds)
    of_plain, of_ours = (
        {"ms": s * 1e3, "MB": costs.get("bytes accessed", 0.0) / 1e6, "Mflop": costs.get("flops", 0.0) / 1e6}
        for s, costs in ((plain, programs[way].cost_analysis()), (ours, programs["ours"].cost_analysis()))
    )
    missed = [
        what
        for what, ours, plain, goal in (
            ("time", ratio, 1.0, row.goal),
            ("bytes", of_ours["MB"], of_plain["MB"], row.costs),
            ("flops", of_ours["Mflop"], of_plain["Mflop"], row.costs),
        )
        if goal is not None and ours > goal * plain
    ]
    return Measured(row, way, ratio, of_plain, of_ours, missed)
