"""The JAX half of `ganloss_core.reproduce.gan`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.reproduce.gan import BETAS, EPSILON, SLOPE, Batch, Plan
from ganloss_core.spec.definition import LossLike
from ganloss_jax._adam import adam
from ganloss_jax._losses import discriminator_loss
from ganloss_jax._objective import Objective
from ganloss_jax.check import x64


class Trainer:
    """A `ganloss_core.reproduce.gan.Trainer`; each step is one jitted function."""

    def __init__(self, plan: Plan) -> None:
        self._dtype, self._done, self._step = plan.dtype, 0, jax.jit(_one_step(plan))
        weights = plan.weights()
        players = (weights["generator"], weights["discriminator"])
        with x64():
            # NumPy's zeros: JAX compiles a program for its own of each shape.
            (g, d), zeros = jax.device_put((players, jax.tree.map(np.zeros_like, players)))
        self._state: Any = (g, d, *((of_player, of_player) for of_player in zeros))

    def step(self, batch: Batch, /) -> tuple[float, float]:
        """Train D, then G; their losses."""
        self._done += 1
        corrections = np.array([1.0 - b**self._done for b in BETAS], self._dtype)
        with x64():
            self._state, (d_loss, g_loss) = self._step(self._state, corrections, *batch)
        return float(d_loss), float(g_loss)

    def samples(self, noise: Any, /) -> Any:
        """What G makes of it."""
        with x64():
            return np.asarray(jax.jit(_network)(self._state[0], noise))


def _network(layers: Any, x: Any) -> Array:
    *hidden, (last,) = layers
    for matrix, bias in hidden:
        x = x @ matrix + bias[None]
        x = jnp.where(x > 0.0, x, SLOPE * x)
    y: Array = x @ last
    return y


def _one_step(plan: Plan) -> Any:
    contender, objective = plan.contender, Objective(plan.contender.recipe)

    def packed(x: Array) -> Array:
        return x.reshape(len(x) // contender.pack, -1)

    def d_loss(d: Any, fake: Array, real: Array, mix: Array) -> Any:
        sides: dict[str, Any] = {"real": packed(real), "fake": packed(fake)}
        return objective.discriminator(lambda x: _network(d, x)[:, 0], **sides, **contender.between(mix)).total

    def g_loss(g: Any, d: Any, real: Array, z: Array) -> Any:
        sides: dict[str, Any] = {"real": packed(real), "fake": packed(_network(g, z))}
        return objective.generator(lambda x: _network(d, x)[:, 0], **sides).total

    def one_step(state: Any, corrections: Array, real: Array, noise: Array, mix: Array) -> Any:
        g, d, moments_g, moments_d = state
        of_d, gradients = jax.value_and_grad(d_loss)(d, _network(g, noise[0]), real, mix)
        d, moments_d = adam(d, gradients, moments_d, corrections, plan.rate, BETAS, EPSILON)
        of_g, gradients = jax.value_and_grad(g_loss)(g, d, real, noise[1])
        g, moments_g = adam(g, gradients, moments_g, corrections, plan.rate, BETAS, EPSILON)
        return (g, d, moments_g, moments_d), (of_d, of_g)

    return one_step


def critic(loss: LossLike, real: Any, fake: Any) -> Any:
    """A `ganloss_core.reproduce.critics.Gradient`."""
    compiled = jax.jit(jax.value_and_grad(lambda t: discriminator_loss(loss, t, t, real_weight=real, fake_weight=fake)))

    def of(logits: Any) -> tuple[float, Any]:
        with x64():
            value, gradient = compiled(logits)
        return float(value), np.asarray(gradient)

    return of
