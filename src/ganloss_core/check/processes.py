"""Runners that compute in processes of their own: compilers have a core each while the oracle has ours."""

from __future__ import annotations

import gc
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from signal import SIG_IGN, SIGINT, SIGTERM, signal
from typing import Any

from ganloss_core.check import files
from ganloss_core.check.losses import BACKENDS, runners
from ganloss_core.check.penalties import Numbers
from ganloss_core.check.report import Derivatives, Evaluated, Groups, Runner
from ganloss_core.engine.settings import Settings

COMPILES = "jax"
MOST = 3
"""More processes would wait for the oracle. Each takes some 450 MB, which is JAX."""


@contextmanager
def in_processes(given: Sequence[Runner], processes: int | None = None) -> Iterator[list[Runner]]:
    """The same runners, of which JAX's on the CPU computes in processes: 0 for none; by default one for each of several cores.

    They start as Python's `spawn` does, which imports the main module again: for commands, whose main module may be. A few
    losses are compiled before processes have started.
    """
    if processes is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        processes = min(cores, MOST) if cores > 1 else 0
    theirs = [
        r
        for r in given
        if r.name.split(" x ")[0] == COMPILES and r.device == "cpu" and type(r).__module__ == BACKENDS[COMPILES]
    ]
    if not processes or not theirs:
        yield list(given)
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_start)
    threads = ThreadPoolExecutor(processes)
    try:
        yield [_Remote(r, pool, threads) if r in theirs else r for r in given]
    finally:
        # What is going on takes seconds; what waits is not begun.
        threads.shutdown(cancel_futures=True)
        pool.shutdown(cancel_futures=True)


class _Remote:
    """A runner's face, whose calls wait for the pool; from several threads at once if they come from `executor`."""

    def __init__(self, runner: Runner, pool: ProcessPoolExecutor, executor: Executor) -> None:
        self.name, self.device, self.ulps, self.dtypes = runner.name, runner.device, runner.ulps, runner.dtypes
        self.executor = executor
        self._runner, self._pool = runner, pool
        self._devices: int = getattr(runner, "devices", 1)

    def _call(self, method: str, *args: Any) -> Any:
        return self._pool.submit(_evaluated, self._devices, method, *args).result()

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        results: dict[str, Derivatives] = self._call("words", at, dtype)
        return results

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        # A user's own function need not be there in another process.
        ours = (getattr(settings.definition, "__module__", None) or "").startswith("ganloss_core.")
        evaluate: Callable[..., list[list[Evaluated]]] = self._runner.losses
        return self._call("losses", settings, groups, dtype) if ours else evaluate(settings, groups, dtype)

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        results: list[Evaluated] = self._call("critic", penalty, cases, dtype)
        return results


class Everywhere:
    """As many processes as there are devices, each of which is called in every call; they end with this object."""

    def __init__(self, devices: int) -> None:
        self._devices, self._in_order = devices, threading.Lock()
        self._pools: list[ProcessPoolExecutor] = []
        self._numbers: list[Future[int]] = []
        weakref.finalize(self, _shut_down, self._pools)

    def call(self, function: Callable[..., Any], *args: Any, of: Callable[..., Any] | None = None) -> list[Any]:
        """What a module's function is of (rank, *args) in each process; the first error there is raised here.

        Raises TypeError where the arguments, which are `of` a user's function, are not there in another process.
        """
        try:
            sent = pickle.dumps((function, args))
        except (AttributeError, TypeError, pickle.PicklingError) as error:
            raise TypeError(f"other processes compute what they can import, a function of a module: {error}") from None
        module = None if of is None else files.of(of)
        with self._in_order:
            if not self._pools:
                context = get_context("spawn")
                self._pools.extend(ProcessPoolExecutor(1, context, initializer=_start) for _ in range(self._devices))
                self._numbers = [pool.submit(os.getpid) for pool in self._pools]
            running = [pool.submit(_called, rank, module, sent) for rank, pool in enumerate(self._pools)]
            try:
                for one in wait(running, return_when=FIRST_EXCEPTION).done:
                    one.result()
                return [one.result() for one in running]
            except BaseException:
                # The others may wait for this one for ever.
                self._end()
                raise

    def _end(self) -> None:
        for number in self._numbers:
            with suppress(OSError, BrokenExecutor):
                os.kill(number.result(), SIGTERM)
        _shut_down(self._pools)


def _shut_down(pools: list[ProcessPoolExecutor]) -> None:
    while pools:
        pools.pop().shutdown()


def _called(rank: int, module: tuple[str, str] | None, sent: bytes) -> Any:
    files.found(module)
    function, args = pickle.loads(sent)
    return function(rank, *args)


def _start() -> None:
    """In a new process: Ctrl-C is the command's to answer, which no process outlives."""
    signal(SIGINT, SIG_IGN)
    threading.Thread(target=_ending_with, args=(parent_process(),), daemon=True).start()
    # A GPU's memory, which JAX takes at once, is enough for one process.
    os.environ["JAX_PLATFORMS"] = "cpu"


def _ending_with(command: BaseProcess) -> None:
    command.join()
    os._exit(1)


@cache
def _runner(devices: int) -> Any:
    (runner,) = runners([COMPILES], devices=devices)
    # What was imported is no garbage, and JAX's tracing makes collections frequent.
    gc.freeze()
    return runner


def _evaluated(devices: int, method: str, *args: Any) -> Any:
    return getattr(_runner(devices), method)(*args)
