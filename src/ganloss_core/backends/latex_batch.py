"""What losses ask of a batch, as LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

from ganloss_core.backends.latex import ATOM, PRODUCT, Tex, as_tex, enclosed, function, ops
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import Term


class Side:
    """Means and sums over a side: over everything that the formula mentions, unless a symbol says less."""

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __call__(self, x: Tex, axis: int | None = None) -> Tex:
        return mean(x)

    def sum(self, x: Tex, axis: int | None = None) -> Tex:
        return Tex(rf"\sum {enclosed(x, PRODUCT)}", PRODUCT)

    def total(self, x: Tex) -> Tex:
        return Tex(f"n_{self.name}")

    def log_sum_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \sum e^{{{x}}}", PRODUCT)

    def log_mean_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \mathbb{{E}}\left[e^{{{x}}}\right]", PRODUCT)

    def softmax(self, x: Tex) -> Tex:
        return Tex(rf"\frac{{e^{{{x}}}}}{{\mathbb{{E}}\left[e^{{{x}}}\right]}}")

    def median(self, x: Tex) -> Tex:
        return function(r"\operatorname{median}")(x)

    def sorted(self, x: Tex) -> Tex:
        return function(r"\operatorname{sort}")(x)

    def given(self, x: Tex, weight: Tex) -> Tex:
        return Tex(rf"\mathbb{{E}}\left[{x} \mid {weight}\right]")


class E:
    """What losses of logits ask of a batch."""

    def __init__(self, real: Side, fake: Side) -> None:
        self.real: Side = real
        self.fake: Side = fake

    def pairs(self, term: Term[Tex], real: Tex, fake: Tex, mean: object = None, /) -> Sides[Tex]:
        a, b = (Tex(f"{x}_{'i' if str(x) == 'r' else 'j'}") for x in (real, fake))
        return Sides(batch=Tex(rf"\mathbb{{E}}_{{i, j}}\left[{term(a - b)}\right]"))

    def swapped(self) -> E:
        return E(self.fake, self.real)

    def hold(self, x: Tex) -> Tex:
        return function(r"\operatorname{hold}")(x)

    def less(self, x: Tex, y: Any) -> Tex:
        return Tex(f"{x} < {as_tex(y)}")

    def log_add_exp(self, x: Tex, y: Tex) -> Tex:
        return ops.log(ops.exp(x) + ops.exp(y))


def mean(x: Tex) -> Tex:
    """A bar for one symbol."""
    return Tex(rf"\mathbb{{E}}\left[{x}\right]") if x.binds < ATOM or len(x.text) > 1 else Tex(rf"\bar{{{x}}}")


def total(sides: Sides[Tex]) -> str:
    """The sum of all parts, each its mean but for what is of the batch as a whole."""
    means: list[Callable[[Tex], Tex]] = [_expected, _expected, _expected, lambda x: x]
    return str(reduce(add, (mean(part) for mean, part in zip(means, sides, strict=True) if part is not None)))


def _expected(x: Tex) -> Tex:
    if x.minus:
        return -_expected(x.minus)
    number, of = x.times or (1.0, x)
    return Tex(rf"\mathbb{{E}}\left[{of}\right]") * number
