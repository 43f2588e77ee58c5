"""The oracle: every loss and its gradient to as many digits as its operands need, by mpmath. Needs NumPy and mpmath.

Pairs are always gone through one by one, so that a closed form is checked against what it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import mpmath
import numpy as np

from ganloss_core.backends import tape
from ganloss_core.backends.tape import Var, gradients, taped
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import functions, unreduced
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.steps import Extras, Made
from ganloss_core.spec.definition import AnyLoss, LossLike
from ganloss_core.spec.game import Game, game
from ganloss_core.spec.loss import BatchLoss, Loss, Rule
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import WORDS, A, Ops

mpf = mpmath.mpf


def _softplus(x: Any) -> Any:
    # Beyond the working precision e^-|x| is lost in the sum, and below it is the sum.
    if abs(x) > mpmath.mp.prec:
        return x if x > 0 else mpmath.exp(x)
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


WORD_VALUES: dict[str, Callable[[Any], Any]] = {
    "relu": lambda x: x if x > 0 else mpf(0),
    "step": lambda x: mpf(1) if x > 0 else mpf(0),
    "abs": abs,
    "sign": lambda x: mpf(mpmath.sign(x)),
    "square": lambda x: x * x,
    "sqrt": lambda x: mpmath.sqrt(x) if x >= 0 else mpmath.nan,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": lambda x: mpmath.log(x) if x > 0 else mpmath.nan if x < 0 else -mpmath.inf,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": _softplus,
    "tanh": mpmath.tanh,
}


@dataclass
class Trace:
    """What an evaluation came across: the words used, and how near it came to a kink without hitting it."""

    words: set[str] = field(default_factory=set)
    nearest_kink: Any = mpmath.inf
    on_kink: bool = False


def words(trace: Trace | None = None) -> Ops[Any]:
    """The vocabulary on NumPy arrays of mpmath numbers, in the working precision."""

    def word(name: str) -> Callable[[Any], Any]:
        value, kinks = WORD_VALUES[name], WORDS[name].kinks

        known: dict[Any, Any] = {}

        def element(x: Any) -> Any:
            # A derivative is taken at the same numbers again for every term of a loss and every other logit.
            key = mpmath.mp.prec, getattr(x, "_mpf_", x)
            if key not in known:
                known[key] = value(x)
            if trace is not None:
                trace.words.add(name)
                for kink in kinks:
                    distance = abs(x - kink)
                    trace.on_kink = trace.on_kink or distance == 0
                    trace.nearest_kink = min(trace.nearest_kink, distance) if distance else trace.nearest_kink
            return known[key]

        ufunc: Callable[[Any], Any] = np.frompyfunc(element, 1, 1)
        return ufunc

    return Ops(**{f.name: word(f.name) for f in fields(Ops)})


def array(x: Any) -> Any:
    """Numbers as an array of mpmath numbers, exactly."""
    return np.frompyfunc(mpf, 1, 1)(np.asarray(x, dtype=object))


def _below(y: Any, x: Any, w: Any) -> Any:
    w = [mpf(1)] * len(y) if w is None else w
    return np.array([sum((wj for wj, yj in zip(w, y, strict=True) if yj < xi), mpf(0)) for xi in x], dtype=object)


def backend(trace: Trace | None = None) -> Backend[Var]:
    """mpmath as a backend; `trace`, if given, records what an evaluation came across."""

    def less(x: Any, y: Any) -> Any:
        if trace is not None and x != y:
            trace.nearest_kink = min(trace.nearest_kink, abs(x - y))
        return mpf(1) if x < y else mpf(0)

    plain: Backend[Any] = Backend(
        name="exact",
        ops=words(trace),
        logits=lambda x, side: array(x),
        like=lambda w, x: array(w),
        ratios=lambda w, x: array(w),
        mean=lambda x: np.sum(x) / x.size,
        sum=lambda x, axis=None: np.sum(x, axis=axis),
        masked=lambda w, x, y: np.where(np.asarray(w != 0, dtype=bool), x, y),
        constant=lambda x: x,
        less=np.frompyfunc(less, 2, 1),
        max=lambda x, axis=None: np.max(x, axis=axis),
        indices=lambda n, x: array(range(n)),
        bounds=lambda x: (float(np.min(x)), float(np.max(x))),
        reshape=np.reshape,
        below=_below,
        chunked=lambda fn, x, size: fn(x),
        ulps=0.0,
    )
    return taped(plain, np)


def precision(*numbers: Sequence[float]) -> int:
    """Bits that hold sums and products of the numbers without loss, and 256 more."""
    exponents = [math.frexp(x)[1] for group in numbers for x in group if x] + [0]
    return 2 * (max(exponents) - min(exponents)) + 256


def _pair_by_pair(loss: AnyLoss[A]) -> AnyLoss[A]:
    """The loss without a closed form of the mean over pairs."""
    if isinstance(loss, Loss):
        return replace(loss, pairs_mean=None)
    if isinstance(loss, BatchLoss):
        return loss
    plain: Any = {
        field.name: _pair_by_pair(part)
        for field in fields(loss)
        if isinstance(part := getattr(loss, field.name), (Loss, BatchLoss))
    }
    return replace(loss, **plain)


def value_and_grad(
    loss: LossLike,
    real: Any,
    fake: Any,
    *,
    player: str = "discriminator",
    generator: Rule | None = None,
    top_k: int | None = None,
    real_weight: Any = None,
    fake_weight: Any = None,
    real_labels: Any = None,
    fake_labels: Any = None,
    **hyperparameters: Any,
) -> tuple[Any, Sides[Any]]:
    """One player's loss as an mpmath number, and its gradient as NumPy arrays of such; as in `reference`."""
    settings = Settings.of(loss, generator, "mean", None, hyperparameters, top_k)
    numbers: list[list[float]] = []
    for x in (real, fake, real_weight, fake_weight):
        tape.over_heads(lambda head: numbers.append(_flat(head)), x)
    with mpmath.workprec(precision(*numbers)):
        exact = backend()
        rules = game(_pair_by_pair(settings.build(exact.ops)))
        bound = functions(
            Made(name=settings.name, game=rules, backend=exact, reduction="mean", heads=settings.thawed_heads(), top_k=top_k)
        )
        extras = {
            "real_weight": real_weight,
            "fake_weight": fake_weight,
            "real_labels": real_labels,
            "fake_labels": fake_labels,
        }
        return tape.value_and_grad(bound, exact, player, real, fake, extras)


class Inputs(NamedTuple):
    """What a loss is evaluated on: logits, or lists of vectors, and labels for these."""

    real: Any
    fake: Any
    real_labels: list[int] | None = None
    fake_labels: list[int] | None = None


@dataclass(frozen=True)
class Conditioned:
    """One player's loss, exactly, and how far an honest float computation may be from it, in units of its eps.

    `value_scale` is the mean over terms t of `max(|t|, |c|) + sum_j |dt/dx_j x_j|`, where c is the loss's additive constant: an
    error of one eps in each term and logit.
    `gradient_scale` is the same for each element of the gradient. Both look at logits only, never at intermediate steps.
    """

    value: Any
    gradient: list[Any]
    value_scale: Any
    gradient_scale: list[Any]
    trace: Trace


def conditioned(settings: Settings, player: str, inputs: Inputs, *, second: bool = True) -> Conditioned:
    """Evaluate one player's loss with its gradient (real elements, then fake ones, flat) and their conditioning.

    Without `second` the gradient's conditioning lacks second derivatives, which are most of the work.
    """
    x = [*_flat(inputs.real), *_flat(inputs.fake)]
    with mpmath.workprec(precision(x)):
        trace = Trace()
        at, parts = _terms(_exactly(settings, trace), player, inputs)
        exactly = _exactly(settings, None)
        constant = abs(exactly[1].constant)
        x = [mpf(xi) for xi in x]
        value = value_scale = mpf(0)
        gradient = [mpf(0)] * len(x)
        gradient_scale = [mpf(0)] * len(x)
        for part in parts:
            terms, n = np.ravel(part.array), np.size(part.array)
            for k, term in enumerate(terms):
                seed = np.array([mpf(i == k) for i in range(n)], dtype=object).reshape(part.shape)
                row = [d for g in gradients(part, at, seed) for d in np.ravel(g)]
                value += term / n
                value_scale += (max(abs(term), constant) + sum(abs(d * xi) for d, xi in zip(row, x, strict=True))) / n
                gradient = [g + d / n for g, d in zip(gradient, row, strict=True)]
                gradient_scale = [s + abs(d) / n for s, d in zip(gradient_scale, row, strict=True)]
        if second and not trace.on_kink:
            n_real = len(_flat(inputs.real))
            for j, xj in enumerate(x):
                if xj:
                    step = abs(xj) * mpf(2) ** -64
                    moved = np.array([xi + step * (i == j) for i, xi in enumerate(x)], dtype=object)
                    real, fake = moved[:n_real].reshape(at[0].shape), moved[n_real:].reshape(at[1].shape)
                    there = _gradient(exactly, player, inputs._replace(real=real, fake=fake))
                    gradient_scale = [
                        s + abs((b - a) / step * xj) for s, a, b in zip(gradient_scale, gradient, there, strict=True)
                    ]
        return Conditioned(value, gradient, value_scale, gradient_scale, trace)


def _flat(x: Any) -> list[float]:
    flat: list[float] = np.asarray(x, dtype=float).ravel().tolist()
    return flat


def _exactly(settings: Settings, trace: Trace | None) -> tuple[Backend[Var], Game[Var], str]:
    exact = backend(trace)
    return exact, game(_pair_by_pair(settings.build(exact.ops))), settings.name


def _terms(of: tuple[Backend[Var], Game[Var], str], player: str, inputs: Inputs) -> tuple[list[Var], list[Var]]:
    exact, rules, name = of
    of_player = rules.discriminator if player == "discriminator" else rules.generator
    r, f = exact.logits(inputs.real, "real"), exact.logits(inputs.fake, "fake")
    needed = (of_player.needs_real, of_player.needs_fake)
    labels = [np.asarray(y) if y is not None and needs else None for y, needs in zip(inputs[2:], needed, strict=True)]
    made = Made(name=name, game=rules, backend=exact, reduction="none")
    given = Extras(None, None, *labels) if any(y is not None for y in labels) else None
    sides, _ = unreduced(made, of_player)(r, f, given)
    return [r, f], [part for part in sides if part is not None]


def _gradient(of: tuple[Backend[Var], Game[Var], str], player: str, inputs: Inputs) -> list[Any]:
    at, parts = _terms(of, player, inputs)
    total: Any = 0
    for part in parts:
        total = total + np.concatenate([np.ravel(g) for g in gradients(part, at)]) / np.size(part.array)
    return list(total)
