"""Losses as one figure: their curves and gradients, or a small picture of each where they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ganloss_core import facts
from ganloss_core.pictures.curves import PANELS, with_steps
from ganloss_core.spec.definition import LossLike

MOST = 5
"""More losses than this are drawn apart."""
BEYOND = 1.5
"""How much further a picture goes than most of its losses, before what is beyond is cut off."""
_STYLES = ("-", "--", "-.", ":")


def figure(losses: Mapping[str, LossLike] | Sequence[str], largest: float = 4.0, points: int = 401) -> Figure:
    """D's and G's loss against the logit, from -largest to largest, and below them their gradients.

    `losses` are names, or losses by the name that the picture gives them; more than five are small pictures of one each. What
    goes far beyond most of them is cut off, so that a parabola does not flatten the rest. Raises ValueError for a loss of
    vectors and for a `largest` that is not finite, and the errors of `GANLoss`.

    >>> from ganloss_core.pictures import figure
    >>> drawn = figure(["hinge", "lsgan"], points=9)
    >>> len(drawn.axes)
    6
    >>> len(figure(["hinge", "hinge2", "lsgan", "logistic", "rpgan", "wgan"], points=9).axes)
    6
    """
    if not np.isfinite(largest):
        raise ValueError(f"the largest logit must be finite, got {largest}")
    named = losses if isinstance(losses, Mapping) else {name: name for name in losses}
    t = np.linspace(-largest, largest, points)
    curves = {name: [with_steps(loss, *panel, t) for panel in PANELS] for name, loss in named.items()}
    others = "" if all(facts.rules_of(loss).terms for loss in named.values()) else ", all others 0"
    return _together(curves, others) if len(named) <= MOST else _apart(curves, others)


def _together(curves: Mapping[str, list[Any]], others: str) -> Figure:
    drawn = Figure(figsize=(11.0, 6.0), layout="constrained")
    axes = drawn.subplots(2, 3, sharex=True, sharey="row")
    for i, (name, panels) in enumerate(curves.items()):
        for column, (t, *rows) in enumerate(panels):
            for row, y in enumerate(rows):
                # A later line is thinner, so that lines that coincide are all seen.
                style = {"label": name, "linestyle": _STYLES[i % 4], "linewidth": max(1.6, 3.4 - 0.6 * i)}
                axes[row, column].plot(t, y, **style)
    for row in range(2):
        axes[row, 0].set_ylim(*_limits([np.concatenate([panel[1 + row] for panel in panels]) for panels in curves.values()]))
    for column, (player, side) in enumerate(PANELS):
        axes[0, column].set_title(f"{player}, {side} logit{others}")
        axes[1, column].set_xlabel(f"{side} logit")
        for axis in axes[:, column]:
            _ruled(axis)
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel("gradient")
    drawn.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(curves))
    return drawn


def _apart(curves: Mapping[str, list[Any]], others: str) -> Figure:
    columns = 4
    rows = ceil(len(curves) / columns)
    drawn = Figure(figsize=(11.0, 2.3 * rows + 0.6), layout="constrained")
    axes = drawn.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axis, (name, panels) in zip(axes, curves.items(), strict=False):
        for i, ((player, side), (t, values, _)) in enumerate(zip(PANELS, panels, strict=True)):
            style = {"linestyle": _STYLES[i], "linewidth": (3.0, 1.8, 1.4)[i], "alpha": 0.85}
            axis.plot(t, values, label=f"{player}, {side} logit{others}", **style)
        axis.set_title(name, fontsize="medium")
        _ruled(axis)
    axes[0].set_ylim(*_limits([np.concatenate([values for _, values, _ in panels]) for panels in curves.values()]))
    for axis in axes[len(curves) :]:
        axis.remove()
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn


def _limits(of_each: Sequence[Any]) -> tuple[float, float]:
    """From where to where: as far as most losses reach, and a half beyond."""
    finite = [y[np.isfinite(y)] for y in of_each]
    reached = sorted(float(np.max(np.abs(y), initial=0.0)) for y in finite)
    bound = BEYOND * max(reached[(len(reached) - 1) // 2], 1.0)
    low = max(-bound, min(float(np.min(y, initial=0.0)) for y in finite))
    high = min(bound, max(float(np.max(y, initial=0.0)) for y in finite))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _ruled(axis: Axes) -> None:
    axis.grid(alpha=0.3)
    axis.axhline(0.0, color="black", linewidth=0.6)
