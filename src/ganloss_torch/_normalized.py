"""The layer of a `GradientNormalizer`: the identity, with a backward pass of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganloss_core.terms.gradient_normalizer import GradientNormalizer
from ganloss_core.terms.state import State


class _Normalized(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        normalizer: GradientNormalizer[Tensor],
        keep: bool,
        skip_nonfinite: bool,
        names: tuple[str, ...],
        *kept: Tensor,
    ) -> Tensor:
        ctx.normalizer, ctx.keep, ctx.skip_nonfinite = normalizer, keep, skip_nonfinite
        # Not saved for the backward pass, which changes them.
        ctx.names, ctx.kept = names, kept
        return images.view_as(images)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        last = {name: tensor.clone() for name, tensor in zip(ctx.names, ctx.kept, strict=True)}
        normalised, state = ctx.normalizer.apply(last, g)
        if ctx.skip_nonfinite:
            finite = torch.stack([torch.isfinite(x).all() for x in state.values()]).all()
            state = ctx.normalizer.select(finite, state, last)
        if ctx.keep:
            for name, tensor in zip(ctx.names, ctx.kept, strict=True):
                tensor.copy_(state[name])
        return normalised, *[None] * (4 + len(ctx.kept))


def normalized(
    normalizer: GradientNormalizer[Tensor],
    state: State[Tensor],
    images: Tensor,
    *,
    keep: bool = True,
    skip_nonfinite: bool = False,
) -> Tensor:
    """The images; their gradient is normalised, and moves the state's tensors in place, if it is to be kept."""
    node: Callable[..., Tensor] = _Normalized.apply
    return node(images, normalizer, keep, skip_nonfinite, tuple(state), *state.values())
