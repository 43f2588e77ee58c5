"""DAC's loss (descriptinc/descript-audio-codec, dac/nn/loss.py)."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from ganloss_torch import _losses
from ganloss_torch._module import Module
from ganloss_torch._terms import feature_matching

__all__ = ["GANLoss"]


class GANLoss(Module):
    """DAC's least squares around its discriminator, summed over the discriminator's heads.

    Arguments:
        discriminator: a module; called with audio it returns, for each of its heads, a list of features whose last array are
            the logits.
        group: the processes whose samples are one batch, as in `ganloss_torch.GANLoss`.

    Its methods take fakes first, then reals: objects with an array `audio_data`, as AudioSignal is. Called as `(fake, real)` it
    returns what the discriminator returns for both.
    """

    def __init__(self, discriminator: nn.Module, *, group: Any = None) -> None:
        super().__init__()
        self.discriminator: nn.Module = discriminator
        self._loss: _losses.GANLoss = _losses.GANLoss("lsgan", heads="sum", group=group)
        self._group = group

    def forward(self, fake: Any, real: Any) -> tuple[Any, Any]:
        """The heads' lists for fakes, and for reals."""
        return self.discriminator(fake.audio_data), self.discriminator(real.audio_data)

    def discriminator_loss(self, fake: Any, real: Any) -> Tensor:
        """D's loss, E f² + E (1 - r)² of each head; fakes are detached."""
        constant = copy.copy(fake)
        constant.audio_data = fake.audio_data.detach()
        d_fake, d_real = self.forward(constant, real)
        return self._loss.discriminator(*([head[-1] for head in each] for each in (d_real, d_fake)))

    def generator_loss(self, fake: Any, real: Any) -> tuple[Tensor, Tensor]:
        """G's loss, E (1 - f)² of each head, and the sum of mean absolute differences of all features but the logits.

        The features of reals are detached.
        """
        d_fake, d_real = self.forward(fake, real)
        loss = self._loss.generator([head[-1] for head in d_fake])
        # Heads of logits alone have no features.
        of_reals, of_fakes = ([head[:-1] for head in each if len(head) > 1] for each in (d_real, d_fake))
        if not of_fakes:
            return loss, torch.zeros_like(loss)
        return loss, feature_matching(of_reals, of_fakes, layers="sum", heads="sum", group=self._group)
