r"""Formulas to print: a loss's definition read as LaTeX, in the author's own order of terms.

>>> formulas("hinge").discriminator
'\\mathbb{E}\\left[\\max(0, 1 - r)\\right] + \\mathbb{E}\\left[\\max(0, 1 + f)\\right]'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from ganloss_core import _derivation
from ganloss_core._loss import Game, LossLike, Rule, TwoSided, game
from ganloss_core._ops import Ops, Term
from ganloss_core._settings import Settings
from ganloss_core._sides import Sides

_SUM, _PRODUCT, _ATOM = 1, 2, 3


class Tex:
    """A formula that knows how tightly it binds; if it is minus something, what; if a number times something, both."""

    def __init__(self, text: str, binds: int = _ATOM, minus: Tex | None = None, times: tuple[float, Tex] | None = None) -> None:
        self.text, self.binds, self.minus, self.times = text, binds, minus, times

    def __str__(self) -> str:
        return self.text

    def __neg__(self) -> Tex:
        return self.minus or Tex(f"-{_in(self, _PRODUCT)}", _SUM, minus=self)

    def __add__(self, other: Any) -> Tex:
        b = _tex(other)
        if "0" in (self.text, b.text):
            return self if b.text == "0" else b
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
            number, of = self.times or (1.0, self)
            size = abs(float(other)) * number
            if size == 0.0 or self.text == "0":
                return Tex("0")
            product = of if size == 1.0 else Tex(rf"{size:.12g} \, {_in(of, _PRODUCT)}", _PRODUCT, times=(size, of))
            return product if other > 0.0 else -product
        if other.minus:
            return -self.__mul__(other.minus)
        for a, b in ((self, other), (other, self)):
            if a.times:
                number, of = a.times
                return (of * b if a is self else b * of) * number
        return Tex(rf"{_in(self, _PRODUCT)} \, {_in(_tex(other), _PRODUCT)}", _PRODUCT)

    def __truediv__(self, other: Any) -> Tex:
        if not isinstance(other, Tex) and other == 1:
            return self
        return -(self.minus / other) if self.minus else Tex(rf"\frac{{{self}}}{{{_tex(other)}}}")

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
        self.name = name

    def __call__(self, x: Tex, axis: int | None = None) -> Tex:
        return _mean(x)

    def total(self, x: Tex) -> Tex:
        return Tex(f"n_{self.name}")

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

    def constant(self, x: Tex) -> Tex:
        return x

    def less(self, x: Tex, y: Any) -> Tex:
        return _less(x, y)

    def log_add_exp(self, x: Tex, y: Tex) -> Tex:
        return ops.log(ops.exp(x) + ops.exp(y))


def _less(x: Tex, y: Any) -> Tex:
    return Tex(f"{x} < {_tex(y)}")


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
    _check_logits(settings, resolved)
    return Formulas(_total(resolved.discriminator), _total(resolved.generator))


def _check_logits(settings: Settings, resolved: Game[Any]) -> None:
    if resolved.sample_axes:
        raise ValueError(f"{settings.name} is a loss of vectors, which have no formula in logits: its docstring has one")


class Gradients(NamedTuple):
    """LaTeX of derivatives by one logit, times the number n of logits on its side, since a mean divides by it.

    `generator_real` is None where G's loss does not depend on reals.
    """

    discriminator_real: str
    discriminator_fake: str
    generator_fake: str
    generator_real: str | None


def gradients(loss: LossLike, *, generator: Rule | None = None, **hyperparameters: Any) -> Gradients:
    r"""The derivatives of both players' losses, in closed form; arguments and errors as in `formulas`.

    >>> gradients("rplsgan").discriminator_fake
    '-2 \\, \\left(r - f - 1\\right)'
    """
    settings = Settings.of(loss, generator, "mean", "mean", hyperparameters)
    algebra = _Algebra()
    resolved = game(settings.build(_derivation.words(algebra)))
    _check_logits(settings, resolved)
    # r_i and f_i are of one kind where they belong together.
    of_d, of_g = (
        _derivation.derivatives(sides_of, algebra, _Sided(Tex("r"), "r"), _Sided(Tex("f"), "r" if together else "f"))
        for sides_of, together in ((resolved.discriminator, resolved.d_paired), (resolved.generator, resolved.g_paired))
    )
    d_real, d_fake, g_real, g_fake = (str(_tex(x.tex if isinstance(x, _Sided) else x)) for x in (*of_d, *of_g))
    return Gradients(d_real, d_fake, g_fake, g_real if resolved.generator_needs_real else None)


class _Sided:
    """A formula, and the side whose logits it has one value for each of; no side, for a number."""

    def __init__(self, tex: Tex, side: str = "") -> None:
        self.tex, self.shape = tex, (side,) if side else ()

    def _with(self, operation: Callable[[Any, Any], Tex], other: Any) -> _Sided:
        b = other.tex if isinstance(other, _Sided) else other
        return _Sided(operation(self.tex, b), "".join(self.shape or getattr(other, "shape", ())))

    def __neg__(self) -> _Sided:
        return _Sided(-self.tex, *self.shape)

    def __add__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: a + b, other)

    def __sub__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: a - b, other)

    def __mul__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: a * b, other)

    def __truediv__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: a / b, other)

    def __radd__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: b + a, other)

    def __rsub__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: b - a, other)

    def __rtruediv__(self, other: Any) -> _Sided:
        return self._with(lambda a, b: b / a, other)

    __rmul__ = __mul__


class _Algebra:
    """Formulas as `_derivation` wants them."""

    def __init__(self) -> None:
        self.ops: Ops[Any] = Ops(**{field.name: self._word(getattr(ops, field.name)) for field in fields(Ops)})
        self.real: _derivation.Means = _Means(_Side("r"))
        self.fake: _derivation.Means = _Means(_Side("f"))

    @staticmethod
    def _word(word: Term[Tex]) -> Term[Any]:
        return lambda x: _Sided(word(x.tex), *x.shape)

    def sum(self, x: _Sided) -> Any:
        return self.real(x)

    def zeros_like(self, x: _Sided) -> _Sided:
        return _Sided(Tex("0"))

    def less(self, x: _Sided, y: _Sided) -> _Sided:
        return x._with(lambda a, b: Tex(rf"\mathbf{{1}}[{a} < {b}]"), y)

    def equal(self, x: _Sided, y: _Sided) -> _Sided:
        return x._with(lambda a, b: Tex(rf"\mathbf{{1}}[{a} = {b}]"), y)

    def differences(self, x: _Sided, y: _Sided) -> _Sided:
        return _Sided(x.tex - y.tex, "pair")


class _Means:
    """A side as `_derivation` wants it: what a mean takes away, and what keeps it."""

    def __init__(self, side: _Side) -> None:
        self._side = side

    def __call__(self, x: _Sided) -> _Sided:
        return _Sided(_of_the_rest(_mean, x.tex))

    def total(self, x: _Sided) -> _Sided:
        return _Sided(self._side.total(x.tex))

    def log_sum_exp(self, x: _Sided) -> _Sided:
        return _Sided(self._side.log_sum_exp(x.tex))

    def log_mean_exp(self, x: _Sided) -> _Sided:
        return _Sided(self._side.log_mean_exp(x.tex))

    def median(self, x: _Sided) -> _Sided:
        return _Sided(self._side.median(x.tex))

    def softmax(self, x: _Sided) -> _Sided:
        return _Sided(self._side.softmax(x.tex), *x.shape)

    def given(self, x: _Sided, weight: _Sided) -> _Sided:
        return _Sided(self._side.given(x.tex, weight.tex))

    def of_pairs(self, x: _Sided, axis: int, /) -> _Sided:
        name = self._side.name
        mean = _of_the_rest(lambda of: Tex(rf"\mathbb{{E}}_{{{name}}}\left[{of}\right]"), x.tex)
        return _Sided(mean, "rf".replace(name, ""))


def _of_the_rest(mean: Term[Tex], x: Tex) -> Tex:
    """A mean, with the sign and the factor before it."""
    if x.minus:
        return -_of_the_rest(mean, x.minus)
    number, of = x.times or (1.0, x)
    return mean(of) * number


def _total(sides_of: TwoSided[Tex]) -> str:
    E: Any = _E(_Side("r"), _Side("f"))
    sides = sides_of(Tex("r"), Tex("f"), E)
    means: list[Callable[[Tex], Tex]] = [_expected, _expected, _expected, lambda x: x]
    return str(reduce(add, (mean(part) for mean, part in zip(means, sides, strict=True) if part is not None)))


def _expected(x: Tex) -> Tex:
    if x.minus:
        return -_expected(x.minus)
    number, of = x.times or (1.0, x)
    return Tex(rf"\mathbb{{E}}\left[{of}\right]") * number
