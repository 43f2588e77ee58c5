"""One row of the table: a work, plain code for it, ours, and what is measured; knows no framework."""

import math
import statistics
import timeit
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Function = Callable[..., Any]
SHORTEST = 2e-3
"""Seconds that one reading takes at least: what is quicker is called several times."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """`plain` has one or several ways in which people write `work`; the quickest is what `ours` is compared with.

    `inputs` makes the arguments of all of them from a framework's maker of arrays. Goals: `goal` for time, `memory` and `costs`
    (XLA's bytes and operations) are ratios to plain code, `of_logits` is memory as a multiple of the inputs' own, and `kernels`
    a number, or "plain". `tolerance` bounds the relative error of value and gradient in float32; `plain_tolerance`
    that of plain code, where its formula cancels.
    """

    work: str
    inputs: Function
    plain: dict[str, Function]
    ours: Function
    goal: float | None = None
    memory: float | None = None
    of_logits: float | None = None
    kernels: int | str | None = None
    costs: float | None = None
    tolerance: float = 1e-5
    plain_tolerance: float = 1e-5


@dataclass
class Measured:
    """What a row came to: `plain` and `ours` by what was measured (seconds, memory, ...), and which goals were missed."""

    row: Row
    way: str
    ratio: float
    plain: dict[str, float]
    ours: dict[str, float]
    missed: list[str] = field(default_factory=list)


class Result(NamedTuple):
    """A value and gradients, as float64 NumPy arrays."""

    value: Any
    gradients: list[Any]


class NotEqual(AssertionError):
    """Two sides of a row that compute different numbers."""


def check(row: Row, name: str, got: Result, exact: Result, tolerance: float) -> None:
    """`got` is `exact` to within a tolerance, relative to the value and to each gradient's largest element."""
    for what, a, b in zip(
        ("value", *["gradient"] * len(got.gradients)), (got.value, *got.gradients), (exact.value, *exact.gradients), strict=True
    ):
        error, scale = abs(a - b).max(), abs(b).max()
        if not error <= tolerance * scale:
            raise NotEqual(
                f"{row.work}, {name}: the {what} is off by {error / scale:.1e} of {scale:.3g}, more than {tolerance:.0e}"
            )


def interleaved(
    calls: dict[str, Callable[[], Any]], rounds: int, seconds: float, timer: Callable[[], float] = timeit.default_timer
) -> dict[str, list[float]]:
    """Seconds for each call in each round, side by side, each way first in turn: what slows the machine slows all."""
    once = {name: timeit.timeit(call, timer=timer, number=1) for name, call in calls.items()}
    number = {name: math.ceil(SHORTEST / t) for name, t in once.items()}
    took: dict[str, list[float]] = {name: [] for name in calls}
    names, start = list(calls), timeit.default_timer()
    for i in range(rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            took[name].append(timeit.timeit(calls[name], timer=timer, number=number[name]) / number[name])
        if timeit.default_timer() - start > seconds:
            break
    return took


def compared(
    row: Row,
    calls: dict[str, Callable[[], Any]],
    rounds: int,
    seconds: float,
    timer: Callable[[], float] = timeit.default_timer,
) -> tuple[str, float, float, float]:
    """The quickest plain way, its seconds, ours, and the ratio: medians. `calls` has "ours" besides."""
    took = interleaved(calls, rounds, seconds, timer)
    way = min(row.plain, key=lambda name: statistics.median(took[name]))
    ratio = statistics.median(a / b for a, b in zip(took["ours"], took[way], strict=True))
    return way, statistics.median(took[way]), statistics.median(took["ours"]), ratio
