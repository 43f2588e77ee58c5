"""The commands of `ganloss`."""

from __future__ import annotations

import importlib.util
import inspect
import re
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from ganloss_core.command import checking, recipes, reproduce
from ganloss_core.command.console import Progress, extras, fail, measure, out, print_json, print_rows, say
from ganloss_core.command.named import Named, chosen
from ganloss_core.spec import registry

app: typer.Typer = typer.Typer(
    help="Adversarial losses, defined once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Module = Annotated[Path | None, typer.Option(help="A Python file that registers your losses.")]
AsTex = Annotated[bool, typer.Option("--tex", help="Formulas in LaTeX.")]


def _version(wanted: bool) -> None:
    if wanted:
        say(f"ganloss {metadata.version('ganloss')}")
        raise typer.Exit


@app.callback()
def ganloss(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="The version, and no more.")
    ] = False,
) -> None:
    """Adversarial losses, defined once."""
    measure()


@app.command("list")
def list_(
    about: Annotated[
        list[str] | None, typer.Argument(help="Only losses whose name, alias, family or codebase has this.")
    ] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only losses of this family; repeat for several.")] = None,
    as_json: AsJson = False,
) -> None:
    """List all losses, family by family, with their aliases."""
    families: dict[str, list[str]] = {}
    for name in registry.names():
        families.setdefault(registry.family(name), []).append(name)
    unknown = [one for one in family or () if one not in families]
    if unknown:
        raise fail(f"unknown family {unknown[0]!r}: the families are {', '.join(sorted(families))}")
    found = [
        {"family": one, "name": name, "summary": _summary(name), "aliases": list(registry.aliases_of(name))}
        for one in family or sorted(families)
        for name in families[one]
    ]
    if about:
        found = _about(about, found)
    if as_json:
        return print_json(found)
    rows = [[str(loss["name"]), str(loss["family"]), str(loss["summary"]), ", ".join(loss["aliases"])] for loss in found]
    print_rows([("loss", None), ("family", None), ("what it is", 3), ("aliases", 2)], rows)
    return None


def _about(words: list[str], losses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from ganloss_core.dialects import reader

    theirs = [
        {"family": name.partition("/")[0], "name": name, "summary": reader.summary(name), "aliases": []}
        for name in reader.names()
    ]

    def has(loss: dict[str, Any], word: str) -> bool:
        """Whether it begins a name, or a part of one: ragan is no part of contragan."""
        said = [loss["family"], loss["name"], *loss["aliases"]]
        parts = [part for each in said for part in (each, *re.split("[-_/]", each))]
        return any(registry.normalised(part).startswith(registry.normalised(word)) for part in parts)

    found = [loss for loss in (*losses, *theirs) if all(has(loss, word) for word in words)]
    if not found:
        raise fail(f"no loss has {' and '.join(words)} in its name, its aliases, its family or its codebase")
    return found


def _summary(name: str) -> str:
    return (inspect.getdoc(registry.get(name)) or "").split("\n")[0]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A loss, by name or alias, as codebase/loss, or as 'lsgan(real_label=0.9)'.")],
    as_tex: AsTex = False,
    as_json: AsJson = False,
    module: Module = None,
) -> None:
    """Show one loss: formulas, what a log reads, aliases, hyperparameters, paper, and what follows from its definition."""
    from ganloss_core.command.show import rows

    (loss,) = chosen([name], module)
    told = list(rows(loss, as_tex=as_tex))
    text = inspect.getdoc(registry.get(loss.base)) or ""
    if as_json:
        return print_json({"name": loss.name, "about": text, **dict(told)})
    out.print(f"[bold]{loss.name}[/]", highlight=False)
    for paragraph in text.split("\n\n"):
        out.print(" ".join(paragraph.split()), "\n", highlight=False, markup=False)
    print_rows([("", None), ("", 1)], told, headings=False)
    return None


@app.command()
def dialects(
    codebase: Annotated[list[str] | None, typer.Argument(help="A codebase; several are all listed. [all]")] = None,
    as_json: AsJson = False,
) -> None:
    """List other codebases' losses, each in terms of ours; `show` and every GANLoss take their names."""
    from ganloss_core.dialects import reader

    try:
        names = [name for each in codebase for name in reader.names(each)] if codebase else reader.names()
    except KeyError as unknown:
        raise fail(unknown) from None
    entries = {name: reader.definition(name).entry for name in names}
    rows = [[name, reader.ours(entry), reader.differences(entry), entry.note] for name, entry in entries.items()]
    if as_json:
        return print_json([dict(zip(("name", "ours", "differs", "note"), row, strict=True)) for row in rows])
    print_rows([("loss", None), ("ours", None), ("what differs", 2), ("note", 3)], rows)
    return None


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="A loss, by name or alias; as codebase/loss, or as 'lsgan(real_label=0.9)'.")],
    second: Annotated[str, typer.Argument(help="The loss to set beside it.")],
    file: Annotated[Path | None, typer.Option("--out", help="An image of both; .png, .svg or .pdf.")] = None,
    as_tex: AsTex = False,
    as_json: AsJson = False,
    module: Module = None,
) -> None:
    """Say how two losses differ: their formulas, and the second's gradients as multiples of the first's."""
    from ganloss_core.command.show import differences

    losses = chosen([first, second], module)
    with extras():
        if file is not None:
            from ganloss_core.command import plot as pictures

            pictures.check(file)
        rows, verdicts = differences(*losses, as_tex=as_tex)
        if as_json:
            names = [loss.name for loss in losses]
            print_json({"losses": names, "rows": {what: list(of) for what, *of in rows}, "verdicts": verdicts})
        else:
            print_rows([("", None), *((loss.name, 1) for loss in losses)], rows, fold=True)
            say("")
            for verdict in verdicts:
                say(verdict)
        if file is not None:
            _draw(losses, file, 4.0)


def _draw(losses: list[Named], file: Path, largest: float) -> None:
    from ganloss_core.command import plot as pictures

    pictures.save({loss.name: loss.loss for loss in losses}, file, largest)
    say(str(file))


@app.command()
def plot(
    loss: Annotated[list[str] | None, typer.Argument(help="Losses, by name or alias, also as 'lsgan(real_label=0.9)'.")] = None,
    file: Annotated[Path, typer.Option("--out", help="The image; its suffix says of which kind: .png, .svg, .pdf.")] = Path(
        "ganloss.png"
    ),
    largest: Annotated[float, typer.Option(help="Logits from minus this to this.", min=0.1)] = 4.0,
    module: Module = None,
) -> None:
    """Plot losses: D's and G's against the logit, and below them their gradients."""
    if not loss and module is None:
        raise fail("which losses? ganloss plot hinge lsgan")
    losses = chosen(loss, module)
    with extras():
        _draw(losses, file, largest)


app.command()(checking.check)
app.command()(checking.identify)
app.add_typer(recipes.app, name="recipes")
app.add_typer(reproduce.app, name="reproduce")


@app.command()
def twin(
    loss: Annotated[list[str] | None, typer.Option(help="A loss; repeat for several. [logistic, hinge, rpgan]")] = None,
    recipe: Annotated[list[str] | None, typer.Option(help="A recipe, with its penalties and states; repeat.")] = None,
    steps: Annotated[int, typer.Option(help="Training steps of each run.", min=1)] = 300,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    seed: Annotated[int, typer.Option(help="Of weights, batches and noise.", min=0)] = 0,
    file: Annotated[
        Path | None, typer.Option("--out", help="An image to draw: losses, divergence and digits; .png, .svg or .pdf.")
    ] = None,
    as_json: AsJson = False,
    module: Module = None,
) -> None:
    """Train one tiny GAN on handwritten digits in PyTorch and in JAX, with a loss or a recipe, and show how far they part.

    Both start from the same weights and see the same data and noise. "Explained" is what rounding can do: how far PyTorch parts
    from itself when every parameter is nudged by at most one ulp in each step, times a slack. Fails beyond it.
    """
    default = [] if module is not None or recipe else ["logistic", "hinge", "rpgan"]
    losses = chosen(loss or default, module) if loss or default or module is not None else []
    tables = [recipes.found(name) for name in recipe or ()]
    missing = [package for package in ("torch", "jax", "sklearn") if not importlib.util.find_spec(package)]
    if missing:
        raise fail(f"the twin needs {' and '.join(missing)}: pip install 'ganloss[all]'")
    with extras():
        from ganloss_core import twin as twins
        from ganloss_core.command import plot as pictures
        from ganloss_core.command import plot_twin
        from ganloss_core.command.printed import print_twins, twins_as_dicts

        if file is not None:
            pictures.check(file)
        results = []
        trained: list[tuple[str, Any]] = [(each.name, each.loss) for each in losses]
        for name, what in [*trained, *((table.title, table) for table in tables)]:
            with Progress() as progress:
                say_how_far = partial(progress, name)
                results.append(twins.twin(what, steps=steps, dtype=dtype, seed=seed, progress=say_how_far))
        if as_json:
            print_json(twins_as_dicts(results))
        else:
            print_twins(out, results)
        if file is not None:
            plot_twin.save(results, file)
            say(str(file))
    if not all(result.ok for result in results):
        raise typer.Exit(1)
