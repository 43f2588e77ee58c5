"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from jax import Array

from ganloss_core import _state
from ganloss_core._terms import Terms
from ganloss_jax._backend import backend
from ganloss_jax._observe import calculus

_terms = Terms(backend)
feature_matching, consistency, drift = _terms.feature_matching, _terms.consistency, _terms.drift
adaptive_weight = _terms.adaptive_weight


class LeCam(_state.LeCam[Array]):
    __doc__ = _state.LeCam.__doc__

    _calculus = calculus


class PathLength(_state.PathLength[Array]):
    __doc__ = _state.PathLength.__doc__

    _calculus = calculus


class Balancer(_state.Balancer[Array]):
    __doc__ = _state.Balancer.__doc__

    _calculus = calculus


class BEGAN(_state.BEGAN[Array]):
    __doc__ = _state.BEGAN.__doc__

    _calculus = calculus
