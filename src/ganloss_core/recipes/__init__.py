"""Objectives of papers as data, and the object that computes them.

`ganloss_torch.Objective` and `ganloss_jax.Objective` take a name, or a `Recipe` of your own.
"""

from ganloss_core.recipes.described import Row, draws, facts, rows
from ganloss_core.recipes.losses import Due, Losses
from ganloss_core.recipes.reader import UnknownRecipe, names, recipe
from ganloss_core.recipes.table import Adaptive, Recipe, Term

__all__ = ["Adaptive", "Due", "Losses", "Recipe", "Row", "Term", "UnknownRecipe", "draws", "facts", "names", "recipe", "rows"]
