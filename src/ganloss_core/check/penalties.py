"""Gradient penalties of a backend against the exact result, on a critic whose gradient by its input is known."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any

import mpmath
import numpy as np

from ganloss_core.backends import exact
from ganloss_core.backends.conditioning import FLOAT_STEP, FLOATS
from ganloss_core.backends.tape import Var, gradients
from ganloss_core.check.report import Evaluated, Report, Row, Runner, a_thread
from ganloss_core.check.terms import CLASSES, TERMS
from ganloss_core.engine.backend import Backend
from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.penalties import Penalties
from ganloss_core.terms.stateless import Terms
from ganloss_core.words.ops import WORDS
from ganloss_core.words.ulps import DTYPES, eps, error, known_dtypes, rounded

# name -> (the penalty and its arguments, what is drawn for it)
CHECKED: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "r1": ("r1", {}, None),
    "r2": ("r2", {}, None),
    "zero_centered": ("zero_centered", {}, "mix"),
    "wgan_gp": ("wgan_gp", {}, "mix"),
    "wgan_gp, real": ("wgan_gp", {"at": "real", "target": 32.0}, None),
    "wgan_lp": ("wgan_lp", {}, "mix"),
    "wgan_div": ("wgan_div", {}, "mix"),
    "wgan_div, ends": ("wgan_div", {"at": "ends", "power": 3}, None),
    "wgan_div, fake": ("wgan_div", {"at": "fake", "power": 2}, None),
    "dragan": ("dragan", {}, "noise"),
    "dragan, near": ("dragan", {"target": 2.0**-10}, "noise"),
    "max_gp": ("max_gp", {}, "mix"),
    "gan_qp": ("gan_qp", {}, None),
    "gan_qp, l2": ("gan_qp", {"distance": "l2"}, None),
    "approximate_r1": ("approximate_r1", {"sigma": 0.5}, "noise"),
    "approximate_r2": ("approximate_r2", {"sigma": 0.5, "divide": False}, "noise"),
    "approximate_r1, observed": ("approximate_r1", {"sigma": 0.5}, "noise"),
}

SAMPLES, LENGTH, HIDDEN, WEIGHT, CASES = 3, 3, 2, 10.0, 3

Numbers = Sequence[Any]
"""W1 (hidden, length), b1, w2, reals, fakes, mix, noise: nested lists, or arrays of a backend."""
PARAMETERS = 3
"""How many of these are the critic's; of the others each has a row for each sample."""


class TanhCritic:
    """w2 . tanh(W1 x + b1), in the words of a backend."""

    def __init__(self, backend: Backend[Any], W1: Any, b1: Any, w2: Any) -> None:
        self._backend, self._W1, self._b1, self._w2 = backend, W1, b1, w2

    def _before(self, x: Any) -> Any:
        reshape, n = self._backend.reshape, x.shape[0]
        products = reshape(self._W1, (1, HIDDEN, LENGTH)) * reshape(x, (n, 1, LENGTH))
        return self._backend.sum(products, 2) + reshape(self._b1, (1, HIDDEN))

    def __call__(self, x: Any) -> Any:
        outputs = self._backend.reshape(self._w2, (1, HIDDEN)) * self._backend.ops.tanh(self._before(x))
        return self._backend.sum(outputs, 1)

    def gradient(self, x: Any) -> Any:
        """Of the sum of all outputs by x, in closed form."""
        reshape, n = self._backend.reshape, x.shape[0]
        slopes = reshape(self._w2, (1, HIDDEN)) * WORDS["tanh"].derivative(self._backend.ops, self._before(x))
        return self._backend.sum(reshape(slopes, (n, HIDDEN, 1)) * reshape(self._W1, (1, HIDDEN, LENGTH)), 1)


def evaluate(name: str, library: Any, backend: Backend[Any], numbers: Numbers, weight: Any = None, **several: Any) -> Any:
    """A checked penalty or term of a library on arrays of its backend.

    `weight` is that of each sample, and `several` says on which devices.
    """
    critic, samples = TanhCritic(backend, *numbers[:PARAMETERS]), numbers[PARAMETERS:]
    if name in TERMS:
        return TERMS[name](library, backend, critic, samples, weight, several)
    function, arguments, drawn = CHECKED[name]
    real, fake, mix, noise = samples
    given = {**arguments, **({drawn: {"mix": mix, "noise": noise}[drawn]} if drawn else {})}
    if name.endswith("observed") and not isinstance(library, _Taped):
        # The points are in one batch with the samples, which the oracle does not join.
        several |= {"joint": True, "differences": given.pop("sigma"), "noise": {"real": noise, "fake": given.pop("noise")}}
    seen = library.observe(critic, real=real, fake=fake, **several)
    return getattr(library, function)(seen, WEIGHT, sample_weight=weight, **given)


class _Taped(Penalties[Var]):
    """What a library of an adapter has, on a tape."""

    def __init__(self, calculus: Calculus[Var]) -> None:
        super().__init__(calculus)
        terms = Terms(calculus.backend)
        self.consistency, self.drift = terms.consistency, terms.drift
        for term in CLASSES:
            setattr(self, term.__name__, type(term.__name__, (term,), {"_calculus": calculus}))


def _library(backend: Backend[Var]) -> Penalties[Var]:
    def linearize(
        run: Callable[[Var], tuple[list[Var], Any]], x: Var, critic: Any
    ) -> tuple[list[Var], Any, Callable[[], list[Var]]]:
        return *run(x), lambda: [critic.gradient(x)]

    def no_draw(*_: Any) -> Any:
        raise TypeError("the oracle computes penalties of given numbers: it draws nothing and joins nothing")

    calculus: Calculus[Var] = Calculus(
        backend=backend,
        linearize=linearize,
        tree=lambda x: ([x], "an array", lambda new: new[0]),
        functional=lambda critic, alike: (critic, None),
        undisturbed=lambda critic, alike: critic,
        remembered=lambda critic: lambda x: critic,
        anchored=lambda penalty, number: penalty,
        waits=lambda: False,
        trace=lambda: None,
        concatenate=no_draw,
        detached=backend.hold,
        split=lambda rng, n: [rng] * n,
        uniform=no_draw,
        normal=no_draw,
        number=lambda value, dtype: backend.logits(np.asarray(value), ""),
        pixels=no_draw,
    )
    return _Taped(calculus)


def _evaluated(name: str, backend: Backend[Var], of: int | None = None) -> Callable[[Numbers], tuple[Any, list[Any]]]:
    """A function of all numbers: the value, and the gradient by them or by the first `of` arrays, flat."""
    library = _library(backend)

    def value_and_gradient(numbers: Numbers) -> tuple[Any, list[Any]]:
        at = [backend.logits(x, "") for x in numbers]
        value = evaluate(name, library, backend, at)
        return value.array, [d for g in gradients(value, at[:of]) for d in np.ravel(g)]

    return value_and_gradient


def check_penalties(
    runner: Runner, *, dtypes: Iterable[str] | None = None, names: Iterable[str] = (*CHECKED, *TERMS)
) -> Report:
    """Compare each gradient penalty and term with state of a runner that has critics with the exact result.

    What is compared is the value, and the gradient by the critic's parameters; of a term those of two steps. In the report
    their player is "penalty". Errors are counted in eps of the dtype and of the conditioning in parameters, samples and drawn
    numbers; the budget is that of a transcendental word.

    >>> from ganloss_core.check import check_penalties, runners
    >>> check_penalties(*runners(["torch"]), dtypes=["float64"], names=["r1"]).ok
    True
    """
    of_critic: Callable[..., list[Evaluated]] | None = getattr(runner, "critic", None)
    if of_critic is None:
        return Report((), ())
    chosen = [d for d in known_dtypes(dtypes) if d in runner.dtypes and DTYPES[d].computed_in == d]
    # As in `check`, compilers work while the oracle works on the next.
    with a_thread() as thread:
        executor: Executor = getattr(runner, "executor", thread)
        started = [
            (name, dtype, executor.submit(of_critic, name, [numbers for numbers, _ in _cases(name, dtype)], dtype))
            for dtype, name in itertools.product(chosen, names)
        ]
        return Report(tuple(_row(name, runner, dtype, running.result()) for name, dtype, running in started), ())


def _row(name: str, runner: Runner, dtype: str, results: list[Evaluated]) -> Row:
    worst, unit = (0.0, 0.0), eps(dtype)
    cases = _cases(name, dtype)
    for got, (_, truth) in zip(results, cases, strict=True):
        value, gradient, value_scale, gradient_scale = truth
        each = zip(got.gradient, gradient, gradient_scale, strict=True)
        of_gradient = max(error(g, true, unit * scale, dtype) for g, true, scale in each)
        worst = max(worst[0], error(got.value, value, unit * value_scale, dtype)), max(worst[1], of_gradient)
    return Row(name, "penalty", runner.name, dtype, *worst, runner.ulps, len(cases))


@cache
def _cases(name: str, dtype: str) -> list[tuple[Numbers, tuple[Any, list[Any], Any, list[Any]]]]:
    """What a penalty is checked on, with the truth; the same on every call."""
    draw = random.Random(f"{name} {dtype}")
    cases: list[tuple[Numbers, tuple[Any, list[Any], Any, list[Any]]]] = []

    def numbers(*shape: int) -> Any:
        return [numbers(*shape[1:]) for _ in range(shape[0])] if shape else rounded(draw.gauss(0.0, 1.0), dtype)

    for _ in range(CASES):
        mix = [rounded(draw.random(), dtype) for _ in range(SAMPLES)]
        real, fake, noise = (numbers(SAMPLES, LENGTH) for _ in range(3))
        case = [numbers(HIDDEN, LENGTH), numbers(HIDDEN), numbers(HIDDEN), real, fake, mix, noise]
        with mpmath.workprec(256):
            cases.append((case, _conditioned(name, case)))
    return cases


def _conditioned(name: str, case: Numbers) -> tuple[Any, list[Any], Any, list[Any]]:
    """Value and gradient, and how far one eps in each number moves them."""
    value, gradient = _evaluated(name, exact.backend())(case)
    at = [np.array(part) for part in case]
    flat = [x for part in at for x in part.flat]
    value_scale = abs(value) + sum(abs(d * exact.mpf(x)) for d, x in zip(gradient, flat, strict=True))
    of_critic = sum(part.size for part in at[:PARAMETERS])
    # Some digits of second derivatives are enough: those that float64 gives.
    in_floats = _evaluated(name, FLOATS, PARAMETERS)
    here = np.array(in_floats(at)[1])
    slopes = np.zeros(of_critic)
    places = [(part, i) for part in at for i in np.ndindex(part.shape)]
    for j, (part, i) in enumerate(places):
        if j < of_critic or gradient[j]:
            x = part[i]
            part[i] = x + FLOAT_STEP * abs(x)
            slopes += abs(np.array(in_floats(at)[1]) - here) / FLOAT_STEP
            part[i] = x
    gradient = gradient[:of_critic]
    return value, gradient, value_scale, [abs(g) + exact.mpf(slope) for g, slope in zip(gradient, slopes, strict=True)]
