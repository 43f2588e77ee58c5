"""Words of rows that look at a label, as PyTorch has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._pointwise import softplus
from ganloss_torch._rows import along, one_by_one, shares, shares_again, softmax_along


class _Against(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, labels: Tensor, dim: int) -> Tensor:
        _, value, p = shares(x.scatter(dim, labels, -math.inf), dim)
        # Of the label nothing but -1, also beside NaN.
        ctx.save_for_backward(x, labels, p.scatter_(dim, labels, -1.0))
        ctx.dim = dim
        return value.sub_(x.gather(dim, labels).squeeze(dim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        (x, labels, slope), dim = ctx.saved_tensors, ctx.dim
        if torch.is_grad_enabled():
            slope = shares_again(x.scatter(dim, labels, -math.inf), slope, dim).scatter(dim, labels, -1.0)
        return slope * g.unsqueeze(dim), None, None


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, labels: Tensor | int, dim: int) -> Tensor:
        p, log_own = _softmax_and_log(x, labels, dim)
        # What all others have, which 1 - p would lose where p is nearly 1; of the label, that is the slope.
        if isinstance(labels, Tensor):
            others = p.scatter_(dim, labels, 0.0).sum(dim, keepdim=True)
            p.scatter_(dim, labels, -others)
        else:
            own = p.narrow(dim, labels, 1)
            own.zero_()
            others = p.sum(dim, keepdim=True)
            torch.neg(others, out=own)
        ctx.save_for_backward(x, p)
        ctx.labels, ctx.dim = labels, dim
        return softplus(others.log_().sub_(log_own).squeeze(dim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        (x, slope), dim = ctx.saved_tensors, ctx.dim
        if torch.is_grad_enabled():
            labels = _each_of(ctx.labels, x, dim)
            others = softmax_along(x, dim).scatter(dim, labels, 0.0)
            slope = others.scatter(dim, labels, -others.sum(dim, keepdim=True))
        return slope * g.unsqueeze(dim), None, None


def _softmax_and_log(x: Tensor, labels: Tensor | int, dim: int) -> tuple[Tensor, Tensor]:
    """The softmax of all, and the log of the label's."""

    def own(y: Tensor) -> Tensor:
        return y.gather(dim, labels) if isinstance(labels, Tensor) else y.narrow(dim, labels, 1).clone()

    if x.device.type == "cpu" and x.numel():
        p = torch.softmax(x, dim)
        of_label = own(p)
        # A smaller one has lost digits, if it is not 0. A card is not asked.
        if of_label.amin().item() >= torch.finfo(x.dtype).tiny:
            return p, of_label.log_()
    log_p = torch.log_softmax(x, dim)
    log_own = own(log_p)
    return log_p.exp_(), log_own


def _each_of(labels: Tensor | int, x: Tensor, dim: int) -> Tensor:
    return labels if isinstance(labels, Tensor) else torch.full_like(x.narrow(dim, 0, 1), labels, dtype=torch.long)


def _at(x: Tensor, labels: Tensor | int) -> Tensor:
    if isinstance(labels, int):
        return x.select(-1, labels)
    x, dim = along(x)
    return x.gather(dim, labels.unsqueeze(dim)).squeeze(dim)


def _without(x: Tensor, labels: Tensor | int) -> Tensor:
    if isinstance(labels, Tensor):
        x, dim = along(x)
        return x.scatter(dim, labels.unsqueeze(dim), -math.inf).movedim(dim, -1)
    if x.shape[-1] == 1:
        # Of nothing there is no largest.
        return x.masked_fill(torch.ones_like(x, dtype=torch.bool), -math.inf)
    if labels in (0, x.shape[-1] - 1):
        return x.narrow(-1, 0 if labels else 1, x.shape[-1] - 1)
    return torch.cat([x[..., :labels], x[..., labels + 1 :]], -1)


def _against(x: Tensor, labels: Tensor | int) -> Tensor:
    x, dim = along(x)
    labels = labels.unsqueeze(dim) if isinstance(labels, Tensor) else labels
    node: Callable[..., Tensor] = _Against.apply
    return node(x, _each_of(labels, x, dim), dim)


def _cross_entropy(x: Tensor, labels: Tensor | int) -> Tensor:
    x, dim = along(x)
    labels = labels.unsqueeze(dim) if isinstance(labels, Tensor) else labels
    node: Callable[..., Tensor] = _CrossEntropy.apply
    return node(x, labels, dim)


def _count(labels: Tensor, n: int, x: Tensor, weight: Tensor | None) -> Tensor:
    labels = labels.reshape(-1)
    if weight is None and labels.device.type == "cpu":
        return torch.bincount(labels, minlength=n).to(x.dtype)
    # Beyond 2^24 a float32 stays as it is when 1 is added.
    each = torch.ones_like(labels) if weight is None else weight.reshape(-1).double()
    return each.new_zeros(n).scatter_add(0, labels, each).to(x.dtype)


def _look_up(numbers: Tensor, labels: Tensor) -> Tensor:
    return numbers[labels]


native: Mapping[str, Callable[..., Any]] = {
    "at": one_by_one(_at),
    "without": one_by_one(_without),
    "against": one_by_one(_against),
    "cross_entropy": one_by_one(_cross_entropy),
    "count": one_by_one(_count),
    "look_up": one_by_one(_look_up),
}
