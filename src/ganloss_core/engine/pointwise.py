"""A loss that is a term for each logit, all at once, where the backend can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ganloss_core.engine.call import Extras, Made
from ganloss_core.engine.heads import AtOnce
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.steps import steps_of
from ganloss_core.spec.game import Game, Player, game
from ganloss_core.spec.sides import Sides
from ganloss_core.words.expression import SYMBOLS, Expression, X, as_expression, same
from ganloss_core.words.ops import A, Term, UnknownWord

Written = Callable[[], tuple[Expression, ...] | None]


def as_data(settings: Settings) -> Game[Any] | None:
    """The game with terms that are expressions; None where the definition is more than words and arithmetic.

    Raises UnknownWord where a user's formula asks for a word that there is not, when the loss is made.
    """
    try:
        found = game(settings.build(SYMBOLS))
    except UnknownWord:
        raise
    except Exception:
        return None
    if settings.of_the_user:
        for player in (found.discriminator, found.generator):
            _look_up_words([partial(term, X) for term in player.terms or () if term])
            _look_up_words([partial(player.sides, X, X, _Anything())])
    return found


def _look_up_words(formulas: Sequence[Callable[[], Any]]) -> None:
    for formula in formulas:
        try:
            formula()
        except UnknownWord:
            raise
        except Exception:
            # It may be more than expressions can say.
            continue


class _Anything:
    """E and its sides, for who asks which words a formula has."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *given: Any, **_: Any) -> Any:
        for term in filter(callable, given):
            term(X)
        return X

    def swapped(self) -> Any:
        return self

    def parts(self, x: Any) -> Any:
        return x, x


def written(terms: Sequence[Term[Any]], of_the_user: bool) -> Written:
    """The terms; a user's as they are when it is called, as they may look at what changes; the same objects if nothing did."""

    def found_now() -> tuple[Expression, ...] | None:
        try:
            return tuple(map(as_expression, terms))
        except Exception:
            return None

    last = found_now()
    if not of_the_user:
        return lambda: last

    def now() -> tuple[Expression, ...] | None:
        nonlocal last
        before, found = last, found_now()
        if before and found and all(map(same, found, before)):
            return before
        last = found
        return found

    return now


def at_once(made: Made[A], player: Player[A], as_sides: bool) -> tuple[Callable[..., Any], AtOnce] | None:
    """A player's loss, or its `Sides`, from what the caller gave, of one head and of several.

    None for a loss that is more than terms; the functions return None where that is to be evaluated otherwise.
    """
    node, of_many, of = made.backend.pointwise, made.backend.pointwise_of_heads, made.as_data
    if node is None or of_many is None or of is None or made.reduction == "none" or steps_of(made, player, False):
        return None
    terms = (of.discriminator if player is made.game.discriminator else of.generator).terms
    if terms is None:
        return None
    of_the_user = made.settings is None or made.settings.of_the_user
    of_each, mean = written([term for term in terms if term is not None], of_the_user), made.reduction == "mean"
    first = 0 if player.needs_real else 1

    def loss_of(found: Any) -> Any:
        return Sides(*(None,) * first, *found) if as_sides and found is not None else found

    def of_one(real: Any, fake: Any, extras: Extras | None) -> Any:
        if extras is None:
            masks: tuple[Any, ...] = (None, None)
        elif extras.real_labels is None and extras.fake_labels is None:
            masks = extras[:2]
        else:
            return None
        return loss_of(node(of_each, (real, fake)[first:], masks[first:], mean, as_sides))

    def of_heads(given: Mapping[str, Sequence[Any]], weights: Sequence[float] | None) -> Any:
        if given.keys() != {*("real", "fake")[first:]}:
            return None
        found = of_many(of_each, [given[side] for side in ("real", "fake")[first:]], weights, mean, as_sides)
        if weights is None and as_sides and found is not None:
            return [loss_of(parts) for parts in zip(*found, strict=True)]
        return loss_of(found)

    return of_one, of_heads


def one_side_at_once(made: Made[A]) -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    """D's term on one side, by the side's name, of one head and of several."""
    node, of_many, of = made.backend.pointwise, made.backend.pointwise_of_heads, made.as_data
    if node is None or of_many is None or of is None or made.reduction == "none" or of.terms is None:
        return None
    if made.game.discriminator.of_means:
        return None
    of_the_user = made.settings is None or made.settings.of_the_user
    of_side = {side: written([term], of_the_user) for side, term in zip(("real", "fake"), of.terms, strict=True)}
    mean = made.reduction == "mean"
    return (
        lambda side, x: node(of_side[side], (x,), (None,), mean, False),
        lambda side, heads, weights: of_many(of_side[side], (heads,), weights, mean, False),
    )
