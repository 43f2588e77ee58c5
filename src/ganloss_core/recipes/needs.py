"""What the terms of a recipe look at, and ask the caller for."""

from __future__ import annotations

from collections.abc import Iterable

from ganloss_core.recipes.kinds import BOTH, kind
from ganloss_core.recipes.table import Recipe


def sides(recipe: Recipe, player: str, compares: bool, names: Iterable[str] | None = None) -> frozenset[str]:
    """Where terms of a player need the critic; `compares` says whether G's loss compares both sides."""
    table = recipe.terms(player)
    terms = {name: table[name] for name in (table if names is None else names)}
    found = {side for term in terms.values() for side in kind(player, term).sides}
    if player == "generator" and compares and any(term.kind == "adversarial" for term in terms.values()):
        found.add("real")
    if any(term.adaptive for term in terms.values()) or (player == "generator" and recipe.balanced):
        found.add("fake")
    return frozenset(found)


def arguments(recipe: Recipe, player: str, compares: bool, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """The arguments of a step that terms of a player need, besides the critic."""
    table = recipe.terms(player)
    names = list(table if names is None else names)
    needed = [side for side in BOTH if side in sides(recipe, player, compares, names)]
    for name in names:
        term = table[name]
        needed += [*kind(player, term).needs, *([term.times] if term.times else [])]
        needed += [name] if term.kind == "given" else []
        needed += ["last_layer"] if term.adaptive else []
    return tuple(dict.fromkeys(needed))
