r"""Formulas of losses of vectors as LaTeX: of class scores, embeddings, vectors and rows.

>>> formulas("acgan").generator
'-\\mathbb{E}\\left[\\log p_{y}(f)\\right]'
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ganloss_core.backends import latex, latex_batch, tex
from ganloss_core.backends.latex import PRODUCT, Tex
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import Sample, game
from ganloss_core.words.ops import Ops

LEGENDS = {
    "scores": r"$r$ and $f$ are the scores of a real and of a fake sample, $y$ is its label, and $p$ the softmax of its "
    "scores.",
    "embedding": r"$s_{ij}$ is the cosine of two embeddings, $p_i$ that of an embedding and its proxy, $y$ a label.",
    "row": r"$r_i$ is the logit of the joint pair of a row, and $f_{ik}$ are those of its other pairs.",
    "vector": r"$r$ and $f$ are vectors of the critic, $r'$ and $f'$ others of the same side. Of several kernels the first is "
    "shown.",
}
"""What the symbols are, for each kind of sample."""


def kind(loss: LossLike) -> str:
    """The kind of sample of a loss of vectors: "scores", "embedding", "row" or "vector"; ValueError for one of logits.

    >>> kind("oasis")
    'scores'
    """
    settings = Settings.of(loss, None, "mean", "mean", {})
    return _kind(game(settings.build(latex.ops)).sample, settings.name)


def _kind(sample: Sample, name: str) -> str:
    if not sample.axes:
        raise ValueError(f"{name} is a loss of logits: ganloss_core.backends.tex has its formulas")
    return "row" if sample.ragged else "embedding" if sample.axes == 2 else "vector" if sample.flat else "scores"


def formulas(loss: LossLike) -> tex.Formulas:
    """What each player minimises, with default hyperparameters; several kernels of a sum are one, of the first bandwidth.

    Raises ValueError for a loss of logits, and for one that computes with the length of its vectors what is no formula.

    >>> formulas("infonce").discriminator.count("sum_k")
    1
    """
    settings = Settings.of(loss, None, "mean", "mean", {})
    anchors = {value: key for key, value in settings.hyperparameters if isinstance(value, tuple) and key.endswith("anchor")}
    first = {key: value[:1] for key, value in settings.hyperparameters if isinstance(value, tuple) and value not in anchors}
    resolved = game(settings.build(_ops, **first))
    of = _kind(resolved.sample, settings.name)
    symbols = (Tex("r_i"), Tex("f_{ik}")) if of == "row" else (Tex("r"), Tex("f"))
    E: Any = {"scores": _Scores, "embedding": _Embeddings, "row": _Rows, "vector": _Vectors}[of](anchors)
    try:
        return tex.Formulas(*(latex_batch.total(p.sides(*symbols, E)) for p in (resolved.discriminator, resolved.generator)))
    except TypeError as reason:
        raise ValueError(f"{settings.name} computes with the length of its rows: its docstring has the formula") from reason


def _softplus(x: Tex) -> Tex:
    if isinstance(x, _Against):
        p = rf"p_{{{x.label}}}({x.scores})"
        return -Tex(rf"\log \left(1 - {p}\right)" if x.negative else rf"\log {p}", PRODUCT)
    return latex.ops.softplus(x)


_ops: Ops[Tex] = replace(latex.ops, softplus=_softplus)


class _Against(Tex):
    """The log of what the others have, over what the label has."""

    def __init__(self, scores: Tex, label: Any, negative: bool = False) -> None:
        super().__init__(rf"\log \sum_{{c \ne {label}}} e^{{{scores}_c - {scores}_{{{label}}}}}", PRODUCT)
        self.scores, self.label, self.negative = scores, label, negative

    def __neg__(self) -> Tex:
        return _Against(self.scores, self.label, not self.negative)


class _Without(Tex):
    """Scores, or what is in a row, but one."""

    def __init__(self, of: Tex, label: Any) -> None:
        super().__init__(str(of), of.binds)
        self.label = label


class _Side(latex_batch.Side):
    """A side of vectors."""

    def __call__(self, x: Tex, axis: int | None = None) -> Tex:
        return super().__call__(x) if axis is None else Tex(rf"\mathbb{{E}}_{{{self.name}'}}\left[{x}\right]")

    def labels(self, classes: Any = None, first: int = 0) -> str:
        return f"y + {first}" if first else "y"

    def balance(self, labels: Any, classes: Any, x: Tex) -> Tex:
        return Tex(r"m \, s_y", PRODUCT)

    def others(self, x: Tex, among: str = "") -> str:
        return among or rf"{self.name}' \ne {self.name}"


class _E(latex_batch.E):
    """What all kinds have."""

    def __init__(self, anchors: Any) -> None:
        super().__init__(_Side("r"), _Side("f"))
        self._anchors = anchors

    def swapped(self) -> Any:
        swapped = type(self)(self._anchors)
        swapped.real, swapped.fake = self.fake, self.real
        return swapped


class _Scores(_E):
    def classes(self, x: Tex) -> Tex:
        return Tex("K")

    def against(self, x: Tex, labels: Any) -> Tex:
        return _Against(x, labels)

    def cross_entropy(self, x: Tex, labels: Any) -> Tex:
        return _softplus(_Against(x, labels))

    def at(self, x: Tex, labels: Any) -> Tex:
        return Tex(f"{x}_{{{labels}}}")

    def without(self, x: Tex, labels: Any) -> Tex:
        return _Without(x, labels)

    def largest(self, x: Tex) -> Tex:
        return Tex(rf"\max_{{c \ne {x.label}}} {x}_c" if isinstance(x, _Without) else rf"\max_c {x}_c", PRODUCT)

    def row(self, numbers: tuple[float, ...], x: Tex) -> Tex:
        name = self._anchors[numbers].replace("_", r"\_")
        return Tex(rf"\text{{{name}}}_c")

    def softmax(self, x: Tex) -> Tex:
        return Tex(f"p_c({x})")

    def sum(self, x: Tex) -> Tex:
        of_one = re.sub(r"(?<![a-z(])([rf])(?![a-z)])", r"\1_c", str(x))
        return Tex(rf"\sum_c {of_one}", PRODUCT)

    def log_sum_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \sum_c e^{{{x}_c}}", PRODUCT)


class _Embeddings(_E):
    def parts(self, x: Tex) -> tuple[Tex, Tex]:
        return Tex("e"), Tex("p")

    def unit(self, x: Tex) -> Tex:
        return x

    def products(self, x: Tex) -> Tex:
        return Tex("s_{ij}")

    def sum(self, x: Tex) -> Tex:
        return Tex("p_i")

    def same(self, labels: Any) -> str:
        return r"j \ne i,\, y_j = y_i"

    def different(self, labels: Any) -> str:
        return r"y_j \ne y_i"

    def log_sum_exp(self, x: Tex, weight: str) -> Tex:
        return Tex(rf"\log \sum_{{{weight}}} e^{{{x}}}", PRODUCT)

    def log_add_exp(self, x: Tex, y: Tex) -> Tex:
        inner = re.sub(r"^\\log ", "", str(y))
        return Tex(rf"\log \left(e^{{{x}}} + {inner}\right)", PRODUCT)


class _Rows(_E):
    def classes(self, x: Tex) -> Any:
        # What has no index of its own any more is one number a row.
        return Tex("K") if str(x) == "f_{ik}" else 1

    def each(self, x: Tex, y: Tex) -> Tex:
        return x - y

    def sum(self, x: Tex) -> Tex:
        return x

    def log_sum_exp(self, x: Tex) -> Tex:
        return Tex(rf"\log \sum_k e^{{{x}}}", PRODUCT)


class _Vectors(_E):
    def squared_distances(self, x: Tex, y: Tex | None = None) -> Tex:
        other = f"{x}'" if y is None else y
        return Tex(rf"\|{x} - {other}\|^2")

    def root(self, x: Tex) -> Tex:
        return Tex(str(x).removesuffix("^2"))

    def sum(self, x: Tex, weight: str = "") -> Tex:
        if weight:
            return Tex(rf"\sum_{{{weight}}} {latex.enclosed(x, PRODUCT)}", PRODUCT)
        return Tex(rf"\|{str(x).removesuffix('^2')}\|^2")
