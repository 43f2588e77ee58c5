"""What the terms of a recipe look at, and ask the caller for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ganloss_core.recipes.kinds import BOTH, kind
from ganloss_core.recipes.table import Recipe
from ganloss_core.spec.game import game
from ganloss_core.words.ops import Ops


class Needs(NamedTuple):
    """What one term needs."""

    sides: frozenset[str]
    """Where it needs the critic."""
    arguments: tuple[str, ...]
    """Of a step, besides the critic."""


def of_terms(recipe: Recipe, player: str, compares: bool) -> Mapping[str, Needs]:
    """What each term of a player needs; `compares` says whether G's loss compares both sides."""
    found = {}
    for name, term in recipe.terms(player).items():
        of = kind(player, term)
        sides = set(of.sides)
        if player == "generator":
            if compares and term.kind == "adversarial":
                sides.add("real")
            if term.adaptive or recipe.balanced:
                sides.add("fake")
        others = [*of.needs, *([term.times] if term.times else []), *([name] if term.kind == "given" else [])]
        others += ["last_layer"] if term.adaptive else []
        found[name] = Needs(frozenset(sides), (*(side for side in BOTH if side in sides), *others))
    return found


def together(needs: Iterable[Needs]) -> tuple[str, ...]:
    """The arguments that several terms need: the sides first."""
    each = list(needs)
    sides = [side for side in BOTH if any(side in of.sides for of in each)]
    return tuple(dict.fromkeys([*sides, *(name for of in each for name in of.arguments)]))


def compares(loss: Any, ops: Ops[Any]) -> bool:
    """Whether what G minimises compares fakes with reals."""
    return game(loss._settings.build(ops)).generator.needs_real
