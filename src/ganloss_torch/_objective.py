"""Objectives of papers in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from ganloss_core.recipes.call import Kit
from ganloss_core.recipes.objective import BoundObjective
from ganloss_torch._losses import GANLoss
from ganloss_torch._observe import calculus, penalties
from ganloss_torch._terms import AugmentationController, Balancer, GradientNormalizer, LeCam, PathLength, _terms


def _gradients(
    f: Callable[[Any], tuple[list[Tensor], Any]], x: Tensor, last_layer: Any, names: Sequence[str]
) -> tuple[list[Tensor], Any, list[Tensor]]:
    if last_layer is not None and not isinstance(last_layer, Tensor):
        got = type(last_layer).__name__
        raise TypeError(f"last_layer must be the weight of the decoder's last layer, a parameter, got {got}: its .weight")
    numbers, rest = f(x)
    at = last_layer if isinstance(last_layer, Tensor) else x
    gradients = []
    for name, number in zip(names, numbers, strict=True):
        known = isinstance(number, Tensor) and number.requires_grad and at.requires_grad
        (g,) = torch.autograd.grad(number, at, retain_graph=True, allow_unused=True) if known else (None,)
        if g is None:
            on = "the fakes" if at is x else "last_layer"
            raise RuntimeError(f"{name} does not depend on {on}: under no_grad, detached, or not computed from these?")
        gradients.append(g)
    return numbers, rest, gradients


@torch.no_grad()
def _ungraded(run: Callable[[], Any]) -> Any:
    return run()


_kit: Final[Kit[Tensor]] = Kit(
    loss=GANLoss,
    calculus=calculus,
    penalties=penalties,
    terms=_terms,
    stateful={
        "lecam": LeCam,
        "path_length": PathLength,
        "augmentation": AugmentationController,
        "balancer": Balancer,
        "normalizer": GradientNormalizer,
    },
    gradients=_gradients,
    ungraded=_ungraded,
    of_functions=False,
)


class Objective(BoundObjective[Tensor]):
    __doc__ = BoundObjective.__doc__

    _kit = _kit
