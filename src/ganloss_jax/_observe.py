"""Critics in JAX: one `jax.vjp` for each side, whose pullback runs when a penalty asks for the gradient."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
from jax import Array, lax

from ganloss_core.terms.calculus import DRAWS, Calculus
from ganloss_core.terms.penalties import Penalties
from ganloss_jax._backend import backend

get_opaque_trace_state: Any
try:
    from jax.extend.core import get_opaque_trace_state
except ImportError:
    # JAX 0.4 and 0.5 have it elsewhere, or not at all.
    get_opaque_trace_state = getattr(jax.core, "get_opaque_trace_state", None)


_Numbers = list[Array]


def _linearize(
    run: Callable[[Any], tuple[_Numbers, Any]], x: Any, critic: Any
) -> tuple[_Numbers, Any, Callable[[], list[Any]]]:
    reached: list[None] = []

    # JAX gives zeros for what does not depend on x; this is pulled back through only by what does.
    @jax.custom_vjp
    def watched(x: Array) -> Array:
        return x

    def backward(_: None, g: Array) -> tuple[Array]:
        reached.append(None)
        return (g,)

    watched.defvjp(lambda x: (x, None), backward)
    try:
        numbers, pull, outputs = jax.vjp(lambda x: run(jax.tree.map(watched, x)), x, has_aux=True)
    except Exception as error:
        if type(error).__name__ != "TraceContextError":
            raise
        raise TypeError(
            "the critic changes a Flax module that it closes over (statistics, random numbers), which it cannot do where it is "
            "differentiated: give the module itself as the critic, and what else it takes by real_args and fake_args"
        ) from error

    def gradients() -> list[Any]:
        ones, zeros = ([f(number) for number in numbers] for f in (jnp.ones_like, jnp.zeros_like))
        found = [pull([*zeros[:i], ones[i], *zeros[i + 1 :]])[0] for i in range(len(numbers))]
        if not reached:
            raise ValueError("the output of the critic, or generator, does not depend on its input: is it under stop_gradient?")
        return found

    return numbers, outputs, gradients


def _tree(x: Any) -> tuple[list[Any], Any, Callable[[list[Any]], Any]]:
    leaves, structure = jax.tree.flatten(x)
    return leaves, structure, lambda new: jax.tree.unflatten(structure, new)


def _functional(critic: Any, alike: bool) -> tuple[Any, Callable[[Any], None] | None]:
    """A Flax NNX module as a function of its own state: what its call changes is returned, and then kept."""
    # Loaded by whoever has such a module.
    nnx = sys.modules.get("flax.nnx")
    if nnx is None or not isinstance(critic, nnx.Module):
        return critic, None
    graph, state = nnx.split(critic)
    # A copy of the variables, which the critic's own call changes.
    state = jax.tree.map(lambda x: x, state)

    def call(*inputs: Any, **named: Any) -> tuple[Any, Any]:
        module = nnx.merge(graph, state, copy=True)
        before = {path: variable[...] for path, variable in nnx.to_flat_state(nnx.state(module))}
        output = module(*inputs, **named)
        # Parameters too: a spectral norm changes them. What is as it was is not written, which another trace would refuse.
        changed = [(path, v) for path, v in nnx.to_flat_state(nnx.state(module)) if v[...] is not before.get(path)]
        if alike and any(isinstance(v, nnx.RngCount) for _, v in changed):
            raise ValueError(DRAWS)
        return output, nnx.from_flat_state(changed)

    def keep(changed: Any) -> None:
        try:
            nnx.update(critic, changed)
        except Exception as error:
            if type(error).__name__ != "TraceContextError":
                raise
            raise TypeError(
                "the critic's call changes it (statistics, random numbers), which a transformation that closes over it cannot "
                "keep: give the module to the transformed function as an argument, as nnx.jit and nnx.value_and_grad take it"
            ) from error

    return call, keep


def _pure(critic: Any, alike: bool = False) -> Any:
    """The critic as it is now, whatever its calls change."""
    call, keep = _functional(critic, alike)
    return critic if keep is None else lambda *inputs, **named: call(*inputs, **named)[0]


def _trace() -> Any:
    """What is equal within one trace; where JAX does not say, nothing is."""
    return object() if get_opaque_trace_state is None else get_opaque_trace_state(convention="flax")


def _key(rng: Any) -> Array:
    if not hasattr(rng, "dtype"):
        raise TypeError(
            "JAX draws nothing without a key: give rng=jax.random.key(...), a new one in each step, or the numbers; "
            f"got {type(rng).__name__}"
        )
    key: Array = rng
    return key


calculus: Calculus[Array] = Calculus(
    backend=backend,
    linearize=_linearize,
    tree=_tree,
    functional=_functional,
    undisturbed=_pure,
    remembered=lambda critic: lambda x: _pure(critic),
    anchored=lambda penalty, number: penalty,
    waits=lambda: False,
    trace=_trace,
    concatenate=lambda parts: jnp.concatenate(list(parts)),
    detached=lax.stop_gradient,
    split=lambda rng, n: [rng] * n if n == 1 or rng is None else jax.random.split(rng, n),
    uniform=lambda shape, x, rng: jax.random.uniform(_key(rng), shape, x.dtype),
    normal=lambda shape, x, rng: jax.random.normal(_key(rng), shape, x.dtype),
    number=lambda value, dtype: jnp.asarray(value, dtype or "float32"),
    pixels=lambda shape: shape[1:-1],
)

penalties: Final[Penalties[Array]] = Penalties(calculus)
observe: Final = penalties.observe
r1: Final = penalties.r1
r2: Final = penalties.r2
zero_centered: Final = penalties.zero_centered
wgan_gp: Final = penalties.wgan_gp
wgan_lp: Final = penalties.wgan_lp
wgan_div: Final = penalties.wgan_div
dragan: Final = penalties.dragan
max_gp: Final = penalties.max_gp
approximate_r1: Final = penalties.approximate_r1
approximate_r2: Final = penalties.approximate_r2
gan_qp: Final = penalties.gan_qp
