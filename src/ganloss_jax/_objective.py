"""Objectives of papers in JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
from jax import Array, lax

from ganloss_core.recipes.call import Kit
from ganloss_core.recipes.objective import BoundObjective
from ganloss_jax._losses import GANLoss
from ganloss_jax._observe import calculus, penalties
from ganloss_jax._terms import AugmentationController, Balancer, GradientNormalizer, LeCam, PathLength, _terms


def _gradients(
    f: Callable[[Any], tuple[list[Array], Any]], x: Array, last_layer: Any, names: Sequence[str]
) -> tuple[list[Array], Any, list[Array]]:
    if last_layer is not None and not callable(last_layer):
        raise TypeError(
            "in JAX last_layer is the function that takes a gradient by the fakes to one by the layer: "
            "fake, last_layer = jax.vjp(lambda weight: ..., weight)"
        )
    numbers, pull, rest = jax.vjp(f, x, has_aux=True)
    zeros = [jnp.zeros_like(number) for number in numbers]
    gradients = [pull([*zeros[:i], jnp.ones_like(number), *zeros[i + 1 :]])[0] for i, number in enumerate(numbers)]
    return numbers, rest, [g if last_layer is None else jax.tree.leaves(last_layer(g))[0] for g in gradients]


_kit: Final[Kit[Array]] = Kit(
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
    ungraded=lambda run: jax.tree.map(lax.stop_gradient, run()),
    of_functions=True,
)


class Objective(BoundObjective[Array]):
    __doc__ = BoundObjective.__doc__

    _kit = _kit
