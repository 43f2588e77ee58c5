"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from jax import Array

from ganloss_core.terms import stateful
from ganloss_core.terms.stateless import Terms
from ganloss_jax._backend import backend
from ganloss_jax._observe import calculus

_terms = Terms(backend)
feature_matching, consistency, drift = _terms.feature_matching, _terms.consistency, _terms.drift
adaptive_weight = _terms.adaptive_weight


class LeCam(stateful.LeCam[Array]):
    __doc__ = stateful.LeCam.__doc__

    _calculus = calculus


class PathLength(stateful.PathLength[Array]):
    __doc__ = stateful.PathLength.__doc__

    _calculus = calculus


class Balancer(stateful.Balancer[Array]):
    __doc__ = stateful.Balancer.__doc__

    _calculus = calculus


class BEGAN(stateful.BEGAN[Array]):
    __doc__ = stateful.BEGAN.__doc__

    _calculus = calculus
