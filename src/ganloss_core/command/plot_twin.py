"""A picture of twins: losses, divergence and digits, one row for each loss. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from ganloss_core.twin import Divergence, Twin
from ganloss_core.twin.gan import CLASSES, ROWS


def save(twins: Sequence[Twin], file: Path) -> None:
    """Draw one row for each result: what D and G minimise, how far the frameworks part, both's digits, and real ones."""
    figure = Figure(figsize=(17.0, 3.4 * len(twins) + 0.6), layout="constrained")
    rows = figure.subplots(len(twins), 5, squeeze=False)
    for twin, (losses, divergence, *grids) in zip(twins, rows, strict=True):
        _losses(losses, twin)
        _divergence(divergence, twin.divergences)
        pictures = {**{f"{framework}'s digits": digits for framework, digits in twin.samples.items()}, "real digits": _real()}
        for grid, (title, digits) in zip(grids, pictures.items(), strict=True):
            grid.imshow(_tiles(digits), cmap="gray_r", vmin=-1.0, vmax=1.0)
            grid.set_title(title)
            grid.set_axis_off()
    handles, labels = zip(*(axes.get_legend_handles_labels() for axes in rows[0, :2]), strict=True)
    figure.legend([*handles[0], *handles[1]], [*labels[0], *labels[1]], loc="outside lower center", ncols=4, fontsize="small")
    figure.savefig(file, dpi=120)


def _real() -> Any:
    """As many digits of each label as a grid of samples has."""
    images, labels = load_digits(return_X_y=True)
    chosen = np.stack([np.flatnonzero(labels == label)[:ROWS] for label in range(CLASSES)], axis=1)
    return images[chosen.ravel()] / 8.0 - 1.0


def _losses(axes: Axes, twin: Twin) -> None:
    # JAX's line is thin and on top: where the runs agree, both colours are seen.
    for player, column, color in (("D", 0, "tab:blue"), ("G", 1, "tab:orange")):
        axes.plot(twin.losses["PyTorch"][:, column], color=color, label=f"{player}, PyTorch", linewidth=3.0, alpha=0.35)
        axes.plot(twin.losses["JAX"][:, column], color=color, label=f"{player}, JAX", linewidth=0.7, linestyle="--")
    axes.set_title(f"{twin.name}, {twin.dtype}")
    axes.set_ylabel("loss")
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)


def _divergence(axes: Axes, divergences: Sequence[Divergence]) -> None:
    for divergence, color in zip(divergences, ("tab:purple", "tab:green"), strict=True):
        axes.plot(divergence.apart, color=color, linewidth=0.9, label=f"{divergence.what} part by")
        axes.plot(divergence.bound, color=color, linestyle=":", label=f"rounding explains, of {divergence.what}")
    # From 0, where the runs are the same, to the smallest difference the scale is linear.
    seen = np.concatenate([each for divergence in divergences for each in (divergence.apart, divergence.bound)])
    axes.set_yscale("symlog", linthresh=float(np.min(seen[seen > 0.0], initial=1.0)))
    axes.set_ylim(bottom=0.0)
    axes.set_title("PyTorch against JAX")
    axes.set_ylabel("largest difference")
    axes.set_xlabel("step")
    axes.grid(alpha=0.3)


def _tiles(digits: Any) -> Any:
    """(rows * 10, 64) images as one, a column for each label, with a margin of one pixel."""
    tiles = np.pad(digits.reshape(-1, CLASSES, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    return tiles.transpose(0, 2, 1, 3).reshape(len(tiles) * 10, CLASSES * 10)
