"""What the codebases' penalties are made of."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganloss_torch._backend import backend


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
    norms: Tensor = torch.linalg.vector_norm(gradient, dim=1)
    return norms


def per_sample(gradient: Tensor) -> Tensor:
    """The norm of each sample's gradient."""
    return per_pixel(gradient.flatten(1))


def path_penalty(mean: Any, decay: float, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """StyleGAN2's path lengths: the penalty, the new mean, through which its gradient flows, and the lengths."""
    lengths = gradient.square().sum(2).mean(1).sqrt()
    new = mean + decay * (lengths.mean() - mean)
    return (lengths - new).square().mean(), new, lengths
