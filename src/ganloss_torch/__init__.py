"""Adversarial losses in PyTorch, computed from the definitions in `ganloss_core`."""

from ganloss_core import Sides, names, register
from ganloss_torch._backend import backend, ops
from ganloss_torch._losses import GANLoss, discriminator_loss, generator_loss
from ganloss_torch._mmagic import GANLossComps

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
