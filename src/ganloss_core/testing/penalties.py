"""A user's own gradient penalty beside ours, on a small critic, by the gradient of the critic's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from ganloss_core.facts.comparison import Difference, relation
from ganloss_core.testing.framework import first_line
from ganloss_core.testing.own import parameters_of, role

NAMES = (
    *("r1", "r2", "zero_centered", "wgan_gp", "wgan_lp", "wgan_div", "dragan", "max_gp"),
    *("approximate_r1", "approximate_r2", "gan_qp"),
)
_UNDRAWN = ("r1", "r2", "gan_qp")
Penalty = Callable[[Any, Mapping[str, Any]], Any]
"""Of a critic, and arrays "real", "fake", "mix" and "noise" with "key", JAX's, to what the user's code returns."""

_CASES: tuple[tuple[tuple[int, ...], int], ...] = (((4, 3, 4, 4), 1), ((6, 2, 3, 3), 2), ((5, 6), 1))
_HIDDEN, _SEED = 5, 3
_DRAWN = {"key": ("key", "rng", "prng"), "mix": ("mix", "alpha", "eps", "epsilon", "u", "t"), "noise": ("noise", "delta", "z")}
_NEAR = 2.0**-12


class Critics(Protocol):
    """A framework that differentiates critics."""

    penalties: Any
    """Ours."""
    draws: int
    """How many of each `drawn` has."""

    def on_critic(self, penalty: Penalty, several: Sequence[Mapping[str, Any]], seed: int) -> list[tuple[float, Any]]:
        """A penalty of tanh(x W + b) w, in float64, and its gradient by all of these, flat, at several of such numbers.

        What the user's code may have drawn from this seed, the penalty finds among its arrays: see `drawn`.
        """
        ...


def drawn(mix: Sequence[Any], uniform: Sequence[Any], normal: Sequence[Any], std: Any) -> dict[str, list[Any]]:
    """Both ways to mix, and to perturb as DRAGAN and as finite differences do, of numbers as a library draws them."""
    return {
        "mix": [each for u in mix for each in (u, 1.0 - u)],
        "spread": [0.5 * std * each for u in uniform for each in (u, 2.0 * u - 1.0)],
        "normal": [each for z in normal for each in (z, -z)],
    }


def own_penalty(function: Callable[..., Any], expected: str) -> Penalty:
    """Which argument is which: by its name, or (critic, x) and (critic, real, fake) by its place."""
    parameters = parameters_of(function)
    if parameters is None:
        raise TypeError("penalty must be a function whose arguments can be read: lambda critic, real, fake: ...")
    sides = ("fake", "real") if expected.endswith("r2") else ("real", "fake")
    found: dict[str, str] = {}
    for p in parameters:
        said = _role(p.name)
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or (p.default is not p.empty and said is None):
            continue
        free = [what for what in ("critic", *sides) if what not in found.values()]
        found[p.name] = said if said is not None and said not in found.values() else free[0] if free else ""
    if "" in found.values() or "critic" not in found.values():
        raise TypeError(
            f"penalty: which of ({', '.join(found)}) is the critic, and which the samples? Name them critic, real and fake "
            "(and mix, noise or key for what is drawn), or wrap the function: lambda critic, real, fake: ..."
        )
    keywords = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}

    def penalty(critic: Any, arrays: Mapping[str, Any]) -> Any:
        given = {name: critic if what == "critic" else arrays[what] for name, what in found.items()}
        by_place = [value for name, value in given.items() if name not in keywords]
        return function(*by_place, **{name: value for name, value in given.items() if name in keywords})

    return penalty


def _role(name: str) -> str | None:
    for what, names in _DRAWN.items():
        if name.lower() in names or (name.lower().startswith(("prng", "rng")) and what == "key"):
            return what
    return role(name)


Case = tuple[tuple[int, ...], int]
"""The shape of the samples, and how many outputs the critic has for each."""


def penalty_verdict(
    name: str, weight: float, settings: Mapping[str, Any], own: Penalty, critics: Critics
) -> tuple[bool, str, list[str]]:
    """Whether it is the same, what it is, and what it does not take."""
    got: dict[Case, list[tuple[float, Any]]] = {}
    raised: dict[Case, Exception] = {}
    for case in _CASES:
        try:
            got[case] = critics.on_critic(own, _numbers(case), _SEED)
        except Exception as error:
            raised[case] = error
    called = ", ".join([f"weight={weight:g}", *(f"{key}={value!r}" for key, value in settings.items())])
    expected = f"{name}({called})"
    remarks = [f"It raises {type(error).__name__} {_where(case)}: {first_line(error)}" for case, error in raised.items()]
    if not got and all("does not require grad" in str(error) for error in raised.values()):
        return False, "The penalty has no gradient by the critic's parameters: create_graph=True is missing?", []
    if not got:
        return False, f"The penalty raises {remarks[0].removeprefix('It raises ')}", []
    measured = [each for of_case in got.values() for each in of_case]
    if not np.isfinite([value for value, _ in measured]).all():
        return False, f"The penalty is not a number, where {expected} is.", remarks
    if not any(gradient.any() for _, gradient in measured):
        return (
            False,
            "The penalty has no gradient by the critic's parameters: create_graph=True is missing?",
            remarks,
        )
    differences = _by_case(name, weight, settings, got, critics)
    if None not in [difference.factor for difference in differences.values()]:
        ok, said = _multiple(expected, differences)
        return ok, said, remarks
    (case, first), *_ = got.items()
    for other in NAMES:
        with suppress(TypeError, ValueError):
            factor = _by_case(other, weight, {}, {case: first}, critics)[case].factor
            if other != name and factor is not None:
                times = "" if abs(factor - 1.0) <= _NEAR else f"{factor:.4g} times "
                return False, f"The penalty is not {expected}: it is {times}{other}(weight={weight:g}).", remarks
    right = [each for each, difference in differences.items() if difference.factor is not None]
    if right:
        wrong = [each for each in differences if each not in right]
        return False, f"The penalty is {expected} {_where(right[0])}, but another one {_where(wrong[0])}.", remarks
    low, high = differences[case].cosine
    draws = "" if name in _UNDRAWN else ", or draws other numbers"
    return (
        False,
        f"The penalty is another one than {expected}{draws}: the gradients by the critic's parameters differ in direction, "
        f"with a cosine of {low:.4f} to {high:.4f}.",
        remarks,
    )


def _where(case: Case) -> str:
    shape, outputs = case
    return f"on samples of shape {shape}" + (f" and a critic of {outputs} outputs a sample" if outputs > 1 else "")


def _multiple(expected: str, differences: Mapping[Case, Difference]) -> tuple[bool, str]:
    factors = {case: float(difference.factor or 0.0) for case, difference in differences.items()}
    constants = [difference.constant for difference in differences.values()]
    rules: dict[str, Callable[[Case], float]] = {
        "": lambda case: 1.0,
        " with a sum over the samples, where it takes their mean": lambda case: case[0][0],
        " with a mean over the samples' square, as of a mean of outputs": lambda case: 1.0 / case[0][0] ** 2,
        " with a mean over each sample's elements, where it takes their sum": lambda case: 1.0 / float(np.prod(case[0][1:])),
        " with a mean over a sample's outputs, where it takes their sum": lambda case: 1.0 / case[1] ** 2,
    }
    for rule, per in rules.items():
        c, *others = [factor / per(case) for case, factor in factors.items()]
        if all(abs(x / c - 1.0) <= 8 * _NEAR for x in others):
            times = "" if abs(c - 1.0) <= _NEAR else f"{c:.6g} times "
            if None in constants:
                return False, f"The penalty has {times or 'the gradient of '}{expected}{rule}, with another value."
            constant = float(constants[0] or 0.0)
            if abs(constant) > _NEAR:
                return False, f"The penalty is {times}{expected}{rule}, and {constant:.4g} besides."
            return not (times or rule), f"The penalty is {times}{expected}{rule}."
    listed = ", ".join(f"{factor:.4g} {_where(case)}" for case, factor in factors.items())
    return False, f"The penalty is {expected} times a factor that depends on the samples: {listed}."


def _by_case(
    name: str,
    weight: float,
    settings: Mapping[str, Any],
    got: Mapping[Case, list[tuple[float, Any]]],
    critics: Critics,
) -> dict[Case, Difference]:
    """Beside ours, at what the user's code may have drawn."""
    function, draws = getattr(critics.penalties, name), name not in _UNDRAWN and "at" not in settings
    argument, which = {"dragan": ("noise", "spread")}.get(name, ("noise", "normal") if "approx" in name else ("mix", "mix"))

    def ours(of: int) -> Penalty:
        def penalty(critic: Any, arrays: Mapping[str, Any]) -> Any:
            seen = critics.penalties.observe(critic, real=arrays["real"], fake=arrays["fake"])
            return function(seen, weight, **settings, **({argument: arrays["drawn"][which][of]} if draws else {}))

        return penalty

    def related(case: Case, of: int) -> Difference:
        return relation(critics.on_critic(ours(of), _numbers(case), _SEED), got[case], near=_NEAR)

    first, *others = got
    tries = range(critics.draws if draws else 1)
    found = {of: related(first, of) for of in tries[:1]}
    for of in tries[1:]:
        if next(reversed(found.values())).factor is not None:
            break
        found[of] = related(first, of)
    best = next((of for of, difference in found.items() if difference.factor is not None), 0)
    return {first: found[best], **{case: related(case, best) for case in others}}


def _numbers(case: Case) -> list[dict[str, Any]]:
    shape, outputs = case
    draw, length = np.random.default_rng(0), int(np.prod(shape[1:]))
    return [
        {
            "W": scale * draw.normal(size=(length, _HIDDEN)),
            "b": draw.normal(size=_HIDDEN),
            "w": draw.normal(size=(_HIDDEN, outputs)),
            **{side: draw.normal(size=shape) for side in ("real", "fake")},
        }
        for scale in (0.5, 1.0, 2.0)
    ]
