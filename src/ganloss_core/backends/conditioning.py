"""How far an honest float computation may be from the exact result: the conditioning of a loss and of its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ganloss_core.words.extras import extra

with extra("cli"):
    import mpmath
    import numpy as np

from ganloss_core.backends import array_api
from ganloss_core.backends.exact import STEP, Trace, backend, flat, pair_by_pair, precision, words
from ganloss_core.backends.many import FLOATS_OF_MANY, Many
from ganloss_core.backends.tape import Var, gradients, taped
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import unreduced
from ganloss_core.engine.call import Extras, Made
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.game import Game, Player, game

mpf = mpmath.mpf
FLOAT_STEP = 2.0**-26
FLOATS: Final = taped(array_api.backend(np, float64=True), np)
"""In float64, for the few digits that conditioning needs."""


class Inputs(NamedTuple):
    """What a loss is evaluated on: logits, or lists of vectors, and labels for these.

    >>> from ganloss_core.check import Inputs
    >>> Inputs([1.0, 2.0], [0.0]).fake
    [0.0]
    """

    real: Any
    fake: Any
    real_labels: list[int] | None = None
    fake_labels: list[int] | None = None


@dataclass(frozen=True)
class Conditioned:
    """One player's loss, exactly, and how far an honest float computation may be from it, in units of its eps.

    `value_scale` is the mean over terms t of `max(|t|, |c|) + sum_j |dt/dx_j x_j|`, where c is the loss's additive constant: an
    error of one eps in each term and logit. To it comes what one eps in each hyperparameter makes, and in each mean over a side
    that the loss is a function of, relative to what is summed there.
    `gradient_scale` is the same for each element of the gradient. No other intermediate step counts.
    """

    value: Any
    gradient: list[Any]
    value_scale: Any
    gradient_scale: list[Any]
    trace: Trace


def conditioned(settings: Settings, player: str, inputs: Inputs, *, second: bool = True) -> Conditioned:
    """Evaluate one player's loss with its gradient (real elements, then fake ones, flat) and their conditioning.

    Without `second` the gradient's conditioning lacks second derivatives.
    """
    x = [*flat(inputs.real), *flat(inputs.fake)]
    with mpmath.workprec(precision(x)):
        exactly = _exactly(settings, player)
        at, parts = exactly.terms(inputs)
        of_player = exactly.player
        # Of a loss that is a term for each logit, all are differentiated at once.
        apart = of_player.terms is not None and not of_player.of_means
        constant = abs(exactly.game.constant)
        x = [mpf(xi) for xi in x]
        value = value_scale = mpf(0)
        gradient, gradient_scale = [mpf(0)] * len(x), [mpf(0)] * len(x)
        for part in parts:
            terms, n = np.ravel(part.array), np.size(part.array)
            value += sum(terms) / n
            value_scale += sum(max(abs(term), constant) for term in terms) / n
            for k in range(1 if apart else n):
                seed = np.array([mpf(apart or i == k) for i in range(n)], dtype=object).reshape(part.shape)
                row = [d for g in gradients(part, at, seed) for d in np.ravel(g)]
                value_scale += sum(abs(d * xi) for d, xi in zip(row, x, strict=True)) / n
                gradient = [g + d / n for g, d in zip(gradient, row, strict=True)]
                gradient_scale = [s + abs(d) / n for s, d in zip(gradient_scale, row, strict=True)]
        trace = replace(exactly.trace)
        if second and not trace.on_kink:
            # Some digits of second derivatives are enough: those that float64 gives, away from kinks.
            far = trace.nearest_kink > 64 * FLOAT_STEP * max(map(abs, x), default=0)
            with np.errstate(all="ignore"):
                slopes = _slopes(_in_float64(settings, player), inputs, FLOAT_STEP) if far and not apart else [math.nan]
            if not all(map(math.isfinite, slopes)):
                slopes = _slopes(exactly, inputs, STEP, apart)
            gradient_scale = [s + mpf(slope) for s, slope in zip(gradient_scale, slopes, strict=True)]
        others = [(exactly, k + 1, STEP) for k in range(trace.sums)]
        others += [(_exactly(moved, player), 0, step) for moved, step in _other_hyperparameters(settings)]
        for other, off, step in others:
            there_value, there = other.value_and_gradient(inputs, off)
            value_scale += abs(there_value - value) / step
            if not trace.on_kink:
                gradient_scale = _with_slopes(gradient_scale, gradient, there, step)
        return Conditioned(value, gradient, value_scale, gradient_scale, trace)


def evaluated(settings: Settings, player: str, inputs: Inputs) -> tuple[Any, list[Any]]:
    """The value and the gradient alone, as `conditioned` has them."""
    with mpmath.workprec(precision(flat(inputs.real), flat(inputs.fake))):
        return _exactly(settings, player).value_and_gradient(inputs)


def _slopes(of: _Loss, inputs: Inputs, step: Any, apart: bool = False) -> list[Any]:
    """For each element of the gradient the sum of |d^2 / dx_i dx_j x_j| over all j, or j = i alone if they are `apart`."""
    x = np.concatenate([np.ravel(np.asarray(side, dtype=object if step is STEP else float)) for side in inputs[:2]])
    if not x.any():
        return list(abs(x))
    moving = abs(x[:, None] if apart else np.diag(x)[:, x != 0])
    here, there = np.split(of.gradients_at(inputs, np.hstack([x[:, None], x[:, None] + step * moving])), [1], axis=1)
    slopes = abs(there - here) / step
    jump = slopes.max(0) > 2.0**16 * abs(here).max()
    if jump.any():
        # What grows as the step falls is a jump: of elements that were equal.
        half = abs(of.gradients_at(inputs, x[:, None] + step / 2 * moving) - here) / (step / 2)
        slopes = np.where(jump & (half > 1.5 * slopes), 0.0, slopes)
    return list(slopes.sum(1))


def _with_slopes(scale: list[Any], here: list[Any], there: list[Any], step: Any) -> list[Any]:
    return [s + abs(b - a) / step for s, a, b in zip(scale, here, there, strict=True)]


@lru_cache(maxsize=32)
def _other_hyperparameters(settings: Settings) -> list[tuple[Settings, Any]]:
    """The settings with one hyperparameter moved, and by how much of itself: definitions compute with Python's numbers."""
    step, found = 2.0**-40, []
    for i, (key, value) in enumerate(settings.hyperparameters):
        if isinstance(value, (float, tuple)):
            moved = tuple(v * (1.0 + step) for v in value) if isinstance(value, tuple) else value * (1.0 + step)
            other = (*settings.hyperparameters[:i], (key, moved), *settings.hyperparameters[i + 1 :])
            with suppress(ValueError):
                (there := replace(settings, hyperparameters=other)).build(words())
                found.append((there, mpf(step)))
    return found


class _Loss:
    """One player's loss in a backend; an evaluation leaves what it came across in `trace`."""

    def __init__(self, settings: Settings, player: str, backend: Backend[Var], trace: Trace) -> None:
        self.game: Game[Var] = game(pair_by_pair(settings.build(backend.ops)))
        self.player: Player[Var] = self.game.discriminator if player == "discriminator" else self.game.generator
        self.trace: Trace = trace
        self._backend = backend
        made = Made(name=settings.name, game=self.game, backend=backend, reduction="none")
        self._unreduced: Callable[..., Any] = unreduced(made, self.player)

    def terms(self, inputs: Inputs, off: int = 0) -> tuple[list[Var], list[Var]]:
        """The logits and the parts of the loss; of the sums over a side number `off` is a step off."""
        vars(self.trace).update(vars(Trace(off=off)))
        r, f = self._backend.logits(inputs.real, "real"), self._backend.logits(inputs.fake, "fake")
        labels = (None if y is None else np.asarray(y) for y in inputs[2:])
        sides, _ = self._unreduced(r, f, Extras.labelled(self.player, *labels))
        return [r, f], [part for part in sides if part is not None]

    def gradients_at(self, inputs: Inputs, x: Any) -> Any:
        """The gradient at each column of x, which has elements for all of these inputs'; in float64 at all of them at once."""
        shapes = [np.shape(side) for side in inputs[:2]]
        parts = zip(np.split(x, [math.prod(shapes[0])]), shapes, strict=True)
        real, fake = (np.reshape(part, (*shape, x.shape[1])) for part, shape in parts)
        if x.dtype == object:
            sides = (inputs._replace(real=real[..., i], fake=fake[..., i]) for i in range(x.shape[1]))
            return np.stack([self.value_and_gradient(one)[1] for one in sides], axis=1)
        at, terms = self.terms(inputs._replace(real=Many(real), fake=Many(fake)))
        total = np.zeros_like(x)
        for part in terms:
            rows = [np.reshape(g.numbers, (-1, g.numbers.shape[-1])) for g in gradients(part, at)]
            total += np.concatenate([np.broadcast_to(g, (len(g), x.shape[1])) for g in rows]) / math.prod(part.shape)
        return total

    def value_and_gradient(self, inputs: Inputs, off: int = 0) -> tuple[Any, list[Any]]:
        at, parts = self.terms(inputs, off)
        value, gradient = 0.0, np.array(0.0)
        for part in parts:
            value = value + np.sum(part.array) / np.size(part.array)
            # Not the integer 1, which divided is a float64.
            one = np.full(part.shape, mpf(1))
            gradient = gradient + np.concatenate([np.ravel(g) for g in gradients(part, at, one)]) / np.size(part.array)
        return value, list(gradient)


# A loss is evaluated on many inputs, one after the other.
@lru_cache(maxsize=32)
def _exactly(settings: Settings, player: str) -> _Loss:
    trace = Trace()
    return _Loss(settings, player, backend(trace), trace)


@lru_cache(maxsize=32)
def _in_float64(settings: Settings, player: str) -> _Loss:
    return _Loss(settings, player, FLOATS_OF_MANY, Trace())
