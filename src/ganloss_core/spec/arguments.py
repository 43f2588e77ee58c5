"""What a number that a user gives must be, checked when something is made of it."""

from __future__ import annotations

import math
import numbers
from typing import Any


def real(name: str, value: Any) -> float:
    """A finite number; TypeError for what is none (text, a bool, an array), ValueError for inf and NaN."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        hint = ": write the number itself, not text" if isinstance(value, str) else ""
        raise TypeError(f"{name} must be a number, got {value!r}{hint}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")
    return float(value)


def is_array(value: Any) -> bool:
    """Whether a number that a user gives is an array; of one that a compiler knows only the type of, that cannot be asked."""
    return type(value) is not float and type(value) is not int and hasattr(value, "shape")


def factor(name: str, value: Any) -> None:
    """TypeError for a weight that is neither a number nor an array, ValueError for an array of more than one number."""
    if isinstance(value, (str, bool)) or not (isinstance(value, numbers.Real) or is_array(value)):
        hint = ": write the number itself, not text" if isinstance(value, str) else ""
        raise TypeError(f"{name} must be a number, got {value!r}{hint}")
    if is_array(value) and tuple(value.shape):
        raise ValueError(f"{name} must be one number, got shape {tuple(value.shape)}")


def whole(name: str, value: Any, least: int, what: str) -> int:
    """A number of any integer type, `least` or more; ValueError that says `what` it is."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be {what}, {least} or more, got {value!r}")
    return int(value)


def decay(value: Any) -> float:
    """How much of an average stays in a step: a number in [0, 1)."""
    if not 0.0 <= real("decay", value) < 1.0:
        raise ValueError(f"decay must be in [0, 1), got {value}")
    return float(value)


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """ValueError unless the value is one of those allowed."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
