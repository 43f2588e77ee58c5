"""`ganloss reproduce`: experiments whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ganloss_core.command import printed_dirac as printed
from ganloss_core.command import training
from ganloss_core.command.console import Progress, extras, fail, print_json, say
from ganloss_core.command.named import Named, chosen
from ganloss_core.command.training import frameworks, known

app: typer.Typer = typer.Typer(help="Experiments with known answers.", no_args_is_help=True)
QUICK = ("logistic", "minimax", "lsgan", "hinge", "wasserstein", "rpgan")
QUICK_CRITICS = ("logistic", "lsgan", "hinge", "fgan_kl", "fgan_pearson", "ebgan")


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
        penalties = known("penalty", penalty, PENALTIES)
        kinds = known("step", step, experiment.KINDS)
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
                | {"left_out": refused, "runs": [printed.as_dict(run) for run in runs]}
            )
        elif len(trained) == 1:
            printed.print_one(runs)
        else:
            printed.print_all(runs, kinds, many)
        if not as_json:
            printed.print_rest(runs, refused)
        if file is not None:
            from ganloss_core.command import plot_dirac

            plot_dirac.save(runs, {each.name: each.loss for each in trained}, file)
            say(str(file))
    if not all(run.agrees for run in runs):
        raise typer.Exit(1)


app.command()(training.r3gan)
app.command()(training.gaussians)


@app.command()
def critics(
    loss: Annotated[list[str] | None, typer.Option(help="A loss of logits; repeat. [all with a best logit]")] = None,
    backend: Annotated[list[str] | None, typer.Option(help="torch, jax; repeat. [those that are installed]")] = None,
    steps: Annotated[int | None, typer.Option(help="Training steps. [300]", min=10)] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Six losses.")] = False,
    file: Annotated[Path | None, typer.Option("--out", help="An image of the critics; .png, .svg or .pdf.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    module: Annotated[Path | None, typer.Option(help="A Python file that registers your losses.")] = None,
) -> None:
    """Train a critic to its best on two known densities: is it the one that the definition says, and which divergence?

    Reals have two bumps, fakes one, and both are cut into 61 bins. The critic is a table, one logit for each bin, which PyTorch
    and JAX train on all of them at once, the densities as weights. Each logit must be the best one for the bin's ratio of
    densities, and D's loss must have fallen by the divergence, to twelve digits; else it fails.
    """
    with extras():
        from ganloss_core.command import plot as pictures
        from ganloss_core.command import plot_critics
        from ganloss_core.command.printed_critics import as_dict, print_critics
        from ganloss_core.reproduce import critics as experiment

        if file is not None:
            pictures.check(file)
        backends = frameworks(backend)
        asked = chosen(loss or (list(QUICK_CRITICS) if quick and module is None else None), module)
        runs: list[Any] = []
        refused: dict[str, str] = {}
        with Progress() as progress:
            for i, each in enumerate(asked):
                progress(each.name, i, len(asked))
                try:
                    critic = experiment.Critic(each.name, each.loss)
                except ValueError as reason:
                    refused[each.name] = str(reason)
                    continue
                runs += [critic.train(name, steps or experiment.STEPS) for name in backends]
        if refused and (loss or not runs):
            raise fail("; ".join(refused.values()))
        if as_json:
            print_json({"left_out": refused, "runs": [as_dict(run) for run in runs]})
        else:
            print_critics(runs, refused)
        if file is not None:
            plot_critics.save(runs, file)
            say(str(file))
    if not all(run.agrees for run in runs):
        raise typer.Exit(1)
