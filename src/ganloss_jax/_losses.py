"""Losses on JAX arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, overload

import jax
from jax import Array

from ganloss_core.backends.typeset import Typeset
from ganloss_core.engine.face import CallableLoss, Documented
from ganloss_core.engine.functional import Functional
from ganloss_jax._backend import backend

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    from ganloss_core.engine.heads import Heads
    from ganloss_core.spec.definition import LossLike
    from ganloss_core.spec.loss import Rule
    from ganloss_core.spec.sides import Sides

    Out = TypeVarWithDefault("Out", default=Array)
    Terms = TypeVarWithDefault("Terms", default=Sides[Array])
else:
    Out, Terms = TypeVar("Out"), TypeVar("Terms")


class GANLoss(CallableLoss[Array, Out, Terms], Typeset):
    __doc__: Any = Documented()

    _backend = backend

    if TYPE_CHECKING:
        # An `__init__` of the base could choose the arguments of the base alone.
        @overload
        def __init__(self: GANLoss[Any, Any], loss: LossLike, *, heads: Literal["none"], **arguments: Any) -> None: ...
        @overload
        def __init__(
            self: GANLoss[Array],
            loss: LossLike,
            *,
            generator: Rule | None = None,
            reduction: Literal["mean", "sum"] = "mean",
            heads: Heads | None = None,
            top_k: int | None = None,
            axis_name: str | tuple[str, ...] | None = None,
            **hyperparameters: Any,
        ) -> None: ...
        @overload
        def __init__(self: GANLoss[Sides[Array]], loss: LossLike, *, reduction: Literal["none"], **arguments: Any) -> None: ...
        def __init__(self, loss: LossLike, **arguments: Any) -> None: ...


# A pytree without leaves: a GANLoss may be an argument of a jitted function, or a field of a module.
jax.tree_util.register_pytree_node(GANLoss, lambda loss: ((), loss), lambda loss, _: loss)

_functional: Final[Functional[Array]] = Functional(backend)
discriminator_loss: Final = _functional.discriminator_loss
generator_loss: Final = _functional.generator_loss
