"""`ganloss reproduce r3gan` and `gaussians`: small GANs, trained in one framework or in both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer

from ganloss_core.command.console import Progress, extras, fail, print_json, say
from ganloss_core.command.named import Named, chosen

Losses = Annotated[list[str] | None, typer.Option("--loss", help="A loss of logits; repeat. [those of the table]")]
Penalties = Annotated[list[str] | None, typer.Option("--penalty", help="none, r1, r1_r2, wgan_gp, ...; repeat.")]
Backends = Annotated[list[str] | None, typer.Option("--backend", help="torch, jax; repeat. [those that are installed]")]
Steps = Annotated[int | None, typer.Option(help="Training steps of each run.", min=10)]
Seeds = Annotated[int | None, typer.Option(help="How many seeds: of weights, batches and noise.", min=1)]
Seed = Annotated[int, typer.Option(help="The first of them.", min=0)]
Dtype = Annotated[str, typer.Option(help="float64 or float32.")]
File = Annotated[Path | None, typer.Option("--out", help="An image: curves and samples; .png, .svg or .pdf.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Module = Annotated[Path | None, typer.Option(help="A Python file that registers your losses.")]


def r3gan(
    loss: Losses = None,
    penalty: Penalties = None,
    gamma: Annotated[float, typer.Option(help="The weight of each penalty.", min=0.0)] = 0.2,
    backend: Backends = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the steps, and one seed: a minute or two.")] = False,
    steps: Steps = None,
    seeds: Seeds = None,
    seed: Seed = 0,
    dtype: Dtype = "float64",
    file: File = None,
    as_json: AsJson = False,
    module: Module = None,
) -> None:
    """R3GAN's Table 1 in small: how many of 1,000 modes a GAN finds, with this loss and these penalties.

    Three 8x8 digits are the channels of an image, and their classes its mode. A classifier counts the modes of 25,600 samples,
    and the KL divergence of their shares from those of the reals. PyTorch and JAX start from the same weights, batches and
    noise. Fails where their first steps differ, or the reals have not all modes. In full it takes a quarter of an hour.
    """
    with extras():
        import numpy as np

        from ganloss_core.command import plot_gan
        from ganloss_core.reproduce import r3gan as experiment
        from ganloss_core.reproduce.gan import PENALTIES

        _check(file, dtype)
        backends = frameworks(backend)
        named = chosen(loss or (list(experiment.LOSSES) if module is None else None), module)
        contenders = [
            _contender(each, of, gamma) for of in known("penalty", penalty or experiment.PENALTIES, PENALTIES) for each in named
        ]
        digits = experiment.Digits()
        reals = digits.measure(digits.draw(np.random.default_rng(seed), experiment.SAMPLES))
        many, n = (experiment.STEPS // 10, 1) if quick else (experiment.STEPS, experiment.SEEDS)
        runs = _trained(experiment.plans(contenders, digits, steps or many, range(seed, seed + (seeds or n)), dtype), backends)
        same = _report(runs, {"stacked digits": reals}, {"modes": 0, "kl": 3}, dtype, as_json, accuracy=digits.accuracy)
        if not as_json:
            say(f"The classifier is right about {digits.accuracy:.1%} of the digits that it has not seen.")
        if file is not None:
            plot_gan.save_digits(runs, file)
            say(str(file))
    if not same or reals["modes"] < experiment.MODES:
        raise typer.Exit(1)


def gaussians(
    loss: Losses = None,
    penalty: Penalties = None,
    gamma: Annotated[float | None, typer.Option(help="The weight of each penalty. [0.1]", min=0.0)] = None,
    pack: Annotated[int, typer.Option(help="Samples that D sees at once, PacGAN.", min=1)] = 1,
    mixture: Annotated[
        list[str] | None, typer.Option(help="grid, ring, narrow_grid, narrow_ring; repeat. [grid, ring]")
    ] = None,
    backend: Backends = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the steps, and one seed.")] = False,
    steps: Steps = None,
    seeds: Seeds = None,
    seed: Seed = 0,
    dtype: Dtype = "float64",
    file: File = None,
    as_json: AsJson = False,
    module: Module = None,
) -> None:
    """25 Gaussians on a grid and 8 on a ring: how many a GAN finds, and the share of its samples that lie in one.

    A sample is of high quality within three standard deviations of the nearest mean, and a mode is found if one of 2,500
    samples is of high quality and nearest to it, as in VEEGAN and PacGAN. Fails where the first steps of PyTorch and JAX
    differ, or the reals have another share than Gaussians have.
    """
    with extras():
        import numpy as np

        from ganloss_core.command import plot_gan
        from ganloss_core.reproduce import gaussians as experiment
        from ganloss_core.reproduce.gan import PENALTIES

        _check(file, dtype)
        backends, mixtures = frameworks(backend), known("mixture", mixture or ("grid", "ring"), experiment.MIXTURES)
        rows: Sequence[tuple[Named, str, int]] = [(chosen([name])[0], of, n) for name, of, n in experiment.ROWS]
        if loss or penalty or module is not None or pack > 1:
            named = chosen(loss or (["logistic", "rpgan"] if module is None else None), module)
            rows = [(each, of, pack) for of in known("penalty", penalty or ("none", "r1_r2"), PENALTIES) for each in named]
        contenders = [_contender(each, of, experiment.weight(of) if gamma is None else gamma, n) for each, of, n in rows]
        many, n = (experiment.STEPS // 10, 1) if quick else (experiment.STEPS, experiment.SEEDS)
        seen = {name: experiment.MIXTURES[name] for name in mixtures}
        reals = {name: each.measure(each.draw(np.random.default_rng(seed), experiment.SAMPLES)) for name, each in seen.items()}
        runs = _trained(
            experiment.plans(contenders, mixtures, steps or many, range(seed, seed + (seeds or n)), dtype), backends
        )
        same = _report(runs, reals, {"modes": 1, "high quality": 3}, dtype, as_json)
        if file is not None:
            plot_gan.save_mixtures(runs, {name: each.means for name, each in seen.items()}, file)
            say(str(file))
    if not same or not all(each.ok(reals[name]) for name, each in seen.items()):
        raise typer.Exit(1)


def _check(file: Path | None, dtype: str) -> None:
    if file is not None:
        from ganloss_core.command import plot as pictures

        pictures.check(file)
    if dtype not in ("float64", "float32"):
        raise fail(f"--dtype {dtype!r}: it is float64 or float32")


def known(what: str, given: Sequence[str] | None, those: Iterable[str]) -> list[str]:
    """What was asked for, or all."""
    those = list(those)
    for each in given or ():
        if each not in those:
            raise fail(f"{what} {each!r}: it is one of {', '.join(those)}")
    return list(dict.fromkeys(given or those))


def frameworks(given: Sequence[str] | None) -> list[str]:
    """Those that were asked for, or are installed."""
    from ganloss_core.reproduce.gan import TRAINERS

    return known("backend", given or [name for name in TRAINERS if find_spec(name)], TRAINERS)


def _contender(named: Named, penalty: str, weight: float, pack: int = 1) -> Any:
    from ganloss_core import facts
    from ganloss_core.reproduce.gan import Contender

    sample = facts.rules_of(named.loss).sample
    if sample.axes or sample.ragged:
        raise fail(f"{named.name}: the critic returns vectors, or rows; this one returns a logit for each sample")
    return Contender(named.name, named.loss, penalty, weight if penalty != "none" else 0.0, pack)


def _trained(plans: Sequence[Any], backends: Sequence[str]) -> list[Any]:
    from ganloss_core.reproduce.gan import train

    runs = []
    with Progress() as progress:
        for i, (plan, backend) in enumerate(both := list(product(plans, backends))):
            what = (
                f"{i + 1} of {len(both)}: {plan.data}, {plan.contender.name}, {plan.contender.penalty}, {plan.seed}, {backend}"
            )
            runs.append(train(plan, backend, partial(progress, what, total=plan.steps)))
    return runs


def _report(
    runs: Sequence[Any], reals: Mapping[str, dict[str, float]], digits: dict[str, int], dtype: str, as_json: bool, **about: Any
) -> bool:
    from ganloss_core.command import printed_gan as printed
    from ganloss_core.reproduce.gan import pairs, together

    if as_json:
        about |= {"dtype": dtype, "reals": reals, "apart": printed.apart(runs), "runs": [printed.as_dict(run) for run in runs]}
        print_json(about)
    else:
        for name, of_reals in reals.items():
            printed.print_runs(name, [run for run in runs if run.data == name], of_reals, digits)
        printed.print_apart(runs, dtype)
    return all(together(a, b, dtype) for a, b in pairs(runs))
