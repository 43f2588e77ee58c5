"""Adversarial losses in JAX, computed from the definitions in `ganloss_core`."""

from ganloss_core import Sides as Sides
from ganloss_core import names as names
from ganloss_core import register as register
from ganloss_jax._backend import backend as backend
from ganloss_jax._backend import ops as ops
from ganloss_jax._losses import GANLoss as GANLoss
from ganloss_jax._losses import discriminator_loss as discriminator_loss
from ganloss_jax._losses import generator_loss as generator_loss
from ganloss_jax._mmagic import GANLossComps as GANLossComps
