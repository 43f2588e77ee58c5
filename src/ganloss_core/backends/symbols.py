r"""Formulas with the hyperparameters' names in place of their values.

>>> formulas("hinge").discriminator
'\\mathbb{E}\\left[\\max(0, \\text{margin} - r)\\right] + \\mathbb{E}\\left[\\max(0, \\text{margin} + f)\\right]'
"""

from __future__ import annotations

from typing import Any

from ganloss_core.backends import tex
from ganloss_core.backends.latex import Tex
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import AnyLoss, LossLike
from ganloss_core.words.ops import Ops

_GREEK = ("alpha", "beta", "gamma", "delta", "tau", "rho")


class _Symbol(Tex):
    """A hyperparameter by its name, which compares as its value: a definition checks it, and chooses by it."""

    def __init__(self, name: str, value: float) -> None:
        of = name.replace("_", r"\_")
        super().__init__(rf"\{name}" if name in _GREEK else rf"\text{{{of}}}")
        self.value = value

    def __lt__(self, other: float) -> bool:
        return self.value < other

    def __le__(self, other: float) -> bool:
        return self.value <= other

    def __gt__(self, other: float) -> bool:
        return self.value > other

    def __ge__(self, other: float) -> bool:
        return self.value >= other


def formulas(loss: LossLike) -> tex.Formulas:
    """What each player minimises, as `ganloss_core.backends.tex.formulas`, with names of hyperparameters that are numbers.

    Where a definition computes with a hyperparameter what is no formula (its logarithm, say), all have their default values.

    >>> formulas("lsgan").generator
    '\\\\mathbb{E}\\\\left[\\\\left(f - \\\\text{generator\\\\_label}\\\\right)^2\\\\right]'
    """
    settings = Settings.of(loss, None, "mean", "mean", {})
    symbols = {key: _Symbol(key, value) for key, value in settings.hyperparameters if type(value) is float}

    def named(ops: Ops[Any]) -> AnyLoss[Any]:
        return settings.build(ops, **symbols)

    named.__name__ = settings.name
    try:
        return tex.formulas(named)
    except TypeError:
        return tex.formulas(loss)
