"""Reverse-mode differentiation for arrays that have none, from the derivatives that the contract of each word states."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import Functions
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import WORDS, Ops
from ganloss_core.words.rows import ROWS

Pull = Callable[[Any], Any]


class Var:
    """An array, and how a change of it reaches the arrays that it was made from."""

    def __init__(self, xp: Any, array: Any, *inputs: tuple[Var, Pull]) -> None:
        self.xp: Any = xp
        self.array: Any = array
        self.inputs: tuple[tuple[Var, Pull], ...] = inputs

    @property
    def shape(self) -> tuple[int, ...]:
        # A 0-d array of Python objects collapses to the bare object.
        return tuple(getattr(self.array, "shape", ()))

    @property
    def dtype(self) -> Any:
        return getattr(self.array, "dtype", None)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __neg__(self) -> Var:
        return Var(self.xp, -self.array, (self, lambda g: -g))

    def __add__(self, other: Any) -> Var:
        return _binary(self, other, lambda a, b: a + b, lambda g, a, b: g, lambda g, a, b: g)

    def __sub__(self, other: Any) -> Var:
        return _binary(self, other, lambda a, b: a - b, lambda g, a, b: g, lambda g, a, b: -g)

    def __mul__(self, other: Any) -> Var:
        return _binary(self, other, lambda a, b: a * b, lambda g, a, b: g * b, lambda g, a, b: g * a)

    def __truediv__(self, other: Any) -> Var:
        return _binary(self, other, lambda a, b: a / b, lambda g, a, b: g / b, lambda g, a, b: -g * a / b / b)

    def __radd__(self, other: Any) -> Var:
        return Var(self.xp, other + self.array, (self, lambda g: g))

    def __rsub__(self, other: Any) -> Var:
        return Var(self.xp, other - self.array, (self, lambda g: -g))

    def __rtruediv__(self, other: Any) -> Var:
        a = self.array
        return Var(self.xp, other / a, (self, lambda g: -g * other / a / a))

    __rmul__ = __mul__

    def _refused(self, *_: Any) -> NoReturn:
        raise TypeError(
            "a formula is written in words and + - * / alone, so that it can be differentiated: it does not compare (ops.step, "
            "ops.relu), take powers (ops.square), or index"
        )

    # What a checker sees of a value is `Value`, which has none of these.
    if not TYPE_CHECKING:
        __lt__ = __le__ = __gt__ = __ge__ = __pow__ = __getitem__ = _refused


def _binary(x: Var, other: Any, f: Callable[..., Any], left: Callable[..., Any], right: Callable[..., Any]) -> Var:
    a, b = x.array, other.array if isinstance(other, Var) else other
    inputs: list[tuple[Var, Pull]] = [(x, lambda g: _unbroadcast(x, left(g, a, b)))]
    if isinstance(other, Var):
        inputs.append((other, lambda g: _unbroadcast(other, right(g, a, b))))
    return Var(x.xp, f(a, b), *inputs)


def _unbroadcast(x: Var, g: Any) -> Any:
    """The gradient summed over the axes along which x was repeated."""
    shape = tuple(getattr(g, "shape", ()))
    if shape == x.shape or not shape:
        return g
    if not x.shape:
        return x.xp.sum(g)
    axes = tuple(i for i, (n, m) in enumerate(zip(x.shape, shape, strict=True)) if n != m)
    return x.xp.sum(g, axis=axes, keepdims=True)


def taped_words(ops: Ops[Any], xp: Any) -> Ops[Var]:
    """The words on `Var`s."""

    def word(name: str) -> Callable[[Var], Var]:
        function, derivative = getattr(ops, name), WORDS[name].derivative
        return lambda x: Var(xp, function(x.array), (x, lambda g: g * derivative(ops, x.array)))

    return Ops(**{field.name: word(field.name) for field in fields(Ops)})


def taped(backend: Backend[Any], xp: Any) -> Backend[Var]:
    """The backend whose arrays are `Var`s over the arrays of `backend`, which belong to the namespace `xp`."""

    def sum_(x: Var, /, axis: int | None = None) -> Var:
        column = () if axis is None else tuple(1 if i == axis else n for i, n in enumerate(x.shape))
        return Var(xp, backend.sum(x.array, axis), (x, lambda g: xp.broadcast_to(xp.reshape(g, column), x.shape)))

    def reshape(x: Var, shape: tuple[int, ...]) -> Var:
        return Var(xp, backend.reshape(x.array, shape), (x, lambda g: backend.reshape(g, x.shape)))

    def masked(w: Var, x: Var, y: Var | float) -> Var:
        # What stands in for masked elements is always a constant.
        other = y.array if isinstance(y, Var) else y
        return Var(xp, backend.masked(w.array, x.array, other), (x, lambda g: _unbroadcast(x, backend.masked(w.array, g, 0.0))))

    def constant(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: Var(xp, function(*map(_raw, args)))

    def like(w: Any, x: Var) -> Var:
        return w if _is_real(w) else Var(xp, backend.like(_raw(w), x.array))

    def native(function: Callable[..., Any], derivative: Callable[..., Any]) -> Callable[..., Any]:
        def word(*args: Any) -> Var:
            raw = [_raw(v) for v in args]
            value = function(*raw)
            last: list[Any] = [None, ()]

            def pull(g: Any, i: int) -> Any:
                # One g reaches all arguments, and their derivatives come together.
                if last[0] is not g:
                    last[:] = g, derivative(backend, g, value, *raw)
                return last[1][i]

            parents = [v for v in args if _is_real(v)]
            return Var(xp, value, *((v, partial(pull, i=i)) for i, v in enumerate(parents)))

        return word

    return Backend(
        name=backend.name,
        ops=taped_words(backend.ops, xp),
        logits=lambda x, side: x if isinstance(x, Var) else Var(xp, backend.logits(x, side)),
        like=like,
        ratios=lambda w, x: w if isinstance(w, Var) else Var(xp, backend.ratios(w, x.array)),
        mean=lambda x: sum_(x) / float(math.prod(x.shape)),
        sum=sum_,
        masked=masked,
        mask=lambda w: Var(xp, backend.mask(w)),
        count=constant(backend.count),
        equal=constant(backend.equal),
        negated=constant(backend.negated),
        hold=lambda x: Var(xp, x.array),
        less=constant(backend.less),
        max=constant(backend.max),
        index=constant(backend.index),
        clipped=constant(backend.clipped),
        indices=constant(backend.indices),
        bounds=lambda x: backend.bounds(x.array),
        reshape=reshape,
        transpose=lambda x: Var(xp, backend.transpose(x.array), (x, backend.transpose)),
        below=lambda y, x, w: Var(xp, backend.below(y.array, x.array, None if w is None else w.array)),
        chunked=lambda fn, x, size: fn(x),
        ulps=backend.ulps,
        # Others are differentiated as their definitions are.
        native={name: native(getattr(backend.rows, name), d) for name in backend.native if (d := ROWS[name].derivative)},
    )


def _is_real(x: Any) -> bool:
    """Whether x may be differentiated, as masks and labels are not."""
    return isinstance(x, Var) and not any(kind in str(x.dtype) for kind in ("bool", "int"))


def _raw(x: Any) -> Any:
    return x.array if isinstance(x, Var) else x


def gradients(output: Var, wanted: list[Var], seed: Any = None) -> list[Any]:
    """d(output) / d(each wanted), summed over the output's elements with weight `seed` (1 by default)."""
    xp = output.xp
    got = {output: xp.ones_like(output.array) if seed is None else seed}
    leading = set(wanted)
    for var in _outputs_first(output, leading):
        of_var = got[var]
        for parent, pull in var.inputs:
            if parent in leading:
                g = pull(of_var)
                got[parent] = got[parent] + g if parent in got else g
    return [got[v] if v in got else xp.zeros_like(v.array) for v in wanted]


def _outputs_first(output: Var, leading: set[Var]) -> list[Var]:
    """What is made of what is in `leading`, and added to it; others pass nothing on."""
    order: dict[Var, None] = {}
    seen: set[Var] = set()
    stack = [output]
    while stack:
        var = stack[-1]
        if var not in seen:
            seen.add(var)
            stack += [parent for parent, _ in var.inputs if parent.inputs and parent not in seen]
        elif any(parent in leading for parent, _ in stack.pop().inputs):
            leading.add(var)
            order[var] = None
    return [*order][::-1]


def over_heads(function: Callable[[Any], Any], x: Any) -> Any:
    """The function of a side's logits, or of each head's where they are a list or a dict of arrays; None of None."""
    if isinstance(x, dict):
        return {key: function(head) for key, head in x.items()}
    if isinstance(x, list) and x and all(hasattr(head, "shape") for head in x):
        return [function(head) for head in x]
    return None if x is None else function(x)


def value_and_grad(
    functions: Functions, tape: Backend[Var], player: str, real: Any, fake: Any, extras: Mapping[str, Any]
) -> tuple[Any, Sides[Any]]:
    """One player's loss, bound to the backend `tape`, and its gradient; None for the side that was not given."""
    if player not in ("discriminator", "generator"):
        raise ValueError(f"player must be 'discriminator' or 'generator', got {player!r}")
    at: list[Var] = []

    def leaf(x: Any, side: str) -> Var:
        at.append(tape.logits(x, side))
        return at[-1]

    r, f = over_heads(lambda x: leaf(x, "real"), real), over_heads(lambda x: leaf(x, "fake"), fake)
    is_d = player == "discriminator"
    value: Var = functions.discriminator(r, f, **extras) if is_d else functions.generator(f, real=r, **extras)
    by = iter(gradients(value, at))
    return value.array, Sides(real=over_heads(lambda _: next(by), real), fake=over_heads(lambda _: next(by), fake))
