"""The commands of `ganloss`."""

from __future__ import annotations

import importlib.util
import inspect
import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ganloss_core.check import files
from ganloss_core.command.console import Progress, fail, out, tracebacks
from ganloss_core.command.printed import print_report, print_twins
from ganloss_core.spec import registry

app: typer.Typer = typer.Typer(
    help="Adversarial losses, defined once.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _names(chosen: list[str] | None) -> list[str]:
    try:
        return [registry.canonical(name) for name in chosen] if chosen else list(registry.names())
    except KeyError as unknown:
        raise fail(unknown) from None


def _load(module: Path) -> list[str]:
    """Run a user's file; the names of the losses that it registered."""
    before = set(registry.names())
    if not module.is_file() or module.suffix != ".py":
        raise fail(f"--module {module}: no such Python file")
    with tracebacks():
        files.run(module, f"_losses_in_{module.stem}")
    return sorted(set(registry.names()) - before)


@app.command("list")
def list_(
    family: Annotated[list[str] | None, typer.Option(help="Only losses of this family; repeat for several.")] = None,
) -> None:
    """List all losses, family by family, with their aliases."""
    families: dict[str, list[str]] = {}
    for name in registry.names():
        families.setdefault(registry.family(name), []).append(name)
    unknown = [one for one in family or () if one not in families]
    if unknown:
        raise fail(f"unknown family {unknown[0]!r}: the families are {', '.join(sorted(families))}")
    table = Table(box=None, pad_edge=False)
    table.add_column("family", no_wrap=True)
    table.add_column("loss", no_wrap=True)
    table.add_column("what it is", ratio=3)
    table.add_column("aliases", ratio=2)
    for one in family or sorted(families):
        for i, name in enumerate(families[one]):
            table.add_row("" if i else one, name, _summary(name), ", ".join(registry.aliases_of(name)))
    out.print(table)


def _summary(name: str) -> str:
    return (inspect.getdoc(registry.get(name)) or "").split("\n")[0]


@app.command()
def show(name: Annotated[str, typer.Argument(help="A loss, by name or alias, or as codebase/loss.")]) -> None:
    """Show one loss: its formulas, aliases, hyperparameters and paper, and what follows from its definition."""
    from ganloss_core.command.show import rows

    (name,) = _names([name])
    out.print(f"[bold]{name}[/]", highlight=False)
    for paragraph in (inspect.getdoc(registry.get(name)) or "").split("\n\n"):
        out.print(" ".join(paragraph.split()), "\n", highlight=False, markup=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    for row in rows(name):
        table.add_row(*row)
    out.print(table, highlight=False, markup=False)


@app.command()
def dialects(
    codebase: Annotated[list[str] | None, typer.Argument(help="A codebase; several are all listed. [all]")] = None,
) -> None:
    """List other codebases' losses, each in terms of ours; `show` and every GANLoss take their names."""
    from ganloss_core.dialects import reader

    table = Table(box=None, pad_edge=False)
    for column, ratio in (("loss", None), ("ours", None), ("what differs", 2), ("note", 3)):
        table.add_column(column, ratio=ratio, no_wrap=ratio is None)
    try:
        chosen = [name for each in codebase for name in reader.names(each)] if codebase else reader.names()
    except KeyError as unknown:
        raise fail(unknown) from None
    for name in chosen:
        entry = reader.definition(name).entry
        table.add_row(name, reader.ours(entry), reader.differences(entry), entry.note)
    out.print(table)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="A loss, by name or alias; another codebase's by codebase/loss.")],
    second: Annotated[str, typer.Argument(help="The loss to set beside it.")],
    file: Annotated[Path | None, typer.Option("--out", help="An image of both; .png, .svg or .pdf.")] = None,
) -> None:
    """Say how two losses differ: their formulas, and the second's gradients as multiples of the first's."""
    from ganloss_core.command.show import differences

    names = _names([first, second])
    table = Table(box=None, pad_edge=False)
    for column in ("", *names):
        table.add_column(column, overflow="fold")
    try:
        if file is not None:
            from ganloss_core.command import plot as pictures

            pictures.check(file)
        rows, verdicts = differences(*names)
        for row in rows:
            table.add_row(*row)
        out.print(table, highlight=False, markup=False)
        out.print()
        for verdict in verdicts:
            out.print(verdict, highlight=False, markup=False, soft_wrap=True)
        if file is not None:
            pictures.save(names, file, 4.0)
            out.print(f"{file}", highlight=False, markup=False, soft_wrap=True)
    except ModuleNotFoundError as missing:
        raise fail(f"{missing.name} is not installed: it comes with ganloss's extra 'cli'") from None
    except (ValueError, OSError) as problem:
        raise fail(problem) from None


@app.command()
def plot(
    loss: Annotated[list[str], typer.Argument(help="Losses, by name or alias.")],
    file: Annotated[Path, typer.Option("--out", help="The image; its suffix says of which kind: .png, .svg, .pdf.")] = Path(
        "ganloss.png"
    ),
    largest: Annotated[float, typer.Option(help="Logits from minus this to this.", min=0.1)] = 4.0,
) -> None:
    """Plot losses: D's and G's against the logit, and below them their gradients."""
    names = _names(loss)
    try:
        from ganloss_core.command import plot as pictures
    except ModuleNotFoundError as missing:
        raise fail(f"{missing.name} is not installed: it comes with ganloss's extra 'cli'") from None
    try:
        pictures.save(names, file, largest)
    except (ValueError, OSError) as problem:
        raise fail(problem) from None
    out.print(f"{file}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def check(
    loss: Annotated[list[str] | None, typer.Option(help="A loss; repeat for several. [all]")] = None,
    backend: Annotated[list[str] | None, typer.Option(help="torch, jax or numpy; repeat for several. [installed]")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="float64, float32, bfloat16 or float16. [all]")] = None,
    device: Annotated[str, typer.Option(help="cpu, gpu (or cuda), tpu.")] = "cpu",
    devices: Annotated[int, typer.Option(help="Cut every batch over so many on the CPU: processes, JAX's devices.", min=1)] = 1,
    module: Annotated[Path | None, typer.Option(help="A Python file that registers your losses: check these.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Compare every loss and penalty on every backend with the exact result, and fail if one is out of bounds.

    The table has one row per loss and player; a cell is the worst error of value and gradient, in ulp beyond the conditioning
    of the loss in its logits, over generic logits, several magnitudes and kinks. On several devices a batch is cut unevenly.
    """
    from ganloss_core import check as checks
    from ganloss_core.check.processes import in_processes
    from ganloss_core.words.ulps import known_dtypes

    mine = _load(module) if module is not None else []
    if module is not None and not mine and not loss:
        raise fail(f"{module} registers no loss: put @ganloss_core.register before your function")
    chosen = mine if mine and not loss else _names(loss)
    try:
        dtypes = known_dtypes(dtype)
        runners = checks.runners(backend, device=device, devices=devices)
    except ModuleNotFoundError as missing:
        raise fail(f"{missing.name} is not installed: it comes with ganloss's extra '{missing.name}'") from None
    except (ValueError, ImportError, RuntimeError, AssertionError) as problem:
        raise fail(problem) from None
    names = {runner.name.split(" x ")[0] for runner in runners}
    wanted = backend or [name for name in checks.BACKENDS if devices == 1 or name not in checks.ON_ONE_DEVICE]
    absent = [name for name in wanted if name not in names]
    if not runners:
        raise fail(f"nothing to check on {devices} devices: {', '.join(absent)} has one")
    if device != "cpu" and all(runner.device == "cpu" for runner in runners):
        raise fail(f"nothing to check on {device!r}: {', '.join(r.name for r in runners)} compute on the CPU")
    if not any(set(dtypes) & set(runner.dtypes) for runner in runners):
        raise fail(f"nothing to check: no backend here ({', '.join(r.name for r in runners)}) computes in {', '.join(dtypes)}")
    with tracebacks(), Progress() as progress, in_processes(runners, 0 if loss or mine else None) as working:
        progress("words and penalties", 0, len(chosen))
        # A word sees one device.
        others = [checks.check_words(runner, dtypes=dtypes) for runner in working if devices == 1]
        if not (loss or mine):
            others += [checks.check_penalties(runner, dtypes=dtypes) for runner in working]
        report = checks.check(chosen, working, dtypes=dtypes, progress=progress)
    report = checks.Report(sum((other.rows for other in others), ()) + report.rows, report.agreements)
    if as_json:
        out.print_json(json.dumps(report.as_dict()))
    else:
        print_report(out, report, ", ".join(f"{runner.name} on {runner.device}" for runner in runners))
        if absent:
            why = "On one device alone" if backend else "Not installed"
            out.print(f"{why}, so not checked: {', '.join(absent)}.", highlight=False, markup=False)
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def twin(
    loss: Annotated[list[str] | None, typer.Option(help="A loss; repeat for several. [logistic, hinge, rpgan]")] = None,
    steps: Annotated[int, typer.Option(help="Training steps of each run.", min=1)] = 300,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    seed: Annotated[int, typer.Option(help="Of weights, batches and noise.", min=0)] = 0,
    file: Annotated[
        Path | None, typer.Option("--out", help="An image to draw: losses, divergence and digits; .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Train one tiny GAN on handwritten digits in PyTorch and in JAX, and show how far the two runs part.

    Both start from the same weights and see the same data and noise. "Explained" is what rounding can do: how far PyTorch parts
    from itself when every parameter is nudged by at most one ulp in each step, times a slack. Fails beyond it.
    """
    names = _names(loss or ["logistic", "hinge", "rpgan"])
    missing = [package for package in ("torch", "jax", "sklearn") if not importlib.util.find_spec(package)]
    if missing:
        raise fail(f"the twin needs {' and '.join(missing)}: ganloss's extra 'all' has everything")
    from ganloss_core import twin as twins
    from ganloss_core.command import plot as pictures
    from ganloss_core.command import plot_twin

    results = []
    try:
        if file is not None:
            pictures.check(file)
        for name in names:
            with Progress() as progress:
                say = partial(progress, name)
                results.append(twins.twin(name, steps=steps, dtype=dtype, seed=seed, progress=say))
        print_twins(out, results)
        if file is not None:
            plot_twin.save(results, file)
            out.print(f"{file}", highlight=False, markup=False, soft_wrap=True)
    except (ValueError, OSError) as problem:
        raise fail(problem) from None
    if not all(result.ok for result in results):
        raise typer.Exit(1)
