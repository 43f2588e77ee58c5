"""Other codebases' losses, one table each: `GANLoss("codebase/loss")` has that codebase's numbers.

A table is a module of this folder that defines `TABLE`, a `Codebase`; nothing else has to know of it.
"""

from ganloss_core._dialect import Codebase, Dialect, Entry, Parameter, codebase, codebases, names

__all__ = ["Codebase", "Dialect", "Entry", "Parameter", "codebase", "codebases", "names"]
