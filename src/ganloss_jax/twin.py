"""The JAX half of `ganloss_core.twin`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.engine.bind import bind
from ganloss_core.twin.gan import BETAS, EPSILON, LEARNING_RATE, Plan
from ganloss_jax._backend import backend
from ganloss_jax.check import x64


class JaxTrainer:
    """A `ganloss_core.twin.Trainer`; each step is one jitted function."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._step = plan, jax.jit(_one_step(plan))
        with x64():
            g, d = (
                jax.tree.map(lambda x: jnp.asarray(x, plan.dtype), of_player)
                for of_player in (plan.weights["generator"], (plan.weights["discriminator"], plan.proxies))
            )
            zeros = [jax.tree.map(jnp.zeros_like, p) for p in (g, d)]
        self.outputs: Any = None
        self._state: Any = (g, d, (zeros[0], zeros[0]), (zeros[1], zeros[1]))

    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        plan = self._plan
        z_d, z_g = (plan.seeds(plan.noise[i, k], plan.labels[i, 1 + k]) for k in (0, 1))
        corrections = np.array([1.0 - b ** (i + 1) for b in BETAS])
        with x64():
            self._state, losses, outputs = self._step(
                self._state, jnp.asarray(corrections, plan.dtype), plan.digits[i], z_d, z_g, plan.labels[i]
            )
        self.outputs = np.stack(outputs)
        d_loss, g_loss = losses
        return float(d_loss), float(g_loss)

    def parameters(self) -> Any:
        """All parameters, flat, in the plan's order."""
        return np.concatenate([np.asarray(p).ravel() for p in jax.tree.leaves(self._state[:2])])

    def samples(self) -> Any:
        """The images for the plan's grid."""
        with x64():
            return np.asarray(_generator(self._state[0], self._plan.seeds(*self._plan.grid)))


def _generator(layers: Any, z: Any) -> Array:
    for matrix, bias in layers:
        z = jnp.tanh(z @ matrix + bias[None])
    images: Array = z
    return images


def _critic(parameters: Any, x: Array, labels: Array) -> Array:
    (*hidden, (matrix, _)), proxies = parameters
    outputs: Array = _generator(hidden, x) @ matrix
    scores = outputs if proxies is None else jnp.stack([outputs, proxies[labels]], 1)
    return scores


def _adam(parameters: Any, gradients: Any, moments: Any, corrections: Array) -> tuple[Any, Any]:
    # In torch's order of operations.
    b1, b2 = BETAS
    first = jax.tree.map(lambda m, g: m + (1 - b1) * (g - m), moments[0], gradients)
    second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradients)

    def update(p: Array, m: Array, v: Array) -> Array:
        return p - LEARNING_RATE / corrections[0] * (m / (jnp.sqrt(v) / jnp.sqrt(corrections[1]) + EPSILON))

    return jax.tree.map(update, parameters, first, second), (first, second)


def _one_step(plan: Plan) -> Any:
    loss = bind(plan.settings, backend)

    def given(y: Array, k: int) -> dict[str, Array]:
        return {"real_labels": y[0], "fake_labels": y[k]} if plan.labelled else {}

    def d_loss(d: Any, g: Any, real: Array, z: Array, y: Array) -> Any:
        outputs = _critic(d, real, y[0]), _critic(d, _generator(g, z), y[1])
        return loss.discriminator(*outputs, **given(y, 1)), outputs

    def g_loss(g: Any, d: Any, real: Array, z: Array, y: Array) -> Any:
        outputs = _critic(d, real, y[0]), _critic(d, _generator(g, z), y[2])
        return loss.generator(outputs[1], real=outputs[0], **given(y, 2)), outputs

    def one_step(state: Any, corrections: Array, real: Array, z_d: Array, z_g: Array, y: Array) -> Any:
        g, d, moments_g, moments_d = state
        (of_d, d_outputs), gradients = jax.value_and_grad(d_loss, has_aux=True)(d, g, real, z_d, y)
        d, moments_d = _adam(d, gradients, moments_d, corrections)
        (of_g, g_outputs), gradients = jax.value_and_grad(g_loss, has_aux=True)(g, d, real, z_g, y)
        g, moments_g = _adam(g, gradients, moments_g, corrections)
        return (g, d, moments_g, moments_d), (of_d, of_g), (*d_outputs, *g_outputs)

    return one_step


trainer = JaxTrainer
