"""Losses at the sizes at which they are used, against plain code as people write it, side by side in one run.

`python benchmarks/real_sizes.py [device] [--only PATTERN] [--framework torch|jax] [--quick] [--threads N] [--markdown]`

Each row first checks that value and gradient are those of the plain code in float64. Time is the median of rounds in which
each side is first in turn, and the ratio that of the rounds' ratios, to the quickest of the plain forms. In PyTorch it is
forward and backward, eager, on one thread if `--threads` says nothing else, and then the time that this thread had of the
processor; memory is the most that is allocated at a time beyond what was there before; kernels are operations that do work, no
views (on a CUDA device: launches), those of a CPU counted as a card would run them. In JAX it is a jitted value and gradient,
on the threads that XLA takes; bytes and flops are XLA's own count for the compiled program. `device` is PyTorch's; JAX takes
its default.
"""

import argparse
import os
import platform
import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import measure_jax
import measure_torch
import rows_jax
import rows_torch
import torch
from rich.console import Console
from rich.table import Column, Table
from row import Measured, Row

# Each column's head, and what it says of a row.
COLUMNS: dict[str, dict[str, Callable[[Measured], str]]] = {
    "torch": {
        "memory: plain": lambda m: f"{m.plain['MB']:.2f} MB",
        "memory: ganloss": lambda m: f"{m.ours['MB']:.2f} MB",
        "memory: ratio": lambda m: times(m.ours["MB"], m.plain["MB"]),
        "kernels: plain": lambda m: f"{m.plain['kernels']:.0f}",
        "kernels: ganloss": lambda m: f"{m.ours['kernels']:.0f}",
    },
    "jax": {
        "bytes: plain": lambda m: f"{m.plain['MB']:.2f} MB",
        "bytes: ratio": lambda m: times(m.ours["MB"], m.plain["MB"]),
        "flops: plain": lambda m: f"{m.plain['Mflop']:.2f} M",
        "flops: ratio": lambda m: times(m.ours["Mflop"], m.plain["Mflop"]),
    },
}
TIMES: dict[str, Callable[[Measured], str]] = {
    "work": lambda m: m.row.work,
    "plain": lambda m: f"{duration(m.plain['ms'])} ({m.way})",
    "ganloss": lambda m: duration(m.ours["ms"]),
    "ratio": lambda m: f"{m.ratio:.2f}",
}
GOALS: dict[str, Callable[[Measured], str]] = {
    "goal": lambda m: goals(m.row),
    "met": lambda m: "no: " + ", ".join(m.missed) if m.missed else "yes",
}


def duration(ms: float) -> str:
    return f"{ms / 1e3:.2f} s" if ms >= 1e3 else f"{ms:.3g} ms"


def times(ours: float, plain: float) -> str:
    return f"{ours / plain:.2f}" if plain else "-" if ours else "1.00"


def goals(row: Row) -> str:
    each = {
        "time {:g}": row.goal,
        "memory {:g}": row.memory,
        "memory {:g} x logits": row.of_logits,
        "kernels {}": row.kernels,
        "bytes, flops {:g}": row.costs,
    }
    return ", ".join(what.format(goal) for what, goal in each.items() if goal)


def machine(threads: int, device: str) -> str:
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "jax", "ganloss"))
    card = "" if device == "cpu" else f"; {torch.cuda.get_device_name(device)}"
    cores = f"{os.cpu_count()} cores, {threads} thread{'s' * (threads > 1)} for PyTorch"
    return f"{models[0] if models else platform.machine()}, {cores}{card}; Python {platform.python_version()}, {versions}"


def measured(rows: list[Row], only: str, measure: Callable[[Row], Measured], console: Console) -> Iterator[Measured]:
    for row in rows:
        if re.search(only, row.work):
            with console.status(row.work):
                yield measure(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("device", nargs="?", default="cpu")
    parser.add_argument("--only", default="", metavar="PATTERN", help="a regular expression that a row's name contains")
    parser.add_argument("--framework", choices=("torch", "jax"))
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    budget = {"rounds": 5, "seconds": 1.0} if args.quick else {"rounds": 31, "seconds": 20.0}
    measures = {
        "torch": (rows_torch.ROWS, partial(measure_torch.measure, device=args.device, **budget)),
        "jax": (rows_jax.ROWS, partial(measure_jax.measure, **budget)),
    }
    console, progress = Console(), Console(stderr=True)
    console.width = max(console.width, 220)
    print(machine(args.threads, args.device))
    for name, (rows, measure) in measures.items():
        if args.framework not in (None, name):
            continue
        columns = {**TIMES, **COLUMNS[name], **GOALS}
        cells = [[cell(m) for cell in columns.values()] for m in measured(rows, args.only, measure, progress)]
        title = {"torch": "PyTorch, forward and backward", "jax": "JAX, jitted value and gradient"}[name]
        if args.markdown:
            print(f"\n## {title}\n")
            for line in (list(columns), ["---"] * len(columns), *cells):
                print(f"| {' | '.join(line)} |")
        else:
            table = Table(*(Column(name, no_wrap=True) for name in columns), title=title)
            for line in cells:
                table.add_row(*line)
            console.print(table)


if __name__ == "__main__":
    main()
