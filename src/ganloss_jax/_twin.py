"""The JAX half of `ganloss_core.twin`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.twin import BETAS, EPSILON, LEARNING_RATE, Plan, Run
from ganloss_jax._backend import backend
from ganloss_jax.check import x64


def _generator(layers: Any, z: Array) -> Array:
    for matrix, bias in layers:
        z = jnp.tanh(z @ matrix + bias[None])
    return z


def _discriminator(layers: Any, x: Array) -> Array:
    *hidden, (matrix, _) = layers
    logits: Array = _generator(hidden, x) @ matrix
    return logits


def _adam(parameters: Any, gradients: Any, moments: Any, step: Array) -> tuple[Any, Any]:
    # In torch's order of operations.
    b1, b2 = BETAS
    first = jax.tree.map(lambda m, g: m + (1 - b1) * (g - m), moments[0], gradients)
    second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradients)

    def update(p: Array, m: Array, v: Array) -> Array:
        return p - LEARNING_RATE / (1 - b1**step) * m / (jnp.sqrt(v) / jnp.sqrt(1 - b2**step) + EPSILON)

    return jax.tree.map(update, parameters, first, second), (first, second)


def train(plan: Plan, each_step: Callable[[], None]) -> Run:
    """Train both networks."""
    loss = plan.settings.bind(backend)

    def d_loss(d: Any, g: Any, real: Array, z: Array) -> Array:
        value: Array = loss.discriminator(_discriminator(d, real), _discriminator(d, _generator(g, z)))
        return value

    def g_loss(g: Any, d: Any, real: Array, z: Array) -> Array:
        value: Array = loss.generator(_discriminator(d, _generator(g, z)), real=_discriminator(d, real))
        return value

    @jax.jit
    def one_step(g: Any, d: Any, moments: Any, step: Array, real: Array, z: Array) -> Any:
        of_d, gradients = jax.value_and_grad(d_loss)(d, g, real, z[0])
        d, moments_d = _adam(d, gradients, moments[0], step)
        of_g, gradients = jax.value_and_grad(g_loss)(g, d, real, z[1])
        g, moments_g = _adam(g, gradients, moments[1], step)
        return g, d, (moments_d, moments_g), jnp.stack([of_d, of_g])

    with x64():
        g, d = (jax.tree.map(jnp.asarray, plan.weights[player]) for player in ("generator", "discriminator"))
        zeros = [(jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p)) for p in (d, g)]
        moments: Any = (zeros[0], zeros[1])
        losses, trajectory = [], []
        for step, (real, z) in enumerate(zip(plan.digits, plan.noise, strict=True), start=1):
            count = jnp.asarray(float(step))
            g, d, moments, of_both = one_step(g, d, moments, count, jnp.asarray(real), jnp.asarray(z))
            losses.append(np.asarray(of_both))
            trajectory.append(np.concatenate([np.asarray(p).ravel() for p in jax.tree.leaves((g, d))]))
            each_step()
    return Run(np.array(losses, dtype=np.float64), np.array(trajectory, dtype=np.float64))
