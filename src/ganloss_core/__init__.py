"""Adversarial losses as data: the words, the losses written in them, and the catalogue.

Needs nothing but the standard library. `ganloss_torch` and `ganloss_jax` compute with them; so do, here,
`ganloss_core.reference` (NumPy), `ganloss_core.array_api` (any array-API library), `ganloss_core.exact` (mpmath) and
`ganloss_core.tex` (formulas to print); `ganloss_core.check` proves that a backend keeps the contract.
"""

from ganloss_core import _dialect as _dialect  # (it remembers the catalogue, whatever is registered later)
from ganloss_core import catalogue as _catalogue  # noqa: F401  (registers every loss)
from ganloss_core._backend import Backend
from ganloss_core._heads import Heads
from ganloss_core._loss import (
    BatchLoss,
    Coupling,
    Loss,
    LossLike,
    Rule,
    TwoSided,
    Variant,
    all_pairs,
    average,
    centered,
    paired,
    separable,
)
from ganloss_core._observe import Observation
from ganloss_core._ops import WORDS, A, Ops, Term, Word
from ganloss_core._registry import UnknownLoss, aliases_of, family, get, losses, names, register, unregister
from ganloss_core._side import Reduction
from ganloss_core._sides import E, Side, Sides
from ganloss_core._terms import Lazy, lazy_regularization

__all__ = [
    "WORDS",
    "A",
    "Backend",
    "BatchLoss",
    "Coupling",
    "E",
    "Heads",
    "Lazy",
    "Loss",
    "LossLike",
    "Observation",
    "Ops",
    "Reduction",
    "Rule",
    "Side",
    "Sides",
    "Term",
    "TwoSided",
    "UnknownLoss",
    "Variant",
    "Word",
    "aliases_of",
    "all_pairs",
    "average",
    "centered",
    "family",
    "get",
    "lazy_regularization",
    "losses",
    "names",
    "paired",
    "register",
    "separable",
    "unregister",
]
