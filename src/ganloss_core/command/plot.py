"""Pictures of losses as files. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase

from ganloss_core.pictures import figure
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike

LONG = 18
"""A longer name is too long beside a row of numbers."""


def save(losses: Mapping[str, LossLike], file: Path, largest: float) -> None:
    """Draw losses of logits; ValueError for a loss of vectors, or an unknown kind of file."""
    check(file)
    figure(losses, largest).savefig(file, dpi=150)


def short(name: str) -> str:
    """A loss by its first alias where its own name is long."""
    return next(iter(registry.aliases_of(name)), name) if name in registry.names() and len(name) > LONG else name


def check(file: Path) -> None:
    """ValueError or OSError for an image that cannot be written, before the work that it is to show."""
    kinds = FigureCanvasBase.get_supported_filetypes()
    if file.suffix.removeprefix(".").lower() not in kinds:
        raise ValueError(f"{file}: no image of that kind can be written: use .png, .svg or .pdf")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file}: there is no folder {file.parent}")
