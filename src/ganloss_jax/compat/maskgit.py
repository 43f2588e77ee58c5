"""The losses of MaskGIT and MAGVIT (google-research/maskgit, maskgit/libml/losses.py)."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from ganloss_jax._losses import GANLoss

__all__ = ["discriminator_loss", "generator_loss", "r1_gradient_penalty"]

_LOSSES = {name: GANLoss(f"maskgit/{name}") for name in ("hinge", "non-saturating")}


def discriminator_loss(*, real_logit: Any, fake_logit: Any, loss_type: str = "hinge", axis_name: Any = None) -> Array:
    """D's loss: "hinge" or "non-saturating". One side may be None: then it is the other's term.

    `axis_name` is that of `ganloss_jax.GANLoss`. Raises ValueError for another type.
    """
    loss = _loss(loss_type, axis_name)
    if real_logit is None or fake_logit is None:
        return loss(fake_logit if real_logit is None else real_logit, fake_logit is None, is_disc=True)
    return loss.discriminator(real_logit, fake_logit)


def generator_loss(*, fake_logit: Any, loss_type: str = "hinge", axis_name: Any = None) -> Array:
    """G's loss: "hinge", which is -E f, or "non-saturating".

    `axis_name` is that of `ganloss_jax.GANLoss`. Raises ValueError for another type.
    """
    return _loss(loss_type, axis_name).generator(fake_logit)


def _loss(loss_type: str, axis_name: Any) -> GANLoss:
    if loss_type not in _LOSSES:
        raise ValueError(f"loss_type must be {' or '.join(map(repr, _LOSSES))}, got {loss_type!r}")
    return _LOSSES[loss_type] if axis_name is None else GANLoss(f"maskgit/{loss_type}", axis_name=axis_name)


def r1_gradient_penalty(net: Any, variables: Any, x: Array, penalty_cost: float = 1.0) -> tuple[Any, Array]:
    """(logits, penalty): `penalty_cost` times the mean over samples of the squared norm of the gradient, without 1/2.

    `net(train=False).apply(variables, x, mutable=False)` is the critic. `ganloss_jax.r1` is R1 on a shared forward.
    """
    logits, pull = jax.vjp(lambda x: net(train=False).apply(variables, x, mutable=False), x)
    (gradient,) = pull(jnp.ones_like(logits))
    wide = gradient.astype(jnp.promote_types(gradient.dtype, jnp.float32))
    return logits, penalty_cost * jnp.mean(jnp.sum(jnp.square(wide), axis=tuple(range(1, wide.ndim))))
