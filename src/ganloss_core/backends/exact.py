"""The oracle: every loss and its gradient to as many digits as its operands need, by mpmath. Needs NumPy and mpmath.

Pairs are always gone through one by one, so that a closed form is checked against what it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ganloss_core.words.extras import extra

with extra("cli"):
    import mpmath
    import numpy as np

from ganloss_core.backends import tape
from ganloss_core.backends.tape import Var, taped
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import functions
from ganloss_core.engine.call import Made
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import AnyLoss, LossLike
from ganloss_core.spec.game import game
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
    "relu": lambda x: mpf(0) if x <= 0 else x,
    "step": lambda x: mpf(1) if x > 0 else mpf(0) if x <= 0 else x,
    "abs": abs,
    "sign": lambda x: mpf(mpmath.sign(x)),
    "square": lambda x: x * x,
    "sqrt": lambda x: mpmath.sqrt(x) if x >= 0 else mpmath.nan,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": lambda x: mpmath.log(x) if x > 0 else -mpmath.inf if x == 0 else mpmath.nan,
    "sigmoid": lambda x: mpf(1) if x > mpmath.mp.prec else 1 / (1 + mpmath.exp(-x)),  # as in _softplus
    "softplus": _softplus,
    "tanh": mpmath.tanh,
}


STEP = mpf(2) ** -64
MOST_KNOWN = 2**14


@dataclass
class Trace:
    """What an evaluation came across: the words used, how near it came to a kink without hitting it, sums over a side.

    >>> from ganloss_core.backends import exact
    >>> trace = exact.Trace()
    >>> near = exact.words(trace).relu(exact.array([0.25, -2.0]))
    >>> trace.words, float(trace.nearest_kink)
    ({'relu'}, 0.25)
    """

    words: set[str] = field(default_factory=set)
    nearest_kink: Any = mpmath.inf
    on_kink: bool = False
    sums: int = 0
    off: int = 0
    """Which of the sums over a whole side, from 1, is to be `STEP` off, relative to the size of what it sums."""


def words(trace: Trace | None = None) -> Ops[Any]:
    """The vocabulary on NumPy arrays of mpmath numbers, in the working precision.

    >>> from ganloss_core.backends import exact
    >>> str(exact.words().softplus(exact.array([0.0]))[0])[:6]
    '0.6931'
    """

    def word(name: str) -> Callable[[Any], Any]:
        value, kinks = WORD_VALUES[name], WORDS[name].kinks
        known: dict[Any, Any] = {}

        def element(x: Any) -> Any:
            # A derivative is taken at the same numbers again for every term of a loss and every other logit.
            key = mpmath.mp.prec, getattr(x, "_mpf_", x)
            if key not in known:
                if len(known) == MOST_KNOWN:
                    known.clear()
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
    """Numbers as an array of mpmath numbers, exactly.

    >>> from ganloss_core.backends import exact
    >>> exact.array([0.5])
    array([mpf('0.5')], dtype=object)
    """
    return np.frompyfunc(mpf, 1, 1)(np.asarray(x, dtype=object))


def _below(y: Any, x: Any, w: Any) -> Any:
    w = [mpf(1)] * len(y) if w is None else w
    return np.array([sum((wj for wj, yj in zip(w, y, strict=True) if yj < xi), mpf(0)) for xi in x], dtype=object)


def backend(trace: Trace | None = None) -> Backend[Var]:
    """mpmath as a backend; `trace`, if given, records what an evaluation came across.

    >>> from ganloss_core.backends import exact
    >>> exact.backend().name
    'exact'
    """

    def less(x: Any, y: Any) -> Any:
        if trace is not None and x != y:
            trace.nearest_kink = min(trace.nearest_kink, abs(x - y))
        return mpf(1) if x < y else mpf(0)

    def same(x: Any, y: Any) -> bool:
        if trace is not None and x != y:
            trace.nearest_kink = min(trace.nearest_kink, abs(x - y))
        return bool(x == y)

    def equal(x: Any, y: Any) -> Any:
        return x == y if str(getattr(x, "dtype", "")) == "bool" else np.asarray(np.frompyfunc(same, 2, 1)(x, y), dtype=bool)

    def max_(x: Any, axis: int | None = None) -> Any:
        # NumPy's, by comparisons alone, would pass over NaN.
        largest = np.max(np.where(x == x, x, mpmath.inf), axis=axis)
        return np.where(np.any(x != x, axis=axis), mpmath.nan, largest)[()]

    def sum_(x: Any, axis: int | None = None) -> Any:
        total = np.sum(x, axis=axis)
        if trace is not None and axis is None:
            trace.sums += 1
            if trace.sums == trace.off:
                total += STEP * np.sum(abs(x))
        return total

    plain: Backend[Any] = Backend(
        name="exact",
        ops=words(trace),
        logits=lambda x, side: array(x),
        like=lambda w, x: array(w),
        ratios=lambda w, x: array(w),
        mean=lambda x: np.sum(x) / x.size,
        sum=sum_,
        masked=lambda w, x, y: np.where(np.asarray(w != 0, dtype=bool), x, y),
        mask=lambda w: np.asarray(w, dtype=bool),
        count=lambda mask, x: mpf(int(np.count_nonzero(mask))),
        equal=equal,
        negated=np.logical_not,
        hold=lambda x: x,
        less=np.frompyfunc(less, 2, 1),
        max=max_,
        index=lambda labels, x: array(labels),
        clipped=lambda index, n: np.clip(index, 0, n - 1),
        indices=lambda n, x: array(range(n)),
        bounds=lambda x: (float(np.min(x)), float(np.max(x))),
        reshape=np.reshape,
        transpose=np.transpose,
        below=_below,
        chunked=lambda fn, x, size: fn(x),
        ulps=0.0,
    )
    return taped(plain, np)


def precision(*numbers: Sequence[float]) -> int:
    """Bits that hold sums and products of the numbers without loss, and 256 more.

    >>> from ganloss_core.backends import exact
    >>> exact.precision([1.0, 0.25])
    260
    """
    exponents = [math.frexp(x)[1] for group in numbers for x in group if x] + [0]
    return 2 * (max(exponents) - min(exponents)) + 256


def pair_by_pair(loss: AnyLoss[A]) -> AnyLoss[A]:
    """The loss without a closed form of the mean over pairs.

    >>> import ganloss_core
    >>> from ganloss_core.backends import exact
    >>> loss = ganloss_core.get("rplsgan_mvue")(exact.words())
    >>> loss.pairs_mean is None, exact.pair_by_pair(loss).pairs_mean is None
    (False, True)
    """
    if isinstance(loss, Loss):
        return replace(loss, pairs_mean=None)
    if isinstance(loss, BatchLoss):
        return loss
    plain: Any = {
        field.name: pair_by_pair(part)
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
    """One player's loss as an mpmath number, and its gradient as NumPy arrays of such; as in `reference`.

    >>> from ganloss_core.backends import exact
    >>> value, gradient = exact.value_and_grad("logistic", [40.0], [-40.0])
    >>> float(value), float(gradient.fake[0])
    (8.496708510583178e-18, 4.248354255291589e-18)
    """
    settings = Settings.of(loss, generator, "mean", None, hyperparameters, top_k)
    numbers: list[list[float]] = []
    for x in (real, fake, real_weight, fake_weight):
        tape.over_heads(lambda head: numbers.append(flat(head)), x)
    with mpmath.workprec(precision(*numbers)):
        exact = backend()
        rules = game(pair_by_pair(settings.build(exact.ops)))
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


def flat(x: Any) -> list[float]:
    """All elements, as numbers.

    >>> from ganloss_core.backends import exact
    >>> exact.flat([[1.0, 2.0], [3.0, 4.0]])
    [1.0, 2.0, 3.0, 4.0]
    """
    numbers: list[float] = np.asarray(x, dtype=float).ravel().tolist()
    return numbers
