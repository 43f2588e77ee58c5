"""A loss as another codebase has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal

from ganloss_core.spec.loss import RULES, BatchLoss, Loss, Rule, average
from ganloss_core.words.ops import A, Term

Activation = Literal["none", "negative", "leaky_relu"]


@dataclass(frozen=True, kw_only=True)
class Variant(Generic[A]):
    """A loss as another codebase has it: D's and G's of ours, with a factor each, on logits that something is done to first.

    `generator` is the loss whose G it is, or a rule; by default that of `discriminator`. `activation` comes before everything.
    `of_means` says whose loss is one of each sample's mean logit: of nobody, of "G", or of both. `detached`: the means that D's
    logits are compared with are constants for differentiation, and so are reals in G's loss.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, Variant
    >>> def half(ops):
    ...     return Variant(discriminator=Loss(real=ops.square, fake=ops.square), factors=(0.5, 1.0))
    >>> float(reference.discriminator_loss(half, np.ones(4), np.ones(4)))
    1.0
    """

    discriminator: Loss[A] | BatchLoss[A]
    generator: Loss[A] | BatchLoss[A] | Rule | None = None
    factors: tuple[float, float] = (1.0, 1.0)
    activation: Term[A] | None = None
    of_means: Literal["none", "G", "both"] = "none"
    detached: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.discriminator, (Loss, BatchLoss)):
            raise TypeError(f"Variant: discriminator must be a Loss or BatchLoss, got {type(self.discriminator).__name__}")
        if not isinstance(self.generator, (Loss, BatchLoss)) and self.generator not in (None, *RULES):
            raise TypeError(f"Variant: generator must be a Loss, a BatchLoss or one of {RULES}, got {self.generator!r}")
        if not isinstance(self.factors, tuple) or len(self.factors) != 2:
            raise TypeError(f"Variant: factors must be D's and G's, such as (0.5, 1.0), got {self.factors!r}")
        if self.of_means not in ("none", "G", "both"):
            raise ValueError(f"Variant: of_means must be 'none', 'G' or 'both', got {self.of_means!r}")
        if self.detached and not (isinstance(self.discriminator, Loss) and self.discriminator.coupling is average):
            raise ValueError("Variant: detached is for a loss whose logits are compared with means: coupling=average")
