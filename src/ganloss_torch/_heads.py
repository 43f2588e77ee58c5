"""Losses of several heads, each a term for each logit, as one node of the graph, and of small heads as one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from ganloss_core import Ops
from ganloss_core.engine.pointwise import Written
from ganloss_core.words.expression import Expression, derivative
from ganloss_torch._eager import several
from ganloss_torch._pointwise import (
    Side,
    by_words_of,
    function_of,
    gradient_of,
    is_plain,
    losses,
    term_and_slope,
    total_of,
    wide,
)

# Fewer elements than that in a head of a processor's, on average, are cheaper to copy than to go through one by one.
FLAT = 2**12


class _Apart(torch.autograd.Function):
    """The mean, or the sum, of e(x) over each head."""

    @staticmethod
    def forward(ctx: Any, ops: Ops[Tensor], e: Expression, mean: bool, flat: bool, *heads: Tensor) -> tuple[Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*heads)
        ctx.ops, ctx.e, ctx.mean, ctx.flat = ops, e, mean, flat
        term = term_and_slope(e)[0]
        if not flat:
            return tuple(total_of(term, x, None, _scale(x, mean)) for x in heads)
        assert term.of is not None
        terms = torch.split(term.of(wide(_one(heads))), [x.numel() for x in heads])
        parts = [each.mean() if mean else each.sum() for each in terms]
        return tuple(parts if term.factor == 1.0 else torch._foreach_mul(parts, term.factor))

    @staticmethod
    def backward(ctx: Any, *gs: Tensor | None) -> tuple[Tensor | None, ...]:
        # Of a head whose loss nobody looks at, not even a NaN is passed on.
        of_each = zip(ctx.saved_tensors, gs, ctx.needs_input_grad[4:], strict=True)
        heads = {i: (x, g) for i, (x, g, needed) in enumerate(of_each) if needed and g is not None}
        by_words = torch.is_grad_enabled() or any(several(g) for _, g in heads.values())
        if ctx.flat and heads and not by_words:
            slopes = _slopes(ctx.e, list(heads.values()), ctx.mean)
        else:
            slope = function_of(derivative(ctx.e), ctx.ops) if by_words else term_and_slope(ctx.e)[1]
            of = by_words_of if by_words else gradient_of
            slopes = [of(slope, x, None, g, _scale(x, ctx.mean)) for x, g in heads.values()]
        found = dict(zip(heads, slopes, strict=True))
        return (None,) * 4 + tuple(found.get(i) for i in range(len(gs)))


def _scale(x: Tensor, mean: bool) -> float:
    return 1.0 / x.numel() if mean else 1.0


def _one(heads: Iterable[Tensor]) -> Tensor:
    return torch.cat([x.reshape(-1) for x in heads])


def _slopes(e: Expression, heads: Sequence[tuple[Tensor, Tensor]], mean: bool) -> list[Tensor]:
    """The gradient of each head, from that of its loss."""
    slope, xs = term_and_slope(e)[1], [x for x, _ in heads]
    gs = torch._foreach_mul([g for _, g in heads], [slope.factor * _scale(x, mean) for x in xs])
    gradient = torch.cat([g.expand(x.numel()) for g, x in zip(gs, xs, strict=True)])
    if slope.of is not None:
        gradient.mul_(slope.of(wide(_one(xs))))
    of_each = torch.split(gradient.to(xs[0].dtype), [x.numel() for x in xs])
    return [each.view(x.shape) for each, x in zip(of_each, xs, strict=True)]


def pointwise_of_heads(ops: Ops[Tensor]) -> Callable[..., Any]:
    """`Backend.pointwise_of_heads`, with words that are differentiable."""

    def pointwise(
        terms: Written, sides: Sequence[Sequence[Any]], factors: Sequence[float] | None, mean: bool, apart: bool
    ) -> Any:
        n = len(sides[0])
        if n == 1 or not all(is_plain(heads, (None,) * len(sides)) for heads in zip(*sides, strict=True)):
            return None
        of_each, every = terms(), [x for side in sides for x in side]
        if of_each is None or any(x.dtype is not every[0].dtype or x.device != every[0].device for x in every):
            return None
        flat = (n > 3 and sum(x.numel() for x in every) < FLAT * len(every)) or every[0].device.type != "cpu"
        if factors is None:
            node: Callable[..., tuple[Tensor, ...]] = _Apart.apply
            parts = [node(ops, e, mean, flat, *side) for e, side in zip(of_each, sides, strict=True)]
            return parts if apart else list(parts[0] if len(parts) == 1 else torch._foreach_add(*parts))
        found: list[Side] = []
        sizes: list[int] = []
        for e, side in zip(of_each, sides, strict=True):
            before, sizes = sizes, [x.numel() for x in side]
            scales = [f / k if mean else f for f, k in zip(factors, sizes, strict=True)]
            if not flat:
                found.append(Side([e] * n, [None] * n, scales, side))
                continue
            x = _one(side)
            if len(set(scales)) == 1:
                found.append(Side([e], [None], scales[:1], [x]))
            else:
                weight = found[0].weights[0] if sizes == before else _by_head(wide(x), sizes, scales)
                found.append(Side([e], [weight], [1.0], [x]))
        return losses(ops, found, apart)

    return pointwise


def _by_head(x: Tensor, sizes: list[int], factors: Sequence[float]) -> Tensor:
    """A factor for each element, of x's type."""
    weight = x.new_ones(sum(sizes))
    torch._foreach_mul_(torch.split(weight, sizes), factors)
    return weight
