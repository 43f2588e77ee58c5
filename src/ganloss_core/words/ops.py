"""The words that losses are written in, and what each of them promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from typing import Self


class Value(Protocol):
    """What a formula may do with a value besides the words: + - * / with its like and with Python numbers."""

    def __add__(self, other: Any, /) -> Self: ...
    def __radd__(self, other: Any, /) -> Self: ...
    def __sub__(self, other: Any, /) -> Self: ...
    def __rsub__(self, other: Any, /) -> Self: ...
    def __mul__(self, other: Any, /) -> Self: ...
    def __rmul__(self, other: Any, /) -> Self: ...
    def __truediv__(self, other: Any, /) -> Self: ...
    def __rtruediv__(self, other: Any, /) -> Self: ...
    def __neg__(self) -> Self: ...


A = TypeVar("A", bound=Value)
Term = Callable[[A], A]
Logits: TypeAlias = A | Sequence[A] | Mapping[Any, A]
"""One array, or a list or a dict of them, which are several heads."""


class UnknownWord(AttributeError):
    """What a formula asks of the vocabulary, which has not got it."""


@dataclass(frozen=True, kw_only=True)
class Ops(Generic[A]):
    """The vocabulary: pointwise functions, each bound by its `Word` in `WORDS`.

    A backend gives every word or is refused with a TypeError that names the missing ones. NaN gives NaN in every word,
    and in its derivative.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> reference.backend.ops.relu(np.asarray([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    relu: Term[A]
    step: Term[A]
    abs: Term[A]
    sign: Term[A]
    square: Term[A]
    sqrt: Term[A]
    exp: Term[A]
    expm1: Term[A]
    log: Term[A]
    sigmoid: Term[A]
    softplus: Term[A]
    tanh: Term[A]

    # A type checker knows which words there are.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            near = " or ".join(map(repr, get_close_matches(name, WORDS)))
            hint = f": did you mean {near}?" if near else "."
            raise UnknownWord(f"{name!r} is no word of the vocabulary{hint} It has {', '.join(WORDS)}")


@dataclass(frozen=True, kw_only=True)
class Word:
    """The contract of one word.

    `derivative` is written in the same words, so that every order of derivative is in the vocabulary; at a kink it is
    *the* convention, in every backend. `kinks` are the points where a one-sided derivative (or the value itself) jumps.
    `limits` are the values at -inf and +inf. `positive` restricts the domain to x > 0. The error of value and first
    derivative is at most 2 ulp for an `elementary` word, at most `Backend.ulps` otherwise; the second derivative is finite
    on the domain and its absolute error is at most 8 eps for bounded ones.

    >>> from ganloss_core import WORDS
    >>> WORDS["relu"].formula, WORDS["relu"].kinks
    ('max(x, 0)', (0.0,))
    """

    formula: str
    derivative: Callable[[Ops[Any], Any], Any]
    limits: tuple[float, float]
    kinks: tuple[float, ...] = ()
    positive: bool = False
    kind: Literal["elementary", "transcendental"] = "elementary"


_INF, _NAN = float("inf"), float("nan")

WORDS: Mapping[str, Word] = {
    "relu": Word(formula="max(x, 0)", derivative=lambda o, x: o.step(x), limits=(0.0, _INF), kinks=(0.0,)),
    "step": Word(formula="1 if x > 0 else 0", derivative=lambda o, x: 0.0 * o.step(x), limits=(0.0, 1.0), kinks=(0.0,)),
    "abs": Word(formula="|x|", derivative=lambda o, x: o.sign(x), limits=(_INF, _INF), kinks=(0.0,)),
    "sign": Word(formula="x / |x|, 0 at 0", derivative=lambda o, x: 0.0 * o.sign(x), limits=(-1.0, 1.0), kinks=(0.0,)),
    "square": Word(formula="x^2", derivative=lambda o, x: 2.0 * x, limits=(_INF, _INF)),
    "sqrt": Word(formula="x^(1/2)", derivative=lambda o, x: 0.5 / o.sqrt(x), limits=(_NAN, _INF), positive=True),
    "exp": Word(formula="e^x", derivative=lambda o, x: o.exp(x), limits=(0.0, _INF), kind="transcendental"),
    "expm1": Word(formula="e^x - 1", derivative=lambda o, x: o.exp(x), limits=(-1.0, _INF), kind="transcendental"),
    "log": Word(formula="ln x", derivative=lambda o, x: 1.0 / x, limits=(_NAN, _INF), positive=True, kind="transcendental"),
    "sigmoid": Word(
        formula="1 / (1 + e^-x)",
        # Not s(x) (1 - s(x)): that loses every digit for large x.
        derivative=lambda o, x: o.sigmoid(x) * o.sigmoid(-x),
        limits=(0.0, 1.0),
        kind="transcendental",
    ),
    "softplus": Word(formula="ln(1 + e^x)", derivative=lambda o, x: o.sigmoid(x), limits=(0.0, _INF), kind="transcendental"),
    "tanh": Word(
        formula="(e^x - e^-x) / (e^x + e^-x)",
        # Not 1 - tanh(x)^2: that loses every digit for large |x|.
        derivative=lambda o, x: 4.0 * (o.sigmoid(2.0 * x) * o.sigmoid(-2.0 * x)),
        limits=(-1.0, 1.0),
        kind="transcendental",
    ),
}


def log1p(ops: Ops[A], x: A, base: A) -> A:
    """ln(1 + x), x > -1, without the error that base, which is 1 + x, has from its rounding; base must come out of a word.

    Compilers reduce (1 + x) - 1 to x, but do not look through a word. tanh leaves what is small as it is, and infinity finite.
    """
    return ops.log(base) + (ops.tanh(x) - ops.tanh(base - 1.0))
