"""Pictures of small GANs: what was measured on the way, how far the frameworks part, and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ganloss_core.command.printed_gan import title
from ganloss_core.reproduce.gan import Run, pairs
from ganloss_core.spec.registry import short

ROWS, ACROSS = 9, 3
"""Of the stacked digits that are drawn, the channels side by side."""
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#000000", "#999999")
"""Of Okabe and Ito, for all kinds of sight."""


def save_digits(runs: Sequence[Run], file: Path) -> None:
    """Draw the curves, and below them stacked digits of each objective, whose channels are a number of three digits."""

    def tiles(axes: Axes, run: Run) -> None:
        digits = run.samples[: ROWS * ACROSS].reshape(ROWS, ACROSS, 3, 8, 8)
        digits = np.pad(digits, ((0, 0), (0, 0), (0, 0), (1, 1), (0, 0)), constant_values=-1.0)
        numbers = digits.transpose(0, 3, 1, 2, 4).reshape(ROWS, 10, ACROSS, 24)
        numbers = np.pad(numbers, ((0, 0), (0, 0), (0, 0), (3, 3)), constant_values=-1.0)
        axes.imshow(numbers.reshape(ROWS * 10, ACROSS * 30), cmap="gray_r", vmin=-1.0, vmax=1.0)

    _save(runs, file, tiles)


def save_mixtures(runs: Sequence[Run], means: Mapping[str, Any], file: Path) -> None:
    """Draw the curves, and below them the samples of each objective."""

    def points(axes: Axes, run: Run) -> None:
        centres = means[run.data]
        axes.plot(*centres.T, "o", color="tab:orange", markersize=7, alpha=0.35)
        axes.plot(*run.samples.T, ".", color="black", markersize=1.0, alpha=0.4)
        largest = 1.25 * np.abs(centres).max()
        axes.set(xlim=(-largest, largest), ylim=(-largest, largest), aspect="equal")

    _save(runs, file, points)


def _save(runs: Sequence[Run], file: Path, draw: Callable[[Axes, Run], None]) -> None:
    data, titles = (list(dict.fromkeys(key(run) for run in runs)) for key in (lambda run: run.data, title))
    measures = list(dict.fromkeys(what for run in runs for what in run.measured))
    colours = {each: COLOURS[i % len(COLOURS)] for i, each in enumerate(titles)}
    rows = -(-len(titles) // 6)
    columns = -(-len(titles) // rows)
    each = 3.4 + 1.8 * rows
    figure = Figure(figsize=(10.5, each * len(data)), layout="constrained")
    for part, name in zip(np.ravel([figure.subfigures(len(data), 1)]), data, strict=True):
        of_data = [run for run in runs if run.data == name]
        upper, lower = part.subfigures(2, 1, height_ratios=(3.4, 1.8 * rows))
        both = bool(pairs(of_data))
        panels = np.ravel([upper.subplots(1, len(measures) + both)])
        for axes, what in zip(panels, measures, strict=False):
            _curves(axes, of_data, what, colours)
            axes.set_title(f"{name}: {what}", fontsize="medium")
        if both:
            _apart(panels[-1], of_data, colours)
        lines = [Line2D([], [], color=colour, linewidth=2.5, label=_short(each)) for each, colour in colours.items()]
        upper.legend(handles=lines, loc="outside lower center", ncols=min(len(lines), 4), fontsize=8, frameon=False)
        for axes, each_title in zip(
            lower.subplots(rows, columns, squeeze=False).flat, [*titles, *[None] * columns], strict=False
        ):
            axes.set_xticks([])
            axes.set_yticks([])
            first = next((run for run in of_data if title(run) == each_title), None)
            axes.set_visible(first is not None)
            if first is not None:
                draw(axes, first)
                axes.set_title(_short(title(first)), fontsize=8)
                for spine in axes.spines.values():
                    spine.set(color=colours[title(first)], linewidth=2.5)
    figure.savefig(file, dpi=140)


def _short(said: str) -> str:
    name, _, rest = said.partition(", ")
    return f"{short(name)}, {rest}"


def _curves(axes: Axes, runs: Sequence[Run], what: str, colours: Mapping[str, str]) -> None:
    for name, colour in colours.items():
        for run in (run for run in runs if title(run) == name):
            at = [(step, look[what]) for step, look in run.looks.items() if look]
            axes.plot(
                *np.array(at).reshape(-1, 2).T, color=colour, linewidth=0.9, linestyle="-" if run.backend == "torch" else "--"
            )
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)


def _apart(axes: Axes, runs: Sequence[Run], colours: Mapping[str, str]) -> None:
    for a, b in pairs(runs):
        n = min(a.steps, b.steps)
        x, y = a.losses[:n], b.losses[:n]
        with np.errstate(all="ignore"):
            apart = (np.abs(x - y) / np.maximum(np.abs(x), np.abs(y))).max(axis=1)
        axes.semilogy(np.where(apart > 0.0, apart, np.nan), color=colours[title(a)], linewidth=0.6)
    axes.set_title("PyTorch against JAX: share of the loss", fontsize="medium")
    axes.set_ylim(1e-17, 1.0)
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)
