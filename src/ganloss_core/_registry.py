"""The catalogue of losses by name, and what a definition must look like."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, overload

from ganloss_core._loss import AnyLoss, Definition

F = TypeVar("F", bound=Callable[..., AnyLoss[Any]])

_losses: dict[str, Definition] = {}
_aliases: dict[str, tuple[str, ...]] = {}
_spellings: dict[str, str] = {}  # every normalised name and alias -> name
_changes = 0

losses: Mapping[str, Definition] = MappingProxyType(_losses)
"""A read-only view: every registered name, without aliases, and its definition."""

# Arguments of GANLoss itself, which a hyperparameter would shadow.
_RESERVED = frozenset(
    {"self", "loss", "generator", "reduction", "heads", "top_k", "ops", "player", "real", "fake"}
    | {"real_weight", "fake_weight", "real_labels", "fake_labels"}
)


@overload
def register(definition: F, /) -> F: ...
@overload
def register(*, name: str | None = None, aliases: Iterable[str] = ()) -> Callable[[F], F]: ...
def register(definition: Any = None, /, *, name: str | None = None, aliases: Iterable[str] = ()) -> Any:
    """Add a loss to the catalogue, under its function's name or `name`, and under `aliases`.

    Use as `@register` or `@register(aliases=("short",))` on a function `(ops, *, hyperparameter: float = 1.0) -> Loss`.

    Raises ValueError if a name is taken (case, `-`, `_` and spaces do not count), and TypeError if the function is not of
    that form.
    """
    if isinstance(aliases, str):
        raise TypeError(f"aliases must be several names, such as ({aliases!r},), got the string {aliases!r}")
    if definition is None:
        return lambda function: _register(function, name, tuple(aliases))
    return _register(definition, name, tuple(aliases))


def _register(definition: Any, name: str | None, aliases: tuple[str, ...]) -> Any:
    name = name or getattr(definition, "__name__", None)
    if name is None:
        raise TypeError(f"a {type(definition).__name__} has no name of its own to register: give register(name=...)")
    for key, parameter in hyperparameters(definition).items():
        if parameter.default is not parameter.empty:
            _value(name, key, parameter.annotation, parameter.default)
    keys: dict[str, str] = {}
    for spelling in (name, *aliases):
        key = normalised(spelling)
        if "/" in spelling:
            raise ValueError(f"{spelling!r}: a name with a slash is another codebase's loss, which a table gives, not register")
        if not key:
            raise ValueError(f"a loss needs a name, got {spelling!r}")
        taken = _spellings.get(key) or keys.get(key)
        if taken:
            raise ValueError(f"the name {spelling!r} is taken by the loss {taken!r}: choose another, or unregister that one")
        keys[key] = name
    _spellings.update(keys)
    _losses[name], _aliases[name] = definition, aliases
    _count_a_change()
    return definition


def unregister(name: str) -> None:
    """Remove a loss and its aliases; KeyError if there is none of that name."""
    name = canonical(name)
    del _losses[name], _aliases[name]
    for key in [key for key, owner in _spellings.items() if owner == name]:
        del _spellings[key]
    _count_a_change()


def _count_a_change() -> None:
    global _changes
    _changes += 1


def changes() -> int:
    """How often the catalogue has changed: what was looked up by name holds while this stays the same."""
    return _changes


def names(*, aliases: bool = False) -> tuple[str, ...]:
    """All registered names, sorted; with `aliases`, these too."""
    every = (*_losses, *(a for group in _aliases.values() for a in group)) if aliases else tuple(_losses)
    return tuple(sorted(every))


def aliases_of(name: str) -> tuple[str, ...]:
    """The aliases of a loss, given by any of its names."""
    name = canonical(name)
    return _dialects().definition(name).entry.aliases if "/" in name else _aliases[name]


def family(name: str) -> str:
    """The module of the catalogue that a loss, given by any of its names, is in; "own" for a loss of the user's.

    For another codebase's loss, the codebase.
    """
    package, _, module = getattr(get(name), "__module__", "").rpartition(".")
    return module if package in ("ganloss_core.catalogue", "ganloss_core.dialects") else "own"


def canonical(name: str) -> str:
    """The registered name behind a name or alias; case, `-` and `_` are ignored. KeyError that suggests the nearest.

    A name with a slash, "codebase/loss", is one of another codebase.
    """
    if not isinstance(name, str):
        raise TypeError(f"a loss is a name or a function (ops, **hyperparameters) -> Loss, got {type(name).__name__}")
    if "/" in name:
        theirs: str = _dialects().canonical(name)
        return theirs
    try:
        return _spellings[normalised(name)]
    except KeyError:
        raise UnknownLoss(_unknown(name)) from None


def get(name: str) -> Definition:
    """The definition of a loss, by name or alias; KeyError that suggests the nearest name."""
    name = canonical(name)
    return _dialects().definition(name) if "/" in name else _losses[name]


def _dialects() -> Any:
    # It looks losses up here.
    from ganloss_core import _dialect

    return _dialect


class UnknownLoss(KeyError):
    """A KeyError whose message is printed as written."""

    def __str__(self) -> str:
        return str(self.args[0])


# What people ask for that is more than a loss, or several: the nearest name would be a wrong guess, and train.
_MORE_THAN_A_LOSS = {
    "wgangp": "it is the loss 'wgan' with the penalty wgan_gp",
    "wganlp": "it is the loss 'wgan' with the penalty wgan_lp",
    "wgandiv": "it is the loss 'wgan' with the penalty wgan_div",
    "dragan": "it is the loss 'logistic' with the penalty dragan",
    "r3gan": "it is the loss 'rpgan' with the penalties r1 and r2",
    "relativistic": "say what is compared: 'rpgan' pairs, 'rasgan' means, 'rcgan' their centre, 'rpgan_mvue' all pairs",
}


def _unknown(name: str) -> str:
    if normalised(name) in _MORE_THAN_A_LOSS:
        return f"unknown loss {name!r}: {_MORE_THAN_A_LOSS[normalised(name)]}"
    codebase = {normalised(each): each for each in _dialects().codebases()}.get(normalised(name))
    if codebase is not None:
        return f"unknown loss {name!r}: of that codebase there are {', '.join(_dialects().names(codebase))}"
    near = nearest(normalised(name), {normalised(n): n for n in names(aliases=True)})
    hint = f"did you mean {near}?" if near else f"the losses are {', '.join(names())}"
    return f"unknown loss {name!r}: {hint}"


def nearest(name: str, spelled: Mapping[str, str]) -> str:
    """The names that are spelled most like one, to be printed; "" if none is near."""
    from difflib import get_close_matches

    keys = get_close_matches(name, spelled, n=3, cutoff=0.6)
    return " or ".join(repr(spelled[key]) for key in keys)


def normalised(name: str) -> str:
    """A name without what does not count in it."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def hyperparameters(definition: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The hyperparameters of a definition, annotations evaluated; TypeError if it is not `(ops, *, name: type = default)`."""
    if not callable(definition):
        raise TypeError(f"a loss is a name or a function (ops, **hyperparameters) -> Loss, got {type(definition).__name__}")
    if getattr(definition, "__hash__", None) is None:
        raise TypeError(f"a loss must be hashable, {type(definition).__name__} is not: give it __hash__, or use a function")
    return _hyperparameters(definition)


@lru_cache(maxsize=4096)
def _hyperparameters(definition: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    called = getattr(definition, "__name__", type(definition).__name__)
    parameters = list(inspect.signature(definition).parameters.values())
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise TypeError(f"{called}: the first parameter must take the words: def {called}(ops, ...)")
    found = {}
    for parameter in parameters[1:]:
        if parameter.kind is not parameter.KEYWORD_ONLY:
            raise TypeError(f"{called}: hyperparameter {parameter.name!r} must be keyword-only: put `*` before it")
        if parameter.name in _RESERVED:
            raise TypeError(f"{called}: a hyperparameter cannot be named {parameter.name!r}, which GANLoss uses itself")
        kind = parameter.annotation
        if isinstance(kind, str):
            with suppress(NameError):
                kind = eval(kind, getattr(definition, "__globals__", {}))
        if kind not in (float, int, bool, tuple[float, ...]) and get_origin(kind) is not Literal:
            raise TypeError(
                f"{called}: annotate hyperparameter {parameter.name!r} as float, int, bool, tuple[float, ...] or Literal[...], "
                f"got {kind!r}"
            )
        found[parameter.name] = parameter.replace(annotation=kind)
    return found


def checked(definition: Callable[..., Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of a definition with the given values checked and the defaults filled in."""
    known = hyperparameters(definition)
    for key in given:
        if key not in known:
            there = f"it has {', '.join(known)}" if known else "it has none"
            raise TypeError(f"{name} has no hyperparameter {key!r}: {there}")
    missing = [key for key, parameter in known.items() if parameter.default is parameter.empty and key not in given]
    if missing:
        raise TypeError(f"{name} needs the hyperparameter {missing[0]!r}: GANLoss({name!r}, {missing[0]}=...)")
    return {key: _value(name, key, p.annotation, given.get(key, p.default)) for key, p in known.items()}


def _value(name: str, key: str, kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        if not any(type(value) is type(allowed) and value == allowed for allowed in get_args(kind)):
            raise ValueError(f"{name}: {key} must be one of {', '.join(map(repr, get_args(kind)))}, got {value!r}")
        return value
    if kind == tuple[float, ...]:
        if not isinstance(value, (tuple, list)) or not value:
            raise TypeError(f"{name}: {key} must be a tuple of numbers, got {value!r}")
        return tuple(_value(name, f"{key}[{i}]", float, v) for i, v in enumerate(value))
    number = {float: numbers.Real, int: numbers.Integral, bool: bool}[kind]
    if not isinstance(value, number) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(
            f"{name}: {key} must be a Python {kind.__name__}, fixed when the loss is made, got {type(value).__name__}; "
            "a value that changes while training (a tensor or a traced array) belongs outside the loss, as a factor or a "
            "weight, or in a new GANLoss"
        )
    with suppress(OverflowError):
        value = kind(value)
    if kind is float and not (isinstance(value, float) and math.isfinite(value)):
        raise ValueError(f"{name}: {key} must be finite, got {value}")
    return value
