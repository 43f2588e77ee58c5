"""A picture of Dirac-GANs: the rates as coloured tables, and phase portraits. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ganloss_core.command.printed_dirac import cell
from ganloss_core.reproduce.dirac import Run
from ganloss_core.reproduce.linear_critic import PENALTIES, LinearCritic
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.registry import short

PORTRAITS = ("none", "wgan_gp", "r1", "consensus")
"""The penalties whose phase portraits are drawn."""
LARGEST = 2.0
ACROSS = 2
"""Tables that are side by side."""


def save(runs: Sequence[Run], losses: Mapping[str, LossLike], file: Path) -> None:
    """Draw a table of losses and penalties for each step, and below them the first loss's (or logistic's) phase portraits."""
    kinds, penalties = (list(dict.fromkeys(getattr(run, what) for run in runs)) for what in ("step", "penalty"))
    drawn = [penalty for penalty in PORTRAITS if penalty in penalties] or penalties[:4]
    name = "logistic" if "logistic" in losses else next(iter(losses))
    rows = -(-len(kinds) // ACROSS)
    tall = rows * (1.5 + 0.16 * len(losses))
    figure = Figure(figsize=(9.6, tall + 2.6), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(tall, 2.6))
    upper, lower = parts
    tables = upper.subplots(rows, ACROSS, squeeze=False)
    for axes in tables.flat[len(kinds) :]:
        axes.set_visible(False)
    for axes, kind in zip(tables.flat, kinds, strict=False):
        _table(axes, [run for run in runs if run.step == kind], list(losses), penalties)
        if axes not in tables[:, 0]:
            axes.set_yticklabels([])
    for axes, penalty in zip(lower.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
        paths = [run for run in runs if (run.loss, run.penalty) == (name, penalty)]
        _portrait(axes, LinearCritic(losses[name], [PENALTIES[penalty]]), paths)
        axes.set_title(f"{short(name)}, {penalty}", fontsize="medium")
    axes.legend(fontsize=6, loc="upper right")
    figure.savefig(file, dpi=130)


def _table(axes: Axes, runs: Sequence[Run], losses: Sequence[str], penalties: Sequence[str]) -> None:
    shown = np.full((len(losses), len(penalties)), np.nan)
    for run in runs:
        # What has no rate is coloured by the rate that would leave as much.
        rate = run.predicted if run.predicted is not None else min(run.left, 1e6) ** (1.0 / (len(run.path) - 1))
        shown[losses.index(run.loss), penalties.index(run.penalty)] = np.clip(rate, 0.9, 1.1)
    image = axes.imshow(shown, cmap="RdYlGn_r", vmin=0.9, vmax=1.1, aspect="auto")
    for run in runs:
        row, column = losses.index(run.loss), penalties.index(run.penalty)
        colour = "white" if _is_dark(image.to_rgba(shown[row, column])) else "black"
        said = cell(run) if run.predicted is None or run.predicted < 1e2 else f"{run.predicted:.3g}"
        axes.text(column, row, said, ha="center", va="center", fontsize=5.6, color=colour)
    axes.set_xticks(range(len(penalties)), penalties, rotation=60, ha="left", rotation_mode="anchor", fontsize=7)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.set_yticks(range(len(losses)), map(short, losses), fontsize=7)
    axes.set_title(runs[0].step, fontsize="medium")


def _is_dark(colour: Any) -> bool:
    """Whether white is read on it more easily than black, by its relative luminance as the WCAG defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear)) < 0.25


def _portrait(axes: Axes, game: LinearCritic, runs: Sequence[Run]) -> None:
    side = np.linspace(-LARGEST, LARGEST, 24)
    theta, psi = np.meshgrid(side, side)
    x: Any = np.stack([theta, psi, np.full_like(theta, game.at[2, 0])])[..., None]
    with np.errstate(all="ignore"):
        v = np.nan_to_num(game.velocity(x)[..., 0])
    axes.streamplot(side, side, v[0], v[1], color="lightgray", linewidth=0.6, density=0.8, arrowsize=0.6)
    for run in runs:
        path = np.clip(np.nan_to_num(run.path[:, :2], nan=1e3), -1e3, 1e3)
        axes.plot(path[:, 0], path[:, 1], linewidth=0.8, label=run.step)
    axes.plot(*game.at[:2, 0], marker="+", color="black", markersize=10)
    axes.set(xlim=(-LARGEST, LARGEST), ylim=(-LARGEST, LARGEST), xlabel="theta", ylabel="psi", aspect="equal")
