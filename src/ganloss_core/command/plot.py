"""Pictures of losses as files. Needs NumPy and matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase

from ganloss_core.pictures import figure
from ganloss_core.spec.definition import LossLike


def save(losses: Mapping[str, LossLike], file: Path, largest: float) -> None:
    """Draw losses of logits; ValueError for a loss of vectors, or an unknown kind of file."""
    check(file)
    figure(losses, largest).savefig(file, dpi=150)


def check(file: Path) -> None:
    """ValueError or OSError for an image that cannot be written, before the work that it is to show."""
    kinds = FigureCanvasBase.get_supported_filetypes()
    if file.suffix.removeprefix(".").lower() not in kinds:
        raise ValueError(f"{file}: no image of that kind can be written: use .png, .svg or .pdf")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file}: there is no folder {file.parent}")
