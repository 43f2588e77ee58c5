"""A term as data: the words and numbers that it is made of, its derivative, and its value on arrays."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

from ganloss_core.words.ops import WORDS, A, Ops, Term


class Expression:
    """A word, or one of + - * /, on numbers and other expressions. A number that multiplies stands first, and but once."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, *args: Any) -> None:
        self.op: str = op
        self.args: tuple[Any, ...] = args

    def __neg__(self) -> Any:
        return _product(-1.0, self)

    def __add__(self, other: Any) -> Any:
        return _sum(self, _operand(other))

    def __radd__(self, other: Any) -> Any:
        return _sum(_operand(other), self)

    def __sub__(self, other: Any) -> Any:
        return _difference(self, _operand(other))

    def __rsub__(self, other: Any) -> Any:
        return _difference(_operand(other), self)

    def __mul__(self, other: Any) -> Any:
        return _product(self, _operand(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return Expression("/", self, _operand(other))

    def __rtruediv__(self, other: Any) -> Any:
        return Expression("/", _operand(other), self)

    def _refused(self, *_: Any) -> NoReturn:
        raise TypeError("a term is written in words and + - * / alone")

    if not TYPE_CHECKING:
        __hash__ = object.__hash__
        __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __pow__ = __getitem__ = __iter__ = _refused


X: Expression = Expression("x")
"""The logit."""


def _operand(value: Any) -> Any:
    if isinstance(value, Expression):
        return value
    if isinstance(value, Real):
        return float(value)
    raise TypeError(f"a term is written in words, numbers and + - * / alone, got {type(value).__name__}")


def _word(name: str) -> Term[Any]:
    return lambda x: Expression(name, _operand(x))


SYMBOLS: Ops[Any] = Ops(**{field.name: _word(field.name) for field in fields(Ops)})
"""The words on expressions."""


def split(e: Any) -> tuple[float, Any]:
    """The number that multiplies an expression, and the rest, which is None for a number."""
    if isinstance(e, float):
        return e, None
    return e.args if e.op == "*" and isinstance(e.args[0], float) else (1.0, e)


def _product(a: Any, b: Any) -> Any:
    (j, x), (k, y) = split(a), split(b)
    rest = y if x is None else x if y is None else Expression("*", x, y)
    return j * k if rest is None else rest if j * k == 1.0 else Expression("*", j * k, rest)


def _sum(a: Any, b: Any) -> Any:
    if _is_zero(a) or _is_zero(b):
        return b if _is_zero(a) else a
    return a + b if isinstance(a, float) and isinstance(b, float) else Expression("+", a, b)


def _difference(a: Any, b: Any) -> Any:
    if _is_zero(a) or _is_zero(b):
        return _product(-1.0, b) if _is_zero(a) else a
    return a - b if isinstance(a, float) and isinstance(b, float) else Expression("-", a, b)


def _is_zero(a: Any) -> bool:
    return isinstance(a, float) and a == 0.0


def as_expression(term: Term[Any]) -> Expression:
    """The term of a logit, written with `SYMBOLS`; TypeError where it is more than words, numbers and + - * /."""
    e = _operand(term(X))
    if not isinstance(e, Expression):
        raise TypeError(f"a term is a function of the logit, got the number {e}")
    return e


def derivative(e: Any) -> Any:
    """The derivative by `X`, an expression or a number."""
    done: dict[int, Any] = {id(X): 1.0}

    def of(e: Any) -> Any:
        if isinstance(e, float):
            return 0.0
        if id(e) not in done:
            done[id(e)] = _derivative(e, [of(a) for a in e.args])
        return done[id(e)]

    return of(e)


def _derivative(e: Expression, of_args: list[Any]) -> Any:
    if all(map(_is_zero, of_args)):
        return 0.0
    if e.op in WORDS:
        return _product(WORDS[e.op].derivative(SYMBOLS, *e.args), *of_args)
    (a, b), (da, db) = e.args, of_args
    if e.op in "+-":
        return _sum(da, db) if e.op == "+" else _difference(da, db)
    # What is constant has no part.
    left: Any = 0.0
    right: Any = 0.0
    if e.op == "*":
        left, right = (0.0 if _is_zero(d) else _product(d, other) for d, other in ((da, b), (db, a)))
        return _sum(left, right)
    if not _is_zero(da):
        left = _product(1.0 / b, da) if isinstance(b, float) else Expression("/", da, b)
    if not _is_zero(db):
        right = _product(Expression("/", e, b), db)
    return _difference(left, right)


def same(a: Any, b: Any) -> bool:
    """Whether two expressions are written alike."""
    done: dict[int, int] = {}

    def alike(a: Any, b: Any) -> bool:
        if not (isinstance(a, Expression) and isinstance(b, Expression)):
            return type(a) is type(b) and bool(a == b)
        if a is b or done.get(id(a)) == id(b):
            return True
        done[id(a)] = id(b)
        return a.op == b.op and all(map(alike, a.args, b.args))

    return alike(a, b)


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def compiled(e: Expression, ops: Ops[A], in_place: Mapping[str, Callable[..., A]] | None = None) -> Term[A]:
    """The expression as a function of an array, which computes each part once.

    `in_place` has the operations and words that may write into their first argument, where nothing else needs it.
    """
    steps: list[tuple[str, tuple[Any, ...]]] = []
    # Numbers are floats, and what was computed before is an int: its place.
    places: dict[int, int] = {id(X): 0}

    def place(e: Any) -> Any:
        if isinstance(e, float):
            return e
        if id(e) not in places:
            args = tuple(map(place, e.args))
            # A number that multiplies stands last, as what is written into stands first.
            steps.append((e.op, args[::-1] if e.op in "*+" and isinstance(args[0], float) else args))
            places[id(e)] = len(steps)
        return places[id(e)]

    result = place(e)
    uses = Counter(a for _, args in steps for a in args if type(a) is int)
    run = [
        (
            in_place[op]
            if in_place and op in in_place and type(args[0]) is int and args[0] > 0 and uses[args[0]] == 1
            else _ARITHMETIC.get(op) or getattr(ops, op),
            args,
        )
        for op, args in steps
    ]

    def function(x: Any) -> Any:
        values = [x]
        for step, args in run:
            values.append(step(*[values[a] if type(a) is int else a for a in args]))
        return values[result]

    return function


NUMBERS: Ops[float] = Ops(
    relu=lambda x: max(x, 0.0),
    step=lambda x: float(x > 0.0),
    abs=abs,
    sign=lambda x: math.copysign(1.0, x) if x else 0.0,
    square=lambda x: x * x,
    sqrt=math.sqrt,
    exp=math.exp,
    expm1=math.expm1,
    log=math.log,
    sigmoid=lambda x: 0.5 + 0.5 * math.tanh(0.5 * x),
    softplus=lambda x: math.log1p(math.exp(x)),
    tanh=math.tanh,
)


def finite_at(terms: Sequence[Expression]) -> float | None:
    """A number near 0 at which all terms are finite, and their first two derivatives; None if that is none of a few."""
    wanted = [e for term in terms for e in (term, derivative(term), derivative(derivative(term)))]
    for x in (0.0, 1.0, -1.0, 0.5, -0.5):
        with suppress(ArithmeticError, ValueError):
            if all(math.isfinite(e if isinstance(e, float) else compiled(e, NUMBERS)(x)) for e in wanted):
                return x
    return None
