"""R3GAN's training step (brownvc/R3GAN, R3GAN/Trainer.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._losses import GANLoss
from ganloss_torch.compat._grouped import mean
from ganloss_torch.compat._slopes import slope

__all__ = ["AdversarialTraining"]

_LOSS: Any = GANLoss("r3gan/rpgan", reduction="none")


def _same(x: Any) -> Any:
    return x


class AdversarialTraining:
    """R3GAN's step: a paired relativistic loss, with R1 and R2 for D; both methods call backward themselves.

    Arguments:
        Generator: called as `(Noise, Conditions)`, returns samples.
        Discriminator: called as `(samples, Conditions)`, returns one logit for each.
        group: the processes whose samples are one batch, as in `ganloss_torch.GANLoss`; what is returned is of their own.
    """

    def __init__(self, Generator: Any, Discriminator: Any, *, group: Any = None) -> None:
        self.Generator: Any = Generator
        self.Discriminator: Any = Discriminator
        self._group = group
        self._loss: Any = _LOSS if group is None else GANLoss("r3gan/rpgan", reduction="none", group=group)

    def _mean(self, x: Tensor) -> Tensor:
        return x.mean() if self._group is None else mean(x, self._group)

    @staticmethod
    def ZeroCenteredGradientPenalty(Samples: Tensor, Critics: Tensor) -> Tensor:
        """The squared norm of each sample's gradient."""
        return slope(Critics, Samples).square().flatten(1).sum(1)

    def AccumulateGeneratorGradients(
        self,
        Noise: Tensor,
        RealSamples: Tensor,
        Conditions: Any,
        Scale: float = 1,
        Preprocessor: Callable[[Any], Any] = _same,
    ) -> list[Tensor]:
        """Add Scale times the gradient of G's loss; returns the losses and the relativistic logits of all samples."""
        fake = self.Discriminator(Preprocessor(self.Generator(Noise, Conditions)), Conditions)
        real = self.Discriminator(Preprocessor(RealSamples.detach()), Conditions)
        adversarial = self._loss.generator(fake, real=real).pair
        torch.autograd.backward(Scale * self._mean(adversarial))
        return [x.detach() for x in (adversarial, fake - real)]

    def AccumulateDiscriminatorGradients(
        self,
        Noise: Tensor,
        RealSamples: Tensor,
        Conditions: Any,
        Gamma: float,
        Scale: float = 1,
        Preprocessor: Callable[[Any], Any] = _same,
    ) -> list[Tensor]:
        """Add Scale times the gradient of D's loss, with Gamma / 2 before each penalty.

        Returns the losses, the relativistic logits, R1 and R2 of all samples.
        """
        x = RealSamples.detach().requires_grad_()
        y = self.Generator(Noise, Conditions).detach().requires_grad_()
        real, fake = (self.Discriminator(Preprocessor(each), Conditions) for each in (x, y))
        r1, r2 = self.ZeroCenteredGradientPenalty(x, real), self.ZeroCenteredGradientPenalty(y, fake)
        adversarial = self._loss.discriminator(real, fake).pair
        torch.autograd.backward(Scale * (self._mean(adversarial) + (Gamma / 2) * self._mean(r1 + r2)))
        return [x.detach() for x in (adversarial, real - fake, r1, r2)]
