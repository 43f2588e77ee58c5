"""The reference: every loss on NumPy arrays, computed in float64, with gradients. Needs NumPy 2.1 or newer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

import numpy as np

from ganloss_core.backends import array_api
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import Functions
from ganloss_core.engine.face import BoundLoss, CallableLoss, Out
from ganloss_core.engine.functional import Functional
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule
from ganloss_core.spec.sides import Sides

F = TypeVar("F", bound=Callable[..., Any])

backend: Backend[Any] = array_api.backend(np, float64=True)


def _quiet(function: F) -> F:
    # Overflow to inf and NaN from NaN are part of the contract, not accidents to warn of.
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return cast(F, call)


class GANLoss(CallableLoss[Any, Out]):
    __doc__ = BoundLoss.__doc__

    _backend = backend

    def _bound(self) -> Functions:
        return Functions(*map(_quiet, super()._bound()))


_functional: Final[Functional[Any]] = Functional(backend)
discriminator_loss: Final = _quiet(_functional.discriminator_loss)
generator_loss: Final = _quiet(_functional.generator_loss)


@_quiet
def value_and_grad(
    loss: LossLike,
    real: Any,
    fake: Any,
    *,
    player: str = "discriminator",
    generator: Rule | None = None,
    top_k: int | None = None,
    real_weight: Any = None,
    fake_weight: Any = None,
    real_labels: Any = None,
    fake_labels: Any = None,
    **hyperparameters: Any,
) -> tuple[Any, Sides[Any]]:
    """One player's loss on NumPy arrays, and its gradient with respect to real and fake logits, in float64.

    `player` is "discriminator" or "generator"; one head, the mean; the other arguments and the errors are those of `GANLoss`.
    """
    return array_api.value_and_grad(
        backend,
        np,
        loss,
        real,
        fake,
        player=player,
        generator=generator,
        top_k=top_k,
        real_weight=real_weight,
        fake_weight=fake_weight,
        real_labels=real_labels,
        fake_labels=fake_labels,
        **hyperparameters,
    )
