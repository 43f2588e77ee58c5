"""What `ganloss reproduce r3gan` and `gaussians` print."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ganloss_core.command.console import print_rows, say
from ganloss_core.reproduce.gan import SHARES, Run, pairs, parted, together


def as_dict(run: Run) -> dict[str, Any]:
    """A run for JSON."""
    losses = [[value if math.isfinite(value) else None for value in step] for step in run.losses.tolist()]
    looks = {str(step): look for step, look in run.looks.items()}
    return _about(run) | {"backend": run.backend, "failed": run.failed, "looks": looks, "losses": losses}


def apart(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """From which step on the frameworks part, for JSON."""
    return [_about(a) | {f"{share:g}": parted(a, b, share) for share in SHARES} for a, b in pairs(runs)]


def _about(run: Run) -> dict[str, Any]:
    name, _, penalty, weight, pack = run.contender
    return {"data": run.data, "loss": name, "penalty": penalty, "weight": weight, "pack": pack, "seed": run.seed}


def title(run: Run) -> str:
    """The loss and the penalty."""
    name, _, penalty, _, pack = run.contender
    return f"{name}, {penalty}" + (f", {pack} packed" if pack > 1 else "")


def spread(values: Sequence[float], digits: int) -> str:
    """The mean, and from where to where."""
    if not values:
        return ""
    wide = f" ({min(values):.{digits}f}-{max(values):.{digits}f})" if len(values) > 1 else ""
    return f"{sum(values) / len(values):.{digits}f}{wide}"


def print_runs(name: str, runs: Sequence[Run], reals: Mapping[str, float], digits: Mapping[str, int]) -> None:
    """A row for each objective in each framework, over its seeds; and one of the reals."""
    of: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        of.setdefault((title(run), run.backend), []).append(run)
    rows = [
        [
            objective,
            backend,
            *(spread([run.measured[what] for run in group if not run.failed], n) for what, n in digits.items()),
            f"{sum(run.failed for run in group)} of {len(group)}",
        ]
        for (objective, backend), group in of.items()
    ]
    rows.append(["reals", "", *(f"{reals[what]:.{n}f}" for what, n in digits.items()), ""])
    print_rows([(heading, None) for heading in (name, "in", *digits, "failed")], rows, fold=True)
    say("")


def print_apart(runs: Sequence[Run], dtype: str) -> None:
    """The first step in which both frameworks' losses are apart."""
    met = pairs(runs)
    if not met:
        return
    of: dict[tuple[str, str], list[tuple[Run, Run]]] = {}
    for a, b in met:
        of.setdefault((a.data, title(a)), []).append((a, b))
    rows = []
    for what, group in of.items():
        steps = [[step for a, b in group if (step := parted(a, b, share)) is not None] for share in SHARES]
        rows.append([*what, *(str(min(each)) if each else "never" for each in steps)])
    say("The first step in which the losses of PyTorch and JAX differ by this share:")
    headings = ("data", "trained with", *(f"{share:g}" for share in SHARES))
    print_rows([(heading, None) for heading in headings], rows, fold=True)
    wrong = dict.fromkeys(title(a) for a, b in met if not together(a, b, dtype))
    say(f"Their first steps are not the same: {', '.join(wrong)}." if wrong else "Their first steps are the same.")
