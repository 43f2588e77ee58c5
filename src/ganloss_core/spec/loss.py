"""A loss as data: two terms, a rule for the generator, a coupling; or, where it is none of these, a function of two sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol

from ganloss_core.spec.arguments import choice
from ganloss_core.spec.sides import E, PairsMean, Sides
from ganloss_core.words.ops import A, Term

Rule = Literal["nonsaturating", "saturating", "linear"]
# How many trailing axes are one sample.
SAMPLES = {"logit": 0, "row": 1, "scores": 1, "vector": 1, "embedding": 2}
RULES: tuple[Rule, ...] = ("nonsaturating", "saturating", "linear")

TwoSided = Callable[[A, A, "E[A]"], Sides[A]]


class Coupling(Protocol):
    """What a logit is compared with before its term is applied.

    >>> from ganloss_core import Loss, Sides
    >>> def to_the_largest(*, real, fake):
    ...     return lambda r, f, E: Sides(real=real(r - E.largest(f)), fake=fake(f - E.largest(r)))
    >>> Loss(real=abs, fake=abs, coupling=to_the_largest).coupling is to_the_largest
    True
    """

    def __call__(self, *, real: Term[A], fake: Term[A]) -> TwoSided[A]: ...


def separable(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r) + E fake(f): nothing is compared.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, separable
    >>> real, fake = np.asarray([2.0, 4.0]), np.asarray([1.0, 0.0])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=separable)
    >>> float(reference.discriminator_loss(mine, real, fake))
    10.5
    """
    return lambda r, f, E: Sides(real(r), fake(f))


def paired(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r_i - f_i), the real term once. Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Rp).

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, paired
    >>> real, fake = np.asarray([2.0, 4.0]), np.asarray([1.0, 0.0])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=paired)
    >>> float(reference.discriminator_loss(mine, real, fake))
    8.5
    """
    return lambda r, f, E: Sides(None, None, real(r - f))


def average(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r - E f) + E fake(f - E r). Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Ra).

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, average
    >>> real, fake = np.asarray([2.0, 4.0]), np.asarray([1.0, 0.0])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=average)
    >>> float(reference.discriminator_loss(mine, real, fake))
    13.75
    """
    return lambda r, f, E: Sides(real(r - E.fake(f)), fake(f - E.real(r)))


def centered(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r - c) + E fake(f - c), c = (E r + E f) / 2. Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Rc).

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, centered
    >>> real, fake = np.asarray([2.0, 4.0]), np.asarray([1.0, 0.0])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=centered)
    >>> float(reference.discriminator_loss(mine, real, fake))
    4.375
    """

    def sides(r: A, f: A, E: E[A]) -> Sides[A]:
        c = 0.5 * (E.real(r) + E.fake(f))
        return Sides(real(r - c), fake(f - c))

    return sides


def all_pairs(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E_ij real(r_i - f_j), the minimum-variance unbiased estimate of Rp. arXiv:1901.02474, corollary 4.1.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, all_pairs
    >>> real, fake = np.asarray([2.0, 4.0]), np.asarray([1.0, 0.0])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=all_pairs)
    >>> float(reference.discriminator_loss(mine, real, fake))
    7.5
    """
    return lambda r, f, E: E.pairs(real, r, f)


def each(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E_i mean_k real(r_i - f_ik): the real logit of a row against each of its own fakes, the real term once.

    A row is the last axis: reals have shape (batch, ..., 1), and fakes (batch, ..., K).

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss, each
    >>> real, fake = np.asarray([[2.0], [4.0]]), np.asarray([[1.0, 0.0], [0.0, 4.0]])
    >>> def mine(ops):
    ...     return Loss(real=ops.square, fake=ops.square, coupling=each)
    >>> float(reference.discriminator_loss(mine, real, fake))
    5.25
    """
    return lambda r, f, E: Sides(pair=mean_of_row(mean_of_row(real(E.each(r, f)), E), E))


def mean_of_row(x: A, E: E[A]) -> A:
    """The mean along the last axis."""
    mean: A = E.sum(x) / float(E.classes(x))
    return mean


@dataclass(frozen=True, kw_only=True)
class Loss(Generic[A]):
    """An adversarial loss. D minimises the coupled sum of `real` and `fake`; G minimises what `generator` says.

    `generator`, for a separable loss with terms p (real) and q (fake), on a fake logit f: "nonsaturating" p(f),
    "saturating" -q(f), "linear" -f, or a term of the loss's own. For a coupled loss: "nonsaturating" is D's loss with
    the sides swapped, "saturating" minus D's loss, "linear" -f.
    `pairs_mean` is an optional closed form of the mean over all pairs, a function of (real, fake, E). `constant` is what the
    terms add to or subtract from something of the logits: near a zero of the term, it is what rounding errors are relative to.
    `lowest` is the smallest number that the critic may return; it bounds nothing, but says what a best critic is.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import Loss
    >>> def squares(ops, *, target: float = 1.0):
    ...     return Loss(real=lambda t: ops.square(target - t), fake=ops.square)
    >>> float(reference.discriminator_loss(squares, np.zeros(4), np.ones(4), target=2.0))
    5.0
    """

    real: Term[A]
    fake: Term[A]
    generator: Rule | Term[A] = "nonsaturating"
    coupling: Coupling = separable
    pairs_mean: PairsMean[A] | None = None
    constant: float = 0.0
    lowest: float = -math.inf

    def __post_init__(self) -> None:
        for field, value in (("real", self.real), ("fake", self.fake), ("coupling", self.coupling)):
            if not callable(value):
                raise TypeError(f"Loss: {field} must be a function, got {type(value).__name__}")
        if not callable(self.generator) and self.generator not in RULES:
            raise ValueError(
                f"Loss: generator must be {', '.join(map(repr, RULES))} or a function of a logit, got {self.generator!r}"
            )


@dataclass(frozen=True, kw_only=True)
class BatchLoss(Generic[A]):
    """An adversarial loss that is a function of two whole sides, and of vectors, where a critic returns them.

    `discriminator` and `generator` are functions of (real, fake, E) to `Sides`; `generator` may be a rule: "nonsaturating" is
    D's loss with the sides swapped, "saturating" minus D's loss, "linear" -f. `generator_needs_real` says that a function
    looks at reals. `one_side` says that D looks at reals alone, and so G, by the rule, at fakes alone. `paired` says that
    real_i belongs to fake_i. `least` is the smallest number of samples on a side.
    `sample` is what a critic returns for one sample: a "logit"; a "row" of logits along the last axis, one real
    one and any number of fake ones, which are compared with it; "scores", a vector along the last axis; a "vector" that is
    compared with others; or two vectors, an "embedding" and the proxy of its label, along the last two axes. `length` is that
    of a vector, where the loss fixes it. Functions get vectors and embeddings as one matrix per side, one row per sample.
    `constant` is as for `Loss`.

    >>> import numpy as np
    >>> from ganloss_core.backends import reference
    >>> from ganloss_core import BatchLoss, Sides
    >>> def means(ops):
    ...     return BatchLoss(discriminator=lambda r, f, E: Sides(batch=ops.square(E.real(r) - E.fake(f) - 1.0)))
    >>> float(reference.discriminator_loss(means, np.ones(4), np.zeros(2)))
    0.0
    """

    discriminator: TwoSided[A]
    generator: Rule | TwoSided[A] = "nonsaturating"
    generator_needs_real: bool = False
    one_side: bool = False
    paired: Literal["never", "generator", "always"] = "never"
    least: int = 1
    sample: Literal["logit", "row", "scores", "vector", "embedding"] = "logit"
    length: int | None = None
    constant: float = 0.0

    @property
    def axes(self) -> int:
        """How many trailing axes are one sample."""
        return SAMPLES[self.sample]

    def __post_init__(self) -> None:
        if not callable(self.discriminator):
            raise TypeError(f"BatchLoss: discriminator must be a function, got {type(self.discriminator).__name__}")
        choice("BatchLoss: sample", self.sample, tuple(SAMPLES))
        choice("BatchLoss: paired", self.paired, ("never", "generator", "always"))
        if not callable(self.generator) and self.generator not in RULES:
            raise ValueError(
                f"BatchLoss: generator must be {', '.join(map(repr, RULES))} or a function of (real, fake, E), "
                f"got {self.generator!r}"
            )
        if self.one_side and self.generator != "nonsaturating":
            raise ValueError(
                "this loss looks at one side at a time: D's at reals, G's at fakes; it has no other generator rule"
            )
        if self.generator == "linear" and self.sample != "logit":
            raise ValueError("the linear generator is minus a logit, and this loss is one of vectors: use another rule")
