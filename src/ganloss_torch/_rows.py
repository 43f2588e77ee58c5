"""Words of rows as PyTorch has them; under functorch, compilers and in tensor subclasses, their definitions are used."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._eager import eager

# Below, all differences fit into a cache, and to subtract is quicker than to multiply.
_FEW_DIFFERENCES = 2**16
# Differences held in memory at a time.
_AT_ONCE = 2**22


def _in_full(x: Tensor) -> AbstractContextManager[Any]:
    # Autocast would take matrix products in half precision, in the backward pass too.
    device = x.device.type
    return torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device) else nullcontext()


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        with _in_full(x):
            return x @ y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y = ctx.saved_tensors
        by_x, by_y = ctx.needs_input_grad
        return product(g, y.T) if by_x else None, product(x.T, g) if by_y else None


def product(x: Tensor, y: Tensor) -> Tensor:
    """The matrix product, in full precision also under autocast."""
    if not torch.is_autocast_enabled(x.device.type):
        return x @ y
    of_rows: Tensor = _Product.apply(x, y)  # type: ignore[no-untyped-call]
    return of_rows


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
    return 2.0 * torch.addcmul(-product(g, y), x, g.sum(1, keepdim=True))


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


def _squared_distances(x: Tensor, y: Tensor | None) -> Tensor:
    distances: Tensor = _SquaredDistances.apply(x, y)  # type: ignore[no-untyped-call]
    return distances


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
        p = torch.softmax(x, dim)
        ctx.save_for_backward(p)
        ctx.dim = dim
        return p

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        (p,), dim = ctx.saved_tensors, ctx.dim
        # Relative to the gradient of the largest, of which a difference to others would otherwise lose what the others are.
        g = g - g.gather(dim, p.argmax(dim, keepdim=True))
        if torch.is_grad_enabled():
            return p * (g - (p * g).sum(dim, keepdim=True)), None
        return torch._softmax_backward_data(g, p, dim, p.dtype), None


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
        value = torch.logsumexp(x, dim)
        ctx.save_for_backward(x, value)
        ctx.dim = dim
        return value

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        x, value = ctx.saved_tensors
        # Where all are -inf, PyTorch's own gradient is NaN.
        difference = x - value.masked_fill(value == -math.inf, 0.0).unsqueeze(ctx.dim)
        g = g.unsqueeze(ctx.dim)
        return g * difference.exp() if torch.is_grad_enabled() else difference.exp_().mul_(g), None


def _along(x: Tensor) -> tuple[Tensor, int]:
    """x and the dimension of its rows, which is the second where that is how it lies in memory, as channels do."""
    if x.ndim > 2 and not x.is_contiguous() and (channels := x.movedim(-1, 1)).is_contiguous():
        return channels, 1
    return x, x.ndim - 1


def _softmax(x: Tensor) -> Tensor:
    x, dim = _along(x)
    p: Tensor = _Softmax.apply(x, dim)  # type: ignore[no-untyped-call]
    return p.movedim(dim, -1)


def _log_sum_exp(x: Tensor) -> Tensor:
    value: Tensor = _LogSumExp.apply(*_along(x))  # type: ignore[no-untyped-call]
    return value


def _at(x: Tensor, labels: Tensor | int) -> Tensor:
    if isinstance(labels, int):
        return x.select(-1, labels)
    x, dim = _along(x)
    return x.gather(dim, labels.unsqueeze(dim)).squeeze(dim)


def _without(x: Tensor, labels: Tensor | int) -> Tensor:
    if isinstance(labels, Tensor):
        x, dim = _along(x)
        return x.scatter(dim, labels.unsqueeze(dim), -math.inf).movedim(dim, -1)
    if labels in (0, x.shape[-1] - 1):
        return x.narrow(-1, 0 if labels else 1, x.shape[-1] - 1)
    return torch.cat([x[..., :labels], x[..., labels + 1 :]], -1)


def _count(labels: Tensor, n: int, x: Tensor, weight: Tensor | None) -> Tensor:
    labels = labels.reshape(-1)
    # Beyond 2^24 a float32 stays as it is when 1 is added.
    each = torch.ones_like(labels) if weight is None else weight.reshape(-1).double()
    return each.new_zeros(n).scatter_add(0, labels, each).to(x.dtype)


def _look_up(numbers: Tensor, labels: Tensor) -> Tensor:
    return numbers[labels]


def _one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: function(*arguments) if eager(arguments[0]) else None


native: Mapping[str, Callable[..., Any]] = {
    "product": product,
    "squared_distances": _one_by_one(_squared_distances),
    "log_sum_exp": _one_by_one(_log_sum_exp),
    "softmax": _one_by_one(_softmax),
    "largest": lambda x: torch.amax(x, -1),
    "at": _one_by_one(_at),
    "without": _one_by_one(_without),
    "count": _one_by_one(_count),
    "look_up": _one_by_one(_look_up),
}
