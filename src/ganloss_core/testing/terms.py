"""A user's own term with state beside ours, over several steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from ganloss_core.facts.comparison import relation
from ganloss_core.terms.began import BEGAN
from ganloss_core.terms.lecam import LeCam
from ganloss_core.terms.mine import MINE
from ganloss_core.testing.batches import OF_LOGITS, ordinary
from ganloss_core.testing.framework import SIDES, Framework, Measured, flat
from ganloss_core.testing.own import bound, parameters_of

_ROUNDS = 2
"""How often the five batches are gone through."""
_NEAR = 2.0**-12


def term_verdict(term: Any, own: Callable[..., Any], state: Any, framework: Framework) -> tuple[bool, str]:
    """Whether it is the same in each step, and what it is."""
    if not isinstance(term, (LeCam, BEGAN, MINE)):
        raise TypeError(f"term= is compared with a LeCam, a BEGAN or a MINE, got {type(term).__name__}")
    start = term.start if isinstance(term, LeCam) else 0
    if start > 100:
        raise ValueError(f"before start={start} there are but zeros to compare: give a term whose start is at most 100")
    rounds = _ROUNDS + start // 5
    batches = [at for _ in range(rounds) for at in ordinary(OF_LOGITS, (8, 1))]
    if isinstance(term, BEGAN):
        # k moves by rate times a difference of energies, and stays between 0 and 1.
        size = 0.1 / (term.rate or 1.0)
        batches = [{"real": size * abs(at["real"]), "fake": 0.1 * size * abs(at["fake"])} for at in batches]
    with framework.in_float64():
        expected = _steps(term.apply, term.init("float64"), batches, framework)
        if any(p.name == "state" for p in parameters_of(own) or ()):
            got = _steps(lambda s, real, fake: own(state=s, real=real, fake=fake), state, batches, framework)
        else:
            call = bound(own, "discriminator", ())
            got = [m for at in batches for m in framework.measure(call, [at], "float64")]
    return _verdict(_shown(term), *([_numbers(m, at) for m, at in zip(of, batches, strict=True)] for of in (expected, got)))


def _steps(apply: Callable[..., Any], state: Any, batches: list[dict[str, Any]], framework: Framework) -> list[Measured]:
    found = []
    for at in batches:
        found += framework.measure(partial(_loss, apply, state), [at], "float64")
        _, state = apply(state, *framework.arrays(at, "float64"))
    return found


def _loss(apply: Callable[..., Any], state: Any, x: Mapping[str, Any]) -> Any:
    return apply(state, x["real"], x["fake"])[0]


def _numbers(measured: Measured, at: Mapping[str, Any]) -> tuple[float, Any]:
    return measured.value, flat(measured, SIDES["discriminator"], at)


def _verdict(name: str, expected: list[tuple[float, Any]], got: list[tuple[float, Any]]) -> tuple[bool, str]:
    factor, (low, high), constant = relation(expected, got, near=_NEAR)
    if factor is not None and constant is not None:
        if abs(factor - 1.0) <= _NEAR and abs(constant) <= _NEAR:
            return True, f"The term is {name}, in {len(got)} steps."
        besides = "" if abs(constant) <= _NEAR else f", and {constant:.4g} besides"
        return False, f"The term is {factor:.4g} times {name}{besides}."
    pairs = zip(expected, got, strict=True)
    other = [k for k, ((a, g), (b, h)) in enumerate(pairs) if abs(a - b) + abs(g - h).max() > _NEAR * (1.0 + abs(a))]
    if other and other[0]:
        return False, f"The term is {name} at first, but not from step {other[0] + 1} on: its state moves otherwise."
    return False, f"The term is another one than {name}, in the first step already, with a cosine of {low:.3f} to {high:.3f}."


def _shown(term: Any) -> str:
    chosen = [f"{f.name}={getattr(term, f.name)!r}" for f in fields(term) if f.repr and getattr(term, f.name) != f.default]
    return f"{type(term).__name__}({', '.join(chosen)})"
