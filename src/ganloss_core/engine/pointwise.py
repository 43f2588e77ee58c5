"""A loss that is a term for each logit, all at once, where the backend can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ganloss_core.engine.settings import Settings
from ganloss_core.engine.steps import Extras, Made
from ganloss_core.spec.game import Game, Player, game
from ganloss_core.spec.sides import Sides
from ganloss_core.words.expression import SYMBOLS, Expression, as_expression, same
from ganloss_core.words.ops import A, Term

Written = Callable[[], tuple[Expression, ...] | None]


def as_data(settings: Settings) -> Game[Any] | None:
    """The game with terms that are expressions; None where the definition is more than words and arithmetic."""
    try:
        return game(settings.build(SYMBOLS))
    except Exception:
        return None


def written(terms: Sequence[Term[Any]]) -> Written:
    """The terms as they are when it is called, since a formula may look at what changes; the same objects if nothing did."""
    last: tuple[Expression, ...] = ()

    def now() -> tuple[Expression, ...] | None:
        nonlocal last
        try:
            found = tuple(map(as_expression, terms))
        except Exception:
            return None
        before = last
        if before and all(map(same, found, before)):
            return before
        last = found
        return found

    return now


def at_once(made: Made[A], player: Player[A], as_sides: bool) -> Callable[[Any, Any, Extras | None], Any] | None:
    """A player's loss, or its `Sides`, from what the caller gave; it returns None where that is to be evaluated otherwise.

    Of a loss whose calls without weights need no step.
    """
    node, of = made.backend.pointwise, made.as_data
    if node is None or of is None or made.reduction == "none":
        return None
    terms = (of.discriminator if player is made.game.discriminator else of.generator).terms
    if terms is None:
        return None
    of_each, mean = written([term for term in terms if term is not None]), made.reduction == "mean"
    first = 0 if player.needs_real else 1

    def run(real: Any, fake: Any, extras: Extras | None) -> Any:
        if extras is None:
            masks: tuple[Any, ...] = (None, None)
        elif extras.real_labels is None and extras.fake_labels is None:
            masks = extras[:2]
        else:
            return None
        loss = node(of_each, (real, fake)[first:], masks[first:], mean, as_sides)
        return Sides(*(None,) * first, *loss) if as_sides and loss is not None else loss

    return run
