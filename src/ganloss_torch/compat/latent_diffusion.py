"""The losses of latent-diffusion's and taming's autoencoders (CompVis/latent-diffusion, ldm/modules/losses).

The VQ loss of CompVis/taming-transformers is latent-diffusion's without `n_classes`, `pixel_loss` and `predicted_indices`.
Stability-AI/generative-models has another class, GeneralLPIPSWithDiscriminator, which is not here: the terms of the KL loss
with regularisers by name in place of `posteriors`, a `logvar` that is frozen unless asked for, no pass through D in G's step
before its start, and other names in the log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganloss_torch._losses import discriminator_loss
from ganloss_torch.compat._vqgan import Reconstruction, check_fits
from ganloss_torch.compat.taming import adopt_weight, hinge_d_loss, vanilla_d_loss

__all__ = [
    "LPIPSWithDiscriminator",
    "VQLPIPSWithDiscriminator",
    "adopt_weight",
    "hinge_d_loss",
    "hinge_d_loss_with_exemplar_weights",
    "measure_perplexity",
    "vanilla_d_loss",
]


def hinge_d_loss_with_exemplar_weights(logits_real: Tensor, logits_fake: Tensor, weights: Tensor) -> Tensor:
    """`hinge_d_loss` of logits of shape (batch, ...) with a weight for each sample, of shape (batch,), on both sides."""
    assert weights.shape == logits_real.shape[:1] == logits_fake.shape[:1], "there must be one weight for each sample"
    of_reals, of_fakes = (weights.reshape(-1, *[1] * (x.ndim - 1)).expand_as(x) for x in (logits_real, logits_fake))
    return discriminator_loss("taming/hinge", logits_real, logits_fake, real_weight=of_reals, fake_weight=of_fakes)


def measure_perplexity(predicted_indices: Tensor, n_embed: int) -> tuple[Tensor, Tensor]:
    """The exponential of the entropy of a codebook's use, at most `n_embed`, and how many of its entries are used."""
    use = torch.bincount(predicted_indices.flatten(), minlength=n_embed) / predicted_indices.numel()
    return (-(use * torch.log(use + 1e-10)).sum()).exp(), (use > 0).sum()


class LPIPSWithDiscriminator(Reconstruction):
    """The loss of latent-diffusion's KL autoencoder around one's own discriminator and perceptual distance.

    Autoencoder: nll + kl_weight E_i KL + d_weight disc_factor G, where nll is the mean over samples of the sum over elements of
    (|x - y| + perceptual_weight p) / e^logvar + logvar, G is -E f, and d_weight is disc_weight times |d nll| / (|d G| + 1e-4)
    by the decoder's last layer, at most 1e4, a constant. D: half of the hinge or logistic loss, times disc_factor. Before step
    `disc_start` disc_factor is 0.

    Arguments:
        disc_start: the step from which on there is a discriminator.
        discriminator: a module; called with images, or images with `cond` as more channels, it returns logits.
        perceptual_loss: a module or function of inputs and reconstructions; what it returns has as many axes as they have, of
            length 1 or theirs, as LPIPS' (batch, 1, 1, 1), or is of shape (). Not needed if `perceptual_weight` is 0.
        logvar_init: the first `logvar`, a parameter.
        kl_weight, disc_weight, perceptual_weight, disc_factor: factors; with `disc_factor` 0 the adaptive weight is 0.
        pixelloss_weight: kept as `pixel_weight`, and, as in the original, not used.
        disc_conditional: whether the discriminator has `cond`.
        disc_loss: "hinge" or "vanilla".

    `logvar` and `discriminator.*` have the original's names in `state_dict`. In several processes each has the loss and the
    adaptive weight of its own samples. Raises AssertionError for another `disc_loss`, TypeError where there is a
    `perceptual_weight` and no perceptual loss.

    Rombach et al. 2022, arXiv:2112.10752, appendix G; Esser et al. 2021, arXiv:2012.09841, equation 7.
    """

    def __init__(
        self,
        disc_start: int,
        *,
        discriminator: nn.Module,
        perceptual_loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        logvar_init: float = 0.0,
        kl_weight: float = 1.0,
        pixelloss_weight: float = 1.0,
        disc_factor: float = 1.0,
        disc_weight: float = 1.0,
        perceptual_weight: float = 1.0,
        disc_conditional: bool = False,
        disc_loss: str = "hinge",
    ) -> None:
        super().__init__(
            disc_start,
            discriminator=discriminator,
            perceptual_loss=perceptual_loss,
            pixelloss_weight=pixelloss_weight,
            disc_factor=disc_factor,
            disc_weight=disc_weight,
            perceptual_weight=perceptual_weight,
            disc_conditional=disc_conditional,
            disc_loss=disc_loss,
        )
        self.kl_weight: float = kl_weight
        self.logvar: nn.Parameter = nn.Parameter(torch.full((), float(logvar_init)))

    def forward(
        self,
        inputs: Tensor,
        reconstructions: Tensor,
        posteriors: Any,
        optimizer_idx: int,
        global_step: int,
        last_layer: Any = None,
        cond: Tensor | None = None,
        split: str = "train",
        weights: Any = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The autoencoder's loss for `optimizer_idx` 0, the discriminator's for 1, each with its log.

        Arguments:
            inputs: images.
            reconstructions: the autoencoder's, of the same shape.
            posteriors: what has a method `kl()`, one number for each sample.
            optimizer_idx: 0 or 1.
            global_step: the step.
            last_layer: the weight of the decoder's last layer.
            cond: more channels for the discriminator.
            split: what the log's names begin with.
            weights: a factor of each element of the reconstruction loss, or an array that broadcasts to it with as many axes.
        """
        if self._is_discriminator(optimizer_idx):
            loss, log = self._of_discriminator(inputs, reconstructions, global_step, cond)
            return loss, _log(split, log)
        rec_loss, _ = self._distances(_l1, inputs, reconstructions)
        each = rec_loss / torch.exp(self.logvar) + self.logvar
        n = inputs.shape[0]
        nll_loss = weighted = each.sum() / n
        if weights is not None:
            if isinstance(weights, Tensor):
                check_fits("weights", weights, inputs)
            weighted = (weights * each).sum() / n
        kl_loss = posteriors.kl()
        kl_loss = kl_loss.sum() / kl_loss.shape[0]
        of_generator, log = self._of_generator(nll_loss, reconstructions, global_step, last_layer, cond)
        loss = weighted + self.kl_weight * kl_loss + of_generator
        parts = {"total_loss": loss, "logvar": self.logvar, "kl_loss": kl_loss, "nll_loss": nll_loss, "rec_loss": rec_loss}
        return loss, _log(split, parts | log)

    def _d_weight(self, nll_loss: Tensor, g_loss: Tensor, last_layer: Any) -> Tensor:
        return super()._d_weight(nll_loss, g_loss, last_layer) if self.disc_factor > 0.0 else torch.tensor(0.0)


class VQLPIPSWithDiscriminator(Reconstruction):
    """The loss of latent-diffusion's and taming's VQGAN around one's own discriminator and perceptual distance.

    Autoencoder: nll + codebook_weight E codebook_loss + d_weight disc_factor G, where nll is E (|x - y| + perceptual_weight p);
    the rest, D's loss too, is as in `LPIPSWithDiscriminator`.

    Arguments, besides those of `LPIPSWithDiscriminator`:
        codebook_weight: a factor.
        n_classes: the size of the codebook, for the log's perplexity.
        pixel_loss: "l1" or "l2", the square.

    Raises AssertionError for another `disc_loss` or `pixel_loss`, TypeError where there is a `perceptual_weight` and no
    perceptual loss.

    Esser et al. 2021, arXiv:2012.09841, equations 5 to 7.
    """

    def __init__(
        self,
        disc_start: int,
        *,
        discriminator: nn.Module,
        perceptual_loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        codebook_weight: float = 1.0,
        pixelloss_weight: float = 1.0,
        disc_factor: float = 1.0,
        disc_weight: float = 1.0,
        perceptual_weight: float = 1.0,
        disc_conditional: bool = False,
        disc_loss: str = "hinge",
        n_classes: int | None = None,
        pixel_loss: str = "l1",
    ) -> None:
        super().__init__(
            disc_start,
            discriminator=discriminator,
            perceptual_loss=perceptual_loss,
            pixelloss_weight=pixelloss_weight,
            disc_factor=disc_factor,
            disc_weight=disc_weight,
            perceptual_weight=perceptual_weight,
            disc_conditional=disc_conditional,
            disc_loss=disc_loss,
        )
        assert pixel_loss in ("l1", "l2"), f"{pixel_loss} is not supported: use 'l1' or 'l2'"
        self.codebook_weight: float = codebook_weight
        self.n_classes: int | None = n_classes
        self.pixel_loss: Callable[[Tensor, Tensor], Tensor] = _l1 if pixel_loss == "l1" else _l2

    def forward(
        self,
        codebook_loss: Tensor | None,
        inputs: Tensor,
        reconstructions: Tensor,
        optimizer_idx: int,
        global_step: int,
        last_layer: Any = None,
        cond: Tensor | None = None,
        split: str = "train",
        predicted_indices: Tensor | None = None,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The autoencoder's loss for `optimizer_idx` 0, the discriminator's for 1, each with its log.

        `codebook_loss` is of any shape, or None for 0; with `predicted_indices`, of codes, the log has their perplexity and how
        many are used. The rest is as in `LPIPSWithDiscriminator.forward`.
        """
        if self._is_discriminator(optimizer_idx):
            loss, log = self._of_discriminator(inputs, reconstructions, global_step, cond)
            return loss, _log(split, log)
        quantized = torch.zeros((), device=inputs.device) if codebook_loss is None else codebook_loss.mean()
        rec_loss, p_loss = self._distances(self.pixel_loss, inputs, reconstructions)
        nll_loss = rec_loss.mean()
        of_generator, log = self._of_generator(nll_loss, reconstructions, global_step, last_layer, cond)
        loss = nll_loss + of_generator + self.codebook_weight * quantized
        parts = {"total_loss": loss, "quant_loss": quantized, "nll_loss": nll_loss, "rec_loss": rec_loss, "p_loss": p_loss}
        logged = _log(split, parts | log)
        if predicted_indices is not None:
            assert self.n_classes is not None, "predicted_indices need n_classes, the size of the codebook"
            use = measure_perplexity(predicted_indices, self.n_classes)
            logged[f"{split}/perplexity"], logged[f"{split}/cluster_usage"] = use
        return loss, logged


def _l1(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).abs()


def _l2(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square()


def _log(split: str, parts: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{split}/{name}": value.detach().mean() for name, value in parts.items()}
