"""What the commands have in common: the terminal, tables, errors, and a progress bar."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

out: Console = Console()
err: Console = Console(stderr=True)

PIPED = 200
"""Columns of what no terminal shows."""


def measure() -> None:
    """Take the width that the terminal has now; what is piped is not cut."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit():
        out.width = int(columns)
    elif not sys.stdout.isatty():
        out.width = PIPED


def is_piped() -> bool:
    """Whether nobody looks at it: then each row is one line, its parts apart by tabs."""
    return not sys.stdout.isatty() and "COLUMNS" not in os.environ


def print_rows(
    columns: Sequence[tuple[str, int | None]], rows: Iterable[Sequence[str]], *, headings: bool = True, fold: bool = False
) -> None:
    """A table of columns (heading, share of the width that is left, None for as wide as it must be), or a line a row."""
    if is_piped():
        for row in rows:
            print("\t".join(" ".join(str(part).split()) for part in row))
        return
    # Where columns do not fit side by side, the parts of a row stand below each other.
    listed = [list(row) for row in rows]
    narrow = sum(max((len(row[i]) for row in listed), default=0) for i, (_, share) in enumerate(columns) if share is None)
    if any(share for _, share in columns) and narrow > out.width // 2:
        for row in listed:
            first, *rest = [part for part in row if part]
            out.print(f"[bold]{escape(first)}[/]", highlight=False, soft_wrap=True)
            for part in rest:
                out.print(Padding(Text(part), (0, 0, 0, 2)), highlight=False)
        return
    table = Table(box=None, pad_edge=False, show_header=headings)
    for heading, share in columns:
        table.add_column(heading, ratio=share, no_wrap=share is None and not fold, overflow="fold")
    for row in listed:
        table.add_row(*map(escape, row))
    out.print(table, highlight=False)


def say(text: str) -> None:
    """A line, which the terminal wraps."""
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """JSON, of which no line is cut."""
    print(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False))


def fail(message: object) -> typer.Exit:
    """Print an error; the exit status of a run that could not be made."""
    err.print(f"[red]error:[/] {escape(str(message))}", highlight=False, soft_wrap=True)
    return typer.Exit(2)


@contextmanager
def extras(extra: str = "cli") -> Iterator[None]:
    """What is missing, and what cannot be done, as an error of the command's."""
    try:
        yield
    except ModuleNotFoundError as missing:
        ours = {"matplotlib", "mpmath", "numpy", "sklearn", "rich", "typer"} | {"torch", "jax"}
        package = (missing.name or "").partition(".")[0]
        of = {"torch": "torch", "jax": "jax"}.get(package, extra)
        raise fail(f"{package} is not installed: pip install 'ganloss[{of}]'" if package in ours else missing) from None
    except (ValueError, OSError) as problem:
        raise fail(problem) from None


@contextmanager
def tracebacks() -> Iterator[None]:
    """Where a user's own code fails: its traceback, and the same exit status."""
    try:
        yield
    except Exception:
        err.print_exception(suppress=[str(Path(__file__).parents[1])], max_frames=8)
        raise typer.Exit(2) from None


class Progress:
    """A progress bar that is called with what is going on, how much is done, and how much there is."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Bar(*columns, console=err, transient=True)
        self._task = self._bar.add_task("", total=None)

    def __call__(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
