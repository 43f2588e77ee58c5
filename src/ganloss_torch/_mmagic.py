"""MMagic's GANLossComps on torch tensors."""

from __future__ import annotations

from torch import Tensor, nn

from ganloss_core._mmagic import Comps
from ganloss_torch._backend import backend


class GANLossComps(Comps[Tensor], nn.Module):
    __doc__ = Comps.__doc__

    _backend = backend
    forward = Comps._loss
