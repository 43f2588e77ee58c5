"""What a critic returned, taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ganloss_core.engine.side import shape

T = TypeVar("T")


def once(compute: Callable[[], T], trace: Callable[[], Any]) -> Callable[[], T]:
    """What is computed when first asked for, in each trace: a value of a branch does not exist outside of it."""
    found: list[tuple[Any, T]] = []

    def value() -> T:
        now = trace()
        for where, kept in found:
            if where == now:
                return kept
        found.append((now, compute()))
        return found[-1][1]

    return value


def logits_and_features(output: Any) -> tuple[Any, Any]:
    """What a critic returned, taken apart."""
    if not isinstance(output, tuple):
        return output, None
    if not output:
        raise ValueError("the critic returned an empty tuple: it must return logits, or (logits, features)")
    return output[0], output[1] if len(output) == 2 else output[1:] or None


def sliced(x: Any, half: slice, n: int) -> Any:
    """One side's part of what a critic returned for n samples of both; what has not n rows belongs to both as it is."""
    if isinstance(x, dict):
        return {key: sliced(v, half, n) for key, v in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[sliced(v, half, n) for v in x])
    if isinstance(x, (list, tuple)):
        return type(x)(sliced(v, half, n) for v in x)
    return x[half] if hasattr(x, "shape") and shape(x)[:1] == (n,) else x
