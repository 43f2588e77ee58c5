"""What the commands print."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from ganloss_core._report import Report, Row

_SHORT = {"float64": "f64", "float32": "f32", "bfloat16": "bf16", "float16": "f16"}


def print_report(out: Console, report: Report, where: str) -> None:
    """A table of words, one of losses, and the verdict; `where` says what was checked."""
    for title, rows in (
        ("Words: value and derivative, and below it the second derivative", [r for r in report.rows if r.player in _WORDS]),
        ("Losses: value and gradient of D and of G", [r for r in report.rows if r.player not in _WORDS]),
    ):
        columns = list(dict.fromkeys((row.backend, row.dtype) for row in rows))
        columns.sort(key=lambda column: [row.backend for row in rows].index(column[0]))
        cells: dict[tuple[str, str], dict[tuple[str, str], Row]] = {}
        for row in rows:
            cells.setdefault((row.name, row.player), {})[row.backend, row.dtype] = row
        table = Table(box=None, padding=(0, 1, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        for backend, dtype in columns:
            table.add_column(f"{backend}\n{_SHORT[dtype]}", justify="right", no_wrap=True)
        table.add_column("at\nmost", justify="right", no_wrap=True)
        for (name, player), of_row in cells.items():
            budget = max(row.budget for row in of_row.values())
            shown = {"word": "", "second": "''", "discriminator": "D", "generator": "G"}[player]
            first = name if player in ("word", "discriminator") else ""
            table.add_row(first, shown, *(_cell(of_row.get(column)) for column in columns), f"{budget:g}")
        if cells:
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
    verdict = "[green]all within bounds[/]" if report.ok else f"[red]{len(report.failures)} rows out of bounds[/]"
    out.print(f"{cases} points compared with the exact result, {where}: {verdict}.", highlight=False, soft_wrap=True)
    for row in report.failures:
        what = f"{row.name} {row.player} {row.backend} {row.dtype}"
        errors = f"value {row.value_ulps:.3g} and derivative {row.gradient_ulps:.3g} ulp, at most {row.budget:g}"
        out.print(f"[red]{what}[/]: {errors}", highlight=False, soft_wrap=True)


_WORDS = ("word", "second")


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    worst = max(row.value_ulps, row.gradient_ulps)
    text = f"{worst:.1f}" if worst < 1e3 else f"{worst:.0e}"
    return text if row.ok else f"[red bold]{text}[/]"


def print_twin(out: Console, name: str, result: Any) -> None:
    """Both losses in both frameworks, and how far they part; `result` is a `ganloss_core.twin.Twin`."""
    out.print(f"[bold]{name}[/], {len(result.torch.losses)} steps in float64", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    for player, which in (("D", 0), ("G", 1)):
        for framework, run in (("PyTorch", result.torch), ("JAX", result.jax)):
            curve = run.losses[:, which]
            table.add_row(f"{player} {framework}", _sparkline(curve.tolist()), f"{curve[0]:.4f} to {curve[-1]:.4f}")
    out.print(table, highlight=False)
    for apart in result.divergences:
        verdict = "[green]rounding explains it[/]" if apart.ok else "[red]more than rounding explains[/]"
        out.print(
            f"{apart.what} differ by at most {apart.largest:.1e} where {apart.bound:.1e} is explained (step {apart.step}): "
            f"{verdict}",
            highlight=False,
            soft_wrap=True,
        )
    out.print()


def _sparkline(values: list[float], width: int = 48) -> str:
    bars = "▁▂▃▄▅▆▇█"
    size = max(1, len(values) // width)
    means = [sum(values[i : i + size]) / size for i in range(0, len(values) - size + 1, size)]
    low, high = min(means), max(means)
    return "".join(bars[int((v - low) / ((high - low) or 1.0) * (len(bars) - 1))] for v in means)
