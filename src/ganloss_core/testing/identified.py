"""Which losses a user's own function is: names, hyperparameters and codebases that give its values and gradients."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, get_args

import numpy as np

from ganloss_core.dialects import reader
from ganloss_core.engine.settings import Settings
from ganloss_core.facts.comparison import Difference, relation
from ganloss_core.spec import registry
from ganloss_core.spec.definition import hyperparameters
from ganloss_core.testing.expected import Defined
from ganloss_core.testing.framework import LETTER, SIDES, Arrays, Measured, flat

# Two shapes, of which the map tells a sum and a mean of each sample's logits from the rest.
SHAPES = ((8, 1), (2, 1, 3, 3))
LARGEST = 100.0
"""A hyperparameter beyond this makes a limit of the loss, and is not what somebody chose."""


@dataclass(frozen=True)
class Match:
    """A loss that has a user's gradients, up to a factor, or is near.

    >>> from ganloss_torch.testing import identify
    >>> found = identify(discriminator=lambda real, fake: 0.5 * (fake.mean() - real.mean()))[0]
    >>> found.written, found.kind
    ('cut/wgangp', 0)
    """

    name: str
    hyperparameters: Mapping[str, Any]
    """Those that are not the defaults."""
    differences: Mapping[str, Difference]
    """Of each player: the user's loss as a multiple of this one."""

    @property
    def kind(self) -> int:
        """0 for the same loss, 1 for a multiple of it, or with a constant, 2 for another."""
        of_players = self.differences.values()
        if any(d.factor is None for d in of_players):
            return 2
        return 0 if all(_near(d.factor, 1.0) and d.constant is not None and _near(d.constant, 0.0) for d in of_players) else 1

    @property
    def is_ours_elsewhere(self) -> bool:
        """Whether a codebase's name is that of a loss of ours at other hyperparameters than our defaults."""
        theirs = reader.definition(self.name) if "/" in self.name else None
        if theirs is None or callable(theirs.entry.loss):
            return False
        ours = hyperparameters(registry.get(theirs.entry.loss))
        return any(ours[key].default != value for key, value in theirs.translated({})[0].items())

    @property
    def fame(self) -> int:
        """By how many names people call it."""
        return 0 if "/" in self.name else 1 + len(registry.aliases_of(self.name))

    @property
    def written(self) -> str:
        """As one would write it."""
        chosen = ", ".join(f"{key}={_shown(value)}" for key, value in self.hyperparameters.items())
        return f"{self.name}({chosen})" if chosen else self.name

    def said(self, player: str) -> str:
        """What a player's loss is, as a multiple of this one."""
        factor, _, constant = self.differences[player]
        times = "" if factor is None or _near(factor, 1.0) else f"{factor:.4g} times "
        besides = (
            ""
            if constant is not None and _near(constant, 0.0)
            else " but for the value"
            if constant is None
            else f" and {constant:.4g} besides"
        )
        return f"{times}{self.written}{besides}"

    def __str__(self) -> str:
        return "; ".join([self.written, *(_said(LETTER[player], d) for player, d in self.differences.items())])


_NEAR = 2.0**-13


def _near(x: float | None, y: float) -> bool:
    return x is not None and abs(x - y) <= _NEAR


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _said(D: str, difference: Difference) -> str:
    factor, (low, _), constant = difference
    if factor is None:
        return f"{D} differs (cosine {low:.3f} or more)"
    if constant is None:
        return f"{D} has {factor:.4g} times its gradient, and other values"
    besides = "" if _near(constant, 0.0) else f" and {constant:.4g} besides"
    return f"{D} is the same{besides}" if _near(factor, 1.0) else f"{D} is {factor:.4g} times it{besides}"


Targets = Mapping[str, Sequence[tuple[Sequence[Arrays], Sequence[Measured]]]]
"""For each player, batches of each shape with what the user's function gave."""


def as_they_are(targets: Targets, axes: int) -> list[Match]:
    """Every loss beside this, at its default hyperparameters."""
    found = [match for name in registry.names() for match in _matches(name, axes, targets)]
    # Many codebases have the same one.
    of_one: dict[Any, list[Match]] = {}
    for name in reader.names():
        same = of_one.setdefault(reader.definition(name).meaning, [])
        if not same:
            same += _matches(name, axes, targets)
        found += [replace(match, name=name) for match in same]
    return found


def identified(targets: Targets, axes: int, most: int = 5, found: list[Match] | None = None) -> list[Match]:
    """The losses that give this, the best first; where none does, the nearest `most`; `found` is `as_they_are`."""
    found = as_they_are(targets, axes) if found is None else found
    same = [m for m in found if m.kind < 2]
    if not any(m.kind == 0 and not m.is_ours_elsewhere for m in same):
        # Hyperparameters are looked for in ours, and then in what other codebases make of those that were found.
        fitted = [m for m in (_fitted(match, targets) for match in found if "/" not in match.name) if m is not None]
        ours = {m.name for m in fitted}
        theirs = [m for m in found if "/" in m.name and reader.definition(m.name).entry.loss in ours]
        fitted += [m for m in (_fitted(match, targets) for match in theirs) if m is not None]
        same += fitted
    if same:
        # A factor may be a weight of the codebase's besides: the fewest numbers say it.
        fewest = min(len(m.hyperparameters) for m in same)
        same = [m for m in same if m.kind == 0 or len(m.hyperparameters) == fewest]
        return sorted(same, key=lambda m: (m.kind, "/" in m.name, len(m.hyperparameters), -m.fame))
    return sorted(found, key=_distance)[:most]


def _matches(name: str, axes: int, targets: Targets) -> Iterator[Match]:
    with suppress(ValueError, TypeError, ArithmeticError):
        for given, loss in _chosen(Settings.of(name, None, "mean", None, {})):
            if loss.axes == axes:
                yield _matched(loss, given, targets)


@lru_cache(maxsize=1024)
def _chosen(default: Settings) -> list[tuple[dict[str, Any], Defined]]:
    """The loss at its default hyperparameters, and at others that are one of few."""
    return [(given, Defined(default.loss, given)) for given in _choices(default)]


def _choices(default: Settings) -> Iterator[dict[str, Any]]:
    """Hyperparameters that are one of few: what is true or false, or one of some names."""
    kinds = {key: p for key, p in hyperparameters(default.definition).items() if p.annotation is bool or get_args(p.annotation)}
    few = {
        key: (False, True) if p.annotation is bool else get_args(p.annotation) for key, p in kinds.items() if not _is_tuple(p)
    }
    for values in itertools.product(*few.values()):
        yield {key: value for key, value in zip(few, values, strict=True) if value != kinds[key].default}


def _is_tuple(parameter: Any) -> bool:
    return bool(parameter.annotation == tuple[float, ...])


def _matched(loss: Defined, given: Mapping[str, Any], targets: Targets) -> Match:
    return Match(loss.settings.name, given, {player: _difference(loss, player, each) for player, each in targets.items()})


def _difference(loss: Defined, player: str, target: Sequence[tuple[Sequence[Arrays], Sequence[Measured]]]) -> Difference:
    def of(batches: Sequence[Arrays], got: Sequence[Measured]) -> Difference:
        expected = _measured(loss, player, batches)
        pairs = [
            [(m.value, flat(m, SIDES[player], at)) for m, at in zip(each, batches, strict=True)] for each in (expected, got)
        ]
        return relation(*pairs, near=_NEAR)

    # Most differ on the first batch.
    first, *others = target
    on_one = of(first[0][:1], first[1][:1])
    found = on_one if on_one.factor is None else of(*first)
    for other in others:
        found = found if found.factor is None else _both(found, of(*other))
    return found


def _both(first: Difference, second: Difference) -> Difference:
    """What is so on two shapes."""
    if first.factor is None or second.factor is None or abs(first.factor - second.factor) > 4 * _NEAR * abs(first.factor):
        return Difference(None, (min(first.cosine[0], second.cosine[0]), 1.0), None)
    same = first.constant is not None and second.constant is not None and _near(first.constant, second.constant)
    return second if same else second._replace(constant=None)


def _measured(loss: Defined, player: str, batches: Sequence[Arrays]) -> list[Measured]:
    with np.errstate(all="ignore"):
        return loss.measure(player, batches)


def _distance(match: Match) -> float:
    return -min(d.cosine[0] if math.isfinite(d.cosine[0]) else -1.0 for d in match.differences.values())


def _fitted(match: Match, targets: Targets) -> Match | None:
    """The loss at the hyperparameters that come nearest, if they give the same."""
    definition = registry.get(match.name)
    free = {key: float(p.default) for key, p in hyperparameters(definition).items() if p.annotation is float}
    if not free or not any(d.cosine[1] > 0.3 for d in match.differences.values()):
        return None

    # Starts are compared before the search begins at one, and some are the same.
    @cache
    def at(*numbers: float) -> Any:
        loss = Defined(match.name, {**match.hyperparameters, **dict(zip(free, numbers, strict=True))})
        parts = []
        for player, of_player in targets.items():
            batches, got = of_player[0][0][::2], of_player[0][1][::2]
            expected = _measured(loss, player, batches)
            a, b = (
                np.concatenate([flat(m, SIDES[player], like) for m, like in zip(of, batches, strict=True)])
                for of in (got, expected)
            )
            factor, scale = (a @ b) / max(b @ b, 1e-300), max(math.sqrt(a @ a), 1e-300)
            # Between kinks the gradient does not depend on where these are; values do.
            apart = np.array([m.value for m in got]) - factor * np.array([m.value for m in expected])
            parts += [(a - factor * b) / scale, apart - apart.mean()]
        return np.concatenate(parts)

    def residual(x: Sequence[float]) -> Any:
        return at(*map(float, x))

    with suppress(ValueError, ArithmeticError, np.linalg.LinAlgError), np.errstate(all="ignore"):
        starts = [np.array(list(free.values()))]
        starts += [
            np.where(np.arange(len(free)) == i, x, starts[0]) for i in range(len(free)) for x in (-1.0, 0.0, 0.25, 0.5, 2.0)
        ]
        best = _least_squares(residual, min(starts, key=lambda at: _square(residual, at)))
        nice = [float(f"{x:.4g}") if abs(x) > 1e-6 else 0.0 for x in best]
        given = {key: x for (key, default), x in zip(free.items(), nice, strict=True) if x != default}
        if max(abs(x) for x in nice) > LARGEST:
            return None
        fitted = _matched(Defined(match.name, {**match.hyperparameters, **given}), {**match.hyperparameters, **given}, targets)
        if given and fitted.kind < 2:
            # A number that may as well be another is not what somebody chose.
            loose = any(_matched(Defined(match.name, moved), moved, targets).kind < 2 for moved in _elsewhere(fitted, given))
            return None if loose else fitted
    return None


def _elsewhere(fitted: Match, given: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    for key, x in given.items():
        yield {**fitted.hyperparameters, key: 1.5 * x + 0.25}


def _square(residual: Any, at: Any) -> float:
    try:
        return float(np.sum(residual(at) ** 2))
    except (ValueError, ArithmeticError):
        return math.inf


def _least_squares(residual: Any, x: Any) -> Any:
    """Levenberg and Marquardt's, which a kink of a loss may lead astray."""
    r, damping, slopes = residual(x), 1e-2, None
    for _ in range(20):
        if slopes is None:
            slopes = np.stack([(residual(x + step) - r) / 1e-6 for step in 1e-6 * np.eye(len(x))], axis=1)
        normal = slopes.T @ slopes
        move = np.linalg.solve(normal + damping * (np.diag(np.diag(normal)) + 1e-9 * np.eye(len(x))), -slopes.T @ r)
        try:
            there = residual(x + move)
        except (ValueError, ArithmeticError):
            there = np.full_like(r, math.inf)
        before = r @ r
        if there @ there < before:
            x, r, damping, slopes = x + move, there, damping / 10, None
            # Towards 0 it falls by more.
            done = r @ r > 0.99 * before
        else:
            damping *= 10
            done = damping > 1e6
        if done or r @ r < 1e-18 or np.abs(move).max() < 1e-12:
            break
    return x
