"""The losses of taming-transformers (CompVis/taming-transformers, taming/modules/losses/vqperceptual.py)."""

from __future__ import annotations

from typing import Any, TypeVar

from torch import Tensor

from ganloss_torch._losses import GANLoss, discriminator_loss
from ganloss_torch._terms import adaptive_weight_of_losses

__all__ = ["adopt_weight", "calculate_adaptive_weight", "hinge_d_loss", "vanilla_d_loss"]

_HINGE, _VANILLA = GANLoss("taming/hinge"), GANLoss("taming/vanilla")
T = TypeVar("T")


def hinge_d_loss(logits_real: Tensor, logits_fake: Tensor, *, group: Any = None) -> Tensor:
    """D's loss: half of E relu(1 - r) + E relu(1 + f); `group` is that of `ganloss_torch.GANLoss`."""
    if group is not None:
        return discriminator_loss("taming/hinge", logits_real, logits_fake, group=group)
    return _HINGE.discriminator(logits_real, logits_fake)


def vanilla_d_loss(logits_real: Tensor, logits_fake: Tensor, *, group: Any = None) -> Tensor:
    """D's loss: half of E softplus(-r) + E softplus(f); `group` is that of `ganloss_torch.GANLoss`."""
    if group is not None:
        return discriminator_loss("taming/vanilla", logits_real, logits_fake, group=group)
    return _VANILLA.discriminator(logits_real, logits_fake)


def adopt_weight(weight: T, global_step: int, threshold: int = 0, value: Any = 0.0) -> T | Any:
    """`weight`, or before step `threshold` `value`."""
    return value if global_step < threshold else weight


def calculate_adaptive_weight(
    nll_loss: Tensor, g_loss: Tensor, last_layer: Tensor, discriminator_weight: float = 1.0
) -> Tensor:
    """VQGAN's weight of G's loss: |d nll| / (|d g| + 1e-4) by the last layer, at most 1e4, times `discriminator_weight`.

    It is a constant for differentiation: `ganloss_torch.adaptive_weight_of_losses`.
    """
    return adaptive_weight_of_losses(nll_loss, g_loss, last_layer) * discriminator_weight
