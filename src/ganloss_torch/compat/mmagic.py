"""MMagic's losses (open-mmlab/mmagic, mmagic/models/losses)."""

from __future__ import annotations

import importlib
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganloss_core.engine.one_sided import OneSided
from ganloss_torch._backend import backend
from ganloss_torch._losses import GANLoss as _Loss
from ganloss_torch._mmagic import GANLossComps
from ganloss_torch._module import Module
from ganloss_torch._terms import consistency
from ganloss_torch.compat._grouped import joined
from ganloss_torch.compat._mmagic_comps import (
    DiscShiftLossComps,
    GeneratorPathRegularizerComps,
    GradientPenaltyLossComps,
    R1GradientPenaltyComps,
)
from ganloss_torch.compat._mmagic_penalties import (
    DiscShiftLoss,
    GradientPenaltyLoss,
    disc_shift_loss,
    gen_path_regularizer,
    gradient_penalty_loss,
    r1_gradient_penalty_loss,
)

__all__ = [
    "AdvLoss", "DiscShiftLoss", "DiscShiftLossComps", "GANLoss", "GANLossComps", "GeneratorPathRegularizerComps",
    "GradientPenaltyLoss", "GradientPenaltyLossComps", "R1GradientPenaltyComps", "disc_shift_loss", "gen_path_regularizer",
    "gradient_penalty_loss", "r1_gradient_penalty_loss", "register",
]  # fmt: skip


class GANLoss(OneSided[Tensor], Module):
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
            return consistency(input, _blurred(mask.detach()), 1.0, **dict([self._devices] if self._devices else []))
        return self._loss(input, target_is_real, is_disc)


def _blurred(mask: Tensor) -> Tensor:
    """A Gaussian of 71 by 71 taps and a standard deviation of 10, with zeros around the mask."""
    taps = torch.exp(-torch.arange(-35.0, 36.0).square() / 200.0)
    taps = (taps / taps.sum()).to(mask)
    kernel = (taps[:, None] * taps).repeat(mask.shape[1], 1, 1, 1)
    return F.conv2d(mask, kernel, padding=35, groups=mask.shape[1])


class AdvLoss(Module):
    """MMagic's AdvLoss for DeblurGANv2: "wgan-gp", "lsgan", which is of absolute distances, "gan", "ragan" or "ragan-ls".

    Call it as `(net, fakeB, realB, model="discriminator")`, or with `model="generator"`; it runs the critic `net` and returns a
    scalar, for D the half of both terms. The means of "ragan" and "ragan-ls" are those of the last 50 predictions of D's steps,
    as constants; they are no part of the state_dict. `group` is that of `ganloss_torch.GANLoss`; the predictions are those of
    all its processes, the penalty of "wgan-gp" is of the samples of each.

    Raises ValueError for another `loss_type`, and for the generator of "ragan" before the discriminator.
    """

    _group: Any = None

    def __init__(self, loss_type: str, *, group: Any = None) -> None:
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
        self._gan = _Loss(name, group=group, **labels)
        self._group = group
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
                self._real_pool, self._fake_pool = self._pooled(self._real_pool, real), self._pooled(self._fake_pool, fake)
            if self._real_pool is None or self._fake_pool is None:
                raise ValueError("the generator's loss compares with predictions of D's steps: call it for D first")
            real, fake = real - self._fake_pool.mean(), fake - self._real_pool.mean()
        value: Tensor = self._gan.discriminator(real, fake) if for_d else self._gan.discriminator(fake, real)
        if self.loss_type == "wgan-gp":
            value = value + 10.0 * gradient_penalty_loss(net, realB.detach(), fakeB.detach())
        return value

    def _pooled(self, pool: Tensor | None, predictions: Tensor) -> Tensor:
        new = predictions.detach() if self._group is None else joined(predictions.detach(), self._group)
        return (new if pool is None else torch.cat([pool, new]))[-50:]


def register(registry: Any = None) -> None:
    """Let MMagic's configurations build these classes: they take the place of its own in the registry.

    `registry` is one of MMEngine, by default `mmagic.registry.MODELS`. Raises ImportError where MMagic is not installed.
    """
    if registry is None:
        # Its own classes must be there before they can be replaced.
        importlib.import_module("mmagic.models.losses")
        registry = importlib.import_module("mmagic.registry").MODELS
    comps = (DiscShiftLossComps, GradientPenaltyLossComps, R1GradientPenaltyComps, GeneratorPathRegularizerComps)
    for module in (GANLoss, GANLossComps, AdvLoss, GradientPenaltyLoss, DiscShiftLoss, *comps):
        registry.register_module(name=module.__name__, module=module, force=True)
