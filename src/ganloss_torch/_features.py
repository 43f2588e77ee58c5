"""Feature matching over many layers: multi-tensor operations in one autograd node, which keeps nothing but the features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._utils import _unflatten_dense_tensors

from ganloss_torch._backend import ops
from ganloss_torch._eager import eager

# Elements that are worked on at once, of layers that are not large: the numbers of each operation are still in a cache then.
_AT_ONCE = 5 * 2**19
# A layer with more elements is alone: passes over its memory cost more than calls.
_LARGE = 2**19

_Layer = tuple[float, Tensor, Tensor]
"""A factor, features of reals, features of fakes."""


def mean_distances(
    reals: list[Any], fakes: list[Any], shares: list[float], distance: str, detach_real: bool, /
) -> Tensor | None:
    """The sum over layers of share times mean distance, or None for what the loop over layers is for."""
    first = fakes[0]
    # A few layers are as quick in the loop.
    if len(fakes) < 4 or not eager(first):
        return None
    # In half precision the loop needs less memory: it casts one gradient after the other.
    if first.dtype not in (torch.float32, torch.float64) or first.device.type not in ("cpu", "cuda"):
        return None
    if not all(_is_like(first, x) for x in (*reals, *fakes)) or any(map(_differ, reals, fakes)):
        return None
    factors = [share / f.numel() for share, f in zip(shares, fakes, strict=True)]
    if detach_real:
        reals = [r.detach() for r in reals]
    node: Callable[..., Tensor] = _MeanDistances.apply
    return node(distance, factors, *reals, *fakes)


def _is_like(first: Tensor, x: Any) -> bool:
    # A node cannot keep a tensor of inference mode, and the loop need not.
    known = type(x) is Tensor and x.dtype is first.dtype and x.device == first.device and x.layout is torch.strided
    return known and x.numel() > 0 and not x.is_inference()


def _differ(real: Tensor, fake: Tensor) -> bool:
    return real.shape != fake.shape


class _MeanDistances(torch.autograd.Function):
    """The sum over layers of a factor times the sum of distances; the backward pass takes the differences again."""

    @staticmethod
    def forward(ctx: Any, distance: str, factors: list[float], *features: Tensor) -> Tensor:
        ctx.distance, ctx.factors = distance, factors
        ctx.save_for_backward(*features)
        # Of the factors' ratios not all are small: small squares would not survive that.
        largest = max(factors)
        sums = [_sum(distance, largest, group) for group in _groups(sorted(_layers(factors, features), key=_size))]
        return largest * (sums[0] if len(sums) == 1 else torch.stack(sums).sum())

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        features, needed = ctx.saved_tensors, ctx.needs_input_grad[2:]
        layers, n = _layers(ctx.factors, features), len(ctx.factors)
        if torch.is_grad_enabled() or not eager(g) or torch._C._functorch.is_legacy_batchedtensor(g):
            return None, None, *_differentiable(ctx.distance, layers, features, needed, g)
        at = sorted((i for i in range(n) if needed[i] or needed[n + i]), key=lambda i: _size(layers[i]))
        each = [slope for group in _groups([layers[i] for i in at]) for slope in _slopes(ctx.distance, group, g)]
        slopes = dict(zip(at, each, strict=True))
        of_reals = [i for i in at if needed[i]]
        negative = torch._foreach_neg([slopes[i] for i in of_reals]) if of_reals else ()
        gradients = dict(zip(of_reals, negative, strict=True)) | {n + i: slopes[i] for i in at if needed[n + i]}
        return None, None, *map(gradients.get, range(2 * n))


def _layers(factors: list[float], features: Sequence[Tensor]) -> list[_Layer]:
    n = len(factors)
    return list(zip(factors, features[:n], features[n:], strict=True))


def _groups(layers: list[_Layer]) -> list[list[_Layer]]:
    """The layers in their order, which is that of their sizes, in groups that are worked on at once."""
    groups: list[list[_Layer]] = []
    room = 0
    for layer in layers:
        size = _size(layer)
        if size > min(room, _LARGE):
            groups.append([])
            room = _AT_ONCE
        groups[-1].append(layer)
        room -= size
    return groups


def _size(layer: _Layer) -> int:
    return layer[2].numel()


def _sum(distance: str, unit: float, group: list[_Layer]) -> Tensor:
    """The sum of factors times distances in units of `unit`, in one array: PyTorch's norm of many tensors loses digits."""
    factors, reals, fakes = (list(x) for x in zip(*group, strict=True))
    if len(group) == 1:
        flat, parts = fakes[0] - reals[0], []
    else:
        flat = torch.empty(sum(f.numel() for f in fakes), dtype=fakes[0].dtype, device=fakes[0].device)
        parts = list(_unflatten_dense_tensors(flat, fakes))  # type: ignore[no-untyped-call]
        torch._foreach_copy_(parts, fakes)
        torch._foreach_sub_(parts, reals)
    if distance == "l1":
        flat.abs_()
    else:
        flat.square_()
    if not parts:
        return torch.mul(flat.sum(), factors[0] / unit)
    torch._foreach_mul_(parts, [c / unit for c in factors])
    return torch.sum(flat)


def _slopes(distance: str, group: list[_Layer], g: Tensor) -> Sequence[Tensor]:
    """g times the derivative by each fake."""
    factors, reals, fakes = (list(x) for x in zip(*group, strict=True))
    # The derivative of |x|, smoothed on subnormal numbers.
    width = torch.finfo(g.dtype).tiny
    if len(group) == 1:
        slope, of_sum = torch.empty_like(fakes[0]), factors[0] * g
        if distance == "l2":
            torch.ops.aten.mse_loss_backward.grad_input(of_sum, fakes[0], reals[0], 0, grad_input=slope)
        else:
            torch.ops.aten.smooth_l1_loss_backward.grad_input(of_sum, fakes[0], reals[0], 0, width, grad_input=slope)
        return [slope]
    d = torch._foreach_sub(fakes, reals)
    if distance == "l2":
        torch._foreach_mul_(d, [2.0 * c for c in factors])
    else:
        # The factor with the difference's sign, and NaN of NaN, of which `sign` would be 0.
        torch._foreach_mul_(d, 1.0 / width)
        torch._foreach_clamp_min_(d, [-c for c in factors])
        torch._foreach_clamp_max_(d, factors)
    torch._foreach_mul_(d, g)
    return d


def _differentiable(
    distance: str, layers: list[_Layer], features: Sequence[Tensor], needed: Sequence[bool], g: Tensor
) -> list[Tensor | None]:
    """The gradients as functions of the features and of g."""
    word = ops.abs if distance == "l1" else ops.square
    with torch.enable_grad():
        total: Any = sum(c * torch.sum(word(f - r)) for c, r, f in layers)
    wanted = [x for x, is_needed in zip(features, needed, strict=True) if is_needed]
    found = iter(torch.autograd.grad(total, wanted, g, create_graph=torch.is_grad_enabled()))
    return [next(found) if is_needed else None for is_needed in needed]
