"""Adversarial losses in JAX, computed from the definitions in `ganloss_core`."""

from ganloss_core import Sides, names, register
from ganloss_jax._backend import backend, ops
from ganloss_jax._losses import GANLoss, discriminator_loss, generator_loss
from ganloss_jax._mmagic import GANLossComps

__all__ = [
    "GANLoss",
    "GANLossComps",
    "Sides",
    "backend",
    "discriminator_loss",
    "generator_loss",
    "names",
    "ops",
    "register",
]
