"""MMagic's GANLossComps on JAX arrays."""

from __future__ import annotations

from typing import Any

from jax import Array

from ganloss_core.engine.one_sided import COMPS, OneSided
from ganloss_jax._backend import backend


class GANLossComps(OneSided[Array]):
    __doc__ = OneSided.__doc__

    _backend = backend
    _codebase, _types = "mmagic", COMPS

    def __call__(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Array:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        return self._loss(input, target_is_real, is_disc)
