"""The tables by name."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from ganloss_core.recipes import tables
from ganloss_core.recipes.table import Recipe
from ganloss_core.spec.registry import normalised


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(tables.__path__)))


def names() -> list[str]:
    """The names of all recipes.

    >>> from ganloss_core import recipes
    >>> "r3gan" in recipes.names()
    True
    """
    return list(_names())


def recipe(name: str) -> Recipe:
    """The recipe of a name; case, - and _ do not matter.

    Raises KeyError for an unknown one, with the nearest name.

    >>> from ganloss_core import recipes
    >>> recipes.recipe("StyleGAN2-ADA").title
    'StyleGAN2-ADA'
    """
    if not isinstance(name, str):
        raise TypeError(f"a recipe is a name or a Recipe, got {type(name).__name__}")
    plain = {normalised(known): known for known in _names()}
    known = plain.get(normalised(name))
    if known is None:
        near = get_close_matches(normalised(name), plain, 1)
        hint = f"did you mean {plain[near[0]]!r}?" if near else f"there are {', '.join(_names())}"
        raise KeyError(f"unknown recipe {name!r}: {hint}")
    table: Recipe = importlib.import_module(f"{tables.__name__}.{known}").TABLE
    return table
