"""Losses by name: those that are registered, and other codebases', by a name with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple, TypeVar, overload
from unicodedata import normalize

from ganloss_core.spec.definition import AnyLoss, Definition, Name, check_default, hyperparameters, no_definition
from ganloss_core.spec.elsewhere import elsewhere

F = TypeVar("F", bound=Callable[..., AnyLoss[Any]])


class _Catalogue(NamedTuple):
    """What is registered at one moment: a change makes another, so that who reads sees one."""

    losses: Mapping[str, Definition] = {}
    aliases: Mapping[str, tuple[str, ...]] = {}
    spellings: Mapping[str, str] = {}
    """Every normalised name and alias, and its name."""
    changes: int = 0


_now = _Catalogue()
_changing = Lock()


class _Losses(Mapping[str, Definition]):
    """Every registered name, without aliases, and its definition; what is iterated does not change meanwhile."""

    def __getitem__(self, name: str) -> Definition:
        return _now.losses[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_now.losses)

    def __len__(self) -> int:
        return len(_now.losses)


losses: Mapping[str, Definition] = _Losses()
"""A read-only view: every registered name, without aliases, and its definition."""


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """Names with a slash, "space/loss", and what they mean."""

    space: Callable[[str], str | None]
    """What stands before the slash, by any spelling; None for what does not."""
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


_objective: Callable[[str], str | None] | None = None


def register_objectives(objective: Callable[[str], str | None]) -> None:
    """Let `objective` say which paper's whole objective a name is."""
    global _objective
    _objective = objective


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

    >>> import ganloss_core
    >>> @ganloss_core.register(aliases=("squares",))
    ... def my_squares(ops):
    ...     return ganloss_core.Loss(real=ops.square, fake=ops.square)
    >>> ganloss_core.get("My-Squares") is my_squares
    True
    >>> ganloss_core.unregister("squares")
    """
    if isinstance(aliases, str):
        raise TypeError(f"aliases must be several names, such as ({aliases!r},), got the string {aliases!r}")
    if definition is None:
        return lambda function: _register(function, name, tuple(aliases))
    return _register(definition, name, tuple(aliases))


def _register(definition: Any, name: str | None, aliases: tuple[str, ...]) -> Any:
    if isinstance(definition, str):
        raise TypeError(f"a name to register is given by keyword: register(name={definition!r})")
    own = getattr(definition, "__name__", "<lambda>")
    if name is None and own == "<lambda>":
        hyperparameters(definition)
        raise TypeError("a lambda, or an object, has no name of its own to register: give register(name=...)")
    name = name or own
    for key, parameter in hyperparameters(definition).items():
        check_default(name, key, parameter)
    with _changing:
        spellings = dict(_now.spellings)
        for spelling in (name, *aliases):
            key = normalised(spelling)
            if "/" in spelling:
                raise ValueError(
                    f"{spelling!r}: a name with a slash is another codebase's loss, which a table gives, not register"
                )
            if not key:
                raise ValueError(f"a loss needs a name, got {spelling!r}")
            if taken := spellings.get(key):
                raise ValueError(
                    f"the name {spelling!r} is taken by the loss {taken!r}: choose another, or unregister that one"
                )
            spellings[key] = name
        _change({**_now.losses, name: definition}, {**_now.aliases, name: aliases}, spellings)
    return definition


def unregister(name: str) -> None:
    """Remove a loss and its aliases; KeyError if there is none of that name.

    >>> import ganloss_core
    >>> wgan = ganloss_core.register(name="mine")(ganloss_core.get("wgan"))
    >>> ganloss_core.unregister("mine")
    >>> "mine" in ganloss_core.losses
    False
    """
    with _changing:
        name = canonical(name)
        if "/" in name:
            raise UnknownLoss(f"{name!r} is another codebase's loss, which a table gives: it cannot be unregistered")
        losses, aliases = ({key: value for key, value in of.items() if key != name} for of in (_now.losses, _now.aliases))
        _change(losses, aliases, {key: owner for key, owner in _now.spellings.items() if owner != name})


def _change(losses: Any, aliases: Any, spellings: Mapping[str, str]) -> None:
    global _now
    _now = _Catalogue(losses, aliases, spellings, _now.changes + 1)


def changes() -> int:
    """How often the catalogue has changed: what was looked up by name holds while this stays the same."""
    return _now.changes


def names(*, aliases: bool = False) -> tuple[str, ...]:
    """All registered names, sorted; with `aliases`, these too.

    >>> import ganloss_core
    >>> "hinge" in ganloss_core.names(), "rpgan" in ganloss_core.names(), "rpgan" in ganloss_core.names(aliases=True)
    (True, False, True)
    """
    now = _now
    return tuple(sorted((*now.losses, *(a for group in now.aliases.values() for a in group)) if aliases else now.losses))


def aliases_of(name: Name | str) -> tuple[str, ...]:
    """The aliases of a loss, given by any of its names.

    >>> import ganloss_core
    >>> ganloss_core.aliases_of("hinge")
    ('geometric', 'hinge_linear')
    """
    now = _now
    name = _canonical(now, name)
    return _slashed().aliases(name) if "/" in name else now.aliases[name]


def short(name: str) -> str:
    """A loss by its first alias, where its own name is too long beside numbers; any other text as it is.

    >>> from ganloss_core.spec import registry
    >>> registry.short("relativistic_paired_logistic"), registry.short("hinge"), registry.short("my own loss of images")
    ('rpgan', 'hinge', 'my own loss of images')
    """
    return next(iter(_now.aliases.get(name, ())), name) if len(name) > 18 else name


def family(name: Name | str) -> str:
    """The module of the catalogue that a loss, given by any of its names, is in; "own" for a loss of the user's.

    For another codebase's loss, the codebase.

    >>> import ganloss_core
    >>> ganloss_core.family("rpgan"), ganloss_core.family("taming/hinge")
    ('relativistic', 'taming')
    """
    now = _now
    name = _canonical(now, name)
    if "/" in name:
        return name.partition("/")[0]
    module = getattr(now.losses[name], "__module__", "")
    return module.rpartition(".")[2] if module.startswith("ganloss_core.catalogue.") else "own"


def canonical(name: str) -> str:
    """The registered name behind a name or alias; case, `-` and `_` are ignored. KeyError that suggests the nearest.

    A name with a slash, "codebase/loss", is one of another codebase.
    """
    return _canonical(_now, name)


def _canonical(now: _Catalogue, name: str) -> str:
    if not isinstance(name, str):
        raise no_definition(name)
    if "/" in name:
        return _slashed().canonical(name)
    try:
        return now.spellings[normalised(name)]
    except KeyError:
        raise UnknownLoss(_unknown(name)) from None


def get(name: Name | str) -> Definition:
    """The definition of a loss, by name or alias; KeyError that suggests the nearest name.

    >>> import ganloss_core
    >>> ganloss_core.get("rpgan").__name__
    'relativistic_paired_logistic'
    """
    now = _now
    name = _canonical(now, name)
    return _slashed().definition(name) if "/" in name else now.losses[name]


class UnknownLoss(KeyError):
    """A KeyError whose message is printed as written.

    >>> import ganloss_core
    >>> ganloss_core.get("hinged")
    Traceback (most recent call last):
    ganloss_core.spec.registry.UnknownLoss: unknown loss 'hinged': did you mean 'hinge' or 'hinge2' or 'rphinge'?
    """

    def __str__(self) -> str:
        return str(self.args[0])


def _unknown(name: str) -> str:
    objective = _objective and _objective(name)
    return _said(name) + (f"; the objective of its paper is gan.Objective({objective!r})" if objective else "")


def _said(name: str) -> str:
    key = normalised(name)
    if known := elsewhere(key):
        return f"{name!r} is {known}"
    codebase = _slashed().space(name)
    if codebase is not None:
        return f"unknown loss {name!r}: of that codebase there are {', '.join(_slashed().names(codebase))}"
    spelled = {normalised(n): n for n in names(aliases=True)}
    near = nearest(key, spelled) or " or ".join(repr(n) for n in spelled.values() if key in n.split("_"))
    hint = f"did you mean {near}?" if near else f"the losses are {', '.join(names())}"
    return f"unknown loss {name!r}: {hint}"


def nearest(name: str, spelled: Mapping[str, str]) -> str:
    """The names that are spelled most like one, to be printed; "" if none is near."""
    from difflib import get_close_matches

    keys = get_close_matches(name, spelled, n=3, cutoff=0.6)
    return " or ".join(dict.fromkeys(repr(spelled[key]) for key in keys))


def normalised(name: str) -> str:
    """A name without what does not count in it."""
    return normalize("NFC", name).lower().replace("-", "").replace("_", "").replace(" ", "")
