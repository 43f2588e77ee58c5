"""A loss as data: two terms, a rule for the generator, a coupling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from ganloss_core._ops import A, Ops, Term

T = TypeVar("T")
Rule = Literal["nonsaturating", "saturating", "linear"]
RULES: tuple[Rule, ...] = ("nonsaturating", "saturating", "linear")


class Sides(NamedTuple, Generic[T]):
    """Parts of a loss by where they live: on real elements, on fake ones, on pairs, or on the batch as a whole.

    A part that the loss does not have is None.
    """

    real: T | None = None
    fake: T | None = None
    pair: T | None = None
    batch: T | None = None


class E(Protocol[A]):
    """The expectations that a coupling may take; weighted, where the caller gave weights."""

    real: Callable[[A], A]
    """The mean over the real side."""
    fake: Callable[[A], A]
    """The mean over the fake side."""
    real_below: Callable[[A, A], A]
    """(y, x): for each element of x, the share of the real side's y that is strictly less; never differentiated."""
    fake_below: Callable[[A, A], A]
    """The same with the fake side's y."""
    constant: Callable[[A], A]
    """x itself, but a constant for differentiation."""

    def pairs(self, term: Term[A], real: A, fake: A, /) -> Sides[A]:
        """The mean of term(real_i - fake_j) over all i and j."""
        ...

    def swapped(self) -> E[A]:
        """The same expectations seen from the other side."""
        ...


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
    """

    real: Term[A]
    fake: Term[A]
    generator: Rule | Term[A] = "nonsaturating"
    coupling: Coupling = separable
    pairs_mean: Callable[[A, A, E[A]], A] | None = None
    constant: float = 0.0

    def __post_init__(self) -> None:
        for field, value in (("real", self.real), ("fake", self.fake), ("coupling", self.coupling)):
            if not callable(value):
                raise TypeError(f"Loss: {field} must be a function, got {type(value).__name__}")
        if not callable(self.generator) and self.generator not in RULES:
            raise ValueError(
                f"Loss: generator must be {', '.join(map(repr, RULES))} or a function of a logit, got {self.generator!r}"
            )


class Definition(Protocol):
    """A function that writes a loss with the words of any backend; keyword-only parameters are its hyperparameters."""

    __name__: str
    __doc__: str | None

    def __call__(self, ops: Ops[Any], /, **hyperparameters: Any) -> Loss[Any]: ...


LossLike = str | Callable[..., Loss[Any]]


class Game(NamedTuple, Generic[A]):
    """A loss resolved for two players, still unreduced."""

    discriminator: TwoSided[A]
    generator: TwoSided[A]
    generator_needs_real: bool


def game(loss: Loss[A]) -> Game[A]:
    """Resolve the generator rule."""
    discriminator = loss.coupling(real=loss.real, fake=loss.fake)
    rule = loss.generator
    if callable(rule):
        return Game(discriminator, lambda r, f, E: Sides(fake=rule(f)), False)
    if rule == "linear":
        return Game(discriminator, lambda r, f, E: Sides(fake=-f), False)
    if loss.coupling is separable:
        if rule == "saturating":
            return Game(discriminator, lambda r, f, E: Sides(fake=-loss.fake(f)), False)
        return Game(discriminator, lambda r, f, E: Sides(fake=loss.real(f)), False)
    if rule == "saturating":
        return Game(discriminator, lambda r, f, E: _negative(discriminator(r, f, E)), True)
    return Game(discriminator, lambda r, f, E: _swapped(discriminator(f, r, E.swapped())), True)


def _negative(sides: Sides[A]) -> Sides[A]:
    return Sides(*[None if part is None else -part for part in sides])


def _swapped(sides: Sides[A]) -> Sides[A]:
    return Sides(real=sides.fake, fake=sides.real, pair=sides.pair, batch=sides.batch)
