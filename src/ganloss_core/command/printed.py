"""What the commands print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ganloss_core.check.report import Report, Row

_SHORT = {"float64": "f64", "float32": "f32", "bfloat16": "bf16", "float16": "f16"}


def print_report(out: Console, report: Report, where: str, *, words: bool = False) -> None:
    """A table of losses and one of penalties, of words if they are wanted or wrong, and the verdict.

    `where` says what was checked.
    """
    for title, rows in (
        ("Words: value and derivative, and below it the second derivative", [r for r in report.rows if r.player in _WORDS]),
        ("Losses: value and gradient of D and of G", [r for r in report.rows if r.player in _LOSSES]),
        (
            "Gradient penalties and terms with state: value, and gradient by the critic's parameters",
            [r for r in report.rows if r.player == "penalty"],
        ),
    ):
        columns = list(dict.fromkeys((row.backend, row.dtype) for row in rows))
        columns.sort(key=lambda column: [row.backend for row in rows].index(column[0]))
        cells: dict[tuple[str, str], dict[tuple[str, str], Row]] = {}
        for row in rows:
            of_row = cells.setdefault((row.name, row.player), {})
            column = row.backend, row.dtype
            of_row[column] = max(of_row.get(column, row), row, key=lambda each: (not each.ok, _worst(each)))
        table = Table(box=None, padding=(0, 1, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        for backend, dtype in columns:
            table.add_column(f"{backend}\n{_SHORT[dtype]}", justify="right", no_wrap=True)
        table.add_column("at\nmost", justify="right", no_wrap=True)
        for (name, player), of_row in cells.items():
            budgets = sorted({row.budget for row in of_row.values()})
            most = " to ".join(f"{each:g}" for each in dict.fromkeys((budgets[0], budgets[-1])))
            shown = {"second": "''", "discriminator": "D", "generator": "G"}.get(player, "")
            first = "" if player in ("second", "generator") else name
            table.add_row(first, shown, *(_cell(of_row.get(column)) for column in columns), most)
        wanted = words or not title.startswith("Words") or any(not row.ok for row in rows)
        if cells and wanted:
            out.print(f"[bold]{title}[/]: worst error in ulp", highlight=False, soft_wrap=True)
            out.print(table)
            out.print()
    if report.agreements:
        apart = max(report.agreements, key=lambda a: a.ulps)
        out.print(
            f"Largest difference between two backends: {apart.ulps:.2f} ulp "
            f"({apart.name}, {apart.player}, {apart.dtype}, {' and '.join(apart.backends)}).",
            highlight=False,
            soft_wrap=True,
        )
    cases = sum(row.cases for row in report.rows)
    verdict = "[green]all within bounds[/]" if report.ok else f"[red]{_rows_of(len(report.failures))} out of bounds[/]"
    out.print(f"{cases} points compared with the exact result, {where}: {verdict}.", highlight=False, soft_wrap=True)
    for row in report.failures:
        where = f"({row.hyperparameters})" if row.hyperparameters else ""
        what = f"{row.name}{where} {row.player} {row.backend} {row.dtype}"
        errors = f"value {row.value_ulps:.3g} and derivative {row.gradient_ulps:.3g} ulp, at most {row.budget:g}"
        out.print(f"[red]{what}[/]: {errors}", highlight=False, soft_wrap=True)
        if row.where is not None:
            at = row.where
            what = "the value" if at.what == "value" else f"the gradient by {at.what}"
            out.print(
                f"  at real={at.real}, fake={at.fake} {what} is {at.got:.9g}, exactly {at.exact:.9g}: {at.cure}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )


_WORDS, _LOSSES = ("word", "second"), ("discriminator", "generator")


def _rows_of(n: int) -> str:
    return "1 row" if n == 1 else f"{n} rows"


def _worst(row: Row) -> float:
    return max(row.value_ulps, row.gradient_ulps)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    worst = _worst(row)
    text = f"{worst:.1f}" if worst < 1e3 else f"{worst:.0e}"
    return text if row.ok else f"[red bold]{text}[/]"


def print_twins(out: Console, results: Sequence[Any]) -> None:
    """One row per `ganloss_core.twin.Twin`: where the losses went, and how far the frameworks part."""
    steps = len(results[0].losses["JAX"])
    out.print(f"[bold]One GAN in PyTorch and in JAX[/], {steps} steps in {results[0].dtype}", highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("loss", no_wrap=True)
    explained = "rounding\nexplains"
    for title in ("D at\nthe end", "G at\nthe end", "losses\npart by", explained, "parameters\npart by", explained):
        table.add_column(title, justify="right")
    table.add_column()
    for result in results:
        of_d, of_g = (f"{loss:.3f}" for loss in result.losses["PyTorch"][-1])
        apart = [f"{x[d.step]:.1e}" for d in result.divergences for x in (d.apart, d.bound)]
        table.add_row(result.name, of_d, of_g, *apart, "[green]ok[/]" if result.ok else "[red]too far[/]")
    out.print(table, highlight=False)
    out.print("How far they part is shown for the step that comes nearest to what rounding explains.", highlight=False)


def twins_as_dicts(results: Sequence[Any]) -> list[dict[str, Any]]:
    """Twins for JSON; "apart" is of the step that comes nearest to what rounding explains."""
    return [
        {
            "loss": result.name,
            "dtype": result.dtype,
            "ok": result.ok,
            "losses": {framework: [list(map(_finite, step)) for step in steps] for framework, steps in result.losses.items()},
            "apart": [
                {"what": d.what, "step": d.step, "apart": _finite(d.apart[d.step]), "explained": _finite(d.bound[d.step])}
                for d in result.divergences
            ],
        }
        for result in results
    ]


def _finite(x: Any) -> float | None:
    """JSON has no other numbers."""
    return float(x) if math.isfinite(x) else None
