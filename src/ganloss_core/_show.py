"""What `ganloss show` says of a loss, besides its docstring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from ganloss_core import _registry, facts, tex

_RATIOS = {"1/4": 0.25, "1/2": 0.5, "1": 1.0, "2": 2.0, "4": 4.0}


def rows(name: str) -> Iterator[tuple[str, str]]:
    """What is said, and its name."""
    yield "family", _registry.family(name)
    yield "aliases", ", ".join(_registry.aliases_of(name)) or "none"
    parameters = _registry.hyperparameters(_registry.get(name)).values()
    shown = (f"{p.name}: {_kind(p.annotation)} = {p.default}" for p in parameters)
    yield "hyperparameters", ", ".join(shown) or "none"
    try:
        formulas, balance = tex.formulas(name), facts.equilibrium(name)
    except ValueError:
        # A loss of vectors.
        return
    yield "D minimises", formulas.discriminator
    yield "G minimises", formulas.generator
    yield (
        "if fake = real",
        f"D {_number(balance.discriminator)}, G {_range(balance.generator)}, D's best logit {_range(balance.logit)}",
    )
    try:
        best = facts.optimal_critic(name, list(_RATIOS.values()))
    except ValueError:
        return
    critic = ", ".join(f"{_range(logit)} at {ratio}" for ratio, logit in zip(_RATIOS, best, strict=True))
    yield "D's best logit", f"by p_real / p_fake: {critic}"
    measured = facts.name_of_divergence(name)
    if measured is not None:
        factor, divergence = measured
        yield "D measures", divergence if abs(factor - 1.0) < 1e-6 else f"{_number(factor)} times {divergence}"


def _kind(annotation: Any) -> str:
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    if choices:
        return " or ".join(map(str, choices))
    return annotation.__name__ if annotation in (float, int, bool) else str(annotation)


def _number(x: float) -> str:
    # Below that is what the search for a minimum left.
    return f"{round(x, 9) + 0.0:.4g}"


def _range(of: facts.Range) -> str:
    low, high = _number(of.low), _number(of.high)
    if low == high:
        return low
    return "any" if (low, high) == ("-inf", "inf") else f"{low} to {high}"
