"""MMagic's GANLossComps on torch tensors."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_core.engine.one_sided import COMPS, OneSided
from ganloss_torch._backend import backend
from ganloss_torch._module import Module


class GANLossComps(OneSided[Tensor], Module):
    __doc__ = OneSided.__doc__

    _backend = backend
    _codebase, _types = "mmagic", COMPS

    def forward(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Tensor:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        return self._loss(input, target_is_real, is_disc)
