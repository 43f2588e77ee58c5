"""HiFi-GAN's losses (jik876/hifi-gan, models.py); BigVGAN's loss.py and VITS' losses.py have the same functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._losses import GANLoss
from ganloss_torch._terms import feature_matching

__all__ = ["discriminator_loss", "feature_loss", "generator_loss"]

_LSGAN = GANLoss("hifigan/lsgan", heads="none")


def feature_loss(fmap_r: Iterable[Iterable[Tensor]], fmap_g: Iterable[Iterable[Tensor]], *, group: Any = None) -> Tensor:
    """Twice the sum, over discriminators and their layers, of the mean absolute difference of features.

    The features of reals are not detached, as in HiFi-GAN and BigVGAN; VITS detaches them.

    Arguments:
        fmap_r: features of reals: for each discriminator a list of arrays.
        fmap_g: those of generated samples, of the same shapes.
        group: the processes whose features are one batch, as in `ganloss_torch.feature_matching`.

    Raises TypeError or ValueError for lists or arrays that do not match.
    """
    of_reals, of_fakes = ([list(layers) for layers in side] for side in _as_many(fmap_r, fmap_g))
    return feature_matching(of_reals, of_fakes, 2.0, layers="sum", heads="sum", detach_real=False, group=group)


def discriminator_loss(
    disc_real_outputs: Iterable[Tensor], disc_generated_outputs: Iterable[Tensor], *, group: Any = None
) -> tuple[Tensor, list[float], list[float]]:
    """D's loss, E (1 - r)² + E f² summed over discriminators, and its parts as numbers: (loss, of reals, of fakes).

    The host waits for the numbers once.

    Arguments:
        disc_real_outputs: logits of reals, an array for each discriminator.
        disc_generated_outputs: logits of generated samples, as many arrays.
        group: the processes whose logits are one batch, as in `ganloss_torch.GANLoss`.

    Raises ValueError for lists that are empty or of different lengths.
    """
    reals, fakes = _as_many(disc_real_outputs, disc_generated_outputs)
    sides: Any = _lsgan(group).discriminator_terms(reals, fakes)
    each = torch.stack([part for of_head in sides for part in (of_head.real, of_head.fake)])
    numbers = each.tolist()
    return each.sum(), numbers[::2], numbers[1::2]


def generator_loss(disc_outputs: Iterable[Tensor], *, group: Any = None) -> tuple[Tensor, list[Tensor]]:
    """G's loss, E (1 - f)² summed over discriminators, and its parts, which have a graph: (loss, parts).

    Arguments:
        disc_outputs: logits of generated samples, an array for each discriminator.
        group: as in `discriminator_loss`.

    Raises ValueError for an empty list.
    """
    outputs = list(disc_outputs)
    _as_many(outputs, outputs)
    parts: Any = _lsgan(group).generator(outputs)
    loss: Any = sum(parts)
    return loss, parts


def _lsgan(group: Any) -> Any:
    return _LSGAN if group is None else GANLoss("hifigan/lsgan", heads="none", group=group)


def _as_many(of_reals: Iterable[Any], of_fakes: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    reals, fakes = list(of_reals), list(of_fakes)
    if not reals or len(reals) != len(fakes):
        raise ValueError(
            f"one entry for each discriminator, on both sides alike, got {len(reals)} of reals, {len(fakes)} of fakes"
        )
    return reals, fakes
