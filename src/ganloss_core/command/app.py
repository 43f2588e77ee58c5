"""The commands of `ganloss`."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ganloss_core.command.printed import print_report, print_twins
from ganloss_core.spec import registry

app: typer.Typer = typer.Typer(
    help="Adversarial losses, defined once.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
# Two rows whose names are cut look the same.
out: Console = Console(width=max(112, Console().width))
err: Console = Console(stderr=True)


def _fail(message: object) -> typer.Exit:
    err.print(f"[red]error:[/] {escape(str(message))}", highlight=False, soft_wrap=True)
    return typer.Exit(2)


def _names(chosen: list[str] | None) -> list[str]:
    try:
        return [registry.canonical(name) for name in chosen] if chosen else list(registry.names())
    except KeyError as unknown:
        raise _fail(unknown) from None


@contextmanager
def _tracebacks() -> Iterator[None]:
    """Where a user's own code fails: its traceback, and the exit status of a run that could not be made."""
    try:
        yield
    except Exception:
        err.print_exception()
        raise typer.Exit(2) from None


class _Progress:
    """A progress bar that is called with what is going on, how much is done, and how much there is."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=err, transient=True)
        self._task = self._bar.add_task("", total=None)

    def __call__(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=total)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _load(module: Path) -> list[str]:
    """Run a user's file; the names of the losses that it registered."""
    before = set(registry.names())
    spec = importlib.util.spec_from_file_location(f"_losses_in_{module.stem}", module)
    if not module.is_file() or spec is None or spec.loader is None:
        raise _fail(f"--module {module}: no such Python file")
    loaded = importlib.util.module_from_spec(spec)
    # As in `python file.py`, a dataclass finds its module, and what lies beside the file is imported. Once it has run, what is
    # named like a package, such as the file itself, comes after that package.
    sys.modules[spec.name] = loaded
    folder = str(module.resolve().parent)
    sys.path.insert(0, folder)
    try:
        with _tracebacks():
            spec.loader.exec_module(loaded)
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)
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
        raise _fail(f"unknown family {unknown[0]!r}: the families are {', '.join(sorted(families))}")
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
        raise _fail(unknown) from None
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
        raise _fail(f"{missing.name} is not installed: it comes with ganloss's extra 'cli'") from None
    except (ValueError, OSError) as problem:
        raise _fail(problem) from None


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
        raise _fail(f"{missing.name} is not installed: it comes with ganloss's extra 'cli'") from None
    try:
        pictures.save(names, file, largest)
    except (ValueError, OSError) as problem:
        raise _fail(problem) from None
    out.print(f"{file}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def check(
    loss: Annotated[list[str] | None, typer.Option(help="A loss; repeat for several. [all]")] = None,
    backend: Annotated[list[str] | None, typer.Option(help="torch, jax or numpy; repeat for several. [installed]")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="float64, float32, bfloat16 or float16. [all]")] = None,
    device: Annotated[str, typer.Option(help="cpu, gpu (or cuda), tpu.")] = "cpu",
    module: Annotated[Path | None, typer.Option(help="A Python file that registers your losses: check these.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Compare every loss and penalty on every backend with the exact result, and fail if one is out of bounds.

    The table has one row per loss and player; a cell is the worst error of value and gradient, in ulp beyond the conditioning
    of the loss in its logits, over generic logits, several magnitudes and kinks.
    """
    from ganloss_core import check as checks
    from ganloss_core.check.processes import in_processes
    from ganloss_core.words.ulps import known_dtypes

    mine = _load(module) if module is not None else []
    if module is not None and not mine and not loss:
        raise _fail(f"{module} registers no loss: put @ganloss_core.register before your function")
    chosen = mine if mine and not loss else _names(loss)
    try:
        dtypes = known_dtypes(dtype)
        runners = checks.runners(backend, device=device)
        absent = [] if backend else [name for name in checks.BACKENDS if name not in {r.name for r in runners}]
    except ModuleNotFoundError as missing:
        raise _fail(f"{missing.name} is not installed: it comes with ganloss's extra '{missing.name}'") from None
    except (ValueError, ImportError, RuntimeError, AssertionError) as problem:
        raise _fail(problem) from None
    if device != "cpu" and all(runner.device == "cpu" for runner in runners):
        raise _fail(f"nothing to check on {device!r}: {', '.join(r.name for r in runners)} compute on the CPU")
    if not any(set(dtypes) & set(runner.dtypes) for runner in runners):
        raise _fail(f"nothing to check: no backend here ({', '.join(r.name for r in runners)}) computes in {', '.join(dtypes)}")
    with _tracebacks(), _Progress() as progress, in_processes(runners, 0 if loss or mine else None) as working:
        progress("words and penalties", 0, len(chosen))
        others = [checks.check_words(runner, dtypes=dtypes) for runner in working]
        if not (loss or mine):
            others += [checks.check_penalties(runner, dtypes=dtypes) for runner in working]
        report = checks.check(chosen, working, dtypes=dtypes, progress=progress)
    report = checks.Report(sum((other.rows for other in others), ()) + report.rows, report.agreements)
    if as_json:
        out.print_json(json.dumps(report.as_dict()))
    else:
        print_report(out, report, ", ".join(f"{runner.name} on {runner.device}" for runner in runners))
        if absent:
            out.print(f"Not installed, so not checked: {', '.join(absent)}.", highlight=False, markup=False)
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
        raise _fail(f"the twin needs {' and '.join(missing)}: ganloss's extra 'all' has everything")
    from ganloss_core import twin as twins
    from ganloss_core.command import plot as pictures
    from ganloss_core.command import plot_twin

    results = []
    try:
        if file is not None:
            pictures.check(file)
        for name in names:
            with _Progress() as progress:
                say = partial(progress, name)
                results.append(twins.twin(name, steps=steps, dtype=dtype, seed=seed, progress=say))
        print_twins(out, results)
        if file is not None:
            plot_twin.save(results, file)
            out.print(f"{file}", highlight=False, markup=False, soft_wrap=True)
    except (ValueError, OSError) as problem:
        raise _fail(problem) from None
    if not all(result.ok for result in results):
        raise typer.Exit(1)
