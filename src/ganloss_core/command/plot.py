"""Pictures of losses: D's and G's against the logit, and their gradients. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from ganloss_core import facts
from ganloss_core.backends import reference
from ganloss_core.spec.definition import LossLike

PANELS = (("discriminator", "real"), ("discriminator", "fake"), ("generator", "fake"))
_STYLES = ("-", "--", "-.", ":")


def save(losses: Mapping[str, LossLike], file: Path, largest: float, points: int = 801) -> None:
    """Draw losses of logits, one line each.

    A loss that is a term for each logit is drawn as that term. Another is drawn for one moving logit and all others 0, one to a
    side or as few as it takes. Raises ValueError for a loss of vectors, or an unknown kind of file.
    """
    check(file)
    if not np.isfinite(largest):
        raise ValueError(f"the largest logit must be finite, got {largest}")
    t = np.linspace(-largest, largest, points)
    figure = Figure(figsize=(11.0, 6.0), layout="constrained")
    axes = figure.subplots(2, 3, sharex=True)
    for i, (name, loss) in enumerate(losses.items()):
        for column, (player, side) in enumerate(PANELS):
            value, slope = curve(loss, player, side, t)
            for row, y in enumerate((value, slope)):
                # A later line is thinner, so that lines that coincide are all seen.
                style = {"label": name, "linestyle": _STYLES[i % 4], "linewidth": max(1.2, 3.4 - 0.6 * i), "alpha": 0.85}
                axes[row, column].plot(t, y, **style)
    for column, (player, side) in enumerate(PANELS):
        axes[0, column].set_title(f"{player}, {side} logit")
        axes[1, column].set_xlabel(f"{side} logit")
        for axis in axes[:, column]:
            axis.grid(alpha=0.3)
            axis.axhline(0.0, color="black", linewidth=0.6)
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel("gradient")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=min(4, len(losses)))
    figure.savefig(file, dpi=150)


def check(file: Path) -> None:
    """ValueError or OSError for an image that cannot be written, before the work that it is to show."""
    kinds = FigureCanvasBase.get_supported_filetypes()
    if file.suffix.removeprefix(".").lower() not in kinds:
        raise ValueError(f"{file}: no image of that kind can be written: use .png, .svg or .pdf")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file}: there is no folder {file.parent}")


def curve(loss: LossLike, player: str, side: str, t: Any) -> tuple[Any, Any]:
    """One player's loss and its gradient by one logit of a side, at each of t; ValueError for a loss of vectors."""
    rules = facts.rules_of(loss)
    if rules.sample.axes:
        name = loss if isinstance(loss, str) else loss.__name__
        raise ValueError(f"{name} is a loss of vectors, which has no curve against a logit")
    if rules.terms is not None:
        each = reference.GANLoss(loss, reduction="none")
        values = each.discriminator(t, t) if player == "discriminator" else each.generator(t)
        _, gradient = reference.value_and_grad(loss, t, t, player=player)
        return getattr(values, side), len(t) * getattr(gradient, side)
    values, slopes = np.empty_like(t), np.empty_like(t)
    for i, x in enumerate(t):
        logits = {"real": np.zeros(rules.sample.least), "fake": np.zeros(rules.sample.least)}
        logits[side][0] = x
        value, gradient = reference.value_and_grad(loss, logits["real"], logits["fake"], player=player)
        values[i], slopes[i] = value, getattr(gradient, side)[0]
    return values, slopes
