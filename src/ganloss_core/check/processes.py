"""Runners that compute in processes of their own: compilers have a core each while the oracle has ours."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from signal import SIG_IGN, SIGINT, signal
from typing import Any

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
    theirs = [r for r in given if r.name == COMPILES and r.device == "cpu" and type(r).__module__ == BACKENDS[COMPILES]]
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

    def _call(self, method: str, *args: Any) -> Any:
        return self._pool.submit(_evaluated, self.name, method, *args).result()

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
def _runner(name: str) -> Any:
    (runner,) = runners([name])
    # What was imported is no garbage, and JAX's tracing makes collections frequent.
    gc.freeze()
    return runner


def _evaluated(name: str, method: str, *args: Any) -> Any:
    return getattr(_runner(name), method)(*args)
