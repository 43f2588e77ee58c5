"""Losses on torch tensors."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ganloss_core.engine.face import BoundLoss, Functional
from ganloss_torch._backend import backend


class GANLoss(BoundLoss[Tensor], nn.Module):
    __doc__ = BoundLoss.__doc__

    _backend = backend

    def _held(self) -> dict[str, Any]:
        # forward too, so that each loss has code of its own for torch.compile, which keeps at most 8 variants of one.
        held = super()._held()
        return {**held, "forward": held["_one_sided"]}

    def forward(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Tensor:
        """The one-sided form of MMagic and BasicSR: D's term on one side with `is_disc=True`, else G's loss.

        Raises TypeError for a loss that compares both sides, ValueError for G with `target_is_real=False`.
        """
        loss: Tensor = self._one_sided(input, target_is_real, is_disc)
        return loss

    def __setattr__(self, name: str, value: Any) -> None:
        if "_settings" in self.__dict__ and name in dict(self._settings.hyperparameters):
            raise AttributeError(f"{name} is fixed when the loss is made: make a new GANLoss instead of setting it")
        super().__setattr__(name, value)

    def extra_repr(self) -> str:
        """The loss and its settings, for the printed module tree."""
        return str(self._settings)


_functional = Functional(backend)
discriminator_loss = _functional.discriminator_loss
generator_loss = _functional.generator_loss
