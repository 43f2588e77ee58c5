"""A picture of the densities, and of the critics that were trained on them. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ganloss_core.reproduce.critics import Run, densities
from ganloss_core.spec.registry import short

COLUMNS = 4


def save(runs: Sequence[Run], file: Path) -> None:
    """Draw the densities, and for each loss the best critic and the trained ones."""
    names = list(dict.fromkeys(run.loss for run in runs))
    rows = -(-(len(names) + 1) // COLUMNS)
    figure = Figure(figsize=(10.0, 1.9 * rows), layout="constrained")
    first, *panels = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).flat
    x, real, fake = densities()
    first.plot(x, real, label="reals")
    first.plot(x, fake, label="fakes")
    first.set_title("probability of a bin", fontsize="medium")
    first.legend(fontsize=7)
    for axes, name in zip(panels, names, strict=False):
        of_name = [run for run in runs if run.loss == name]
        ends = np.where(np.isfinite(of_name[0].best), of_name[0].best, of_name[0].logits[:, None])
        axes.fill_between(x, *ends.T, color="tab:orange", alpha=0.3)
        axes.plot(x, ends[:, 0], color="tab:orange", linewidth=4.0, alpha=0.4, label="by definition")
        for run, line in zip(of_name, ("-", ":"), strict=False):
            axes.plot(x, run.logits, line, color="black", linewidth=0.9, label=f"trained, {run.backend}")
        axes.set_title(short(name), fontsize="medium")
    panels[0].legend(fontsize=7)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    figure.savefig(file, dpi=140)
