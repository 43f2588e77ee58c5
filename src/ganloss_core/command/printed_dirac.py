"""What `ganloss reproduce dirac` prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from ganloss_core.command.console import is_piped, out, print_rows, say


def as_dict(run: Any) -> dict[str, Any]:
    """A run for JSON, without its path."""
    values = {key: value for key, value in run._asdict().items() if key != "path"}
    values["eigenvalues"] = run.eigenvalues and [[each.real, each.imag] for each in run.eigenvalues]
    values["left"] = run.left if math.isfinite(run.left) else None
    return values | {"agrees": run.agrees}


def print_one(runs: Sequence[Any]) -> None:
    """One loss: the eigenvalues and both rates, a row for each penalty and step."""
    rows = [
        [
            run.penalty,
            run.step,
            ", ".join(eigenvalue(each) for each in run.eigenvalues) if run.eigenvalues else "kink",
            *("" if rate is None else f"{rate:.5f}" for rate in (run.predicted, run.simulated)),
            left(run.left),
        ]
        for run in runs
    ]
    headings = ("penalty", "step", "eigenvalues", "predicted", "simulated", "left")
    print_rows([(heading, None) for heading in headings], rows, fold=True)


def eigenvalue(z: complex) -> str:
    """With as many digits as are looked at."""
    real, imaginary = (round(part, 4) + 0.0 for part in (z.real, z.imag))
    return f"{real:g}" if imaginary == 0.0 else f"{real:g}{imaginary:+g}i"


def left(share: float) -> str:
    """The share of the distance that is left."""
    return f"{share:.3f}" if share < 100.0 else "away"


def cell(run: Any) -> str:
    """The rate; for Adam, which has none, and at a kink, what is left of the distance."""
    return f"{run.predicted:.4f}" if run.predicted is not None else f"({left(run.left)})"


def print_all(runs: Sequence[Any], kinds: Sequence[str], steps: int) -> None:
    """A table of rates for each kind of step: losses and penalties."""
    of = {(run.loss, run.penalty, run.step): run for run in runs}
    losses, penalties = (list(dict.fromkeys(getattr(run, what) for run in runs)) for what in ("loss", "penalty"))
    for kind in kinds:
        rows = [[loss, *(of[loss, penalty, kind] for penalty in penalties)] for loss in losses]
        if is_piped():
            print_rows([], [[kind, loss, *map(cell, cells)] for loss, *cells in rows])
            continue
        table = Table(box=None, pad_edge=False)
        table.add_column(kind, no_wrap=True)
        for penalty in penalties:
            table.add_column(penalty.replace("_", "\n", 1), justify="right", no_wrap=True)
        for loss, *cells in rows:
            table.add_row(loss, *(f"[{_colour(run)}]{cell(run)}[/]" for run in cells))
        out.print(table, highlight=False)
        out.print()
    say(f"In brackets: no rate, but what is left of the distance after {steps} steps; Adam has none, and a kink none.")


def _colour(run: Any) -> str:
    value, near = (run.left, 0.1) if run.predicted is None else (run.predicted, 1e-6)
    return "green" if value < 1.0 - near else "red" if value > 1.0 + near else "yellow"


def print_rest(runs: Sequence[Any], refused: dict[str, str]) -> None:
    """The verdict, and which losses were left out."""
    compared = [run for run in runs if run.predicted is not None]
    wrong = [run for run in compared if not run.agrees]
    verdict = f"not as predicted: {len(wrong)}" if wrong else "all are as predicted, to 3 digits"
    say(f"{len(compared)} rates were simulated; {verdict}.")
    for run in wrong:
        say(f"{run.loss}, {run.penalty}, {run.step}: predicted {run.predicted:.5f}, simulated {run.simulated}")
    reasons: dict[str, list[str]] = {}
    for name, reason in refused.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        say(f"Left out, as {reason}: {', '.join(names)}.")
