"""Floating-point types, and errors counted in their units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from ganloss_core.words.extras import extra

with extra("cli"):
    import mpmath


class DType(NamedTuple):
    """A binary floating-point format, and the one that logits of this type are computed in."""

    bits: int
    """of precision, the hidden one included"""
    min_exponent: int
    """of the smallest normal number"""
    max_exponent: int
    """of the first power of two that is too large"""
    computed_in: str


DTYPES: Mapping[str, DType] = {
    "float64": DType(53, -1022, 1024, "float64"),
    "float32": DType(24, -126, 128, "float32"),
    "bfloat16": DType(8, -126, 128, "float32"),
    "float16": DType(11, -14, 16, "float32"),
}


def known_dtypes(dtypes: Iterable[str] | None) -> list[str]:
    """All of `dtypes` or, for None, of `DTYPES`; ValueError for another name."""
    wanted = list(DTYPES) if dtypes is None else list(dtypes)
    for dtype in wanted:
        if dtype not in DTYPES:
            raise ValueError(f"unknown dtype {dtype!r}: the dtypes are {', '.join(DTYPES)}")
    return wanted


@cache
def _power_of_two(exponent: int) -> Any:
    return mpmath.mpf(2) ** exponent


def eps(dtype: str) -> Any:
    """The distance from 1 to the next number."""
    return _power_of_two(1 - DTYPES[dtype].bits)


def rounded(x: float, dtype: str) -> float:
    """The nearest number of the type, away from its subnormal and overflow ends."""
    mantissa, exponent = math.frexp(x)
    bits = DTYPES[dtype].bits
    return math.ldexp(round(mantissa * 2**bits), exponent - bits)


def error(got: float, true: Any, unit: Any, stored: str, roundings: float = 0.5) -> float:
    """|got - true| / unit, with overflow to infinity where the type demands it.

    Free of charge are 4 smallest normal numbers, since XLA flushes what is below, and, with a unit of a wider type,
    `roundings` ulp of the type `stored`.
    """
    bits, min_exponent, max_exponent, computed = DTYPES[stored]
    if mpmath.isnan(true):
        return 0.0 if math.isnan(got) else math.inf
    if abs(true) >= _power_of_two(max_exponent):
        return 0.0 if got == math.copysign(math.inf, true) else math.inf
    if not math.isfinite(got):
        return math.inf
    free = _power_of_two(min_exponent + 2)
    if stored != computed:
        free += roundings * abs(true) * _power_of_two(1 - bits)
    distance = abs(true - got) - free
    return 0.0 if distance <= 0 else float(distance / unit) if unit else math.inf
