"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from typing import Final

from jax import Array

from ganloss_core.terms import stateful
from ganloss_core.terms.stateless import Terms
from ganloss_jax._backend import backend
from ganloss_jax._observe import calculus

_terms: Final[Terms[Array]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight


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
