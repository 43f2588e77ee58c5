"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from typing import Final

from jax import Array

from ganloss_core.terms import balancer, began, lecam, path_length
from ganloss_core.terms.stateless import Terms
from ganloss_jax._backend import backend
from ganloss_jax._observe import calculus

_terms: Final[Terms[Array]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight


class LeCam(lecam.LeCam[Array]):
    __doc__ = lecam.LeCam.__doc__

    _calculus = calculus


class PathLength(path_length.PathLength[Array]):
    __doc__ = path_length.PathLength.__doc__

    _calculus = calculus


class Balancer(balancer.Balancer[Array]):
    __doc__ = balancer.Balancer.__doc__

    _calculus = calculus


class BEGAN(began.BEGAN[Array]):
    __doc__ = began.BEGAN.__doc__

    _calculus = calculus
