"""MMagic's penalties (open-mmlab/mmagic, mmagic/models/losses/gan_loss.py)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganloss_torch._module import Module
from ganloss_torch.compat._slopes import between, noisy, path_penalty, per_pixel, per_sample, slope


def gradient_penalty_loss(
    discriminator: Any, real_data: Tensor, fake_data: Tensor, mask: Tensor | None = None, norm_mode: str = "pixel"
) -> Tensor:
    """MMagic's penalty of WGAN-GP without a weight: by default of each pixel's norm along the channels alone.

    `norm_mode="HWC"` takes the norm of each sample, as the paper does: `ganloss_torch.wgan_gp` on `observe`. A mask multiplies
    the gradient, and its mean divides the result. Raises NotImplementedError for another `norm_mode`.
    """
    norm = _norms(norm_mode)
    x = between(real_data, fake_data).detach().requires_grad_()
    gradient = slope(discriminator(x), x)
    penalty: Tensor = (norm(gradient if mask is None else gradient * mask) - 1.0).square().mean()
    return penalty if mask is None else penalty / mask.mean()


def r1_gradient_penalty_loss(
    discriminator: Any,
    real_data: Tensor,
    mask: Tensor | None = None,
    norm_mode: str = "pixel",
    loss_scaler: Any = None,
    use_apex_amp: bool = False,
) -> Tensor:
    """MMagic's R1, without 1/2 and a weight: by default the mean over pixels, as many times smaller than R1 as there are.

    `norm_mode="HWC"` sums over each sample. The scale of a `loss_scaler` is taken out again. Raises NotImplementedError for
    another `norm_mode`, and for `use_apex_amp`.
    """
    norm = _norms(norm_mode)
    if use_apex_amp:
        raise NotImplementedError("use_apex_amp: apex's mixed precision is no longer maintained: give loss_scaler")
    x = real_data.detach().clone().requires_grad_()
    outputs = discriminator(x)
    gradient = slope(loss_scaler.scale(outputs) if loss_scaler else outputs, x)
    gradient = gradient / loss_scaler.get_scale() if loss_scaler else gradient
    gradient = gradient if mask is None else gradient * mask
    squared = gradient.square().sum(1) if norm is per_pixel else gradient.square().flatten(1).sum(1)
    return squared.mean() if mask is None else squared.mean() / mask.mean()


def _norms(norm_mode: str) -> Any:
    norms = {"pixel": per_pixel, "HWC": per_sample}
    if norm_mode not in norms:
        raise NotImplementedError(f"norm_mode must be 'pixel' or 'HWC', got {norm_mode!r}")
    return norms[norm_mode]


class GradientPenaltyLoss(Module):
    """`gradient_penalty_loss` times `loss_weight`, as a module called with (discriminator, real_data, fake_data, mask=None)."""

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, discriminator: Any, real_data: Tensor, fake_data: Tensor, mask: Tensor | None = None) -> Tensor:
        """The penalty, of each pixel's norm."""
        return self.loss_weight * gradient_penalty_loss(discriminator, real_data, fake_data, mask=mask)


def disc_shift_loss(pred: Tensor) -> Tensor:
    """The square of each prediction, not reduced."""
    return pred.square()


class DiscShiftLoss(Module):
    """The mean of `disc_shift_loss`, times `loss_weight`: PGGAN's drift."""

    def __init__(self, loss_weight: float = 0.1) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, x: Tensor) -> Tensor:
        """The weighted mean of the squares."""
        return self.loss_weight * disc_shift_loss(x).mean()


def gen_path_regularizer(
    generator: Any,
    num_batches: int,
    mean_path_length: Any,
    pl_batch_shrink: int = 1,
    decay: float = 0.01,
    weight: float = 1.0,
    pl_batch_size: int | None = None,
    sync_mean_buffer: bool = False,
    loss_scaler: Any = None,
    use_apex_amp: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """MMagic's path length regularizer: (penalty, new mean, path lengths).

    `generator(None, num_batches=..., return_latents=True)` returns a dict of "fake_img", of shape (batch, channels, height,
    width), and "latent", (batch, layers, dim). The penalty's gradient flows through the new mean too. With `sync_mean_buffer`
    the mean is that of all processes. Raises NotImplementedError for `use_apex_amp`.
    """
    if use_apex_amp:
        raise NotImplementedError("use_apex_amp: apex's mixed precision is no longer maintained: give loss_scaler")
    num_batches = pl_batch_size or max(1, num_batches // max(1, pl_batch_shrink))
    outputs = generator(None, num_batches=num_batches, return_latents=True)
    image, latents = outputs["fake_img"], outputs["latent"]
    total = noisy(image)
    gradient = slope(loss_scaler.scale(total.sum()) if loss_scaler else total, latents)
    gradient = gradient / loss_scaler.get_scale() if loss_scaler else gradient
    penalty, mean, lengths = path_penalty(mean_path_length, decay, gradient)
    if sync_mean_buffer and torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(mean)
        mean = mean / torch.distributed.get_world_size()
        penalty = (lengths - mean).square().mean()
    return weight * penalty, mean.detach(), lengths
