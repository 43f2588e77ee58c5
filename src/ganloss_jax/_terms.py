"""Terms besides losses and gradient penalties, in JAX."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import jax
from jax import Array, lax

from ganloss_core.terms import augmentation, balancer, began, gradient_normalizer, lecam, mine, multiplier, path_length
from ganloss_core.terms.drifting import Drifting
from ganloss_core.terms.rewards import Rewards
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.stateless import Terms
from ganloss_jax._backend import backend
from ganloss_jax._losses import generator_loss
from ganloss_jax._observe import calculus

_terms: Final[Terms[Array]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight
pulling_away: Final = _terms.pulling_away
gradient_reversal: Final = _terms.gradient_reversal
reversal_coefficient: Final = _terms.reversal_coefficient
_drifting: Final[Drifting[Array]] = Drifting(backend)
drifting: Final = _drifting.drifting
_rewards: Final[Rewards[Array]] = Rewards(
    backend, generator_loss, jax.jit, lambda n, step, x: lax.fori_loop(0, n, lambda _, x: step(x), x)
)
reward: Final = _rewards.reward
density_ratio: Final = _rewards.density_ratio
f_weight: Final = _rewards.f_weight


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


@dataclass(frozen=True)
class AugmentationController(_Term, augmentation.AugmentationController[Array]):
    __doc__ = augmentation.AugmentationController.__doc__


@dataclass(frozen=True)
class GradientNormalizer(_Term, gradient_normalizer.GradientNormalizer[Array]):
    __doc__ = gradient_normalizer.GradientNormalizer.__doc__

    def layer(self, state: State[Array], images: Array) -> Array:
        """The images; what comes back through them is normalised, and the gradient by the state is the next state."""
        through: Array = _normalized(self, self._checked(state), images)
        return through


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _normalized(normalizer: GradientNormalizer, state: State[Array], images: Array) -> Array:
    return images


_normalized.defvjp(
    lambda _, state, images: (images, state),
    lambda normalizer, state, g: normalizer.apply(state, g)[::-1],
)


@dataclass(frozen=True)
class Multiplier(_Term, multiplier.Multiplier[Array]):
    __doc__ = multiplier.Multiplier.__doc__


@dataclass(frozen=True)
class MINE(_Term, mine.MINE[Array]):
    __doc__ = mine.MINE.__doc__
