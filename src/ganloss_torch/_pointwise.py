"""A loss of large logits as one node of the graph, which keeps the logits alone and evaluates its derivative backwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import forward_ad

from ganloss_core import Ops
from ganloss_core.engine.pointwise import Written
from ganloss_core.words.expression import Expression, compiled, derivative, split
from ganloss_core.words.ops import Term
from ganloss_torch._eager import eager

# From here on a call of the node, in Python, is quicker than the kernels that it saves. With a mask it always is.
LARGE = 2**15
# Elements that a processor's cache holds, with what is computed of them; for each thread.
AT_ONCE = 2**16

_DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def _steep(x: Tensor) -> Tensor:
    # Clamped, it is the sign of x, but for subnormal numbers. NaN is clamped to NaN.
    return x * (1.0 / torch.finfo(x.dtype).tiny)


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
    softplus=lambda x: F.softplus(x, threshold=40.0),
    tanh=torch.tanh,
)
"""Values alone: autograd's derivatives of them are not those of the contract."""


class _Function(NamedTuple):
    """factor * of(x), or for None the number alone."""

    factor: float
    of: Term[Tensor] | None


def _function(e: Expression | float, ops: Ops[Tensor]) -> _Function:
    factor, rest = split(e)
    return _Function(factor, None if rest is None else compiled(rest, ops))


@lru_cache(maxsize=256)
def _term_and_slope(e: Expression) -> tuple[_Function, _Function]:
    return _function(e, _ops), _function(derivative(e), _ops)


class _Node(torch.autograd.Function):
    """The sum over sides of the mean, or sum, of e(x) where the mask is True; e is the side's expression."""

    @staticmethod
    def forward(
        ctx: Any, ops: Ops[Tensor], of_each: Sequence[Expression], masks: Sequence[Any], mean: bool, *sides: Tensor
    ) -> Tensor:
        loss: Any = None
        ctx.ops, ctx.of_each, ctx.counts = ops, of_each, []
        ctx.has_mask = [mask is not None for mask in masks]
        for e, mask, x in zip(of_each, masks, sides, strict=True):
            count = 1 if not mean else x.numel() if mask is None else torch.count_nonzero(mask).clamp_(min=1)
            part = _total(_term_and_slope(e)[0], x, mask, count)
            loss = part if loss is None else loss + part
            ctx.counts.append(count)
        ctx.save_for_backward(*sides, *[m for m in masks if m is not None])
        value: Tensor = loss
        return value

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        saved, n = ctx.saved_tensors, len(ctx.of_each)
        masks = iter(saved[n:])
        # Second derivatives, and gradients of several g at once, are those of the words.
        by_words = torch.is_grad_enabled() or torch._C._are_functorch_transforms_active()
        by_words = by_words or torch._C._functorch.is_legacy_batchedtensor(g)
        gradients: list[Tensor | None] = [None] * 4
        for e, has_mask, count, x, needed in zip(
            ctx.of_each, ctx.has_mask, ctx.counts, saved[:n], ctx.needs_input_grad[4:], strict=True
        ):
            mask = next(masks) if has_mask else None
            if not needed:
                gradients.append(None)
            elif by_words:
                gradients.append(_by_words(_function(derivative(e), ctx.ops), x, mask, g, count))
            else:
                gradients.append(_gradient(_term_and_slope(e)[1], x, mask, g, count))
        return tuple(gradients)


def _times(x: Tensor, factor: float, count: Any) -> Tensor:
    """x * factor / count."""
    if isinstance(count, Tensor):
        return x * factor / count
    return x if factor == count else x * (factor / count)


def _wide(x: Tensor) -> Tensor:
    return x if x.dtype in _DTYPES[:2] else x.float()


def _pieces(x: Tensor) -> int | None:
    """How many elements to take at a time, unless all."""
    size = AT_ONCE * torch.get_num_threads()
    return size if x.device.type == "cpu" and x.numel() > size else None


def _flat(size: int, *tensors: Tensor | None) -> Iterator[tuple[Any, ...]]:
    return zip(*[itertools.repeat(None) if t is None else torch.split(t.reshape(-1), size) for t in tensors], strict=False)


def _selected(mask: Tensor | None, x: Tensor) -> Tensor:
    return x if mask is None else torch.where(mask, x, 0.0)


def _total(term: _Function, x: Tensor, mask: Tensor | None, count: Any) -> Tensor:
    assert term.of is not None
    size = _pieces(x)
    if size is not None:
        total = torch.stack([_selected(m, term.of(_wide(piece))).sum() for piece, m in _flat(size, x, mask)]).sum()
    elif isinstance(count, int) and count > 1:
        total, count = term.of(_wide(x)).mean(), 1
    else:
        total = _selected(mask, term.of(_wide(x))).sum()
    return _times(total, term.factor, count)


def _gradient(slope: _Function, x: Tensor, mask: Tensor | None, g: Tensor, count: Any) -> Tensor:
    g, size = _times(g, slope.factor, count), _pieces(x)
    if slope.of is None:
        return _selected(mask, g.to(x.dtype).expand(x.shape))
    if size is None:
        gradient = _selected(mask, slope.of(_wide(x))) * g
        return gradient if gradient.dtype is x.dtype else gradient.to(x.dtype)
    gradient = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for out, piece, m in _flat(size, gradient, x, mask):
        torch.mul(_selected(m, slope.of(_wide(piece))), g, out=out)
    return gradient


def _by_words(slope: _Function, x: Tensor, mask: Tensor | None, g: Tensor, count: Any) -> Tensor:
    """`_gradient`, differentiable."""
    g, at = _times(g, slope.factor, count), _selected(mask, _wide(x))
    return (_selected(mask, torch.ones_like(at) if slope.of is None else slope.of(at)) * g).to(x.dtype)


def large(x: Any) -> bool:
    """See `Backend.large`."""
    # What is compiled has no sizes yet.
    return not torch.compiler.is_compiling() and type(x) is Tensor and x.numel() >= LARGE


def pointwise(ops: Ops[Tensor]) -> Callable[..., Any]:
    """`Backend.pointwise`, with words that are differentiable."""

    def pointwise(terms: Written, sides: Sequence[Any], masks: Sequence[Any], mean: bool, apart: bool) -> Any:
        if not _plain(sides, masks):
            return None
        of_each = terms()
        if of_each is None:
            return None
        node: Callable[..., Tensor] = _Node.apply
        if not apart:
            return node(ops, of_each, masks, mean, *sides)
        return [node(ops, (e,), (m,), mean, x) for e, m, x in zip(of_each, masks, sides, strict=True)]

    return pointwise


def _plain(sides: Sequence[Any], masks: Sequence[Any]) -> bool:
    """Whether these are tensors on which the node can be, and to which nobody would object."""
    last = sides[-1]
    return (
        eager(last)
        and torch._C._get_tracing_state() is None
        and forward_ad._current_level < 0
        and last.dtype in _DTYPES
        and all(
            type(x) is Tensor and x.numel() > 0 and x.ndim == last.ndim and x.dtype is last.dtype and x.device == last.device
            for x in sides
        )
        and all(
            m is None or (type(m) is Tensor and m.dtype is torch.bool and m.shape == x.shape and m.device == x.device)
            for x, m in zip(sides, masks, strict=True)
        )
    )
