"""Formulas for a terminal: what `ganloss_core.backends.tex` writes, in words.

>>> formulas("rpgan").discriminator
'E softplus(-(r_i - f_i))'
"""

from __future__ import annotations

import re
from typing import Any

from ganloss_core.backends import tex
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule

# In this order; what stands in braces holds no braces by then.
_RULES = (
    (r"\\left|\\right", ""),
    (r"\\operatorname\{(\w+)\}", r"\1"),
    (r"\\text\{([^{}]*)\}", lambda m: m[1].replace(r"\_", "_")),
    (r"\\(alpha|beta|gamma|delta|tau|rho)\b", r"\1"),
    (r"\\mathbb\{E\}_\{i, j\}", "E_ij"),
    (r"\\mathbb\{E\}", "E"),
    (r"\\mathbf\{1\}\[([^\[\]]*)\]", r"1(\1)"),
    (r"\\sigma", "sigmoid"),
    (r"\\(max|log|tanh)", r"\1"),
    (r"\\sum", "sum"),
    (r" \\mid ", " where "),
    (r" \\, ", " "),
    (r" \\cdot 10\^\{(-?\d+)\}", r"e\1"),
    (r"\^2", "²"),
)
_INNERMOST = (
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: f"{_grouped(m[1])} / {_grouped(m[2])}"),
    (r"e\^\{([^{}]*)\}", r"exp(\1)"),
    (r"\\bar\{([^{}]*)\}", r"mean(\1)"),
    (r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)"),
    (r"(E|E_ij)\[([^\[\]{}]*)\]", lambda m: f"{m[1]} {_grouped(m[2])}"),
)


def formulas(loss: LossLike, *, generator: Rule | None = None, **hyperparameters: Any) -> tex.Formulas:
    """What each player minimises, in words; arguments and errors as in `ganloss_core.backends.tex.formulas`.

    r and f are real and fake logits, r_i and f_i where they belong together, r_i and f_j where all pairs count; E is the mean.

    >>> formulas("hinge").discriminator
    'E max(0, 1 - r) + E max(0, 1 + f)'
    """
    return tex.Formulas(*map(plain, tex.formulas(loss, generator=generator, **hyperparameters)))


def plain(text: str) -> str:
    r"""LaTeX, as `tex` writes it, in words.

    >>> plain(r"\mathbb{E}\left[\max(0, 1 - r)\right]")
    'E max(0, 1 - r)'
    """
    for pattern, words in _RULES:
        text = re.sub(pattern, words, text)
    before = ""
    while text != before:
        before = text
        for inner, made in _INNERMOST:
            text = re.sub(inner, made, text)
    return text


def _grouped(text: str) -> str:
    """In brackets, unless it is one name, one number or one function of something."""
    whole = re.fullmatch(r"-?[\w.]+²?|-?\w*\((.*)\)²?|\|[^|]*\|", text)
    return text if whole and (whole[1] is None or _balanced(whole[1])) else f"({text})"


def _balanced(text: str) -> bool:
    depth = 0
    for c in text:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if depth < 0:
            return False
    return depth == 0
