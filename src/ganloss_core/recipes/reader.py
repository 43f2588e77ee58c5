"""The tables by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from ganloss_core.recipes import tables
from ganloss_core.recipes.names import RecipeName
from ganloss_core.recipes.table import Recipe
from ganloss_core.spec.registry import nearest, normalised, register_objectives


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(tables.__path__)))


@cache
def _plain() -> Mapping[str, str]:
    return {normalised(name): name for name in _names()}


def _known(name: str) -> str | None:
    return _plain().get(normalised(name))


def names() -> list[str]:
    """The names of all recipes.

    >>> from ganloss_core import recipes
    >>> "r3gan" in recipes.names()
    True
    """
    return list(_names())


class UnknownRecipe(KeyError):
    """A KeyError whose message is printed as written.

    >>> from ganloss_core import recipes
    >>> recipes.recipe("r4gan")
    Traceback (most recent call last):
    ganloss_core.recipes.reader.UnknownRecipe: unknown recipe 'r4gan': did you mean 'r3gan' or 'esrgan' or 'dragan'?
    """

    def __str__(self) -> str:
        return str(self.args[0])


def recipe(name: RecipeName | str) -> Recipe:
    """The recipe of a name; case, - and _ do not matter.

    Raises KeyError for an unknown one, with the nearest name.

    >>> from ganloss_core import recipes
    >>> recipes.recipe("StyleGAN2-ADA").title
    'StyleGAN2-ADA'
    """
    if not isinstance(name, str):
        raise TypeError(f"a recipe is a name or a Recipe, got {type(name).__name__}")
    known = _known(name)
    if known is None:
        near = nearest(normalised(name), _plain())
        hint = f"did you mean {near}?" if near else f"there are {', '.join(_names())}"
        raise UnknownRecipe(f"unknown recipe {name!r}: {hint}")
    table: Recipe = importlib.import_module(f"{tables.__name__}.{known}").TABLE
    return table


register_objectives(_known)
