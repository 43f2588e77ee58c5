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

PORTRAITS = ("none", "wgan_gp", "r1", "consensus")
"""The penalties whose phase portraits are drawn."""
LARGEST = 2.0


def save(runs: Sequence[Run], losses: Mapping[str, LossLike], file: Path) -> None:
    """Draw a table of losses and penalties for each step, and below it the first loss's (or logistic's) phase portraits."""
    kinds, penalties = (list(dict.fromkeys(getattr(run, what) for run in runs)) for what in ("step", "penalty"))
    drawn = [penalty for penalty in PORTRAITS if penalty in penalties] or penalties[:4]
    name = "logistic" if "logistic" in losses else next(iter(losses))
    tall = 1.6 + 0.2 * len(losses)
    figure = Figure(figsize=(1.5 + 4.0 * max(len(kinds), 2), tall + 4.2), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(tall, 4.2))
    upper, lower = parts
    for axes, kind in zip(upper.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        _table(axes, [run for run in runs if run.step == kind], list(losses), penalties)
        if kind != kinds[0]:
            axes.set_yticklabels([])
    for axes, penalty in zip(lower.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
        paths = [run for run in runs if (run.loss, run.penalty) == (name, penalty)]
        _portrait(axes, LinearCritic(losses[name], [PENALTIES[penalty]]), paths)
        axes.set_title(f"{name}, {penalty}", fontsize="medium")
    figure.savefig(file, dpi=120)


def _table(axes: Axes, runs: Sequence[Run], losses: Sequence[str], penalties: Sequence[str]) -> None:
    shown = np.full((len(losses), len(penalties)), np.nan)
    for run in runs:
        row, column = losses.index(run.loss), penalties.index(run.penalty)
        # What has no rate is coloured by the rate that would leave as much.
        rate = run.predicted if run.predicted is not None else min(run.left, 1e6) ** (1.0 / (len(run.path) - 1))
        shown[row, column] = np.clip(rate, 0.9, 1.1)
        axes.text(column, row, cell(run), ha="center", va="center", fontsize=5.0)
    axes.imshow(shown, cmap="RdYlGn_r", vmin=0.9, vmax=1.1, aspect="auto", alpha=0.75)
    axes.set_xticks(range(len(penalties)), penalties, rotation=60, ha="right", fontsize=7)
    axes.set_yticks(range(len(losses)), losses, fontsize=6)
    axes.set_title(runs[0].step, fontsize="medium")


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
    axes.legend(fontsize=6, loc="upper right")
