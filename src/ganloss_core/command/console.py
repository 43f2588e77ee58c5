"""What the commands have in common: the terminal, errors, and a progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

# Two rows whose names are cut look the same.
out: Console = Console(width=max(112, Console().width))
err: Console = Console(stderr=True)


def fail(message: object) -> typer.Exit:
    """Print an error; the exit status of a run that could not be made."""
    err.print(f"[red]error:[/] {escape(str(message))}", highlight=False, soft_wrap=True)
    return typer.Exit(2)


@contextmanager
def tracebacks() -> Iterator[None]:
    """Where a user's own code fails: its traceback, and the same exit status."""
    try:
        yield
    except Exception:
        err.print_exception()
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
