"""What the terms of a recipe look at, and ask the caller for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganloss_core.recipes.call import Needs
from ganloss_core.recipes.kinds import BOTH, kind
from ganloss_core.recipes.table import Recipe
from ganloss_core.spec.game import game
from ganloss_core.words.ops import Ops


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


def taken(recipe: Recipe, player: str, needs: Mapping[str, Needs]) -> tuple[frozenset[str], tuple[str, ...]]:
    """All arguments of a player's step, and those of them that are parameters of the recipe."""
    table = recipe.terms(player)
    # A balancer has its weights from the beginning.
    fixed = recipe.balanced if recipe.combining == "balancer" and player == "generator" else ()
    numbers = [x for name, term in table.items() for x in (term.start, *(() if name in fixed else term.factors))]
    moving = {x for x in numbers if isinstance(x, str)}
    takes = {name for term in table.values() for name in kind(player, term).takes}
    takes |= {"noise"} if "differences" in recipe.observe else set()
    sides = {"real", "fake", "real_args", "fake_args"}
    return frozenset({*together(needs.values()), *takes, *moving, *sides}), tuple(sorted(moving))


def compares(loss: Any, ops: Ops[Any]) -> bool:
    """Whether what G minimises compares fakes with reals."""
    return game(loss._settings.build(ops)).generator.needs_real
