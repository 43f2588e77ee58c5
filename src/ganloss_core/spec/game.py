"""A loss resolved for two players: what each minimises, what it looks at, and what both are given."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Generic

from ganloss_core.spec.definition import AnyLoss
from ganloss_core.spec.loss import BatchLoss, Loss, Rule, TwoSided, all_pairs, each, mean_of_row, paired, separable
from ganloss_core.spec.sides import E, Sides
from ganloss_core.spec.variant import Variant
from ganloss_core.words.ops import A, Term


@dataclass(frozen=True, kw_only=True)
class Player(Generic[A]):
    """One player's loss, still unreduced."""

    sides: TwoSided[A]
    needs_real: bool = True
    needs_fake: bool = True
    paired: bool = False
    """Whether real_i belongs to fake_i."""
    of_means: bool = False
    """Whether it is a loss of each sample's mean logit."""
    terms: tuple[Term[A] | None, Term[A]] | None = None
    """Of a real and of a fake logit, where the loss is no more than that."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a critic returns for one sample."""

    axes: int = 0
    """How many trailing axes are one sample."""
    flat: bool = False
    """Whether formulas get one row per sample, whatever shape the samples have."""
    length: int | None = None
    """Of its vectors, where the loss fixes it."""
    ragged: bool = False
    """Whether a row of one real is compared with a row of any number of fakes."""
    least: int = 1
    """The smallest number of samples on a side."""

    def tails(self, length: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shape of one real and of one fake sample, of vectors that have this length unless the loss fixes it."""
        of_fake = ((), (n := self.length or length,), (2, n))[self.axes]
        return (1,) if self.ragged else of_fake, of_fake


@dataclass(frozen=True, kw_only=True)
class Game(Generic[A]):
    """A loss resolved for two players."""

    discriminator: Player[A]
    generator: Player[A]
    sample: Sample = Sample()
    terms: tuple[Term[A], Term[A]] | None = None
    """The real and the fake term of a loss that compares nothing."""
    all_pairs: bool = False
    """Whether a part on the batch as a whole is a mean over pairs, which has a sum and elements too."""
    constant: float = 0.0
    lowest: float = -math.inf


def game(loss: AnyLoss[A]) -> Game[A]:
    """Resolve the generator rule."""
    if isinstance(loss, Variant):
        return _varied(loss)
    if isinstance(loss, BatchLoss):
        return _of_batch(loss)
    rows = loss.coupling is each
    together = rows or loss.coupling is paired
    terms = (loss.real, loss.fake) if loss.coupling is separable else None
    discriminator = Player(sides=_coupled(loss), paired=together, terms=terms)
    rule = loss.generator
    if callable(rule):
        generator = _on_fakes(rule)
    elif loss.coupling is separable and rule != "linear":
        generator = _on_fakes(loss.real if rule == "nonsaturating" else lambda t: -loss.fake(t))
    else:
        generator = _by_rule(discriminator.sides, rule)
    if rows and generator.terms:
        generator = _of_rows(generator)
    return Game(
        discriminator=discriminator,
        generator=replace(generator, paired=together and generator.needs_real),
        sample=Sample(axes=1, ragged=True) if rows else Sample(),
        terms=terms,
        all_pairs=loss.coupling is all_pairs,
        constant=loss.constant,
        lowest=loss.lowest,
    )


def _coupled(loss: Loss[A]) -> TwoSided[A]:
    if loss.coupling is all_pairs and loss.pairs_mean is not None:
        return lambda r, f, E: E.pairs(loss.real, r, f, loss.pairs_mean)
    return loss.coupling(real=loss.real, fake=loss.fake)


def _of_batch(loss: BatchLoss[A]) -> Game[A]:
    rule = loss.generator
    if callable(rule):
        generator = Player(sides=rule, needs_real=loss.generator_needs_real)
    else:
        generator = _by_rule(loss.discriminator, rule)
    needs_real = generator.needs_real and not loss.one_side
    return Game(
        discriminator=Player(sides=loss.discriminator, needs_fake=not loss.one_side, paired=loss.paired == "always"),
        generator=replace(generator, needs_real=needs_real, paired=needs_real and loss.paired != "never"),
        sample=Sample(
            axes=loss.axes,
            flat=loss.sample in ("vector", "embedding"),
            length=loss.length,
            ragged=loss.sample == "row",
            least=loss.least,
        ),
        constant=loss.constant,
    )


def _on_fakes(term: Term[A]) -> Player[A]:
    return Player(sides=lambda r, f, E: Sides(fake=term(f)), needs_real=False, terms=(None, term))


def _of_rows(player: Player[A]) -> Player[A]:
    """A loss of fakes alone, by the mean of each row."""
    return replace(player, sides=lambda r, f, E: Sides(fake=mean_of_row(player.sides(r, f, E).fake, E)), terms=None)


def _by_rule(discriminator: TwoSided[A], rule: Rule) -> Player[A]:
    """The generator of a loss that compares the sides."""
    if rule == "linear":
        return _on_fakes(lambda t: -t)
    if rule == "saturating":
        return Player(sides=lambda r, f, E: _each(discriminator(r, f, E), lambda part: -part))
    return Player(sides=lambda r, f, E: _swapped(discriminator(f, r, E.swapped())))


def _varied(loss: Variant[A]) -> Game[A]:
    of_d, of_g = loss.discriminator, loss.generator or loss.discriminator
    if isinstance(of_g, str):
        of_g = replace(of_d, generator=of_g)
    d, g, (d_factor, g_factor) = game(of_d), game(of_g), loss.factors
    d_sides, g_sides = d.discriminator.sides, g.generator.sides
    if loss.detached and isinstance(of_d, Loss):
        d_sides = _average_of_constants(real=of_d.real, fake=of_d.fake)

    def scaled(x: A, factor: float) -> A:
        return x if factor == 1.0 else factor * x

    def seen(x: A) -> A:
        return x if loss.activation is None or x is None else loss.activation(x)

    def varied(player: Player[A], factor: float) -> Any:
        def composed(term: Term[A]) -> Term[A]:
            return lambda t: scaled(term(seen(t)), factor)

        return None if player.terms is None else tuple(term and composed(term) for term in player.terms)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return _each(d_sides(seen(r), seen(f), E), lambda x: scaled(x, d_factor))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        r = E.hold(r) if loss.detached and g.generator.needs_real else r
        return _each(g_sides(seen(r), seen(f), E), lambda x: scaled(x, g_factor))

    on_d, on_g = varied(d.discriminator, d_factor), varied(g.generator, g_factor)
    return replace(
        d,
        discriminator=replace(d.discriminator, sides=discriminator, of_means=loss.of_means == "both", terms=on_d),
        generator=replace(g.generator, sides=generator, of_means=loss.of_means != "none", terms=on_g),
        sample=replace(d.sample, least=max(d.sample.least, g.sample.least)),
        # Both players' terms, or neither's: what is done for a term of each logit is done for both.
        terms=None if d.terms is None or g.terms is None else on_d,
        all_pairs=d.all_pairs or g.all_pairs,
        constant=max(d_factor * d.constant, g_factor * g.constant),
    )


def _average_of_constants(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
    return lambda r, f, E: Sides(real(r - E.hold(E.fake(f))), fake(f - E.hold(E.real(r))))


def _each(sides: Sides[A], function: Term[A]) -> Sides[A]:
    return Sides(*[None if part is None else function(part) for part in sides])


def _swapped(sides: Sides[A]) -> Sides[A]:
    return Sides(real=sides.fake, fake=sides.real, pair=sides.pair, batch=sides.batch)
