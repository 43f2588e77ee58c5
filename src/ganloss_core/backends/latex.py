"""Arithmetic and words on LaTeX."""

from __future__ import annotations

import math
from typing import Any

from ganloss_core.words.ops import Ops, Term

SUM, PRODUCT, ATOM = 1, 2, 3
"""How tightly a formula binds."""


class Tex:
    """A formula that knows how tightly it binds; if it is minus something, what; if a number times something, both."""

    def __init__(self, text: str, binds: int = ATOM, minus: Tex | None = None, times: tuple[float, Tex] | None = None) -> None:
        self.text: str = text
        self.binds: int = binds
        self.minus: Tex | None = minus
        self.times: tuple[float, Tex] | None = times

    def __str__(self) -> str:
        return self.text

    def __neg__(self) -> Tex:
        return self.minus or Tex(f"-{enclosed(self, PRODUCT)}", SUM, minus=self)

    def __add__(self, other: Any) -> Tex:
        b = as_tex(other)
        if "0" in (self.text, b.text):
            return self if b.text == "0" else b
        return Tex(f"{self} - {enclosed(b.minus, PRODUCT)}" if b.minus else f"{self} + {b}", SUM)

    def __sub__(self, other: Any) -> Tex:
        b = as_tex(other)
        if b.text == "0":
            return self
        return self + b.minus if b.minus else Tex(f"{self} - {enclosed(b, PRODUCT)}", SUM)

    def __mul__(self, other: Any) -> Tex:
        if self.minus:
            return -self.minus.__mul__(other)
        if not isinstance(other, Tex):
            number, of = self.times or (1.0, self)
            size = abs(float(other)) * number
            if size == 0.0 or self.text == "0":
                return Tex("0")
            product = of if size == 1.0 else Tex(rf"{digits(size)} \, {enclosed(of, PRODUCT)}", PRODUCT, times=(size, of))
            return product if other > 0.0 else -product
        if other.minus:
            return -self.__mul__(other.minus)
        for a, b in ((self, other), (other, self)):
            if a.times:
                number, of = a.times
                return (of * b if a is self else b * of) * number
        return Tex(rf"{enclosed(self, PRODUCT)} \, {enclosed(as_tex(other), PRODUCT)}", PRODUCT)

    def __truediv__(self, other: Any) -> Tex:
        if not isinstance(other, Tex) and other == 1:
            return self
        return -(self.minus / other) if self.minus else Tex(rf"\frac{{{self}}}{{{as_tex(other)}}}")

    def __radd__(self, other: Any) -> Tex:
        return as_tex(other) + self

    def __rsub__(self, other: Any) -> Tex:
        return as_tex(other) - self

    __rmul__ = __mul__

    def __rtruediv__(self, other: Any) -> Tex:
        return as_tex(other) / self


def as_tex(value: Any) -> Tex:
    r"""A formula, or a number as one; some numbers have a name.

    >>> print(as_tex(-0.6931471805599453))
    -\log 2
    """
    if isinstance(value, Tex):
        return value
    return -as_tex(-value) if value < 0 else _NAMED.get(digits(value), Tex(digits(value)))


def digits(value: float) -> str:
    r"""Twelve digits, and a power of ten where it takes one.

    >>> digits(5e-7)
    '5 \\cdot 10^{-7}'
    """
    mantissa, _, exponent = f"{value:.12g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def enclosed(value: Tex, at_least: int) -> str:
    """The text, in parentheses where it binds less tightly than is needed."""
    return value.text if value.binds >= at_least else rf"\left({value}\right)"


_NAMED = {
    digits(math.log(2.0)): Tex(r"\log 2"),
    **{digits(-math.log(x)): -Tex(rf"\log {x:g}") for x in (0.999, 1e-3, 1e-4)},
    **{digits(math.log1p(math.exp(x))): Tex(rf"\operatorname{{softplus}}\left({x}\right)") for x in (1, -1)},
}


def function(name: str) -> Term[Tex]:
    """A word as a named function."""
    return lambda x: Tex(rf"{name}\left({x}\right)")


ops: Ops[Tex] = Ops(
    relu=lambda x: Tex(rf"\max(0, {x})"),
    step=lambda x: Tex(rf"\mathbf{{1}}[{x} > 0]"),
    abs=lambda x: Tex(rf"\left|{x}\right|"),
    sign=function(r"\operatorname{sign}"),
    square=lambda x: Tex(f"{enclosed(x, ATOM)}^2"),
    sqrt=lambda x: Tex(rf"\sqrt{{{x}}}"),
    exp=lambda x: Tex(f"e^{{{x}}}"),
    expm1=lambda x: Tex(f"e^{{{x}}}") - 1.0,
    log=function(r"\log"),
    sigmoid=function(r"\sigma"),
    softplus=function(r"\operatorname{softplus}"),
    tanh=function(r"\tanh"),
)
