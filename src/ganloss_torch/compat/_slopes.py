"""What the codebases' penalties are made of."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ganloss_core.terms.gradient_penalty import norm
from ganloss_torch._backend import backend, ops


def slope(outputs: Any, x: Tensor) -> Tensor:
    """The gradient of all outputs, summed, by x, in float32 or wider; it can be differentiated again."""
    (gradient,) = torch.autograd.grad(outputs.sum(), x, create_graph=True)
    return backend.logits(gradient, "the gradient of")


def between(real: Tensor, fake: Tensor) -> Tensor:
    """alpha * real + (1 - alpha) * fake, alpha in [0, 1) for each sample."""
    alpha = torch.rand(real.shape[0], *[1] * (real.ndim - 1), dtype=real.dtype, device=real.device)
    return alpha * real + (1.0 - alpha) * fake


def per_pixel(gradient: Tensor) -> Tensor:
    """The norm along the channels alone, for each pixel."""
    return norm(ops, gradient.square().sum(1))


def per_sample(gradient: Tensor) -> Tensor:
    """The norm of each sample's gradient."""
    return per_pixel(gradient.flatten(1))


def noisy(image: Tensor) -> Tensor:
    """An image times noise of variance one over its number of pixels."""
    return image * torch.randn_like(image) / math.sqrt(image.shape[2] * image.shape[3])


def path_penalty(mean: Any, decay: float, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """StyleGAN2's path lengths: the penalty, the new mean, through which its gradient flows, and the lengths.

    `gradient` is that of the `noisy` image, summed, by the latents.
    """
    lengths = gradient.square().sum(2).mean(1).sqrt()
    new = mean + decay * (lengths.mean() - mean)
    return (lengths - new).square().mean(), new, lengths
