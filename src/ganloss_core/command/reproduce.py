"""`ganloss reproduce`: experiments whose answers are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ganloss_core.command.console import Progress, extras, fail, is_piped, out, print_json, print_rows, say
from ganloss_core.command.named import Named, chosen

app: typer.Typer = typer.Typer(help="Experiments with known answers.", no_args_is_help=True)
QUICK = ("logistic", "minimax", "lsgan", "hinge", "wasserstein", "rpgan")


@app.callback()
def _experiments() -> None:
    """Experiments with known answers."""


@app.command()
def dirac(
    loss: Annotated[list[str] | None, typer.Option(help="A loss of logits; repeat for several. [all]")] = None,
    penalty: Annotated[list[str] | None, typer.Option(help="none, r1, ..., consensus, centring; repeat. [all]")] = None,
    step: Annotated[
        list[str] | None, typer.Option(help="simultaneous, alternating, alternating_5 or adam; repeat. [all]")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Six losses, and a fifth of the steps.")] = False,
    steps: Annotated[int | None, typer.Option(help="Training steps of each run. [500]", min=10)] = None,
    seed: Annotated[int, typer.Option(help="Of the directions of the small deviations.", min=0)] = 0,
    file: Annotated[
        Path | None, typer.Option("--out", help="An image: the table in colours, and phase portraits; .png, .svg or .pdf.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    module: Annotated[Path | None, typer.Option(help="A Python file that registers your losses.")] = None,
) -> None:
    """Mescheder's Dirac-GAN: does training with this loss and this penalty come to the equilibrium, and how fast?

    One real at 0, one fake at theta, and a linear critic. A number of the table is what a step multiplies a small deviation by,
    as the eigenvalues of the step's Jacobian say, which is computed from the definitions: below 1 training converges, at 1 it
    circles, above 1 it leaves. The same steps are simulated. Fails where the two disagree in the third digit.
    """
    with extras():
        from ganloss_core.reproduce import dirac as experiment
        from ganloss_core.reproduce.linear_critic import PENALTIES

        if file is not None:
            from ganloss_core.command import plot as pictures

            pictures.check(file)
        penalties = _known("penalty", penalty, PENALTIES)
        kinds = _known("step", step, experiment.KINDS)
        many = steps or (experiment.STEPS // 5 if quick else experiment.STEPS)
        asked = chosen(loss or (list(QUICK) if quick and module is None else None), module)
        runs: list[Any] = []
        trained: list[Named] = []
        refused: dict[str, str] = {}
        with Progress() as progress:
            for i, each in enumerate(asked):
                progress(each.name, i, len(asked))
                reason = experiment.left_out(each.loss)
                if reason is not None:
                    refused[each.name] = reason
                    continue
                trained.append(each)
                runs += experiment.run(each.loss, penalties, kinds, many, seed)
        if refused and (loss or not trained):
            raise fail("; ".join(f"{name}: {reason}" for name, reason in refused.items()))
        if as_json:
            print_json(
                {"steps": many, "rate": experiment.RATE, "adam": experiment.ADAM, "seed": seed}
                | {"left_out": refused, "runs": [_as_dict(run) for run in runs]}
            )
        elif len(trained) == 1:
            _print_one(runs)
        else:
            _print_all(runs, kinds, many)
        if not as_json:
            _print_rest(runs, refused)
        if file is not None:
            from ganloss_core.command import plot_dirac

            plot_dirac.save(runs, {each.name: each.loss for each in trained}, file)
            say(str(file))
    if not all(run.agrees for run in runs):
        raise typer.Exit(1)


def _known(what: str, given: list[str] | None, known: Any) -> list[str]:
    for each in given or ():
        if each not in known:
            raise fail(f"{what} {each!r}: it is one of {', '.join(known)}")
    return list(dict.fromkeys(given or known))


def _as_dict(run: Any) -> dict[str, Any]:
    values = {key: value for key, value in run._asdict().items() if key != "path"}
    values["eigenvalues"] = run.eigenvalues and [[each.real, each.imag] for each in run.eigenvalues]
    values["left"] = run.left if math.isfinite(run.left) else None
    return values | {"agrees": run.agrees}


def _print_one(runs: Sequence[Any]) -> None:
    rows = [
        [
            run.penalty,
            run.step,
            ", ".join(eigenvalue(each) for each in run.eigenvalues) if run.eigenvalues else "kink",
            *("" if rate is None else f"{rate:.5f}" for rate in (run.predicted, run.simulated)),
            left(run.left),
        ]
        for run in runs
    ]
    headings = ("penalty", "step", "eigenvalues", "predicted", "simulated", "left")
    print_rows([(heading, None) for heading in headings], rows, fold=True)


def eigenvalue(z: complex) -> str:
    """With as many digits as are looked at."""
    real, imaginary = (round(part, 4) + 0.0 for part in (z.real, z.imag))
    return f"{real:g}" if imaginary == 0.0 else f"{real:g}{imaginary:+g}i"


def left(share: float) -> str:
    """The share of the distance that is left."""
    return f"{share:.3f}" if share < 100.0 else "away"


def cell(run: Any) -> str:
    """The rate; for Adam, which has none, and at a kink, what is left of the distance."""
    return f"{run.predicted:.3f}" if run.predicted is not None else f"({left(run.left)})"


def _print_all(runs: Sequence[Any], kinds: Sequence[str], steps: int) -> None:
    from rich.table import Table

    of = {(run.loss, run.penalty, run.step): run for run in runs}
    losses, penalties = (list(dict.fromkeys(getattr(run, what) for run in runs)) for what in ("loss", "penalty"))
    for kind in kinds:
        rows = [[loss, *(of[loss, penalty, kind] for penalty in penalties)] for loss in losses]
        if is_piped():
            print_rows([], [[kind, loss, *map(cell, cells)] for loss, *cells in rows])
            continue
        table = Table(box=None, pad_edge=False)
        table.add_column(kind, no_wrap=True)
        for penalty in penalties:
            table.add_column(penalty.replace("_", "\n", 1), justify="right", no_wrap=True)
        for loss, *cells in rows:
            table.add_row(loss, *(f"[{_colour(run)}]{cell(run)}[/]" for run in cells))
        out.print(table, highlight=False)
        out.print()
    say(f"In brackets: no rate, but what is left of the distance after {steps} steps; Adam has none, and a kink none.")


def _colour(run: Any) -> str:
    value, near = (run.left, 0.1) if run.predicted is None else (run.predicted, 1e-6)
    return "green" if value < 1.0 - near else "red" if value > 1.0 + near else "yellow"


def _print_rest(runs: Sequence[Any], refused: dict[str, str]) -> None:
    compared = [run for run in runs if run.predicted is not None]
    wrong = [run for run in compared if not run.agrees]
    say(f"{len(compared)} rates were simulated: {len(wrong) or 'none'} is not as predicted, to 3 digits.")
    for run in wrong:
        say(f"{run.loss}, {run.penalty}, {run.step}: predicted {run.predicted:.5f}, simulated {run.simulated}")
    reasons: dict[str, list[str]] = {}
    for name, reason in refused.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        say(f"Left out, as {reason}: {', '.join(names)}.")
