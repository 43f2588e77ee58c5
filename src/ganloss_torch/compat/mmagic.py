"""MMagic's losses (open-mmlab/mmagic, mmagic/models/losses)."""

from __future__ import annotations

import importlib
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganloss_core.engine.one_sided import OneSided
from ganloss_torch._backend import backend
from ganloss_torch._losses import GANLoss as _Loss
from ganloss_torch._mmagic import GANLossComps
from ganloss_torch.compat._slopes import between, noisy, path_penalty, per_pixel, per_sample, slope

__all__ = [
    "AdvLoss", "DiscShiftLoss", "GANLoss", "GANLossComps", "GradientPenaltyLoss", "disc_shift_loss", "gen_path_regularizer",
    "gradient_penalty_loss", "r1_gradient_penalty_loss", "register",
]  # fmt: skip


class GANLoss(OneSided[Tensor], nn.Module):
    """MMagic's GANLoss: "vanilla", "lsgan", "wgan", "hinge", "l1" or "smgan".

    Arguments as in `GANLossComps`. Call it as `(input, target_is_real, is_disc=False, mask=None)`; it returns a scalar. For
    "smgan" the mask, of shape (batch, 1, height, width), is blurred and is D's target on fakes; in G's loss it has no effect,
    as in MMagic, where it multiplies a mean.

    Raises NotImplementedError for another `gan_type`, TypeError for "smgan" without a mask.
    """

    _backend = backend
    _codebase, _types = "mmagic", ("vanilla", "lsgan", "wgan", "hinge", "l1", "smgan")

    def _entry(self) -> str:
        return "mmagic/lsgan" if self.gan_type == "smgan" else super()._entry()

    def forward(self, input: Tensor, target_is_real: bool, is_disc: bool = False, mask: Tensor | None = None) -> Tensor:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        if self.gan_type != "smgan":
            return self._loss(input, target_is_real, is_disc)
        if mask is None:
            raise TypeError("smgan needs the mask: loss(input, target_is_real, is_disc, mask)")
        if input.shape[2:] != mask.shape[2:]:
            input = F.interpolate(input, size=mask.shape[2:], mode="bilinear", align_corners=True)
        if is_disc and not target_is_real:
            return F.mse_loss(backend.logits(input, "fake"), backend.logits(_blurred(mask.detach()), "mask"))
        return self._loss(input, target_is_real, is_disc)


def _blurred(mask: Tensor) -> Tensor:
    """A Gaussian of 71 by 71 taps and a standard deviation of 10, with zeros around the mask."""
    taps = torch.exp(-torch.arange(-35.0, 36.0).square() / 200.0)
    taps = (taps / taps.sum()).to(mask)
    kernel = (taps[:, None] * taps).repeat(mask.shape[1], 1, 1, 1)
    return F.conv2d(mask, kernel, padding=35, groups=mask.shape[1])


class AdvLoss(nn.Module):
    """MMagic's AdvLoss for DeblurGANv2: "wgan-gp", "lsgan", which is of absolute distances, "gan", "ragan" or "ragan-ls".

    Call it as `(net, fakeB, realB, model="discriminator")`, or with `model="generator"`; it runs the critic `net` and returns a
    scalar, for D the half of both terms. The means of "ragan" and "ragan-ls" are those of the last 50 predictions of D's steps,
    as constants; they are no part of the state_dict.

    Raises ValueError for another `loss_type`, and for the generator of "ragan" before the discriminator.
    """

    def __init__(self, loss_type: str) -> None:
        super().__init__()
        losses: dict[str, tuple[str, dict[str, Any]]] = {
            "wgan-gp": ("mmagic/advloss_wgan-gp", {}),
            "lsgan": ("mmagic/advloss_lsgan", {}),
            "gan": ("mmagic/advloss_gan", {}),
            "ragan": ("mmagic/advloss_gan", {}),
            "ragan-ls": ("torchgan/least_squares", {"a": -1.0}),
        }
        if loss_type not in losses:
            raise ValueError(f"GAN loss {loss_type!r} is not known: use {', '.join(map(repr, losses))}")
        name, labels = losses[loss_type]
        self.loss_type: str = loss_type
        self._gan = _Loss(name, **labels)
        self._real_pool: Tensor | None = None
        self._fake_pool: Tensor | None = None

    def name(self) -> str:
        """The loss's name."""
        return self.loss_type

    def forward(self, net: Any, fakeB: Tensor, realB: Tensor, model: str = "discriminator") -> Tensor:
        """The loss of D, or of G."""
        for_d = model == "discriminator"
        fake = net(fakeB.detach() if for_d else fakeB)
        if not for_d and not self.loss_type.startswith("ragan"):
            generator: Tensor = self._gan.generator(fake)
            return generator
        real = net(realB)
        if self.loss_type.startswith("ragan"):
            if for_d:
                self._real_pool, self._fake_pool = _pooled(self._real_pool, real), _pooled(self._fake_pool, fake)
            if self._real_pool is None or self._fake_pool is None:
                raise ValueError("the generator's loss compares with predictions of D's steps: call it for D first")
            real, fake = real - self._fake_pool.mean(), fake - self._real_pool.mean()
        value: Tensor = self._gan.discriminator(real, fake) if for_d else self._gan.discriminator(fake, real)
        if self.loss_type == "wgan-gp":
            value = value + 10.0 * gradient_penalty_loss(net, realB.detach(), fakeB.detach())
        return value


def _pooled(pool: Tensor | None, predictions: Tensor) -> Tensor:
    new = predictions.detach()
    return (new if pool is None else torch.cat([pool, new]))[-50:]


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


class GradientPenaltyLoss(nn.Module):
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


class DiscShiftLoss(nn.Module):
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


def register(registry: Any = None) -> None:
    """Let MMagic's configurations build these classes: they take the place of its own in the registry.

    `registry` is one of MMEngine, by default `mmagic.registry.MODELS`. Raises ImportError where MMagic is not installed.
    """
    if registry is None:
        # Its own classes must be there before they can be replaced.
        importlib.import_module("mmagic.models.losses")
        registry = importlib.import_module("mmagic.registry").MODELS
    for module in (GANLoss, GANLossComps, AdvLoss, GradientPenaltyLoss, DiscShiftLoss):
        registry.register_module(name=module.__name__, module=module, force=True)
