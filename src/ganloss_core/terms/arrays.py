"""What terms ask of arrays: that they have one shape, and what their norms are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import shape, size
from ganloss_core.words.ops import A


def check_same(what: str, a: Any, b: Any) -> None:
    """ValueError for arrays of different shapes."""
    if shape(a) != shape(b):
        raise ValueError(f"{what} that are compared must have one shape, got {shape(a)} and {shape(b)}: one would broadcast")


def lengths(backend: Backend[A], rows: A) -> A:
    """The norm of each row, of constants."""
    # Squares would overflow from the root of the largest number on, and XLA takes the inverse of a very large one for 0.
    largest: Any = backend.max(backend.ops.abs(rows), 1)
    usable = backend.ops.step(largest) * backend.less(largest, math.inf)
    unit = backend.masked(usable, largest * (1.0 - 0.9375 * backend.less(-largest, -1.0)), 1.0)
    units = backend.reshape(unit, (shape(rows)[0], 1))
    return unit * backend.ops.sqrt(backend.sum(backend.ops.square(rows / units), 1))


def norms(backend: Backend[A], devices: Any, arrays: Sequence[Any]) -> list[A]:
    """The norm of each array, of constants; on several devices, of which each has a part of it."""
    # An empty part has the norm 0.
    rows = [backend.reshape(x if size(x) else backend.sum(x), (1, size(x) or 1)) for x in arrays]
    each = [lengths(backend, x) for x in rows]
    if devices is not None:
        each = [lengths(backend, backend.reshape(x, (1, -1))) for x in devices.joined(each)[0]]
    return [backend.sum(x) for x in each]


def bounded(backend: Backend[A], x: Any, smallest: float | None, largest: float | None) -> A:
    """x where it is within the bounds, else the nearer one; a NaN is not beyond a bound, and stays."""
    if smallest is not None:
        x = backend.masked(1.0 - backend.less(x, smallest), x, smallest)
    if largest is not None:
        x = backend.masked(1.0 - backend.less(-x, -largest), x, largest)
    within: A = x
    return within
