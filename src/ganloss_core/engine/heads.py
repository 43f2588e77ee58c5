"""Several heads: a list or a dict of logits, one loss each, combined by mean, sum or weights, or left apart."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from ganloss_core.spec.sides import Sides

Heads = Literal["mean", "sum", "none"] | Sequence[float] | Mapping[Any, float]
CONTAINERS = (list, dict, tuple)


def check_heads(heads: Heads) -> Heads:
    """The argument `heads` as a str, a list of floats or a dict of floats, or an error that says what would be right."""
    if isinstance(heads, str) and heads in ("mean", "sum", "none"):
        return heads
    if isinstance(heads, Mapping):
        return {key: _head_weight(weight) for key, weight in heads.items()}
    if isinstance(heads, Sequence) and not isinstance(heads, (str, bytes)):
        if not heads:
            raise ValueError("heads has no weights: it must be 'mean', 'sum', 'none' or one weight per head, got an empty one")
        return [_head_weight(weight) for weight in heads]
    raise (ValueError if isinstance(heads, str) else TypeError)(
        f"heads must be 'mean', 'sum', 'none' or one weight per head, got {heads!r}"
    )


def _head_weight(weight: Any) -> float:
    if not isinstance(weight, numbers.Real) or isinstance(weight, bool):
        raise TypeError(
            f"a head's weight must be a Python number, fixed when the loss is made, got {type(weight).__name__}; "
            "to change it while training, take discriminator_terms head by head"
        )
    if not math.isfinite(weight):
        raise ValueError(f"a head's weight must be finite, got {weight}")
    return float(weight)


Calls = Callable[[list[dict[str, Any]]], list[Any]]
"""(the arguments of each head): what each head's loss is."""


def one_by_one(call: Callable[..., Any]) -> Calls:
    """A function of one head's arguments, of those of each."""
    return lambda of_heads: [call(**of_head) for of_head in of_heads]


AtOnce = Callable[[Mapping[str, Sequence[Any]], Sequence[float] | None], Any]
"""(arguments, a weight for each head): the loss of all heads, without weights a list; or None where each is to be called."""


def over_heads(calls: Calls, heads: Heads, per_element: bool, *, at_once: AtOnce | None = None, **arguments: Any) -> Any:
    """`calls` of each head's arguments, combined; every argument is None or holds one array per head."""
    given = {name: value for name, value in arguments.items() if value is not None}
    if not given:
        raise TypeError("several heads need a list or a dict of logits, got None")
    first_name, first = next(iter(given.items()))
    for name, value in given.items():
        if isinstance(value, tuple):
            what = (
                "is usually (logits, features): pass the logits alone"
                if name in ("real", "fake", "logits")
                else "is no array: pass one"
            )
            raise TypeError(f"{name} is a tuple, which {what}, or a list of them for several heads")
        if not isinstance(value, (list, dict)):
            raise TypeError(
                f"heads or another argument says several heads, so {name} must be a list or dict of arrays, "
                f"got {type(value).__name__}"
            )
        if isinstance(value, dict) is not isinstance(first, dict):
            raise TypeError(
                f"{first_name} is a {type(first).__name__} and {name} a {type(value).__name__}: with several heads, "
                "pass lists of the same length, or dicts with the same keys"
            )
        if _keys(value) != _keys(first):
            raise ValueError(f"{first_name} and {name} must have the same heads, got {_say(first)} and {_say(value)}")
        for head in value.values() if isinstance(value, dict) else value:
            if isinstance(head, CONTAINERS):
                raise TypeError(
                    f"{name} has a {type(head).__name__} as one of its heads: heads do not nest, pass one flat list or dict"
                )
    if not first:
        raise ValueError(f"{first_name} has no heads: it is empty")
    keys = list(first) if isinstance(first, dict) else range(len(first))
    apart = per_element or heads == "none"
    weights = None if apart else _weights(heads, first, keys)
    results = at_once and at_once({name: [value[key] for key in keys] for name, value in given.items()}, weights)
    if results is not None and weights is not None:
        return results
    if results is None:
        results = calls([{name: None if value is None else value[key] for name, value in arguments.items()} for key in keys])
    if weights is None:
        return dict(zip(keys, results, strict=True)) if isinstance(first, dict) else results
    if isinstance(results[0], Sides):
        parts = zip(*results, strict=True)
        return Sides(*[None if part[0] is None else _combine(part, weights) for part in parts])
    return _combine(results, weights)


def _weights(heads: Heads, first: Any, keys: Sequence[Any]) -> list[float]:
    if isinstance(heads, str):
        return [1.0 / len(keys) if heads == "mean" else 1.0] * len(keys)
    if isinstance(heads, Mapping) is not isinstance(first, dict) or _keys(heads) != _keys(first):
        form = f"a dict with {_say(first)}" if isinstance(first, dict) else f"a list of {len(first)} weights"
        raise ValueError(f"the logits have {_say(first)}, so heads must be {form}, got {heads!r}")
    return [heads[key] for key in keys]


def _combine(values: Sequence[Any], weights: Sequence[float]) -> Any:
    total = None
    for value, weight in zip(values, weights, strict=True):
        term = value if weight == 1.0 else weight * value
        total = term if total is None else total + term
    return total


def _keys(value: Any) -> Any:
    return set(value) if isinstance(value, Mapping) else len(value)


def _say(value: Any) -> str:
    return f"keys {sorted(map(str, value))}" if isinstance(value, Mapping) else f"{len(value)} head{'s' * (len(value) != 1)}"
