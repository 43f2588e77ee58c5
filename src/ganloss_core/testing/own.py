"""How a user's own functions are called: which argument is which."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Function = Callable[[Mapping[str, Any]], Any]
"""Of arrays by name ("real", "fake", "real_labels", "fake_labels") to what the user's code returns."""


class NotGiven(TypeError):
    """A function asks for what the loss that it is compared with has not."""


_REAL = {"real", "reals", "r", "dr", "true", "demo", "expert", "chosen", "joint", "source"}
_FAKE = {"fake", "fakes", "f", "df", "dg", "gen", "generated", "agent", "policy", "rejected", "marginal", "target"}
_LABELS = {"label", "labels", "class", "classes", "y"}
_BY_POSITION = {
    ("discriminator", 2): ("real", "fake"),
    ("discriminator", 4): ("real", "fake", "real_labels", "fake_labels"),
    ("generator", 1): ("fake",),
}


def functions(
    discriminator: Callable[..., Any] | None, generator: Callable[..., Any] | None, one_sided: Callable[..., Any] | None
) -> dict[str, Function]:
    """A function for each player that the user's code has."""
    given = {"discriminator": discriminator, "generator": generator}
    if one_sided is not None and any(function is not None for function in given.values()):
        raise TypeError("give either one_sided=, or discriminator= and generator=")
    if one_sided is not None:
        return _of_one_sided(called("one_sided", one_sided))
    # Two arguments of G's that D has too are to it what they are to D.
    order = [p.name for p in parameters_of(discriminator) or ()][:2] if discriminator is not None else []
    found = {
        player: bound(called(player, function), player, order) for player, function in given.items() if function is not None
    }
    if not found:
        raise TypeError("nothing to compare: give discriminator=, generator= or one_sided=")
    return found


def called(argument: str, function: Any) -> Callable[..., Any]:
    """What was given as this argument, which must be callable."""
    if not callable(function):
        raise TypeError(f"{argument} must be a function or another callable, got {type(function).__name__}")
    if inspect.isclass(function):
        raise TypeError(f"{argument} must be callable with logits, got the class {function.__name__}: give an object of it")
    made: Callable[..., Any] = function
    return made


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """The parameters of a function, or of a module's forward, if they can be read."""
    # What PyTorch has scripted knows its arguments only so.
    if hasattr(function, "schema"):
        return [inspect.Parameter(each.name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in function.schema.arguments]
    # A module's call takes anything, and hands it to forward.
    try:
        return list(inspect.signature(getattr(function, "forward", function)).parameters.values())
    except (TypeError, ValueError):
        return None


def role(name: str) -> str | None:
    """What an argument's name says that it is, if it does."""
    words = set(re.findall("[a-z]+", re.sub("([A-Z])", r"_\1", name).lower()))
    sides = [side for side, said in (("real", _REAL), ("fake", _FAKE)) if words & said]
    if len(sides) != 1:
        return None
    return f"{sides[0]}_labels" if words & _LABELS else sides[0]


def bound(function: Callable[..., Any], player: str, of_discriminator: Sequence[str]) -> Function:
    """The function of arrays by name, D's or G's; `of_discriminator` is what D calls its two."""
    parameters = parameters_of(function)
    if parameters is None:
        order = ("real", "fake") if player == "discriminator" else ("fake",)
        return lambda arrays: function(*(arrays[name] for name in order))
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    # What is optional is given where its name says what it is.
    optional = {p.name: said for p in parameters if p.default is None and (said := role(p.name)) is not None}
    if not required and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return lambda arrays: (
            function(arrays["real"], arrays["fake"]) if player == "discriminator" else function(arrays["fake"])
        )
    target = [p.name for p in required if re.search("(^|_)is_real|^target", p.name.lower())]
    if target:
        raise TypeError(f"{player} has an argument {target[0]!r}: give it as one_sided= (--as one_sided)")
    roles = [role(p.name) for p in required]
    # Where one of two says what it is, the other is the rest.
    if len(roles) == 2 and roles.count(None) == 1 and (said := next(filter(None, roles))) in ("real", "fake"):
        roles = [each or ("fake" if said == "real" else "real") for each in roles]
    if None in roles or len(set(roles)) < len(roles) or not required:
        by_position = _BY_POSITION.get((player, len(required)))
        if player == "generator" and [p.name for p in required] == list(of_discriminator):
            by_position = ("real", "fake")
        if by_position is None or not all(p in positional for p in required):
            names = ", ".join(p.name for p in required)
            raise TypeError(
                f"{player}: which of ({names}) are the real logits, and which the fake? Name them real and fake (with labels, "
                "real_labels and fake_labels), or wrap the function: lambda real, fake: ..."
            )
        roles = list(by_position)
    optional = {name: said for name, said in optional.items() if said not in roles}
    by_place = [said for p, said in zip(required, roles, strict=True) if p.kind is not p.KEYWORD_ONLY]
    by_name = {p.name: said for p, said in zip(required, roles, strict=True) if p.kind is p.KEYWORD_ONLY}

    def call(arrays: Mapping[str, Any]) -> Any:
        extra = {name: arrays[str(said)] for name, said in (by_name | optional).items() if said in arrays}
        absent = [each for each in roles if each not in arrays]
        if absent:
            names = ", ".join(p.name for p in required)
            raise NotGiven(f"it takes ({names}), but a loss of logits has no {absent[0]}: wrap it, lambda real, fake: ...")
        return function(*(arrays[str(said)] for said in by_place), **extra)

    return call


def _of_one_sided(criterion: Callable[..., Any]) -> dict[str, Function]:
    parameters = parameters_of(criterion) or []
    required = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    target = [name for name in required[:2] if "target" in name.lower() or "is_real" in name.lower()]
    targets_first = len(required) >= 2 and target == required[:1]
    # is_disc, for_discriminator, dis_update: true for D; is_generator: true for G.
    flags = {p.name: sense for p in parameters if (sense := _is_flag(p)) is not None}

    def call(logits: Any, is_real: bool, is_discriminator: bool) -> Any:
        said = {name: is_discriminator is of_discriminator for name, of_discriminator in flags.items()}
        given = (is_real, logits) if targets_first else (logits, is_real)
        return criterion(*given, **said)

    return {
        "discriminator": lambda arrays: call(arrays["real"], True, True) + call(arrays["fake"], False, True),
        "generator": lambda arrays: call(arrays["fake"], True, False),
    }


def _is_flag(parameter: inspect.Parameter) -> bool | None:
    """Whether a flag is true for D, or false for D; None for what is none."""
    words = re.findall("[a-z]+", parameter.name.lower())
    if not isinstance(parameter.default, bool) and parameter.default is not parameter.empty:
        return None
    if any(word in ("d", "dis", "disc", "discriminator") for word in words):
        return True
    return False if any(word in ("g", "gen", "generator") for word in words) else None
