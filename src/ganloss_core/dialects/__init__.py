"""Other codebases' losses, one table each: `GANLoss("codebase/loss")` has that codebase's numbers.

A table is a module of `tables/` that defines `TABLE`, a `Codebase`; nothing else has to know of it.
"""

from ganloss_core.dialects.reader import Dialect, codebase, codebases, names
from ganloss_core.dialects.table import Codebase, Entry, Parameter

__all__ = ["Codebase", "Dialect", "Entry", "Parameter", "codebase", "codebases", "names"]
