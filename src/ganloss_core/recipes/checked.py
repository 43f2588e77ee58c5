"""What a recipe of one's own may have wrong, said when an objective is made of it."""

from __future__ import annotations

from collections.abc import Iterable

from ganloss_core.recipes.kinds import KINDS, kind
from ganloss_core.recipes.table import Recipe

PLAYERS = ("discriminator", "generator")


def check(recipe: Recipe) -> None:
    """ValueError for a kind, a parameter, a critic or a term that there is not."""
    for player in PLAYERS:
        table = recipe.terms(player)
        if not table:
            raise ValueError(f"{recipe.title} has no term for the {player}")
        for name, term in table.items():
            where = f"{recipe.title}'s term {name!r} of the {player}"
            _one_of(f"the kind of {where}", term.kind, KINDS[player])
            for number in (*term.factors, term.every, term.start):
                if isinstance(number, str):
                    _one_of(f"a number of {where}", number, recipe.parameters)
            if term.critic or kind(player, term).sides:
                _one_of(f"the critic of {where}", term.critic, recipe.critics or ("",))
            for to in term.adaptive.to if term.adaptive else ():
                _one_of(f"what {where} is adapted to", to, recipe.generator)
            if term.adaptive and player == "discriminator":
                raise ValueError(f"{where} cannot be adaptive: that is a weight of G's loss")
    for name in recipe.balanced:
        _one_of(f"what {recipe.title} balances", name, recipe.generator)
    keeping = [name for player in PLAYERS for name, term in recipe.terms(player).items() if kind(player, term).keeps]
    if len(set(keeping)) < len(keeping):
        raise ValueError(f"{recipe.title}'s terms that keep a state need a name each, got {', '.join(keeping)}")


def _one_of(what: str, name: str, known: Iterable[str]) -> None:
    listed = list(known)
    if name not in listed:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, listed)) or 'none'}, got {name!r}")
