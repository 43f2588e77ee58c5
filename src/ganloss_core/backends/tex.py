r"""Formulas to print: a loss's definition read as LaTeX, in the author's own order of terms.

>>> formulas("hinge").discriminator
'\\mathbb{E}\\left[\\max(0, 1 - r)\\right] + \\mathbb{E}\\left[\\max(0, 1 + f)\\right]'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partialmethod
from typing import Any, NamedTuple

from ganloss_core.backends import derivation
from ganloss_core.backends.latex import Tex, as_tex, ops
from ganloss_core.backends.latex_batch import E, Side, mean, total
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import Game, Player, game
from ganloss_core.spec.loss import Rule
from ganloss_core.words.ops import Ops, Term


class Formulas(NamedTuple):
    r"""LaTeX of what each player minimises; r and f are real and fake logits, a bar is a mean over the batch.

    They are r_i and f_i where they belong together, and r_i and f_j where all pairs count.

    >>> print(formulas("wgan").discriminator)
    -\mathbb{E}\left[r\right] + \mathbb{E}\left[f\right]
    """

    discriminator: str
    generator: str


def formulas(loss: LossLike, *, generator: Rule | None = None, **hyperparameters: Any) -> Formulas:
    r"""The formulas of both players, at the given hyperparameters; arguments and errors as in `GANLoss`.

    Raises ValueError for a loss of vectors, whose docstring has the formula.

    >>> print(formulas("hinge", margin=0.5).generator)
    -\mathbb{E}\left[f\right]
    """
    return of_settings(Settings.of(loss, generator, "mean", "mean", hyperparameters))


def of_settings(settings: Settings) -> Formulas:
    r"""The same of a loss with everything that was chosen about it.

    >>> from ganloss_core.check import Settings
    >>> print(of_settings(Settings.of("wgan", None, "mean", None, {})).generator)
    -\mathbb{E}\left[f\right]
    """
    resolved = game(settings.build(ops))
    _check_logits(settings, resolved)
    batch: Any = E(Side("r"), Side("f"))
    return Formulas(*(total(p.sides(*_logits(p), batch)) for p in (resolved.discriminator, resolved.generator)))


def _check_logits(settings: Settings, resolved: Game[Any]) -> None:
    if resolved.sample.axes:
        raise ValueError(f"{settings.name} is a loss of vectors, which have no formula in logits: its docstring has one")


class Gradients(NamedTuple):
    """LaTeX of derivatives by one logit, times the number n of logits on its side, since a mean divides by it.

    `generator_real` is None where G's loss does not depend on reals.

    >>> gradients("wgan").discriminator_real
    '-1'
    """

    discriminator_real: str
    discriminator_fake: str
    generator_fake: str
    generator_real: str | None


def gradients(loss: LossLike, *, generator: Rule | None = None, **hyperparameters: Any) -> Gradients:
    r"""The derivatives of both players' losses, in closed form; arguments and errors as in `formulas`.

    >>> gradients("rplsgan").discriminator_fake
    '-2 \\, \\left(r_i - f_i - 1\\right)'
    """
    settings = Settings.of(loss, generator, "mean", "mean", hyperparameters)
    algebra = _Algebra()
    resolved = game(settings.build(derivation.words(algebra)))
    _check_logits(settings, resolved)
    # r_i and f_i are of one kind where they belong together.
    of_d, of_g = (
        derivation.derivatives(player.sides, algebra, _Sided(r, "r"), _Sided(f, "r" if player.paired else "f"))
        for player in (resolved.discriminator, resolved.generator)
        for r, f in [_logits(player)]
    )
    d_real, d_fake, g_real, g_fake = (str(as_tex(x.tex if isinstance(x, _Sided) else x)) for x in (*of_d, *of_g))
    return Gradients(d_real, d_fake, g_fake, g_real if resolved.generator.needs_real else None)


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
    """Formulas as `derivation` wants them."""

    def __init__(self) -> None:
        self.ops: Ops[Any] = Ops(**{field.name: self._word(getattr(ops, field.name)) for field in fields(Ops)})
        self.real: derivation.Means = _Means(Side("r"))
        self.fake: derivation.Means = _Means(Side("f"))

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
    """A side as `derivation` wants it: what a mean takes away, and what keeps it."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def __call__(self, x: _Sided) -> _Sided:
        return _Sided(_of_the_rest(mean, x.tex))

    def _number(self, *args: _Sided, of: str) -> _Sided:
        return _Sided(getattr(self._side, of)(*(x.tex for x in args)))

    total = partialmethod(_number, of="total")
    log_sum_exp = partialmethod(_number, of="log_sum_exp")
    log_mean_exp = partialmethod(_number, of="log_mean_exp")
    median = partialmethod(_number, of="median")
    given = partialmethod(_number, of="given")

    def softmax(self, x: _Sided) -> _Sided:
        return _Sided(self._side.softmax(x.tex), *x.shape)

    def through_softmax(self, x: _Sided, g: _Sided) -> _Sided:
        w = self.softmax(x)
        return w * (g - self(w * g))

    def sorted(self, x: _Sided) -> _Sided:
        return _Sided(self._side.sorted(x.tex), *x.shape)

    def in_places_of(self, x: _Sided, g: _Sided) -> _Sided:
        # As the formula writes it, at the place of the logit.
        return g

    def share(self, weight: _Sided) -> _Sided:
        return weight / self(weight)

    def of_pairs(self, x: _Sided, axis: int, /) -> _Sided:
        name = self._side.name
        of_side = _of_the_rest(lambda of: Tex(rf"\mathbb{{E}}_{{{name}}}\left[{of}\right]"), x.tex)
        return _Sided(of_side, "rf".replace(name, ""))


def _of_the_rest(of_mean: Term[Tex], x: Tex) -> Tex:
    """A mean, with the sign and the factor before it."""
    if x.minus:
        return -_of_the_rest(of_mean, x.minus)
    number, of = x.times or (1.0, x)
    return of_mean(of) * number


def _logits(player: Player[Any]) -> tuple[Tex, Tex]:
    index = "_i" if player.paired else ""
    return Tex(f"r{index}"), Tex(f"f{index}")
