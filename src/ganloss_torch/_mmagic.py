"""MMagic's GANLossComps on torch tensors."""

from __future__ import annotations

from torch import Tensor, nn

from ganloss_core.engine.one_sided import COMPS, OneSided
from ganloss_torch._backend import backend


class GANLossComps(OneSided[Tensor], nn.Module):
    __doc__ = OneSided.__doc__

    _backend = backend
    _codebase, _types = "mmagic", COMPS
    forward = OneSided._loss
