"""What a recipe may have wrong, said when an objective is made of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from ganloss_core.recipes.call import number
from ganloss_core.recipes.kinds import KINDS, kind
from ganloss_core.recipes.table import Recipe, Term
from ganloss_core.spec.arguments import choice, real, whole

PLAYERS = ("discriminator", "generator")
OBSERVED = ("joint", "outputs", "first", "anchor", "differences", "fraction")
"""What a recipe may say of how D is observed."""
CALL = ("critic", "real", "fake", "real_args", "fake_args", "step", "state", "terms", "rng", "last_layer")
"""Arguments of every step."""


def check(recipe: Recipe) -> None:
    """ValueError for a kind, a parameter, a critic or a term that there is not, and for what contradicts itself."""
    for player in PLAYERS:
        table = recipe.terms(player)
        if not table:
            raise ValueError(f"{recipe.title} has no term for the {player}")
        for name, term in table.items():
            _check_term(recipe, player, name, term)
    for key in recipe.observe:
        _one_of(f"what {recipe.title} observes", key, OBSERVED)
    choice("first", recipe.observe.get("first", "real"), ("real", "fake"))
    if recipe.balancer and recipe.normalizer:
        raise ValueError(f"{recipe.title} has a balancer and a normalizer: the gradients go through one of them")
    if bool(recipe.balanced) != bool(recipe.balancer or recipe.normalizer):
        raise ValueError(f"{recipe.title} must say what goes through its balancer or normalizer: balanced={recipe.balanced}")
    for name in recipe.balanced:
        _one_of(f"what {recipe.title} balances", name, recipe.generator)
        term = recipe.generator[name]
        if recipe.balancer and (term.adaptive or term.times or (term.start, term.every) != (0, 1)):
            raise ValueError(
                f"{recipe.title} balances {name!r}, whose weight cannot change besides: every, start, times, adaptive"
            )
    keeping = [name for player in PLAYERS for name, term in recipe.terms(player).items() if kind(player, term).keeps]
    if len(set(keeping)) < len(keeping):
        raise ValueError(f"{recipe.title}'s terms that keep a state need a name each, got {', '.join(keeping)}")


def _check_term(recipe: Recipe, player: str, name: str, term: Term) -> None:
    where = f"{recipe.title}'s term {name!r} of the {player}"
    _one_of(f"the kind of {where}", term.kind, KINDS[player])
    for one in (*term.factors, term.every, term.start):
        if isinstance(one, str):
            _one_of(f"a number of {where}", one, recipe.parameters)
        else:
            real(f"a number of {where}", one)
    if term.critic or kind(player, term).sides:
        _one_of(f"the critic of {where}", term.critic, recipe.critics or ("",))
    if term.kind == "given":
        others = {each for of in KINDS[player].values() for each in (*of.needs, *of.takes)}
        if name in {*CALL, *others, *recipe.parameters}:
            raise ValueError(f"{where}, which a user gives by its name, needs another: {name} is an argument, or a parameter")
    if term.adaptive:
        if player == "discriminator":
            raise ValueError(f"{where} cannot be adaptive: that is a weight of G's loss")
        if not term.adaptive.to or name in term.adaptive.to:
            raise ValueError(f"{where} must be adapted to other terms, got to={term.adaptive.to}")
        for to in term.adaptive.to:
            _one_of(f"what {where} is adapted to", to, recipe.generator)


def check_numbers(recipe: Recipe, parameters: Mapping[str, Any]) -> None:
    """ValueError for intervals and first steps that are none."""
    for player in PLAYERS:
        for name, term in recipe.terms(player).items():
            whole(f"the interval of {name!r}", number(term.every, parameters), 1, "a number of steps")
            whole(f"the first step of {name!r}", number(term.start, parameters), 0, "the number of a step")


def check_settings(recipe: Recipe, player: str, name: str, term: Term, function: Any) -> None:
    """ValueError for a setting that what computes the term does not have."""
    known = [p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for key in term.arguments({}):
        _one_of(f"a setting of {recipe.title}'s term {name!r} of the {player}", key, known)


def _one_of(what: str, name: str, known: Iterable[str]) -> None:
    listed = list(known)
    if name not in listed:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, listed)) or 'none'}, got {name!r}")
