"""A user's own gradient penalty beside ours, on a small critic, by the gradient of the critic's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from ganloss_core.facts.comparison import Difference, relation
from ganloss_core.testing.own import parameters_of, role

NAMES = (
    *("r1", "r2", "zero_centered", "wgan_gp", "wgan_lp", "wgan_div", "dragan", "max_gp"),
    *("approximate_r1", "approximate_r2"),
)
Penalty = Callable[[Any, Mapping[str, Any]], Any]
"""Of a critic, and arrays "real", "fake", "mix" and "noise" with "key", JAX's, to what the user's code returns."""

_SHAPES = ((4, 3, 4, 4), (4, 6))
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


def penalty_verdict(name: str, weight: float, settings: Mapping[str, Any], own: Penalty, critics: Critics) -> tuple[bool, str]:
    """Whether it is the same, and what it is."""
    got = _measured(critics, own)
    called = ", ".join([f"weight={weight:g}", *(f"{key}={value!r}" for key, value in settings.items())])
    expected = f"{name}({called})"
    if not np.isfinite([value for value, _ in got]).all():
        return False, f"The penalty is not a number, where {expected} is."
    difference = _best(name, weight, settings, got, critics)
    factor, (low, high), constant = difference
    if factor is not None and abs(factor - 1.0) <= _NEAR and constant is not None and abs(constant) <= _NEAR:
        return True, f"The penalty is {expected}."
    if factor is not None:
        besides = " in its gradient" if constant is None else "" if abs(constant) <= _NEAR else f", and {constant:.4g} besides"
        return False, f"The penalty is {factor:.4g} times {expected}{besides}."
    for other in NAMES:
        with suppress(TypeError, ValueError):
            factor = _best(other, weight, {}, got, critics).factor
            if other != name and factor is not None:
                times = "" if abs(factor - 1.0) <= _NEAR else f"{factor:.4g} times "
                return False, f"The penalty is not {expected}: it is {times}{other}(weight={weight:g})."
    return False, (
        f"The penalty is another one than {expected}, or draws other numbers: the gradients by the critic's parameters differ "
        f"in direction, with a cosine of {low:.3f} to {high:.3f}."
    )


def _best(
    name: str, weight: float, settings: Mapping[str, Any], got: Sequence[tuple[float, Any]], critics: Critics
) -> Difference:
    """Beside ours, at what the user's code may have drawn."""
    function, draws = getattr(critics.penalties, name), name not in ("r1", "r2") and "at" not in settings
    argument, which = {"dragan": ("noise", "spread")}.get(name, ("noise", "normal") if "approx" in name else ("mix", "mix"))

    def ours(of: int) -> Penalty:
        def penalty(critic: Any, arrays: Mapping[str, Any]) -> Any:
            seen = critics.penalties.observe(critic, real=arrays["real"], fake=arrays["fake"])
            return function(seen, weight, **settings, **({argument: arrays["drawn"][which][of]} if draws else {}))

        return penalty

    first = None
    for of in range(critics.draws if draws else 1):
        difference = relation(_measured(critics, ours(of)), got, near=_NEAR)
        if difference.factor is not None:
            return difference
        first = first or difference
    assert first is not None
    return first


def _measured(critics: Critics, penalty: Penalty) -> list[tuple[float, Any]]:
    # As long for each shape of the samples.
    most = (int(np.prod(_SHAPES[0][1:])) + 2) * _HIDDEN
    return [(value, np.pad(g, (0, most - len(g)))) for value, g in critics.on_critic(penalty, _numbers(), _SEED)]


def _numbers() -> list[dict[str, Any]]:
    draw = np.random.default_rng(0)
    found = []
    for shape in _SHAPES:
        length = int(np.prod(shape[1:]))
        for scale in (0.5, 1.0, 2.0):
            weights = {"W": scale * draw.normal(size=(48, _HIDDEN))[:length], "b": draw.normal(size=_HIDDEN)}
            w = draw.normal(size=_HIDDEN)
            sides = {side: draw.normal(size=shape) for side in ("real", "fake")}
            found.append({**weights, "w": w, **sides})
    return found
