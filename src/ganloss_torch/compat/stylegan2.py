"""The losses of StyleGAN2 as functions (rosinality/stylegan2-pytorch, train.py)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_torch._losses import GANLoss, discriminator_loss, generator_loss
from ganloss_torch.compat._slopes import noisy, path_penalty, slope

__all__ = ["d_logistic_loss", "d_r1_loss", "g_nonsaturating_loss", "g_path_regularize"]

_LOGISTIC = GANLoss("stylegan2/logistic")


def d_logistic_loss(real_pred: Tensor, fake_pred: Tensor, *, group: Any = None) -> Tensor:
    """D's loss: E softplus(-r) + E softplus(f); `group` is that of `ganloss_torch.GANLoss`."""
    if group is not None:
        return discriminator_loss("stylegan2/logistic", real_pred, fake_pred, group=group)
    return _LOGISTIC.discriminator(real_pred, fake_pred)


def d_r1_loss(real_pred: Tensor, real_img: Tensor) -> Tensor:
    """R1 without 1/2 and a weight, of predictions that have a graph from the images."""
    return slope(real_pred, real_img).square().flatten(1).sum(1).mean()


def g_nonsaturating_loss(fake_pred: Tensor, *, group: Any = None) -> Tensor:
    """G's loss: E softplus(-f); `group` is that of `ganloss_torch.GANLoss`."""
    if group is not None:
        return generator_loss("stylegan2/logistic", fake_pred, group=group)
    return _LOGISTIC.generator(fake_pred)


def g_path_regularize(
    fake_img: Tensor, latents: Tensor, mean_path_length: Any, decay: float = 0.01
) -> tuple[Tensor, Tensor, Tensor]:
    """The path length regularizer: (penalty, new running mean, path lengths of this batch)."""
    penalty, mean, lengths = path_penalty(mean_path_length, decay, slope(noisy(fake_img), latents))
    return penalty, mean.detach(), lengths
