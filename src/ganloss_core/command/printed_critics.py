"""What `ganloss reproduce critics` prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ganloss_core.command.console import print_rows, say
from ganloss_core.reproduce.critics import Run, densities


def as_dict(run: Run) -> dict[str, Any]:
    """A run for JSON: for each bin its x, its logit, and the best ones."""
    best = [[end if math.isfinite(end) else None for end in ends] for ends in run.best.tolist()]
    tables = {"x": densities().x.tolist(), "best": best, "logits": run.logits.tolist(), "errors": run.errors.tolist()}
    return {key: value for key, value in run._asdict().items() if key not in tables} | tables | {"agrees": run.agrees}


def print_critics(runs: Sequence[Run], refused: Mapping[str, str]) -> None:
    """A row for each loss and framework."""
    rows = []
    for run in runs:
        at = int(run.errors.argmax())
        rows.append(
            [
                run.loss,
                run.backend,
                f"{run.errors[at]:.1e}",
                f"{densities().x[at] + 0.0:.1f}",
                f"{run.reached:.12g}",
                f"{run.divergence:.12g}",
                _named(run.measure),
            ]
        )
    headings = ("loss", "in", "largest error", "at x", "D's loss fell by", "divergence", "which is")
    print_rows([(heading, 1 if heading == "which is" else None) for heading in headings], rows, fold=True)
    wrong = [run for run in runs if not run.agrees]
    say(f"{len(runs)} critics were trained; {f'not the best: {len(wrong)}' if wrong else 'all are the best'}.")
    for run in wrong:
        say(f"{run.loss}, {run.backend}: error {run.errors.max():.1e}, divergence {run.reached:.12g} for {run.divergence:.12g}")
    reasons: dict[str, list[str]] = {}
    for name, reason in refused.items():
        reasons.setdefault(reason.removeprefix(name).removeprefix(" is ").lstrip(": ").partition(":")[0], []).append(name)
    for reason, names in reasons.items():
        say(f"Left out, {reason}: {', '.join(names)}.")


def _named(measure: tuple[float, str] | None) -> str:
    if measure is None:
        return ""
    factor, name = measure
    return name if f"{factor:.4g}" == "1" else f"{factor:.4g} times {name}"
