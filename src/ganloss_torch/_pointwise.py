"""A loss of large logits as one node of the graph, which keeps the logits alone and evaluates its derivative backwards."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ganloss_core import Ops
from ganloss_core.engine.pointwise import Written
from ganloss_core.words.expression import Expression, compiled, derivative, split
from ganloss_core.words.ops import Term
from ganloss_torch._eager import eager, several

# From here on a call of the node, in Python, is quicker than the kernels that it saves. With a mask it always is.
LARGE = 2**15
# Elements that a processor's cache holds, with what is computed of them; for each thread.
AT_ONCE = 2**18

_DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
_BITS = {torch.float32: torch.int32, torch.float64: torch.int64}


def _steep(x: Tensor) -> Tensor:
    # Clamped, it is the sign of x, but for subnormal numbers. NaN is clamped to NaN.
    return x * (1.0 / torch.finfo(x.dtype).tiny)


def softplus(x: Tensor) -> Tensor:
    """The word: the default threshold of 20 drops the tail, 5e5 ulp in float64; past 88 e^x overflows in float32."""
    return F.softplus(x, threshold=40.0)


_ops: Ops[Tensor] = Ops(
    relu=torch.relu,
    step=lambda x: _steep(x).clamp_(0.0, 1.0),
    abs=torch.abs,
    sign=lambda x: _steep(x).clamp_(-1.0, 1.0),
    square=torch.square,
    sqrt=torch.sqrt,
    exp=torch.exp,
    expm1=torch.expm1,
    log=torch.log,
    sigmoid=torch.sigmoid,
    softplus=softplus,
    tanh=torch.tanh,
)
"""Values alone: autograd's derivatives of them are not those of the contract."""


_in_place: Mapping[str, Callable[..., Tensor]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "relu": torch.relu_,
    "square": Tensor.square_,
    "sqrt": Tensor.sqrt_,
    "exp": Tensor.exp_,
    "expm1": Tensor.expm1_,
    "log": Tensor.log_,
    "sigmoid": Tensor.sigmoid_,
    "softplus": lambda x: torch._C._nn.softplus(x, 1.0, 40.0, out=x),  # type: ignore[call-arg]
    "tanh": Tensor.tanh_,
}


class _Function(NamedTuple):
    """factor * of(x), or for None the number alone."""

    factor: float
    of: Term[Tensor] | None


def function_of(e: Expression | float, ops: Ops[Tensor], in_place: Mapping[str, Any] | None = None) -> _Function:
    factor, rest = split(e)
    return _Function(factor, None if rest is None else compiled(rest, ops, in_place))


@lru_cache(maxsize=256)
def term_and_slope(e: Expression) -> tuple[_Function, _Function]:
    return function_of(e, _ops, _in_place), function_of(derivative(e), _ops, _in_place)


class _Node(torch.autograd.Function):
    """The sum over sides of scale * sum(e(x) * weight); without a scale, that is 1 / how often the weight, a mask, is True."""

    @staticmethod
    def forward(
        ctx: Any, ops: Ops[Tensor], of_each: Sequence[Expression], weights: Sequence[Any], scales: Sequence[Any], *sides: Tensor
    ) -> Tensor:
        loss: Any = None
        ctx.ops, ctx.of_each, ctx.scales = ops, of_each, []
        for e, weight, scale, x in zip(of_each, weights, scales, sides, strict=True):
            ctx.scales.append(_of_mask(weight) if scale is None else scale)
            part = total_of(term_and_slope(e)[0], x, weight, ctx.scales[-1])
            loss = part if loss is None else loss + part
        ctx.save_for_backward(*sides, *weights)
        value: Tensor = loss
        return value

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        saved, n = ctx.saved_tensors, len(ctx.of_each)
        # Second derivatives, and gradients of several g at once, are those of the words.
        by_words = torch.is_grad_enabled() or several(g)
        gradients: list[Tensor | None] = [None] * 4
        for e, scale, x, weight, needed in zip(
            ctx.of_each, ctx.scales, saved[:n], saved[n:], ctx.needs_input_grad[4:], strict=True
        ):
            if not needed:
                gradients.append(None)
            elif by_words:
                gradients.append(by_words_of(function_of(derivative(e), ctx.ops), x, weight, g, scale))
            else:
                gradients.append(gradient_of(term_and_slope(e)[1], x, weight, g, scale))
        return tuple(gradients)


def _times(x: Tensor, factor: float, scale: float | Tensor) -> Tensor:
    """x * factor * scale; a scale that is a tensor is a number to divide by."""
    if isinstance(scale, Tensor):
        return (x if factor == 1.0 else x * factor) / scale
    return x if factor * scale == 1.0 else x * (factor * scale)


def wide(x: Tensor) -> Tensor:
    return x if x.dtype in _DTYPES[:2] else x.float()


def _pieces(x: Tensor) -> int | None:
    """How many elements to take at a time, unless all."""
    size = AT_ONCE * torch.get_num_threads()
    return size if x.device.type == "cpu" and x.numel() > size else None


def _flat(size: int, *tensors: Tensor | None) -> Iterator[tuple[Any, ...]]:
    return zip(*[itertools.repeat(None) if t is None else torch.split(t.reshape(-1), size) for t in tensors], strict=False)


def _weighted(x: Tensor, weight: Tensor | None) -> Tensor:
    """What a mask hides may be anything."""
    if weight is None:
        return x
    if weight.dtype is torch.bool:
        # Its bits times 0 are 0, also those of NaN. A selection would guess each element's branch, 30 times slower.
        return (x.view(_BITS[x.dtype]) * weight).view(x.dtype)
    return x * weight


def _of_mask(mask: Tensor) -> float | Tensor:
    """The scale of a mean over a mask: a number on a processor, and a tensor on a card, which is not asked."""
    count = torch.count_nonzero(mask)
    return 1.0 / max(count.item(), 1) if count.device.type == "cpu" else count.clamp_(min=1)


def total_of(term: _Function, x: Tensor, weight: Tensor | None, scale: Any) -> Tensor:
    assert term.of is not None
    size = _pieces(x)
    if size is not None:
        total = torch.stack([_weighted(term.of(wide(piece)), w).sum() for piece, w in _flat(size, x, weight)]).sum()
    elif weight is None and scale == 1.0 / x.numel():
        total, scale = term.of(wide(x)).mean(), 1.0
    else:
        total = _weighted(term.of(wide(x)), weight).sum()
    return _times(total, term.factor, scale)


def gradient_of(slope: _Function, x: Tensor, weight: Tensor | None, g: Tensor, scale: Any) -> Tensor:
    g, size = _times(g, slope.factor, scale), _pieces(x)
    if slope.of is None:
        return _weighted(g.expand(x.shape), weight).to(x.dtype)
    if size is None:
        slopes = _weighted(slope.of(wide(x)), weight)
        gradient = slopes * g if slopes is x else slopes.mul_(g)
        return gradient if gradient.dtype is x.dtype else gradient.to(x.dtype)
    gradient = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for out, piece, w in _flat(size, gradient, x, weight):
        torch.mul(_weighted(slope.of(wide(piece)), w), g, out=out)
    return gradient


def by_words_of(slope: _Function, x: Tensor, weight: Tensor | None, g: Tensor, scale: Any) -> Tensor:
    """`gradient_of`, differentiable."""
    at = wide(x)
    mask = weight if weight is not None and weight.dtype is torch.bool else None
    if mask is not None:
        at = torch.where(mask, at, 0.0)
    slopes = torch.ones_like(at) if slope.of is None else slope.of(at)
    slopes = _weighted(slopes, weight) if mask is None else torch.where(mask, slopes, 0.0)
    return (slopes * _times(g, slope.factor, scale)).to(x.dtype)


def large(x: Any) -> bool:
    """See `Backend.large`."""
    # What is compiled has no sizes yet.
    return not torch.compiler.is_compiling() and type(x) is Tensor and x.numel() >= LARGE


def pointwise(ops: Ops[Tensor]) -> Callable[..., Any]:
    """`Backend.pointwise`, with words that are differentiable."""

    def pointwise(terms: Written, sides: Sequence[Any], weights: Sequence[Any], mean: bool, apart: bool) -> Any:
        if not is_plain(sides, weights):
            return None
        of_each = terms()
        if of_each is None:
            return None
        scales = [1.0 if not mean else 1.0 / x.numel() if w is None else None for x, w in zip(sides, weights, strict=True)]
        if not apart:
            node: Callable[..., Tensor] = _Node.apply
            return node(ops, of_each, weights, scales, *sides)
        return losses(ops, [Side([e], [w], [k], [x]) for e, w, k, x in zip(of_each, weights, scales, sides, strict=True)], True)

    return pointwise


class Side(NamedTuple):
    """What a node takes of a side."""

    of_each: Sequence[Expression]
    weights: Sequence[Tensor | None]
    scales: Sequence[float | None]
    logits: Sequence[Tensor]


def losses(ops: Ops[Tensor], sides: Sequence[Side], apart: bool) -> Any:
    """The loss, or that of each side."""
    node: Callable[..., Tensor] = _Node.apply
    if not apart:
        sides = [Side(*map(list, map(itertools.chain.from_iterable, zip(*sides, strict=True))))]
    losses = [node(ops, side.of_each, side.weights, side.scales, *side.logits) for side in sides]
    return losses if apart else losses[0]


def is_plain(sides: Sequence[Any], masks: Sequence[Any]) -> bool:
    """Whether these are tensors on which the node can be, and to which nobody would object."""
    last = sides[-1]
    if not eager(last) or last.dtype not in _DTYPES:
        return False
    ndim, dtype, device = last.ndim, last.dtype, last.device
    for x, m in zip(sides, masks, strict=True):
        if type(x) is not Tensor or x.ndim != ndim or x.dtype is not dtype or x.device != device or not x.numel():
            return False
        if m is not None and (type(m) is not Tensor or m.dtype is not torch.bool or m.shape != x.shape or m.device != device):
            return False
    return True
