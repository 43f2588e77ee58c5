"""TF-GAN's penalty of WGAN-GP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ganloss_core.terms.gradient_penalty import norm
from ganloss_jax._backend import backend, ops
from ganloss_jax.compat._tfgan_reduction import Reduction, reduced


def wasserstein_gradient_penalty(
    real_data: Array,
    generated_data: Array,
    discriminator_fn: Callable[[Array], Any],
    *,
    key: Array,
    epsilon: float = 1e-10,
    target: float = 1.0,
    one_sided: bool = False,
    weights: Any = 1.0,
    scope: Any = None,
    loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    add_summaries: bool = False,
    axis_name: Any = None,
) -> Array:
    """The mean over samples of (sqrt(|g|^2 + epsilon) / target - 1)^2, or of its positive part if `one_sided`.

    g is the gradient of `discriminator_fn`, of whose outputs the first counts, at real + a (generated - real), a in [0, 1) for
    each sample, drawn with `key`. `ganloss_jax.wgan_gp` is the paper's penalty on a shared forward.
    """
    alpha = jax.random.uniform(key, (real_data.shape[0],) + (1,) * (real_data.ndim - 1), jnp.result_type(real_data))

    def total(x: Array) -> Array:
        outputs = discriminator_fn(x)
        return jnp.sum(outputs[0] if isinstance(outputs, tuple) else outputs)

    x = jnp.asarray(real_data) + alpha * (generated_data - real_data)
    gradient = backend.logits(jax.grad(total)(x), "the gradient of")
    slopes = norm(ops, jnp.sum(jnp.square(gradient), axis=tuple(range(1, gradient.ndim))) + epsilon)
    excess = slopes / target - 1.0
    return reduced(jnp.square(ops.relu(excess) if one_sided else excess), weights, reduction, axis_name)
