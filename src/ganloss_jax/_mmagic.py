"""MMagic's GANLossComps on JAX arrays."""

from __future__ import annotations

from jax import Array

from ganloss_core.engine.one_sided import COMPS, OneSided
from ganloss_jax._backend import backend


class GANLossComps(OneSided[Array]):
    __doc__ = OneSided.__doc__

    _backend = backend
    _codebase, _types = "mmagic", COMPS
    __call__ = OneSided._loss
