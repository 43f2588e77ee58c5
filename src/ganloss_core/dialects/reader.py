"""Other codebases' losses by their own names: tables, read as variants of ours."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ganloss_core import catalogue
from ganloss_core.dialects import tables
from ganloss_core.dialects.table import Codebase, Entry, Ours
from ganloss_core.spec import registry
from ganloss_core.spec.loss import RULES
from ganloss_core.spec.variant import Variant
from ganloss_core.words.ops import A, Ops, Term

_ACTIVATIONS: Mapping[str, Callable[[Ops[Any]], Term[Any] | None]] = {
    "none": lambda ops: None,
    "negative": lambda ops: lambda t: -t,
    # Negative slope 0.05, which is the derivative at 0 too, as in PyTorch; t itself, to the last bit, where t is positive.
    # A factor is finite where the logit is not.
    "leaky_relu": lambda ops: lambda t: t * (0.05 * (1.0 - ops.step(t)) + ops.step(t)),
}


class Dialect:
    """The definition of one loss of a codebase, as `GANLoss("codebase/loss")` finds it.

    >>> import ganloss_core
    >>> ganloss_core.get("taming/hinge").entry.discriminator_factor
    0.5
    """

    def __init__(self, codebase: str, name: str, table: Codebase) -> None:
        self.entry: Entry = table.entries[name]
        self.table: Codebase = table
        self.heads = table.heads
        self.__name__: str = f"{codebase}/{name}"
        self.__module__ = f"{tables.__name__}.{codebase}"
        self.__doc__ = _doc(name, table)
        self._loss = _resolved(self.entry.loss)
        generator: Any = self.entry.generator
        self._generator = generator if generator is None or generator in RULES else _resolved(generator)
        self.__signature__: inspect.Signature = inspect.Signature(
            [
                inspect.Parameter("ops", inspect.Parameter.POSITIONAL_ONLY),
                *(
                    inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=p.default, annotation=float)
                    for key, p in self.entry.parameters.items()
                ),
            ]
        )

    def translated(self, given: Mapping[str, float]) -> tuple[dict[str, Any], dict[str, float]]:
        """Our hyperparameters, and both players' factors, at arguments of the codebase."""
        entry = self.entry
        given_ours: dict[str, Any] = dict(entry.hyperparameters)
        factors = {"discriminator": entry.discriminator_factor, "generator": entry.generator_factor}
        for key, parameter in entry.parameters.items():
            value = parameter.offset + parameter.slope * given.get(key, parameter.default)
            for target in parameter.of:
                (factors if target in factors else given_ours)[target] = value
        return given_ours, factors

    @property
    def meaning(self) -> tuple[Any, ...]:
        """What two names have in common that are one loss at their defaults."""
        entry, translated = self.entry, (tuple(sorted(each.items())) for each in self.translated({}))
        return (entry.loss, entry.generator, entry.activation, entry.of_means, entry.detached, *translated)

    def __call__(self, ops: Ops[A], /, **given: float) -> Variant[A]:
        entry = self.entry
        given_ours, factors = self.translated(given)
        return Variant(
            discriminator=self._loss(ops, **given_ours),
            generator=self._generator(ops) if callable(self._generator) else self._generator,
            factors=(factors["discriminator"], factors["generator"]),
            activation=_ACTIVATIONS[entry.activation](ops),
            of_means=entry.of_means,
            detached=entry.detached,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect) and self.table is other.table and self.__name__ == other.__name__

    def __hash__(self) -> int:
        return hash(self.__name__)

    def __repr__(self) -> str:
        return f"Dialect({self.__name__!r})"


# A codebase's loss is what it is, whatever a user registers under a name of the catalogue later.
_OURS = {name: registry.get(name) for name in registry.names(aliases=True) if registry.family(name) in catalogue.__all__}


def _resolved(loss: str | Ours) -> Any:
    return loss if callable(loss) else _OURS[loss]


def ours(entry: Entry) -> str:
    """What of ours an entry is, in words."""
    return entry.loss if isinstance(entry.loss, str) else "a formula of its own"


def _doc(name: str, table: Codebase) -> str:
    entry = table.entries[name]
    is_ours = isinstance(entry.loss, str)
    what = f"our `{entry.loss}`" if is_ours else ours(entry)
    said = [f"`{name}` of {table.repository}: {', '.join(part for part in (what, differences(entry)) if part)}."]
    if not is_ours:
        said.append(inspect.getdoc(entry.loss) or "")
    if entry.note:
        said.append(entry.note)
    said.append(f"Several heads: the {table.heads} of their losses. Read in {table.file}.")
    return "\n\n".join(said)


def summary(name: str) -> str:
    """What of ours a loss is, and what differs, in one line."""
    entry = definition(name).entry
    return ", ".join(part for part in (ours(entry), differences(entry)) if part)


def differences(entry: Entry) -> str:
    """What is done to our loss, in words; "" for nothing."""
    said = []
    if entry.hyperparameters:
        said.append("with " + ", ".join(f"{key}={value:g}" for key, value in entry.hyperparameters.items()))
    if entry.generator is not None:
        said.append(
            f"with {'the' if entry.generator in RULES else 'G of'} {entry.generator}{' generator' * (entry.generator in RULES)}"
        )
    for player, factor in (("D", entry.discriminator_factor), ("G", entry.generator_factor)):
        if factor != 1.0:
            said.append(f"{player} times {factor:g}")
    for key, parameter in entry.parameters.items():
        if any(target in ("discriminator", "generator") for target in parameter.of) and parameter.default != 1.0:
            said.append(f"{' and '.join(t[0].upper() for t in parameter.of)} times {key}={parameter.default:g}")
    before = {"negative": "minus the logits", "leaky_relu": "leaky_relu(logits, 0.05)"}
    if entry.activation != "none":
        said.append(f"on {before[entry.activation]}")
    if entry.of_means != "none":
        said.append(f"{'G ' * (entry.of_means == 'G')}on each sample's mean logit")
    if entry.detached:
        said.append("with the means that D compares with, and the reals in G's loss, held constant for the gradient")
    return ", ".join(said)


def codebases() -> tuple[str, ...]:
    """The codebases whose losses are known, sorted.

    >>> from ganloss_core import dialects
    >>> "taming" in dialects.codebases()
    True
    """
    return _listed(tuple(tables.__path__))


@cache
def _listed(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folders)))


def codebase(name: str) -> Codebase:
    """The table of a codebase, by its name or another spelling; KeyError that suggests the nearest.

    >>> from ganloss_core import dialects
    >>> dialects.codebase("taming-transformers").repository
    'CompVis/taming-transformers'
    """
    return _table(_codebase(name))


def _codebase(name: str) -> str:
    # Only a name that is none of these takes all tables to be read.
    return _normalised(codebases()).get(registry.normalised(name)) or _one_of(name, _spellings(codebases()), "codebase")


@cache
def _normalised(listed: tuple[str, ...]) -> Mapping[str, str]:
    return {registry.normalised(each): each for each in listed}


@cache
def _spellings(listed: tuple[str, ...]) -> Mapping[str, str]:
    return {spelling: each for each in listed for spelling in (each, *_table(each).spellings)}


def _meant(name: str) -> str | None:
    """The codebase that a name means, if any."""
    try:
        return _codebase(name)
    except registry.UnknownLoss:
        return None


@cache
def _table(name: str) -> Codebase:
    table: Codebase = importlib.import_module(f"{tables.__name__}.{name}").TABLE
    return table


def names(of: str | None = None) -> tuple[str, ...]:
    """Every "codebase/loss", or those of one codebase, in the order of its table.

    >>> from ganloss_core import dialects
    >>> dialects.names("taming")
    ('taming/hinge', 'taming/vanilla')
    """
    chosen = codebases() if of is None else (_codebase(of),)
    return tuple(f"{each}/{name}" for each in chosen for name in _table(each).entries)


def canonical(name: str) -> str:
    """The name of a loss of a codebase as its table has it; KeyError that suggests the nearest."""
    return _canonical(name, codebases())


@cache
def _canonical(name: str, listed: tuple[str, ...]) -> str:
    of, _, loss = name.partition("/")
    of = _codebase(of)
    spellings = {s: f"{of}/{each}" for each, entry in _table(of).entries.items() for s in (each, *entry.aliases)}
    return _one_of(loss, spellings, f"loss of {of}", f"{of}/")


@cache
def definition(name: str) -> Dialect:
    """What a canonical name means."""
    of, _, loss = name.partition("/")
    return Dialect(of, loss, _table(of))


def _one_of(name: str, spellings: Mapping[str, str], what: str, prefix: str = "") -> str:
    normalised = {registry.normalised(spelling): canonical for spelling, canonical in spellings.items()}
    found = normalised.get(registry.normalised(name))
    if found is None:
        near = registry.nearest(registry.normalised(name), normalised)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(dict.fromkeys(spellings.values()))}"
        raise registry.UnknownLoss(f"unknown {what} {prefix + name!r}: {hint}")
    return found


registry.register_namespace(
    registry.Namespace(
        space=_meant,
        names=names,
        canonical=canonical,
        definition=definition,
        aliases=lambda name: definition(name).entry.aliases,
    )
)
