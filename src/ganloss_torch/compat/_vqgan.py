"""What the losses of VQGAN and of latent-diffusion's autoencoder share: a distance of reconstructions, and a discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganloss_torch._losses import GANLoss
from ganloss_torch._module import Module
from ganloss_torch.compat import taming

_G = GANLoss("taming/hinge").generator


class Reconstruction(Module):
    """The distance of reconstructions, and a discriminator."""

    last_layer: Any

    def __init__(
        self,
        disc_start: int,
        *,
        discriminator: nn.Module,
        perceptual_loss: Callable[[Tensor, Tensor], Tensor] | None,
        pixelloss_weight: float,
        disc_factor: float,
        disc_weight: float,
        perceptual_weight: float,
        disc_conditional: bool,
        disc_loss: str,
    ) -> None:
        super().__init__()
        assert disc_loss in ("hinge", "vanilla"), f"{disc_loss} is not supported: use 'hinge' or 'vanilla'"
        if perceptual_weight > 0 and not callable(perceptual_loss):
            raise TypeError(
                "perceptual_loss must be a function of inputs and reconstructions, such as an LPIPS module, got "
                f"{perceptual_loss!r}; without one set perceptual_weight=0"
            )
        self.pixel_weight: float = pixelloss_weight
        self.perceptual_loss: Callable[[Tensor, Tensor], Tensor] | None = perceptual_loss
        self.perceptual_weight: float = perceptual_weight
        self.discriminator: nn.Module = discriminator
        self.discriminator_iter_start: int = disc_start
        self.disc_loss: Callable[[Tensor, Tensor], Tensor] = (
            taming.hinge_d_loss if disc_loss == "hinge" else taming.vanilla_d_loss
        )
        self.disc_factor: float = disc_factor
        self.discriminator_weight: float = disc_weight
        self.disc_conditional: bool = disc_conditional

    def calculate_adaptive_weight(self, nll_loss: Tensor, g_loss: Tensor, last_layer: Any = None) -> Tensor:
        """The weight of G's loss, `ganloss_torch.compat.taming.calculate_adaptive_weight` with `disc_weight`.

        Without `last_layer` it is by `self.last_layer[0]`, which is the caller's to set.
        """
        last_layer = self.last_layer[0] if last_layer is None else last_layer
        return taming.calculate_adaptive_weight(nll_loss, g_loss, last_layer, self.discriminator_weight)

    @staticmethod
    def _is_discriminator(optimizer_idx: int) -> bool:
        if optimizer_idx not in (0, 1):
            raise ValueError(f"optimizer_idx must be 0, the autoencoder, or 1, the discriminator, got {optimizer_idx!r}")
        return optimizer_idx == 1

    def _distances(
        self, distance: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, reconstructions: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The distance of every element, its sample's perceptual distance in it, and that by itself."""
        if inputs.shape != reconstructions.shape:
            raise ValueError(
                f"inputs and reconstructions must have one shape, got {tuple(inputs.shape)} and {tuple(reconstructions.shape)}"
            )
        of_pixels = distance(_wide(inputs), _wide(reconstructions))
        if not self.perceptual_weight > 0 or self.perceptual_loss is None:
            return of_pixels, torch.zeros(1)
        of_samples = self.perceptual_loss(inputs.contiguous(), reconstructions.contiguous())
        check_fits("the perceptual loss", of_samples, inputs)
        return of_pixels + self.perceptual_weight * _wide(of_samples), of_samples

    def _logits(self, x: Tensor, cond: Tensor | None) -> Tensor:
        assert self.disc_conditional == (cond is not None), "cond must be given if disc_conditional, and else not"
        x = x.contiguous()
        logits: Tensor = self.discriminator(x if cond is None else torch.cat((x, cond), dim=1))
        return logits

    def _of_generator(
        self, nll_loss: Tensor, reconstructions: Tensor, global_step: int, last_layer: Any, cond: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What G's loss adds to the autoencoder's, and the end of the log."""
        g_loss = _G(self._logits(reconstructions, cond))
        d_weight = self._d_weight(nll_loss, g_loss, last_layer)
        disc_factor = taming.adopt_weight(self.disc_factor, global_step, threshold=self.discriminator_iter_start)
        log = {"d_weight": d_weight, "disc_factor": torch.tensor(float(disc_factor)), "g_loss": g_loss}
        return d_weight * disc_factor * g_loss, log

    def _d_weight(self, nll_loss: Tensor, g_loss: Tensor, last_layer: Any) -> Tensor:
        try:
            return self.calculate_adaptive_weight(nll_loss, g_loss, last_layer=last_layer)
        except (RuntimeError, TypeError):
            # Without gradients, in validation, there is none.
            if self.training:
                raise
            return torch.tensor(0.0)

    def _of_discriminator(
        self, inputs: Tensor, reconstructions: Tensor, global_step: int, cond: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """D's loss, and its log."""
        real, fake = (self._logits(x.detach(), cond) for x in (inputs, reconstructions))
        disc_factor = taming.adopt_weight(self.disc_factor, global_step, threshold=self.discriminator_iter_start)
        loss = disc_factor * self.disc_loss(real, fake)
        return loss, {"disc_loss": loss, "logits_real": real, "logits_fake": fake}


def check_fits(name: str, x: Tensor, images: Tensor) -> None:
    """ValueError unless x is one number or has as many axes as the images, each of length 1 or theirs."""
    if x.ndim and not (x.ndim == images.ndim and all(n in (1, m) for n, m in zip(x.shape, images.shape, strict=True))):
        raise ValueError(
            f"{name} must have as many axes as the images, of length 1 or theirs, such as "
            f"{(images.shape[0], *[1] * (images.ndim - 1))}, got {tuple(x.shape)}"
        )


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))
