"""Losses on torch tensors."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ganloss_core._face import BoundLoss, Functional
from ganloss_torch._backend import backend


class GANLoss(BoundLoss[Tensor], nn.Module):
    __doc__ = BoundLoss.__doc__

    _backend = backend

    def forward(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Tensor:
        """The one-sided form of MMagic and BasicSR: D's term on one side with `is_disc=True`, else G's loss.

        Raises TypeError for a loss that compares both sides, ValueError for G with `target_is_real=False`.
        """
        return self._one_sided(input, target_is_real, is_disc)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The loss and its settings, for the printed module tree."""
        return str(self._settings)


_functional = Functional(backend)
discriminator_loss = _functional.discriminator_loss
generator_loss = _functional.generator_loss
