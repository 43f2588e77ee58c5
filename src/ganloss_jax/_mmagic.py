"""MMagic's GANLossComps on JAX arrays."""

from __future__ import annotations

from jax import Array

from ganloss_core._mmagic import Comps
from ganloss_jax._backend import backend


class GANLossComps(Comps[Array]):
    __doc__ = Comps.__doc__

    _backend = backend
    __call__ = Comps._loss
