"""A recipe in words, for the command and the book."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ganloss_core.recipes.kinds import kind
from ganloss_core.recipes.table import Recipe, Term

PLAYERS = {"discriminator": "D", "generator": "G"}


class Row(NamedTuple):
    """One term: whose it is, its name in the log, its weight, what it is, and when it is computed.

    >>> from ganloss_core import recipes
    >>> recipes.rows(recipes.recipe("r3gan"))[1]
    Row(player='D', term='r1', weight='gamma = 0.05', what='r1', when='')
    """

    player: str
    term: str
    weight: str
    what: str
    when: str


def rows(recipe: Recipe) -> list[Row]:
    """The terms of both players, in their order.

    >>> from ganloss_core import recipes
    >>> [row.term for row in recipes.rows(recipes.recipe("stylegan2")) if row.player == "G"]
    ['adversarial', 'path_length']
    """
    return [
        Row(said, name, _weight(recipe, player, name, term), _what(recipe, player, term), _when(recipe, term))
        for player, said in PLAYERS.items()
        for name, term in recipe.terms(player).items()
    ]


def draws(row: Row, recipe: Recipe) -> bool:
    """Whether a term draws random numbers unless they are given: in JAX it needs `rng`.

    >>> from ganloss_core import recipes
    >>> wgan_gp = recipes.recipe("wgan_gp")
    >>> [row.term for row in recipes.rows(wgan_gp) if recipes.draws(row, wgan_gp)]
    ['gradient_penalty']
    """
    player = next(player for player, said in PLAYERS.items() if said == row.player)
    return kind(player, recipe.terms(player)[row.term]).draws


def facts(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """What a recipe says besides its terms."""
    if recipe.critics:
        yield "critics", f"a dict of {', '.join(recipe.critics)}"
    if recipe.observe:
        yield "D's step runs the critic with", f"observe(..., {_arguments(recipe.observe)})"
    if recipe.combining:
        of = f"of {', '.join(recipe.balanced)}, by the fakes"
        yield recipe.combining, f"{_arguments(getattr(recipe, recipe.combining))}: {of}"
    keeping = [name for player in PLAYERS for name, t in recipe.terms(player).items() if kind(player, t).keeps]
    keeping += [recipe.combining] if recipe.combining else []
    if keeping:
        yield "keeps a state", ", ".join(keeping)
    yield "parameters", _arguments(recipe.parameters) or "none"
    yield "outside of it", "; ".join(recipe.notes) or "nothing"
    yield "paper", recipe.paper
    yield "source", recipe.source or "the paper alone"


def _number(recipe: Recipe, value: Any) -> str:
    return f"{value} = {recipe.parameters[value]}" if isinstance(value, str) else f"{value}"


def _weight(recipe: Recipe, player: str, name: str, term: Term) -> str:
    if not kind(player, term).adds:
        return "in the log only"
    said = [" times ".join(_number(recipe, factor) for factor in term.factors)]
    if term.times:
        said.append(f"times {term.times} of each sample")
    if term.adaptive:
        said.append(f"times adaptive_weight to {' + '.join(term.adaptive.to)}")
    if player == "generator" and name in recipe.balanced:
        said.append(f"its gradient through the {recipe.combining}")
    return ", ".join(said)


def _what(recipe: Recipe, player: str, term: Term) -> str:
    if term.kind == "given":
        said = f"given: {term.about}"
    else:
        of = Recipe.of_loss(recipe.loss).title if term.kind == "adversarial" else term.kind
        settings = _arguments({**(recipe.settings if term.kind == "adversarial" else {}), **term.settings}, recipe.parameters)
        said = f"{of}({settings})" if settings else of
    return f"{said}, of the critic {term.critic}" if term.critic else said


def _when(recipe: Recipe, term: Term) -> str:
    said = []
    if term.every != 1:
        said.append(f"every {_number(recipe, term.every)} steps{', multiplied by this number' if term.scaled else ''}")
    if term.start != 0:
        said.append(f"from step {_number(recipe, term.start)} on")
    if term.apart:
        said.append("an optimiser step of its own")
    return "; ".join(said)


def _arguments(given: Mapping[str, Any], parameters: Collection[str] = ()) -> str:
    def said(value: Any) -> str:
        return value if isinstance(value, str) and value in parameters else repr(value)

    return ", ".join(f"{name}={said(value)}" for name, value in given.items())
