"""Adam in PyTorch's order of operations, for training the same GAN in both."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def adam(
    parameters: Any, gradients: Any, moments: Any, corrections: Any, rate: float, betas: tuple[float, float], epsilon: float
) -> tuple[Any, Any]:
    """One step: the parameters, and the two moments; corrections are 1 - beta^t of both."""
    b1, b2 = betas
    first = jax.tree.map(lambda m, g: g - b1 * (g - m), moments[0], gradients)
    second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, moments[1], gradients)

    def update(p: Array, m: Array, v: Array) -> Array:
        moved: Array = p - rate / corrections[0] * (m / (jnp.sqrt(v) / jnp.sqrt(corrections[1]) + epsilon))
        return moved

    return jax.tree.map(update, parameters, first, second), (first, second)
