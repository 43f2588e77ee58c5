"""Losses by name: those that are registered, and other codebases', by a name with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar, overload

from ganloss_core.spec.definition import AnyLoss, Definition, check_default, hyperparameters

F = TypeVar("F", bound=Callable[..., AnyLoss[Any]])

_losses: dict[str, Definition] = {}
_aliases: dict[str, tuple[str, ...]] = {}
_spellings: dict[str, str] = {}  # every normalised name and alias -> name
_changes = 0

losses: Mapping[str, Definition] = MappingProxyType(_losses)
"""A read-only view: every registered name, without aliases, and its definition."""


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """Names with a slash, "space/loss", and what they mean."""

    spaces: Callable[[], Iterable[str]]
    """What stands before the slash."""
    names: Callable[[str], tuple[str, ...]]
    """The names in a space, with it."""
    canonical: Callable[[str], str]
    """The name as it is listed; `UnknownLoss` that suggests the nearest."""
    definition: Callable[[str], Definition]
    """What a canonical name means."""
    aliases: Callable[[str], tuple[str, ...]]
    """Other names of a canonical name."""


_namespace: Namespace | None = None


def register_namespace(namespace: Namespace) -> None:
    """Let `namespace` say what names with a slash mean."""
    global _namespace
    _namespace = namespace


def _slashed() -> Namespace:
    if _namespace is None:
        raise UnknownLoss("a name with a slash is another codebase's loss: import ganloss_core, which knows them")
    return _namespace


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
        check_default(name, key, parameter)
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
    return _slashed().aliases(name) if "/" in name else _aliases[name]


def family(name: str) -> str:
    """The module of the catalogue that a loss, given by any of its names, is in; "own" for a loss of the user's.

    For another codebase's loss, the codebase.
    """
    name = canonical(name)
    if "/" in name:
        return name.partition("/")[0]
    module = getattr(_losses[name], "__module__", "")
    return module.rpartition(".")[2] if module.startswith("ganloss_core.catalogue.") else "own"


def canonical(name: str) -> str:
    """The registered name behind a name or alias; case, `-` and `_` are ignored. KeyError that suggests the nearest.

    A name with a slash, "codebase/loss", is one of another codebase.
    """
    if not isinstance(name, str):
        raise TypeError(f"a loss is a name or a function (ops, **hyperparameters) -> Loss, got {type(name).__name__}")
    if "/" in name:
        return _slashed().canonical(name)
    try:
        return _spellings[normalised(name)]
    except KeyError:
        raise UnknownLoss(_unknown(name)) from None


def get(name: str) -> Definition:
    """The definition of a loss, by name or alias; KeyError that suggests the nearest name."""
    name = canonical(name)
    return _slashed().definition(name) if "/" in name else _losses[name]


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
    codebase = {normalised(each): each for each in _slashed().spaces()}.get(normalised(name))
    if codebase is not None:
        return f"unknown loss {name!r}: of that codebase there are {', '.join(_slashed().names(codebase))}"
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
