"""BasicSR's losses (XPixelGroup/BasicSR, basicsr/losses/gan_loss.py)."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor

from ganloss_core.engine.one_sided import OneSided
from ganloss_torch._backend import backend
from ganloss_torch._module import Module
from ganloss_torch.compat._slopes import noisy, path_penalty, slope
from ganloss_torch.compat.mmagic import gradient_penalty_loss as _gradient_penalty_loss

__all__ = ["GANLoss", "MultiScaleGANLoss", "g_path_regularize", "gradient_penalty_loss", "r1_penalty", "register"]


class GANLoss(OneSided[Tensor], Module):
    """BasicSR's GANLoss: "vanilla", "lsgan", "wgan", "wgan_softplus" or "hinge".

    Arguments:
        gan_type: one of these types.
        real_label_val, fake_label_val: the labels of "vanilla" and "lsgan", for the generator too; the others have none.
        loss_weight: multiplies the loss unless `is_disc`.

    Call it as `(input, target_is_real, is_disc=False)`; it returns a scalar. Raises NotImplementedError for another `gan_type`.
    """

    _backend = backend
    _codebase, _types = "basicsr", ("vanilla", "lsgan", "wgan", "wgan_softplus", "hinge")

    def forward(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Tensor:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        return self._loss(input, target_is_real, is_disc)


class MultiScaleGANLoss(GANLoss):
    """`GANLoss` on a list of predictions, or of lists whose last element is the prediction: the mean of their losses."""

    def forward(self, input: Any, target_is_real: bool, is_disc: bool = False) -> Tensor:
        """The mean over the list; anything else than a list is one prediction."""
        if not isinstance(input, list):
            return super().forward(input, target_is_real, is_disc)
        losses = [super(MultiScaleGANLoss, self).forward(_last(scale), target_is_real, is_disc) for scale in input]
        return torch.stack(losses).sum() / len(losses)


def _last(scale: Any) -> Any:
    return scale[-1] if isinstance(scale, list) else scale


def r1_penalty(real_pred: Tensor, real_img: Tensor) -> Tensor:
    """R1 without 1/2 and a weight: the mean over samples of the squared norm of the gradient, which has a graph."""
    return slope(real_pred, real_img).square().flatten(1).sum(1).mean()


def g_path_regularize(
    fake_img: Tensor, latents: Tensor, mean_path_length: Any, decay: float = 0.01
) -> tuple[Tensor, Tensor, Tensor]:
    """The path length regularizer: (penalty, mean length of this batch, new running mean).

    Images have the shape (batch, channels, height, width), latents (batch, layers, dim). The penalty's gradient flows through
    the new mean too.
    """
    penalty, mean, lengths = path_penalty(mean_path_length, decay, slope(noisy(fake_img), latents))
    return penalty, lengths.detach().mean(), mean.detach()


def gradient_penalty_loss(discriminator: Any, real_data: Tensor, fake_data: Tensor, weight: Tensor | None = None) -> Tensor:
    """The penalty of WGAN-GP without a weight, of each pixel's norm along the channels alone.

    `weight`, an array, multiplies the gradient, and its mean divides the result. The norm of the paper, of each sample, is that
    of `ganloss_torch.wgan_gp`.
    """
    return _gradient_penalty_loss(discriminator, real_data, fake_data, mask=weight)


def register(registry: Any = None) -> None:
    """Let BasicSR's options build these classes: they take the place of its own in the registry.

    `registry` is by default `basicsr.utils.registry.LOSS_REGISTRY`. Raises ImportError where BasicSR is not installed.
    """
    if registry is None:
        # Its own classes must be there before they can be replaced.
        importlib.import_module("basicsr.losses")
        registry = importlib.import_module("basicsr.utils.registry").LOSS_REGISTRY
    for module in (GANLoss, MultiScaleGANLoss):
        # Its registry takes a name once.
        getattr(registry, "_obj_map", {}).pop(module.__name__, None)
        registry.register(module)
