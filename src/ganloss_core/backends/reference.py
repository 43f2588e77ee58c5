"""The reference: every loss on NumPy arrays, computed in float64, with gradients. Needs NumPy 2.1 or newer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from ganloss_core.words.extras import extra

with extra("numpy"):
    import numpy as np

from ganloss_core.backends import array_api
from ganloss_core.backends.typeset import Typeset
from ganloss_core.engine.bind import Functions
from ganloss_core.engine.face import CallableLoss, Documented, Out, Terms
from ganloss_core.terms.rewards import Rewards

F = TypeVar("F", bound=Callable[..., Any])

_library: Final = array_api.Library(np, float64=True)
backend: Final = _library.backend


def _quiet(function: F) -> F:
    # Overflow to inf and NaN from NaN are part of the contract, not accidents to warn of.
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return cast(F, call)


class GANLoss(CallableLoss[Any, Out, Terms], Typeset):
    __doc__: Any = Documented()

    _backend = backend

    def _bound(self) -> Functions:
        return Functions(*map(_quiet, super()._bound()))


discriminator_loss: Final = _quiet(_library.discriminator_loss)
generator_loss: Final = _quiet(_library.generator_loss)
value_and_grad: Final = _quiet(_library.value_and_grad)
_rewards: Final[Rewards[Any]] = Rewards(backend, _library.generator_loss)
reward: Final = _quiet(_rewards.reward)
density_ratio: Final = _quiet(_rewards.density_ratio)
f_weight: Final = _quiet(_rewards.f_weight)
