"""A loss of one real and one fake logit: its first and second derivatives as functions of the two, from the words."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ganloss_core.backends import derivation, reference
from ganloss_core.backends.tape import Var, gradients, taped_words
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import game
from ganloss_core.words.expression import SYMBOLS, Expression
from ganloss_core.words.ops import Ops

OPS: Ops[Any] = reference.backend.ops

REAL, FAKE = Expression("real"), Expression("fake")


class Slopes(NamedTuple):
    """What the players' losses change by with a logit r of the reals and f of the fakes; D's are d, G's g."""

    d_r: Any
    d_f: Any
    g_f: Any


class Curvature(NamedTuple):
    """What `Slopes` change by: d_rf is the change of d_r with f."""

    d_rr: Any
    d_rf: Any
    d_fr: Any
    d_ff: Any
    g_fr: Any
    g_ff: Any


def slopes(loss: LossLike) -> tuple[Callable[[Any, Any], Slopes], Callable[[Any, Any], Curvature]]:
    """Both as functions of arrays of real and of fake logits, of which each pair is an experiment of its own.

    Where a loss counts its samples, each side has as few as it takes, all equal.
    """
    settings = Settings.of(loss, None, "mean", "mean", {})
    xp = _Logits(game(settings.build(OPS)).sample.least)
    rules = game(settings.build(derivation.words(xp)))
    r, f = Var(xp, REAL), Var(xp, FAKE)
    d_r, d_f = map(_var(xp), derivation.derivatives(rules.discriminator.sides, xp, r, f))
    _, g_f = map(_var(xp), derivation.derivatives(rules.generator.sides, xp, r, f))
    second = [each for slope in (d_r, d_f, g_f) for each in gradients(slope, [r, f], 1.0)]
    first_of, second_of = _program([d_r.array, d_f.array, g_f.array]), _program(second)
    return lambda r, f: Slopes(*first_of(r, f)), lambda r, f: Curvature(*second_of(r, f))


def _var(xp: Any) -> Callable[[Any], Var]:
    return lambda x: x if isinstance(x, Var) else Var(xp, float(x))


class _Equal:
    """A side of n equal logits: a mean is the logit itself."""

    def __init__(self, n: int) -> None:
        self._n = float(n)

    def __call__(self, x: Any) -> Any:
        return x

    log_mean_exp = median = sorted = __call__

    def total(self, x: Any) -> float:
        return self._n

    def log_sum_exp(self, x: Any) -> Any:
        return x + math.log(self._n)

    def softmax(self, x: Any) -> float:
        return 1.0

    def through_softmax(self, x: Any, g: Any) -> Any:
        return g - g

    def in_places_of(self, x: Any, g: Any) -> Any:
        return g

    def given(self, x: Any, weight: Any) -> Any:
        return weight * x

    def share(self, weight: Any) -> Any:
        return weight / weight

    def of_pairs(self, x: Any, axis: int) -> Any:
        return x


class _Logits:
    """Both sides, whose derivatives are differentiated once more."""

    def __init__(self, n: int) -> None:
        self.ops: Ops[Any] = taped_words(SYMBOLS, self)
        self.real: derivation.Means = _Equal(n)
        self.fake: derivation.Means = self.real

    def sum(self, x: Any) -> Any:
        return x

    def zeros_like(self, x: Any) -> float:
        return 0.0

    def less(self, x: Any, y: Any) -> Any:
        return self.ops.step(y - x)

    def equal(self, x: Any, y: Any) -> float:
        """Whether a logit is the median of its side."""
        return 1.0

    def differences(self, x: Any, y: Any) -> Any:
        return x - y


_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _program(outputs: Sequence[Any]) -> Callable[[Any, Any], list[Any]]:
    """The expressions of `REAL` and `FAKE` as one function, which computes once what several of them have."""
    steps: list[tuple[Any, tuple[Any, ...]]] = []
    places: dict[Any, int] = {"real": 0, "fake": 1}
    done: dict[int, Any] = {id(REAL): 0, id(FAKE): 1}

    def place(e: Any) -> Any:
        """A float, or the place of what is computed."""
        if not isinstance(e, Expression):
            return float(e)
        if id(e) not in done:
            key = (e.op, *map(place, e.args))
            if key not in places:
                steps.append((_ARITHMETIC.get(e.op) or getattr(OPS, e.op), key[1:]))
                places[key] = len(places)
            done[id(e)] = places[key]
        return done[id(e)]

    wanted = [place(e) for e in outputs]

    def run(real: Any, fake: Any) -> list[Any]:
        values = [real, fake]
        for step, args in steps:
            values.append(step(*[values[a] if type(a) is int else a for a in args]))
        return [values[p] if type(p) is int else p for p in wanted]

    return run
