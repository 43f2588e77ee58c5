"""PyTorch as a backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganloss_core import Backend, Ops
from ganloss_core.engine.backend import called, scaled
from ganloss_torch import _labels, _rows
from ganloss_torch._devices import Devices
from ganloss_torch._eager import eager, several
from ganloss_torch._heads import pointwise_of_heads
from ganloss_torch._pointwise import large, pointwise, softplus

# From here on a call of `_Kinked`, in Python, is quicker than the two kernels that it saves.
_LARGE = 2**13


class _Kinked(torch.autograd.Function):
    """relu or abs, with the sign of `at` as derivative, and NaN at NaN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, word: Callable[[Tensor], Tensor]) -> Tensor:
        y = word(x)
        ctx.is_relu = word is torch.relu
        ctx.save_for_backward(y if ctx.is_relu else x)
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        (at,) = ctx.saved_tensors
        if torch.is_grad_enabled():
            # A second derivative is 0, or NaN, rather than that there is no graph.
            return torch.where(at == at, _times_sign(g, at.detach()), at), None
        if _rows.may_be_infinite(at):
            return _times_sign(g, at), None
        return torch.ops.aten.threshold_backward(g, at, 0) if ctx.is_relu else g * torch.sign(at), None


def _times_sign(g: Tensor, at: Tensor) -> Tensor:
    # The derivative of |x|, smoothed on subnormal numbers, passes NaN on. On a processor it is five times slower than the sign.
    of = g, at, at.new_zeros(()), 0, torch.finfo(at.dtype).tiny
    slope: Tensor
    if torch.is_grad_enabled() or several(g):
        slope = torch.ops.aten.smooth_l1_loss_backward.default(*of)
    else:
        # Into what is given, or it would be filled with 0 first.
        slope = torch.ops.aten.smooth_l1_loss_backward.grad_input(*of, grad_input=torch.empty_like(at))
    return slope


def _nan_is_felt(y: Tensor) -> Tensor:
    # The identity above -2, whose derivative at NaN is NaN: those of relu, abs, sign and where are numbers there.
    return F.softplus(y, threshold=-2.0)


def _kinked(word: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def kinked(x: Tensor) -> Tensor:
        if x.numel() >= _LARGE and eager(x):
            node: Callable[..., Tensor] = _Kinked.apply
            return node(x, word)
        return _nan_is_felt(word(x))

    return kinked


@lru_cache(maxsize=64)
def _zero(dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.zeros((), dtype=dtype, device=device)


# Its stub has the reduction's name, and it takes a number.
_squared_error: Callable[..., Tensor] = torch._C._nn.mse_loss


def _square(x: Tensor) -> Tensor:
    if x.numel() >= _LARGE and eager(x):
        # Its derivative is one kernel, where that of a power is three.
        return _squared_error(x, _zero(x.dtype, x.device), 0)
    return torch.square(x)


def _step(x: Tensor) -> Tensor:
    # The last branch passes NaN on.
    return _nan_is_felt(torch.where(x > 0, 1.0, torch.where(x <= 0, 0.0, x)))


def _sign(x: Tensor) -> Tensor:
    return _nan_is_felt(torch.where(x == x, torch.sign(x), x))


def _sigmoid(x: Tensor) -> Tensor:
    # Autograd differentiates each branch as s (1 - s) with s <= 1/2, where 1 - s does not cancel.
    return torch.where(x > 0, 1.0 - torch.sigmoid(-x), torch.sigmoid(x))


def _expm1(x: Tensor) -> Tensor:
    # Inductor's expm1 is exp(x) - 1, and autograd differentiates it as expm1(x) + 1, which cancels for x < 0.
    small = x.abs() < 0.5
    t = torch.tanh(0.5 * torch.where(small, x, 0.0))
    return torch.where(small, 2.0 * t / (1.0 - t), torch.exp(x) - 1.0)


def _tanh(x: Tensor) -> Tensor:
    # 1 - tanh(x)^2 cancels from 1/2 on; there the sigmoid form is accurate in value and derivative.
    tail = torch.where(x > 0, 1.0 - 2.0 * torch.sigmoid(-2.0 * x), 2.0 * torch.sigmoid(2.0 * x) - 1.0)
    return torch.where(x.abs() < 0.5, torch.tanh(x), tail)


ops: Ops[Tensor] = Ops(
    relu=_kinked(torch.relu),
    step=_step,
    abs=_kinked(torch.abs),
    sign=_sign,
    square=_square,
    sqrt=torch.sqrt,
    exp=torch.exp,
    expm1=_expm1,
    log=torch.log,
    sigmoid=_sigmoid,
    softplus=softplus,
    tanh=_tanh,
)

_WIDE = (torch.float32, torch.float64)


def _logits(x: Any, side: str) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{called(side)} must be a torch.Tensor, or for several heads a list or dict on every side, got {type(x).__name__}"
        )
    if x.dtype in _WIDE:
        return x
    if not x.dtype.is_floating_point:
        raise TypeError(f"{called(side)} must be floating point, got {x.dtype}: pass the critic's raw outputs")
    return x.float()


def _beside(constant: Tensor, x: Tensor) -> Tensor:
    """What is the same on all devices, as x is: a DTensor, if that is one."""
    mesh = None if type(x) is Tensor else getattr(x, "device_mesh", None)
    if mesh is None:
        return constant
    replicated: Tensor = type(x).from_local(constant, mesh, run_check=False)  # type: ignore[attr-defined]
    return replicated


def _like(w: Any, x: Tensor) -> Tensor:
    if isinstance(w, Tensor):
        return w.to(dtype=x.dtype)
    return _beside(torch.as_tensor(w, dtype=x.dtype, device=x.device), x)


def _mask(w: Any) -> Tensor:
    return w if isinstance(w, Tensor) else torch.as_tensor(w)


def _ratios(w: Any, x: Tensor) -> Tensor:
    if x.dtype is torch.float32 and str(w.dtype).endswith("float64"):
        w = torch.as_tensor(w, device=x.device)
        w = scaled(torch, w, w.detach().abs().amax())
    return _like(w, x)


def _sum(x: Tensor, /, axis: int | None = None) -> Tensor:
    return torch.sum(x) if axis is None else torch.sum(x, dim=axis)


def _max(x: Tensor, /, axis: int | None = None) -> Tensor:
    x = x.detach()
    return torch.amax(x) if axis is None else torch.amax(x, dim=axis)


def _bounds(x: Tensor) -> tuple[float, float] | None:
    if not eager(x) or x.device.type != "cpu":
        return None
    low, high = torch.aminmax(x)
    return low.item(), high.item()


def _below(y: Tensor, x: Tensor, w: Tensor | None) -> Tensor:
    if type(x) is not Tensor and hasattr(x, "full_tensor"):
        # A DTensor has no searchsorted.
        distributed: tuple[Any, ...] = (y, x, w)
        whole: Any = [None if v is None else v.full_tensor() for v in distributed]
        return _beside(_below(*whole), x)
    y, order = torch.sort(y)
    rank = torch.searchsorted(y, x.contiguous())
    if w is None:
        return rank.to(x.dtype)
    return F.pad(torch.cumsum(w[order], 0), (1, 0))[rank]


def _chunked(fn: Callable[[Tensor], Tensor], x: Tensor, size: int) -> Tensor:
    # torch.func refuses checkpoints: there, all pairs are held at once.
    if torch._C._are_functorch_transforms_active():
        return fn(x)
    # Loads torch._dynamo, which not every process needs.
    from torch.utils.checkpoint import checkpoint

    return torch.cat([checkpoint(fn, rows, use_reentrant=False) for rows in torch.split(x, size)])


backend: Backend[Tensor] = Backend(
    name="torch",
    ops=ops,
    logits=_logits,
    like=_like,
    ratios=_ratios,
    mean=torch.mean,
    sum=_sum,
    masked=lambda w, x, y: torch.where(w if w.dtype is torch.bool else w != 0, x, y),
    mask=_mask,
    count=lambda mask, x: torch.count_nonzero(mask).to(x.dtype),
    equal=torch.eq,
    # Not the method itself, which torch.compile of some older versions does not take.
    negated=torch.logical_not,
    hold=lambda x: x.detach(),
    less=lambda x, y: torch.lt(x, y).to(x.dtype),
    max=_max,
    index=lambda labels, x: torch.as_tensor(labels, dtype=torch.long, device=x.device),
    clipped=lambda index, n: index.clamp(0, n - 1),
    indices=lambda n, x: _beside(torch.arange(n, dtype=x.dtype, device=x.device), x),
    bounds=_bounds,
    reshape=torch.reshape,
    transpose=lambda x: x.mT,
    below=_below,
    chunked=_chunked,
    pointwise=pointwise(ops),
    pointwise_of_heads=pointwise_of_heads(ops),
    large=large,
    ulps=4.0,
    native={**_rows.native, **_labels.native},
    devices=Devices,
    devices_argument="group",
)
