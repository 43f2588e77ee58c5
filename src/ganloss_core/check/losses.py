"""Every loss of every backend against the exact result."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import mpmath

from ganloss_core.backends import conditioning, exact
from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.hyperparameters import drawn
from ganloss_core.check.report import Agreement, Evaluated, Report, Row, Runner, Where, a_thread
from ganloss_core.engine.settings import Settings
from ganloss_core.spec import registry
from ganloss_core.spec.arguments import whole
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.game import game
from ganloss_core.words.ops import WORDS
from ganloss_core.words.ulps import DTYPES, eps, error, known_dtypes, rounded

BACKENDS = {"torch": "ganloss_torch.check", "jax": "ganloss_jax.check", "numpy": "ganloss_core.check.reference"}
ON_ONE_DEVICE = ("numpy",)
"""Those that have no others."""
PLAYERS = ("discriminator", "generator")
AHEAD = 6
"""How many losses, in one dtype each, may wait for their runners."""


def runners(backends: Iterable[str] | None = None, *, device: str = "cpu", devices: int = 1) -> list[Runner]:
    """The runners of the named backends ("torch", "jax", "numpy"), or of all that are installed; JAX's is jitted.

    With several `devices`, the logits of each case are cut over them unevenly, so that one may have none, and a loss is
    computed with `group=` or `axis_name=`: what is checked is its value, which has to be the same on each, and the gradient by
    all logits that the average of the devices' gradients amounts to. In PyTorch they are processes of this machine, which start
    as Python's `spawn` does and end with the runner; in JAX host devices. NumPy has one device, and is left out.

    Raises ValueError for an unknown backend and for several devices other than the CPU's, ModuleNotFoundError for a backend
    that is not installed, and RuntimeError where JAX has been used with fewer devices.

    >>> from ganloss_core.check import runners
    >>> [runner.name for runner in runners(["torch", "numpy"])]
    ['torch', 'numpy']
    """
    chosen = [name for name in BACKENDS if importlib.util.find_spec(name)] if backends is None else list(backends)
    for name in chosen:
        if name not in BACKENDS:
            raise ValueError(f"unknown backend {name!r}: the backends are {', '.join(BACKENDS)}")
    if whole("devices", devices, 1, "a number of devices") == 1:
        return [importlib.import_module(BACKENDS[name]).runner(device) for name in chosen]
    if device != "cpu":
        raise ValueError(f"several devices are processes and host devices on the CPU, got device={device!r}")
    return [importlib.import_module(BACKENDS[name]).runner(device, devices) for name in chosen if name not in ON_ONE_DEVICE]


_installed = runners  # the argument below has the same name


def check(
    losses: Iterable[LossLike] | None = None,
    runners: Sequence[Runner] | None = None,
    *,
    dtypes: Iterable[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Compare every loss on every runner with the oracle, and the runners with each other.

    Arguments:
        losses: names or functions; all registered ones by default.
        runners: by default `runners()`, those of the installed backends on the CPU.
        dtypes: names from `DTYPES`; by default all that a runner has.
        progress: called as (what is being checked, how many are done, how many there are).

    >>> from ganloss_core.check import check, runners
    >>> check(["wgan"], runners(["numpy"]), dtypes=["float64"]).ok
    True
    """
    losses = [losses] if isinstance(losses, str) else losses
    every = [Settings.of(loss, None, "mean", "mean", {}) for loss in (registry.names() if losses is None else losses)]
    runners = _installed() if runners is None else runners
    wanted = known_dtypes(dtypes)
    rows: list[Row] = []
    agreements: list[Agreement] = []
    started: deque[Callable[[], tuple[list[Row], list[Agreement]]]] = deque()

    def finish() -> None:
        of_loss, of_pairs = started.popleft()()
        rows.extend(of_loss)
        agreements.extend(of_pairs)

    # Compilers work on some losses while the oracle, whose precision is that of the whole process, works on the next.
    with a_thread() as thread:
        for done, settings in enumerate(every):
            if progress is not None:
                progress(settings.name, done, len(every))
            for dtype in wanted:
                if using := [runner for runner in runners if dtype in runner.dtypes]:
                    started.append(_start(settings, dtype, using, thread))
                    other = drawn(settings, f"{settings.name} {dtype}") if DTYPES[dtype].computed_in == dtype else None
                    if other is not None:
                        changed = set(other.hyperparameters) - set(settings.hyperparameters)
                        started.append(_start(other, dtype, using, thread, ", ".join(f"{k}={v}" for k, v in sorted(changed))))
                while len(started) > AHEAD:
                    finish()
        while started:
            finish()
    if progress is not None:
        progress("done", len(every), len(every))
    return Report(tuple(rows), tuple(agreements))


@dataclass(frozen=True)
class _Case:
    inputs: Inputs
    truth: conditioning.Conditioned


def _start(
    settings: Settings, dtype: str, using: Sequence[Runner], thread: Executor, changed: str = ""
) -> Callable[[], tuple[list[Row], list[Agreement]]]:
    """Compute what is true, have the runners evaluated elsewhere, and return what waits for them and compares."""
    # Half precision has few numbers, which both types have, and is computed in float32.
    drawn_for = dtype if DTYPES[dtype].computed_in == dtype else "bfloat16"
    of_players = {player: cases(settings, player, drawn_for, few=bool(changed)) for player in PLAYERS}
    groups = [(player, [case.inputs for case in group]) for player, of_player in of_players.items() for group in of_player]
    running = {
        runner.name: getattr(runner, "executor", thread).submit(runner.losses, settings, groups, dtype) for runner in using
    }

    def compare() -> tuple[list[Row], list[Agreement]]:
        results = {name: of_runner.result() for name, of_runner in running.items()}
        return _compared(settings, changed, dtype, using, of_players, results)

    return compare


def _compared(
    settings: Settings,
    changed: str,
    dtype: str,
    using: Sequence[Runner],
    of_players: dict[str, list[list[_Case]]],
    results: dict[str, list[list[Evaluated]]],
) -> tuple[list[Row], list[Agreement]]:
    rows: list[Row] = []
    agreements: list[Agreement] = []
    players = [player for player, of_player in of_players.items() for _ in of_player]
    for player, of_player in of_players.items():
        if not of_player:
            continue
        which = [i for i, of in enumerate(players) if of == player]
        flat = [case for group in of_player for case in group]
        got = {name: [one for i in which for one in result[i]] for name, result in results.items()}
        for runner in using:
            off = [errors(one, case.truth, dtype) for one, case in zip(got[runner.name], flat, strict=True)]
            value, gradient = (max(of_all) for of_all in zip(*off, strict=True))
            budget = max(word_ulps(case.truth.trace.words, runner) + 0.5 * len(_flat(case.inputs)) for case in flat)
            worst = max(range(len(flat)), key=lambda i: max(off[i]))
            where = where_of(got[runner.name][worst], flat[worst], off[worst]) if max(value, gradient) > budget else None
            rows.append(Row(settings.name, player, runner.name, dtype, value, gradient, budget, len(flat), changed, where))
        for a, b in itertools.combinations((runner.name for runner in using), 2):
            gaps = (_gap(x, y, case.truth, dtype) for x, y, case in zip(got[a], got[b], flat, strict=True))
            agreements.append(Agreement(settings.name, player, (a, b), dtype, max(gaps)))
    return rows, agreements


def where_of(got: Evaluated, case: _Case, off: tuple[float, float]) -> Where:
    """What is furthest off in a case whose errors are these."""
    real, fake, *_ = case.inputs
    if off[0] >= off[1]:
        return Where(real, fake, "value", got.value, float(case.truth.value), off[0])
    each = zip(got.gradient, case.truth.gradient, case.truth.gradient_scale, strict=True)
    apart = [abs(g - float(true)) / (float(scale) or 1.0) if math.isfinite(g) else math.inf for g, true, scale in each]
    i, n = apart.index(max(apart)), len(_flat(Inputs(real, [])))
    what = f"real[{i}]" if i < n else f"fake[{i - n}]"
    return Where(real, fake, what, got.gradient[i], float(case.truth.gradient[i]), off[1])


def word_ulps(words: set[str], runner: Any) -> float:
    """What the worst of the words may be off."""
    return max((runner.ulps if WORDS[word].kind == "transcendental" else 2.0 for word in words), default=0.0)


@cache
def cases(settings: Settings, player: str, dtype: str, *, few: bool = False) -> list[list[_Case]]:
    """What a loss is checked on, with the truth, in groups of equal shape; the same on every call.

    Generic logits of several magnitudes keep away from kinks by more than rounding; dyadic ones hit kinks, and everything up to
    the kink is exact in every dtype, so that the convention there is compared exactly. Logits on which the loss is not finite
    are left out; where they are all, that is a ValueError, or for `few` no group.
    """
    draw = random.Random(f"{settings.name} {player} {dtype}")
    rules = game(settings.build(exact.words()))
    away = 64 * eps(DTYPES[dtype].computed_in)

    def generic(scale: float) -> float:
        return rounded(draw.gauss(0.0, scale), dtype)

    def dyadic_number() -> float:
        # A coordinate of 0 has no relative error, and a vector along an axis would seem to have no conditioning.
        return draw.randrange(-15, 17, 2) / 8 if rules.sample.axes else draw.randrange(-16, 17) / 8

    def sample(tail: tuple[int, ...], element: Callable[[], float]) -> Any:
        return [sample(tail[1:], element) for _ in range(tail[0])] if tail else element()

    of_real, of_fake = rules.sample.tails(3)

    def inputs(n: int, m: int, element: Callable[[], float]) -> Inputs:
        labels = [[draw.randrange(2) for _ in range(k)] for k in (n, m)] if rules.sample.axes else [None, None]
        sides = [[sample(tail, element) for _ in range(k)] for k, tail in ((n, of_real), (m, of_fake))]
        return Inputs(*sides, *labels)

    # A vector has many elements, and one loss of it as many derivatives. Differences of more than 87 would make softmaxes that
    # are subnormal in float32, which XLA flushes.
    large, dyadic, scales = 4, 4, [1.0, 1.0, 0.1, 8.0, 60.0, 1e3]
    if rules.sample.axes:
        large, dyadic, scales = 2 if rules.sample.length else 3, 2, [1.0, 0.1, 8.0, 20.0]
    paired = rules.discriminator.paired or rules.generator.paired
    sizes = [(large, large if paired else 2), (rules.sample.least, rules.sample.least)]
    if DTYPES[dtype].computed_in != dtype:
        # Beyond how a logit comes in and a gradient goes out nothing is computed in half precision.
        sizes = sizes[:1]
    if few:
        # What leads to a kink is not exact at any hyperparameter.
        sizes, dyadic, scales = [(2, 2)], 0, scales[1:]
    groups = []
    for n, m in sizes:
        group = []
        for scale in scales:
            # A formula may always be near a kink, on a scale of its own.
            for _ in range(64):
                drawn = inputs(n, m, partial(generic, scale))
                case = _case(settings, player, dtype, drawn)
                if case is None or case.truth.trace.nearest_kink > away * max(map(abs, _flat(drawn))):
                    break
            group.append(case)
        for _ in range(dyadic):
            drawn = inputs(n, m, dyadic_number)
            if not rules.sample.axes:
                drawn.real[0], drawn.fake[0] = draw.choice([(1.0, -1.0), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 1.0)])
            group.append(_case(settings, player, dtype, drawn))
        defined = [case for case in group if case is not None]
        groups += [defined] if defined else []
    if not groups and not few:
        raise ValueError(f"{settings.name}: the {player}'s loss is not finite on any of the logits that it is checked on")
    return groups


def _flat(inputs: Inputs) -> list[float]:
    def flat(x: Any) -> list[float]:
        return [v for part in x for v in flat(part)] if isinstance(x, list) else [x]

    return flat(inputs.real) + flat(inputs.fake)


def _case(settings: Settings, player: str, dtype: str, inputs: Inputs) -> _Case | None:
    """The case, or None outside the domain of the loss and where a sum of it may overflow."""
    try:
        truth = conditioning.conditioned(settings, player, inputs)
    except ZeroDivisionError:
        return None
    largest = mpmath.mpf(2) ** (DTYPES[DTYPES[dtype].computed_in].max_exponent - 8)
    numbers = (truth.value, *truth.gradient, truth.value_scale, *truth.gradient_scale)
    return _Case(inputs, truth) if all(abs(x) < largest for x in numbers) else None


def errors(got: Evaluated, truth: conditioning.Conditioned, dtype: str) -> tuple[float, float]:
    """Of value and gradient, in ulp of what the loss is conditioned to."""
    computed = DTYPES[dtype].computed_in
    value = error(got.value, truth.value, eps(computed) * truth.value_scale, computed)
    each = zip(got.gradient, truth.gradient, truth.gradient_scale, strict=True)
    return value, max(error(g, true, eps(computed) * scale, dtype) for g, true, scale in each)


def _gap(a: Evaluated, b: Evaluated, truth: conditioning.Conditioned, dtype: str) -> float:
    computed = DTYPES[dtype].computed_in
    each = zip(a.gradient, b.gradient, truth.gradient_scale, strict=True)
    gaps = [0.0 if x == y else error(x, mpmath.mpf(y), eps(computed) * scale, dtype, roundings=1.0) for x, y, scale in each]
    return max(error(a.value, mpmath.mpf(b.value), eps(computed) * truth.value_scale, computed), *gaps)
