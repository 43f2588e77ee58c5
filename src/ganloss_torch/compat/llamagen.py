"""The losses of LlamaGen's tokenizer (FoundationVision/LlamaGen, tokenizer/tokenizer_image/vq_loss.py)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_torch._losses import discriminator_loss, generator_loss
from ganloss_torch.compat.taming import adopt_weight, hinge_d_loss, vanilla_d_loss

__all__ = [
    "adopt_weight",
    "hinge_d_loss",
    "hinge_gen_loss",
    "non_saturating_d_loss",
    "non_saturating_gen_loss",
    "vanilla_d_loss",
]


def hinge_gen_loss(logit_fake: Tensor, *, group: Any = None) -> Tensor:
    """G's loss, -E f; `group` is that of `ganloss_torch.GANLoss`."""
    return generator_loss("taming/hinge", logit_fake, group=group)


def non_saturating_d_loss(logits_real: Tensor, logits_fake: Tensor, *, group: Any = None) -> Tensor:
    """D's loss as LlamaGen computes it: half of log(1 + e) - E r + log 2, from which D learns nothing of fakes.

    The original gives the cross-entropy its labels for the logits and the logits for the labels. The gradient by fakes is 0,
    and that by reals, -1/2 over their number, raises them without end. The loss of that name is `GANLoss("logistic")`, and half
    of it `vanilla_d_loss`. `group` is that of `ganloss_torch.GANLoss`.
    """
    return discriminator_loss("llamagen/non-saturating", logits_real, logits_fake, group=group)


def non_saturating_gen_loss(logit_fake: Tensor, *, group: Any = None) -> Tensor:
    """G's loss as LlamaGen computes it, log(1 + e) - E f: but for the constant `hinge_gen_loss`, and not E softplus(-f).

    Its arguments are swapped as in `non_saturating_d_loss`. `group` is that of `ganloss_torch.GANLoss`.
    """
    return generator_loss("llamagen/non-saturating", logit_fake, group=group)
