"""A picture of twins: losses, divergence and digits, one row for each loss. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ganloss_core.twin import Divergence, Twin
from ganloss_core.twin.gan import CLASSES


def save(twins: Sequence[Twin], file: Path) -> None:
    """Draw one row for each result: what D and G minimise, how far the frameworks part, and the digits of both."""
    figure = Figure(figsize=(14.0, 3.4 * len(twins)), layout="constrained")
    rows = figure.subplots(len(twins), 4, squeeze=False, width_ratios=(1.0, 1.0, 1.0, 1.0))
    for twin, (losses, divergence, *grids) in zip(twins, rows, strict=True):
        _losses(losses, twin)
        _divergence(divergence, twin.divergences)
        for grid, (framework, digits) in zip(grids, twin.samples.items(), strict=True):
            grid.imshow(_tiles(digits), cmap="gray_r", vmin=-1.0, vmax=1.0)
            grid.set_title(f"{framework}'s digits")
            grid.set_axis_off()
    figure.savefig(file, dpi=120)


def _losses(axes: Axes, twin: Twin) -> None:
    # JAX's line is thin and on top: where the runs agree, both colours are seen.
    for player, column, color in (("D", 0, "tab:blue"), ("G", 1, "tab:orange")):
        axes.plot(twin.losses["PyTorch"][:, column], color=color, label=f"{player}, PyTorch", linewidth=3.0, alpha=0.35)
        axes.plot(twin.losses["JAX"][:, column], color=color, label=f"{player}, JAX", linewidth=0.7, linestyle="--")
    axes.set_title(f"{twin.name}, {twin.dtype}")
    axes.set_ylabel("loss")
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _divergence(axes: Axes, divergences: Sequence[Divergence]) -> None:
    for divergence, color in zip(divergences, ("tab:purple", "tab:green"), strict=True):
        # Zero has no place on a log scale: a gap in the line.
        apart = np.where(divergence.apart > 0.0, divergence.apart, np.nan)
        axes.semilogy(apart, color=color, linewidth=0.9, label=divergence.what)
        axes.semilogy(divergence.bound, color=color, linestyle=":", label="what rounding explains")
    axes.set_title("PyTorch against JAX")
    axes.set_ylabel("largest difference")
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _tiles(digits: Any) -> Any:
    """(rows * 10, 64) images as one, a column for each label, with a margin of one pixel."""
    tiles = np.pad(digits.reshape(-1, CLASSES, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    return tiles.transpose(0, 2, 1, 3).reshape(len(tiles) * 10, CLASSES * 10)
