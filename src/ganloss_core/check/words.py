"""The words of a backend against their contract."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from functools import cache
from typing import Any

import mpmath

from ganloss_core.backends import exact
from ganloss_core.backends.tape import gradients
from ganloss_core.check.report import Derivatives, Report, Row, Runner, a_thread
from ganloss_core.words.ops import WORDS
from ganloss_core.words.ulps import DTYPES, eps, error, known_dtypes, rounded


def check_words(runner: Runner, *, dtypes: Iterable[str] | None = None, words: Iterable[str] = tuple(WORDS)) -> Report:
    """Compare every word of a runner with its contract: value, first and second derivative, kinks, limits, and that NaN gives
    NaN in value and first derivative.

    In the report, the second derivative has a row of its own, with player "second"; its budget is 8 eps, absolute up to 1 and
    relative above.

    >>> from ganloss_core.check import check_words, runners
    >>> check_words(*runners(["numpy"]), dtypes=["float64"], words=["relu"]).ok
    True
    """
    rows, words = [], tuple(words)
    chosen = [d for d in known_dtypes(dtypes) if d in runner.dtypes and DTYPES[d].computed_in == d]
    at = {dtype: {name: points(name, dtype) for name in words} for dtype in chosen}
    # As in `check`, compilers work on both types, and the oracle meanwhile.
    with a_thread() as thread:
        executor: Executor = getattr(runner, "executor", thread)
        started = {d: executor.submit(runner.words, {name: [*_ENDS, *x] for name, x in at[d].items()}, d) for d in chosen}
        for dtype, running in started.items():
            truths = {name: _truth(name, dtype) for name in words}
            results = running.result()
            for name in words:
                rows += _rows(name, runner, dtype, at[dtype][name], results[name], truths[name])
    return Report(tuple(rows), ())


_ENDS = (-math.inf, math.inf, math.nan)


_FURTHEST: Mapping[str, tuple[float, ...]] = {
    "square": (1.1923839338123798e-07,),
    "sqrt": (2.0169705787883649e-28, 1.182879754248665e-38, 3.319270925673403e-28, 2.40547567009261e-38),
    "exp": (-38.8189697265625, 88.721923828125),
    "expm1": (-0.03135424852371216, -0.028940916061401367, 0.030749619007110596, 88.721923828125),
    "log": (1.3339366912841797, 2.108191882444257e-38, 0.6881618499755859),
    "sigmoid": (-16.664703369140625, 3.4368209838867188, 0.1421680450439453),
    "softplus": (-5.5443878173828125, -5.542755126953125, -0.6550226211547852, -16.664703369140625),
    "tanh": (0.5232391357421875, 1.7184104919433594, 5.231109619140625, 0.07108402252197266),
}
"""Float32 numbers at which a backend was furthest from the exact result, of each 16th of all: see `exhaustive`."""


@cache
def points(name: str, dtype: str) -> list[float]:
    """Where a word is checked: its kinks, the range where it bends, and all magnitudes where its value is finite."""
    word, draw = WORDS[name], random.Random(f"{name} {dtype}")
    _, low, high, _ = DTYPES[dtype]
    # e^x reaches both ends of the type's range here.
    edge = (high - 1) * math.log(2)
    x = [draw.uniform(-edge, edge) for _ in range(400)] + [draw.gauss(0.0, 1.0) for _ in range(300)]
    x += [math.copysign(2.0 ** draw.uniform(low + 4, high - 1), draw.random() - 0.5) for _ in range(200)]
    x += [kink + side * 2.0**-k for kink in word.kinks for side in (-1, 1) for k in (1, 3, 10)]
    x = [rounded(v, dtype) for v in x if not (name in ("exp", "expm1") and v > edge)]
    x += _FURTHEST.get(name, ()) if dtype == "float32" else ()
    return [*word.kinks, *([abs(v) for v in x] if word.positive else [0.0, *x])]


@cache
def _truth(name: str, dtype: str) -> tuple[Any, Any, Any]:
    """A word and its two derivatives at all its points, exactly."""
    with mpmath.workprec(256):
        tape = exact.backend()
        at = tape.logits(points(name, dtype), "")
        first = WORDS[name].derivative(tape.ops, at)
        (second,) = gradients(first, [at])
        return [exact.WORD_VALUES[name](x) for x in at.array], first.array, second


def _rows(name: str, runner: Runner, dtype: str, x: list[float], got: Derivatives, truth: tuple[Any, Any, Any]) -> list[Row]:
    word = WORDS[name]
    values, firsts, seconds = (orders[len(_ENDS) :] for orders in got)
    true_values, true_firsts, true_seconds = truth
    with mpmath.workprec(256):
        budget = 2.0 if word.kind == "elementary" else runner.ulps
        value_ulps, first_ulps = (
            max(error(g, t, _ulp(t, dtype), dtype) for g, t in zip(got, true, strict=True))
            for got, true in ((values, true_values), (firsts, true_firsts))
        )
        second = max(error(g, t, eps(dtype) * max(1, abs(t)), dtype) for g, t in zip(seconds, true_seconds, strict=True))
    if not all(map(_same, got.value, (*word.limits, math.nan))):
        value_ulps = math.inf
    if not math.isnan(got.first[len(_ENDS) - 1]):
        first_ulps = math.inf
    return [
        Row(name, "word", runner.name, dtype, value_ulps, first_ulps, budget, len(x) + 3),
        Row(name, "second", runner.name, dtype, second, 0.0, 8.0, len(x)),
    ]


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _ulp(x: Any, dtype: str) -> Any:
    return eps(dtype) * mpmath.mpf(2) ** (mpmath.mag(x) - 1) if x else mpmath.mpf(0)
