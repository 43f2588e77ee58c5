"""Losses on torch tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, overload

import torch
from torch import Tensor

from ganloss_core.backends.typeset import Typeset
from ganloss_core.engine.face import BoundLoss, Documented
from ganloss_core.engine.functional import Functional
from ganloss_core.words.ops import Logits
from ganloss_torch._backend import backend
from ganloss_torch._module import Module

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    from ganloss_core.engine.heads import Heads
    from ganloss_core.spec.definition import LossLike
    from ganloss_core.spec.loss import Rule
    from ganloss_core.spec.sides import Sides

    Out = TypeVarWithDefault("Out", default=Tensor)
    Terms = TypeVarWithDefault("Terms", default=Sides[Tensor])
else:
    Out, Terms = TypeVar("Out"), TypeVar("Terms")


class GANLoss(BoundLoss[Tensor, Out, Terms], Typeset, Module):
    __doc__: Any = Documented()

    _backend = backend

    if TYPE_CHECKING:
        # An `__init__` of the base could choose the arguments of the base alone.
        @overload
        def __init__(self: GANLoss[Any, Any], loss: LossLike, *, heads: Literal["none"], **arguments: Any) -> None: ...
        @overload
        def __init__(
            self: GANLoss[Tensor],
            loss: LossLike,
            *,
            generator: Rule | None = None,
            reduction: Literal["mean", "sum"] = "mean",
            heads: Heads | None = None,
            top_k: int | None = None,
            group: Any = None,
            **hyperparameters: Any,
        ) -> None: ...
        @overload
        def __init__(self: GANLoss[Sides[Tensor]], loss: LossLike, *, reduction: Literal["none"], **arguments: Any) -> None: ...
        def __init__(self, loss: LossLike, **arguments: Any) -> None: ...

    def forward(self, input: Logits[Tensor], target_is_real: bool, is_disc: bool = False) -> Out:
        """The one-sided form of MMagic and BasicSR: D's term on one side with `is_disc=True`, else G's loss.

        Raises TypeError for a loss that compares both sides, ValueError for G with `target_is_real=False`.
        """
        loss: Out = self._functions.one_sided(input, target_is_real, is_disc)
        return loss

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in super().__getstate__().items() if key != "forward"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # A compiled module is compiled from here on: each loss has code of its own, of which torch.compile keeps 8 variants.
        if type(self).forward is GANLoss.forward:
            self.__dict__["forward"] = torch.jit.unused(self._functions.one_sided)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_settings" in self.__dict__ and name in self._settings.fixed:
            raise AttributeError(f"{name} is fixed when the loss is made: make a new GANLoss instead of setting it")
        super().__setattr__(name, value)

    def extra_repr(self) -> str:
        """The loss and its settings, for the printed module tree."""
        return str(self._settings)


_functional: Final[Functional[Tensor]] = Functional(backend)
# What torch.compiler.assume_constant_result does, which would load Dynamo: a loss is looked up when a step is traced.
_functional.found.look_up._dynamo_marked_constant = True  # type: ignore[attr-defined]
discriminator_loss: Final = _functional.discriminator_loss
generator_loss: Final = _functional.generator_loss
