"""Losses on JAX arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import jax
from jax import Array

from ganloss_core.engine.face import BoundLoss, CallableLoss
from ganloss_core.engine.functional import Functional
from ganloss_jax._backend import backend

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    Out = TypeVarWithDefault("Out", default=Array)
else:
    Out = TypeVar("Out")


class GANLoss(CallableLoss[Array, Out]):
    __doc__ = BoundLoss.__doc__

    _backend = backend


# A pytree without leaves: a GANLoss may be an argument of a jitted function, or a field of a module.
jax.tree_util.register_pytree_node(GANLoss, lambda loss: ((), loss), lambda loss, _: loss)

_functional: Final[Functional[Array]] = Functional(backend)
discriminator_loss: Final = _functional.discriminator_loss
generator_loss: Final = _functional.generator_loss
