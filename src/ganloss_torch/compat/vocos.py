"""Vocos' losses (gemelo-ai/vocos, vocos/loss.py); WavTokenizer has the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganloss_torch._losses import GANLoss
from ganloss_torch._module import Module
from ganloss_torch._terms import feature_matching
from ganloss_torch.compat.hifigan import _as_many

__all__ = ["DiscriminatorLoss", "FeatureMatchingLoss", "GeneratorLoss"]


class _Hinge(Module):
    """The hinge that bounds G's loss too."""

    def __init__(self, *, group: Any = None) -> None:
        super().__init__()
        self._loss: GANLoss = GANLoss("hinge2", heads="none", group=group)


class GeneratorLoss(_Hinge):
    """G's loss, E relu(1 - f) summed over discriminators, and its parts, which have a graph.

    Call it with the logits of fakes, an array for each discriminator; it returns (loss of shape (1,), list of parts). Vocos
    divides the loss by the number of discriminators afterwards. `group` is that of `ganloss_torch.GANLoss`. Raises ValueError
    for an empty list.
    """

    def forward(self, disc_outputs: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The sum over discriminators, and its parts."""
        outputs, _ = _as_many(disc_outputs, disc_outputs)
        parts: Any = self._loss.generator(outputs)
        return torch.stack(parts).sum(0, keepdim=True), parts


class DiscriminatorLoss(_Hinge):
    """D's loss, E relu(1 - r) + E relu(1 + f) summed over discriminators, and its parts, which have a graph.

    Call it with the logits of reals and of fakes, an array for each discriminator; it returns (loss of shape (1,), list of
    parts of reals, list of parts of fakes). Vocos divides the loss by the number of discriminators afterwards. `group` is that
    of `ganloss_torch.GANLoss`. Raises ValueError for lists that are empty or of different lengths.
    """

    def forward(
        self, disc_real_outputs: list[Tensor], disc_generated_outputs: list[Tensor]
    ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """The sum over discriminators, the parts of reals, and those of fakes."""
        reals, fakes = _as_many(disc_real_outputs, disc_generated_outputs)
        of_reals: Any = self._loss(reals, True, is_disc=True)
        of_fakes: Any = self._loss(fakes, False, is_disc=True)
        return torch.stack([*of_reals, *of_fakes]).sum(0, keepdim=True), of_reals, of_fakes


class FeatureMatchingLoss(Module):
    """The sum, over discriminators and their layers, of the mean absolute difference of features; neither side is detached.

    Call it with the features of reals and of fakes, a list of arrays for each discriminator; the loss has the shape (1,). Vocos
    divides it by the number of discriminators afterwards. `group` is that of `ganloss_torch.feature_matching`. Raises TypeError
    or ValueError for lists or arrays that do not match.
    """

    _group: Any = None

    def __init__(self, *, group: Any = None) -> None:
        super().__init__()
        self._group = group

    def forward(self, fmap_r: list[list[Tensor]], fmap_g: list[list[Tensor]]) -> Tensor:
        """The sum over discriminators and layers."""
        of_reals, of_fakes = ([list(layers) for layers in side] for side in _as_many(fmap_r, fmap_g))
        loss = feature_matching(of_reals, of_fakes, layers="sum", heads="sum", detach_real=False, group=self._group)
        return loss.reshape(1)
