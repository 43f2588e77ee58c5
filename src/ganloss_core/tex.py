r"""Formulas to print: a loss's definition read as LaTeX, in the author's own order of terms.

>>> formulas("hinge").discriminator
'\\mathbb{E}\\left[\\max(0, 1 - r)\\right] + \\mathbb{E}\\left[\\max(0, 1 + f)\\right]'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ganloss_core._loss import LossLike, Rule, TwoSided, game
from ganloss_core._ops import Ops, Term
from ganloss_core._settings import Settings
from ganloss_core._sides import Sides

_SUM, _PRODUCT, _ATOM = 1, 2, 3


class Tex:
    """A formula that knows how tightly it binds, and, if it is minus something, what."""

    def __init__(self, text: str, binds: int = _ATOM, minus: Tex | None = None) -> None:
        self.text, self.binds, self.minus = text, binds, minus

    def __str__(self) -> str:
        return self.text

    def __neg__(self) -> Tex:
        return self.minus or Tex(f"-{_in(self, _PRODUCT)}", _SUM, minus=self)

    def __add__(self, other: Any) -> Tex:
        b = _tex(other)
        return Tex(f"{self} - {_in(b.minus, _PRODUCT)}" if b.minus else f"{self} + {b}", _SUM)

    def __sub__(self, other: Any) -> Tex:
        b = _tex(other)
        if b.text == "0":
            return self
        return self + b.minus if b.minus else Tex(f"{self} - {_in(b, _PRODUCT)}", _SUM)

    def __mul__(self, other: Any) -> Tex:
        if self.minus:
            return -self.minus.__mul__(other)
        if not isinstance(other, Tex):
            size = abs(float(other))
            product = self if size == 1.0 else Tex(rf"{size:.12g} \, {_in(self, _PRODUCT)}", _PRODUCT)
            return product if size == other else -product
        return Tex(rf"{_in(self, _PRODUCT)} \, {_in(_tex(other), _PRODUCT)}", _PRODUCT)

    def __truediv__(self, other: Any) -> Tex:
        if not isinstance(other, Tex) and other == 1:
            return self
        return Tex(rf"\frac{{{self}}}{{{_tex(other)}}}")

    def __radd__(self, other: Any) -> Tex:
        return _tex(other) + self

    def __rsub__(self, other: Any) -> Tex:
        return _tex(other) - self

    __rmul__ = __mul__

    def __rtruediv__(self, other: Any) -> Tex:
        return _tex(other) / self


def _tex(value: Any) -> Tex:
    if isinstance(value, Tex):
        return value
    return -_tex(-value) if value < 0 else Tex(f"{value:.12g}")


def _in(value: Tex, at_least: int) -> str:
    return value.text if value.binds >= at_least else rf"\left({value}\right)"


def _function(name: str) -> Term[Tex]:
    return lambda x: Tex(rf"{name}\left({x}\right)")


ops: Ops[Tex] = Ops(
    relu=lambda x: Tex(rf"\max(0, {x})"),
    step=lambda x: Tex(rf"\mathbf{{1}}[{x} > 0]"),
    abs=lambda x: Tex(rf"\left|{x}\right|"),
    sign=_function(r"\operatorname{sign}"),
    square=lambda x: Tex(f"{_in(x, _ATOM)}^2"),
    sqrt=lambda x: Tex(rf"\sqrt{{{x}}}"),
    exp=lambda x: Tex(f"e^{{{x}}}"),
    expm1=lambda x: Tex(f"e^{{{x}}}") - 1.0,
    log=_function(r"\log"),
    sigmoid=_function(r"\sigma"),
    softplus=_function(r"\operatorname{softplus}"),
    tanh=_function(r"\tanh"),
)


class _Side:
    """Means and sums over a side: over everything that the formula mentions, unless a symbol says less."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, x: Tex, axis: int | None = None) -> Tex:
        return _mean(x)

    def total(self, x: Tex) -> Tex:
        return Tex(f"n_{self._name}")

    def log_sum_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \sum e^{{{x}}}", _PRODUCT)

    def log_mean_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \mathbb{{E}}\left[e^{{{x}}}\right]", _PRODUCT)

    def softmax(self, x: Tex) -> Tex:
        return Tex(rf"\frac{{e^{{{x}}}}}{{\mathbb{{E}}\left[e^{{{x}}}\right]}}")

    def median(self, x: Tex) -> Tex:
        return _function(r"\operatorname{median}")(x)

    def given(self, x: Tex, weight: Tex) -> Tex:
        return Tex(rf"\mathbb{{E}}\left[{x} \mid {weight}\right]")


class _E:
    """What losses of logits ask of a batch."""

    def __init__(self, real: _Side, fake: _Side) -> None:
        self.real, self.fake = real, fake

    def pairs(self, term: Term[Tex], real: Tex, fake: Tex, /) -> Sides[Tex]:
        return Sides(batch=Tex(rf"\mathbb{{E}}_{{r, f}}\left[{term(real - fake)}\right]"))

    def swapped(self) -> _E:
        return _E(self.fake, self.real)

    def less(self, x: Tex, y: Any) -> Tex:
        return Tex(f"{x} < {_tex(y)}")

    def log_add_exp(self, x: Tex, y: Tex) -> Tex:
        return ops.log(ops.exp(x) + ops.exp(y))


def _mean(x: Tex) -> Tex:
    return Tex(rf"\mathbb{{E}}\left[{x}\right]") if x.binds < _ATOM or len(x.text) > 1 else Tex(rf"\bar{{{x}}}")


class Formulas(NamedTuple):
    """LaTeX of what each player minimises; r and f are real and fake logits, a bar is a mean over the batch."""

    discriminator: str
    generator: str


def formulas(loss: LossLike, *, generator: Rule | None = None, **hyperparameters: Any) -> Formulas:
    """The formulas of both players, at the given hyperparameters; arguments and errors as in `GANLoss`.

    Raises ValueError for a loss of vectors, whose docstring has the formula.
    """
    settings = Settings.of(loss, generator, "mean", "mean", hyperparameters)
    resolved = game(settings.build(ops))
    if resolved.sample_axes:
        raise ValueError(f"{settings.name} is a loss of vectors, which have no formula in logits: its docstring has one")
    return Formulas(_total(resolved.discriminator), _total(resolved.generator))


def _total(sides_of: TwoSided[Tex]) -> str:
    E: Any = _E(_Side("r"), _Side("f"))
    sides = sides_of(Tex("r"), Tex("f"), E)
    means: list[Callable[[Tex], Tex]] = [_expected, _expected, _expected, lambda x: x]
    parts = [mean(part) for mean, part in zip(means, sides, strict=True) if part is not None]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return str(total)


def _expected(x: Tex) -> Tex:
    if x.minus:
        return -_expected(x.minus)
    return Tex(rf"\mathbb{{E}}\left[{x}\right]")
