"""A loss as data: two terms, a rule for the generator, a coupling; or, where it is none of these, a function of two sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, Protocol

from ganloss_core._ops import A, Ops, Term
from ganloss_core._sides import E, Sides

Rule = Literal["nonsaturating", "saturating", "linear"]
RULES: tuple[Rule, ...] = ("nonsaturating", "saturating", "linear")

TwoSided = Callable[[A, A, "E[A]"], Sides[A]]


class Coupling(Protocol):
    """What a logit is compared with before its term is applied."""

    def __call__(self, *, real: Term[A], fake: Term[A]) -> TwoSided[A]: ...


def separable(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r) + E fake(f): nothing is compared."""
    return lambda r, f, E: Sides(real(r), fake(f))


def paired(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r_i - f_i), the real term once. Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Rp)."""
    return lambda r, f, E: Sides(None, None, real(r - f))


def average(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r - E f) + E fake(f - E r). Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Ra)."""
    return lambda r, f, E: Sides(real(r - E.fake(f)), fake(f - E.real(r)))


def centered(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E real(r - c) + E fake(f - c), c = (E r + E f) / 2. Jolicoeur-Martineau 2019, arXiv:1901.02474, theorem 3.1 (Rc)."""

    def sides(r: A, f: A, E: E[A]) -> Sides[A]:
        c = 0.5 * (E.real(r) + E.fake(f))
        return Sides(real(r - c), fake(f - c))

    return sides


def all_pairs(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    """E_ij real(r_i - f_j), the minimum-variance unbiased estimate of Rp. arXiv:1901.02474, corollary 4.1."""
    return lambda r, f, E: E.pairs(real, r, f)


@dataclass(frozen=True, kw_only=True)
class Loss(Generic[A]):
    """An adversarial loss. D minimises the coupled sum of `real` and `fake`; G minimises what `generator` says.

    `generator`, for a separable loss with terms p (real) and q (fake), on a fake logit f: "nonsaturating" p(f),
    "saturating" -q(f), "linear" -f, or a term of the loss's own. For a coupled loss: "nonsaturating" is D's loss with
    the sides swapped, "saturating" minus D's loss, "linear" -f.
    `pairs_mean` is an optional closed form of the mean over all pairs, a function of (real, fake, E). `constant` is what the
    terms add to or subtract from something of the logits: near a zero of the term, it is what rounding errors are relative to.
    `lowest` is the smallest number that the critic may return; it bounds nothing, but says what a best critic is.
    """

    real: Term[A]
    fake: Term[A]
    generator: Rule | Term[A] = "nonsaturating"
    coupling: Coupling = separable
    pairs_mean: Callable[[A, A, E[A]], A] | None = None
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
    `sample` is what a critic returns for one sample: a "logit"; a "vector", along the last axis; or two vectors, an "embedding"
    and the proxy of its label, along the last two axes. `length` is that of a vector, where the loss fixes it. Functions get
    vectors as one matrix per side, one row per sample.
    `constant` is as for `Loss`.
    """

    discriminator: TwoSided[A]
    generator: Rule | TwoSided[A] = "nonsaturating"
    generator_needs_real: bool = False
    one_side: bool = False
    paired: Literal["never", "generator", "always"] = "never"
    least: int = 1
    sample: Literal["logit", "vector", "embedding"] = "logit"
    length: int | None = None
    constant: float = 0.0

    def __post_init__(self) -> None:
        if not callable(self.discriminator):
            raise TypeError(f"BatchLoss: discriminator must be a function, got {type(self.discriminator).__name__}")
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


Activation = Literal["none", "negative", "leaky_relu"]


@dataclass(frozen=True, kw_only=True)
class Variant(Generic[A]):
    """A loss as another codebase has it: D's and G's of ours, with a factor each, on logits that something is done to first.

    `generator` is the loss whose G it is, or a rule; by default that of `discriminator`. `activation` comes before everything.
    `of_means` says whose loss is one of each sample's mean logit: of nobody, of "G", or of both. `detached`: the means that D's
    logits are compared with are constants for differentiation, and so are reals in G's loss.
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


class Definition(Protocol):
    """A function that writes a loss with the words of any backend; keyword-only parameters are its hyperparameters."""

    __name__: str
    __doc__: str | None

    def __call__(self, ops: Ops[Any], /, **hyperparameters: Any) -> AnyLoss[Any]: ...


AnyLoss = Loss[A] | BatchLoss[A] | Variant[A]
LossLike = str | Callable[..., AnyLoss[Any]]

_AXES = {"logit": 0, "vector": 1, "embedding": 2}


@dataclass(frozen=True, kw_only=True)
class Game(Generic[A]):
    """A loss resolved for two players, still unreduced."""

    discriminator: TwoSided[A]
    generator: TwoSided[A]
    generator_needs_real: bool
    terms: tuple[Term[A], Term[A]] | None = None
    """The real and the fake term of a loss that compares nothing."""
    pairs_mean: Callable[[A, A, E[A]], A] | None = None
    all_pairs: bool = False
    one_side: bool = False
    d_paired: bool = False
    g_paired: bool = False
    """Whether real_i belongs to fake_i in D's loss and in G's."""
    least: int = 1
    sample_axes: int = 0
    """How many trailing axes are one sample."""
    length: int | None = None
    constant: float = 0.0
    lowest: float = -math.inf
    d_of_means: bool = False
    g_of_means: bool = False
    """Whether D's loss and G's are losses of each sample's mean logit."""


def game(loss: AnyLoss[A]) -> Game[A]:
    """Resolve the generator rule."""
    if isinstance(loss, Variant):
        return _varied(loss)
    if isinstance(loss, BatchLoss):
        generator, needs_real = _generator(loss.discriminator, loss.generator)
        return Game(
            discriminator=loss.discriminator,
            generator=generator,
            generator_needs_real=loss.generator_needs_real if callable(loss.generator) else needs_real and not loss.one_side,
            one_side=loss.one_side,
            d_paired=loss.paired == "always",
            g_paired=loss.paired != "never",
            least=loss.least,
            sample_axes=_AXES[loss.sample],
            length=loss.length,
            constant=loss.constant,
        )
    discriminator, rule, needs_real = loss.coupling(real=loss.real, fake=loss.fake), loss.generator, False
    if callable(rule):
        generator = _on_fakes(rule)
    elif loss.coupling is separable and rule != "linear":
        generator = _on_fakes(loss.real if rule == "nonsaturating" else lambda t: -loss.fake(t))
    else:
        generator, needs_real = _generator(discriminator, rule)
    return Game(
        discriminator=discriminator,
        generator=generator,
        generator_needs_real=needs_real,
        terms=(loss.real, loss.fake) if loss.coupling is separable else None,
        pairs_mean=loss.pairs_mean,
        all_pairs=loss.coupling is all_pairs,
        d_paired=loss.coupling is paired,
        g_paired=loss.coupling is paired,
        constant=loss.constant,
        lowest=loss.lowest,
    )


def _on_fakes(term: Term[A]) -> TwoSided[A]:
    return lambda r, f, E: Sides(fake=term(f))


def _generator(discriminator: TwoSided[A], rule: Rule | TwoSided[A]) -> tuple[TwoSided[A], bool]:
    """The generator of a loss that compares the sides, and whether it looks at reals."""
    if callable(rule):
        return rule, True
    if rule == "linear":
        return lambda r, f, E: Sides(fake=-f), False
    if rule == "saturating":
        return lambda r, f, E: _each(discriminator(r, f, E), lambda part: -part), True
    return lambda r, f, E: _swapped(discriminator(f, r, E.swapped())), True


def _varied(loss: Variant[A]) -> Game[A]:
    of_d, of_g = loss.discriminator, loss.generator or loss.discriminator
    if isinstance(of_g, str):
        of_g = replace(of_d, generator=of_g)
    d, g, (d_factor, g_factor) = game(of_d), game(of_g), loss.factors
    if loss.detached and isinstance(of_d, Loss):
        d = replace(d, discriminator=_average_of_constants(real=of_d.real, fake=of_d.fake))

    def scaled(x: A, factor: float) -> A:
        return x if factor == 1.0 else factor * x

    def seen(x: A) -> A:
        return x if loss.activation is None or x is None else loss.activation(x)

    def varied(term: Term[A]) -> Term[A]:
        return lambda t: scaled(term(seen(t)), d_factor)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return _each(d.discriminator(seen(r), seen(f), E), lambda x: scaled(x, d_factor))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        r = E.constant(r) if loss.detached and g.generator_needs_real else r
        return _each(g.generator(seen(r), seen(f), E), lambda x: scaled(x, g_factor))

    return replace(
        d,
        discriminator=discriminator,
        generator=generator,
        generator_needs_real=g.generator_needs_real,
        # Both players' terms, or neither's: what is done for a term of each logit is done for both.
        terms=None if d.terms is None or g.terms is None else (varied(d.terms[0]), varied(d.terms[1])),
        pairs_mean=d.pairs_mean if g.pairs_mean is d.pairs_mean else None,
        all_pairs=d.all_pairs or g.all_pairs,
        g_paired=g.g_paired,
        least=max(d.least, g.least),
        constant=max(d_factor * d.constant, g_factor * g.constant),
        d_of_means=loss.of_means == "both",
        g_of_means=loss.of_means != "none",
    )


def _average_of_constants(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    return lambda r, f, E: Sides(real(r - E.constant(E.fake(f))), fake(f - E.constant(E.real(r))))


def _each(sides: Sides[A], function: Term[A]) -> Sides[A]:
    return Sides(*[None if part is None else function(part) for part in sides])


def _swapped(sides: Sides[A]) -> Sides[A]:
    return Sides(real=sides.fake, fake=sides.real, pair=sides.pair, batch=sides.batch)
