"""Losses on JAX arrays."""

from __future__ import annotations

import jax
from jax import Array

from ganloss_core.engine.face import BoundLoss, CallableLoss, Functional
from ganloss_jax._backend import backend


class GANLoss(CallableLoss[Array]):
    __doc__ = BoundLoss.__doc__

    _backend = backend


# A pytree without leaves: a GANLoss may be an argument of a jitted function, or a field of a module.
jax.tree_util.register_pytree_node(GANLoss, lambda loss: ((), loss), lambda loss, _: loss)

_functional = Functional(backend)
discriminator_loss = _functional.discriminator_loss
generator_loss = _functional.generator_loss
