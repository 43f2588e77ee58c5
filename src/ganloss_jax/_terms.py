"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from jax import Array

from ganloss_core.terms import balancer, began, lecam, path_length
from ganloss_core.terms.state import Stateful
from ganloss_core.terms.stateless import Terms
from ganloss_jax._backend import backend
from ganloss_jax._observe import calculus

_terms: Final[Terms[Array]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight


@dataclass(frozen=True)
class _Term(Stateful[Array]):
    axis_name: Any = field(default=None, kw_only=True)

    _calculus = calculus

    def __post_init__(self) -> None:
        super().__post_init__()
        # One that is wrong is refused here.
        _ = self._devices


@dataclass(frozen=True)
class LeCam(_Term, lecam.LeCam[Array]):
    __doc__ = lecam.LeCam.__doc__


@dataclass(frozen=True)
class PathLength(_Term, path_length.PathLength[Array]):
    __doc__ = path_length.PathLength.__doc__


@dataclass(frozen=True)
class Balancer(_Term, balancer.Balancer[Array]):
    __doc__ = balancer.Balancer.__doc__


@dataclass(frozen=True)
class BEGAN(_Term, began.BEGAN[Array]):
    __doc__ = began.BEGAN.__doc__
