"""Adversarial losses as data: the words, the losses written in them, and the catalogue.

Needs nothing but the standard library. `ganloss_torch` and `ganloss_jax` compute with them; so do, here,
`ganloss_core.reference` (NumPy), `ganloss_core.array_api` (any array-API library), `ganloss_core.exact` (mpmath) and
`ganloss_core.tex` (formulas to print); `ganloss_core.check` proves that a backend keeps the contract.
"""

from ganloss_core import catalogue as _catalogue  # noqa: F401  (registers every loss)
from ganloss_core._backend import Backend as Backend
from ganloss_core._expectation import Reduction as Reduction
from ganloss_core._heads import Heads as Heads
from ganloss_core._loss import Coupling as Coupling
from ganloss_core._loss import E as E
from ganloss_core._loss import Loss as Loss
from ganloss_core._loss import LossLike as LossLike
from ganloss_core._loss import Rule as Rule
from ganloss_core._loss import Sides as Sides
from ganloss_core._loss import TwoSided as TwoSided
from ganloss_core._loss import all_pairs as all_pairs
from ganloss_core._loss import average as average
from ganloss_core._loss import centered as centered
from ganloss_core._loss import paired as paired
from ganloss_core._loss import separable as separable
from ganloss_core._ops import WORDS as WORDS
from ganloss_core._ops import A as A
from ganloss_core._ops import Ops as Ops
from ganloss_core._ops import Term as Term
from ganloss_core._ops import Word as Word
from ganloss_core._registry import UnknownLoss as UnknownLoss
from ganloss_core._registry import aliases_of as aliases_of
from ganloss_core._registry import get as get
from ganloss_core._registry import losses as losses
from ganloss_core._registry import names as names
from ganloss_core._registry import register as register
from ganloss_core._registry import unregister as unregister
