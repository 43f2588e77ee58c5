"""Words of rows as PyTorch has them; where operations are not run one by one, their definitions are used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._eager import eager

# Below, all differences fit into a cache, and to subtract is quicker than to multiply.
_FEW_DIFFERENCES = 2**16
# Differences held in memory at a time.
_AT_ONCE = 2**22
# In longer rows PyTorch's softmax and its gradient add one number after the other.
_LONG = 2**16


def _autocasts(x: Tensor) -> bool:
    device = x.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def _in_full(x: Tensor) -> AbstractContextManager[Any]:
    # Autocast would take matrix products in half precision, in the backward pass too.
    return torch.autocast(x.device.type, enabled=False) if _autocasts(x) else nullcontext()


class _Products(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, y)
        with _in_full(x):
            return x @ (x if y is None else y).T

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, Tensor | None]:
        x, y = ctx.saved_tensors
        if y is None:
            return _products(g + g.T, x.T), None
        return _products(g, y.T), _products(g.T, x.T)


def _products(x: Tensor, y: Tensor | None = None) -> Tensor:
    if eager(x):
        node: Callable[..., Tensor] = _Products.apply
        return node(x, y)
    y = x if y is None else y
    # Whoever differentiates this does it where autocast is on, which leaves float64 alone.
    return (x.double() @ y.double().T).to(x.dtype) if _autocasts(x) else x @ y.T


class _SquaredDistances(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, y)
        return _distances(x, x if y is None else y, y is None)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, Tensor | None]:
        x, y = ctx.saved_tensors
        if y is None:
            # On the diagonal nothing depends on x, but the largest gradients may stand there.
            return _slopes((g + g.T).fill_diagonal_(0.0), x, x), None
        return _slopes(g, x, y), _slopes(g.T, y, x)


def _slopes(g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return 2.0 * torch.addcmul(-_products(g, y.T), x, g.sum(1, keepdim=True))


def _distances(x: Tensor, y: Tensor, same: bool) -> Tensor:
    if x.device.type != "cpu":
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square_()
    if x.shape[0] * y.numel() <= _FEW_DIFFERENCES:
        return (x[:, None] - y[None]).square_().sum(-1)
    # A product of what is left without the common level, and in float64; what cancels in it is computed again.
    level = y.mean(0)
    u, v = ((rows - level).double() for rows in (x, y))
    u_squared, v_squared = u.square().sum(1, keepdim=True), v.square().sum(1)
    both = u_squared + v_squared
    wide = torch.addmm(both, u, v.T, alpha=-2.0)
    lost = wide < both * (2.0**-24 if x.dtype is torch.float32 else 0.125)
    if same:
        lost.fill_diagonal_(False)
        wide.fill_diagonal_(0.0)
    distances = wide.to(x.dtype)
    rows, columns = lost.nonzero(as_tuple=True)
    size = max(1, _AT_ONCE // x.shape[1])
    for i, j in zip(torch.split(rows, size), torch.split(columns, size), strict=True):
        distances[i, j] = (x[i] - y[j]).square_().sum(1)
    return distances


def _squared_distances(x: Tensor, y: Tensor | None = None) -> Tensor:
    node: Callable[..., Tensor] = _SquaredDistances.apply
    return node(x, y)


def _share(x: Tensor, dim: int, times: float = 1.0) -> Tensor:
    """The softmax, of a long row times a number."""
    p = torch.softmax(x, dim)
    return p if x.shape[dim] <= _LONG else p.div_(p.sum(dim, keepdim=True) / times)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, times: float) -> Tensor:
        p = _share(x, dim, times)
        ctx.save_for_backward(p)
        ctx.dim, ctx.times = dim, times
        # Where no element is most of its row, differences to others lose nothing; a card is not asked.
        ctx.has_top = p.numel() > 0 and (x.device.type != "cpu" or not p.amax().item() < 0.5 * times)
        return p

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        (p,), dim, times = ctx.saved_tensors, ctx.dim, ctx.times
        if ctx.has_top:
            # Relative to the gradient of the largest, of which a difference to others would lose what the others are.
            g = g - g.gather(dim, p.argmax(dim, keepdim=True))
        if torch.is_grad_enabled():
            return p * (g - (p * g).sum(dim, keepdim=True) / times), None, None
        if p.shape[dim] <= _LONG:
            return torch._softmax_backward_data(g, p, dim, p.dtype), None, None
        slope = p * g
        return slope.addcmul_(p, slope.sum(dim, keepdim=True), value=-1.0 / times), None, None


def shares(x: Tensor, dim: int) -> tuple[Tensor, Tensor, Tensor]:
    """The largest along a dimension, ln of the sum of e^x, and the softmax, which has both the sum and the gradient."""
    top, p = x.amax(dim), _share(x, dim)
    value = top - p.amax(dim).log_()
    # Of numbers that are all -inf the softmax is NaN.
    if may_be_infinite(value):
        infinite = top.isinf()
        value = torch.where(infinite, top, value)
        p = torch.where(infinite.unsqueeze(dim), torch.where(x == math.inf, math.nan, 0.0), p)
    return top, value, p


def may_be_infinite(x: Tensor) -> bool:
    """Whether an element may be infinite, or NaN: a card is not asked."""
    return x.device.type != "cpu" or not math.isfinite(x.sum().item())


def shares_again(x: Tensor, p: Tensor, dim: int) -> Tensor:
    """The shares p of x as a function of x."""
    infinite = x.detach().amax(dim, keepdim=True).isinf()
    return torch.where(infinite, p, softmax_along(torch.where(infinite, 0.0, x), dim))


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, mask: Tensor | None, dim: int) -> Tensor:
        # Not -inf, of which there are rows with nothing else.
        least = torch.finfo(x.dtype).min
        top, value, p = shares(x if mask is None else torch.where(mask, x, least), dim)
        if mask is not None:
            value.masked_fill_(top == least, -math.inf)
            # Where nothing counts, all have a share, and so they do of a NaN.
            if may_be_infinite(value):
                p = torch.where(mask, p, 0.0)
        ctx.save_for_backward(x, mask, p)
        ctx.dim = dim
        return value

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        (x, mask, p), dim = ctx.saved_tensors, ctx.dim
        if torch.is_grad_enabled():
            p = shares_again(x if mask is None else torch.where(mask, x, -math.inf), p, dim)
            p = p if mask is None else torch.where(mask, p, 0.0)
        return p * g.unsqueeze(dim), None, None


def along(x: Tensor) -> tuple[Tensor, int]:
    """x and the dimension of its rows, which is the second where that is how it lies in memory, as channels do."""
    if x.ndim > 2 and not x.is_contiguous() and (channels := x.movedim(-1, 1)).is_contiguous():
        return channels, 1
    return x, x.ndim - 1


def softmax_along(x: Tensor, dim: int, times: float = 1.0) -> Tensor:
    node: Callable[..., Tensor] = _Softmax.apply
    return node(x, dim, times)


def _softmax(x: Tensor, times: float = 1.0) -> Tensor:
    x, dim = along(x)
    if x.shape[dim] <= _LONG:
        p = softmax_along(x, dim).movedim(dim, -1)
        return p if times == 1.0 else p * times
    # A long row is divided by the sum of it anyhow.
    return softmax_along(x, dim, times).movedim(dim, -1)


def _log_sum_exp(x: Tensor, mask: Tensor | None = None) -> Tensor:
    x, dim = along(x) if mask is None else (x, x.ndim - 1)
    node: Callable[..., Tensor] = _LogSumExp.apply
    return node(x, mask, dim)


def _apart(x: Tensor, mask: Tensor | None) -> Tensor:
    among = torch.ones_like(x, dtype=torch.bool) if mask is None else mask.clone()
    return among.fill_diagonal_(False)


@lru_cache(maxsize=64)
def _row_on(numbers: tuple[float, ...], axes: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    # Once: in each call a card would wait for the copy.
    with torch.inference_mode(False):
        return torch.tensor(numbers, dtype=dtype, device=device).reshape((1,) * (axes - 1) + (-1,))


def _row(numbers: tuple[float, ...], x: Tensor) -> Tensor | None:
    return _row_on(numbers, x.ndim, x.dtype, x.device) if eager(x) else None


def one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: function(*arguments) if eager(arguments[0]) else None


native: Mapping[str, Callable[..., Any]] = {
    "products": _products,
    "squared_distances": one_by_one(_squared_distances),
    "log_sum_exp": one_by_one(_log_sum_exp),
    "softmax": one_by_one(_softmax),
    "largest": lambda x: torch.amax(x, -1),
    "parts": lambda x: torch.unbind(x, 1),
    "row": _row,
    "apart": one_by_one(_apart),
    "sorted": lambda x: torch.sort(x, stable=True).values,
}
