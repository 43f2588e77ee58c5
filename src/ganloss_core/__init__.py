"""Adversarial losses as data: the words, the losses written in them, and the catalogue.

Needs nothing but the standard library. `ganloss_torch` and `ganloss_jax` compute with them; so do `reference` (NumPy),
`array_api` (any array-API library), `exact` (mpmath) and `tex` (formulas to print) of `ganloss_core.backends`;
`ganloss_core.check` proves that a backend keeps the contract.
"""

import typing as _typing

# With it come the catalogue and the names with a slash.
from ganloss_core import dialects as dialects
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.heads import Heads
from ganloss_core.engine.side import Reduction
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import (
    BatchLoss,
    Coupling,
    Loss,
    Rule,
    TwoSided,
    all_pairs,
    average,
    centered,
    each,
    paired,
    separable,
)
from ganloss_core.spec.registry import UnknownLoss, aliases_of, family, get, losses, names, register, unregister
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.spec.variant import Variant
from ganloss_core.terms.lazy import Lazy, lazy_regularization
from ganloss_core.terms.observe import Observation
from ganloss_core.words.ops import WORDS, A, Ops, Term, Word
from ganloss_core.words.version import version_when_asked as _version_when_asked

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
    "each",
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

if _typing.TYPE_CHECKING:
    __version__: str
else:
    __getattr__ = _version_when_asked(__name__)
