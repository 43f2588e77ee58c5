"""Pages that the registry writes: one for each loss, with what its lines of code print, and the measured table of words."""

import contextlib
import importlib
import platform
import shutil
from pathlib import Path

import choice
import communities
import drawn
import gallery
import jax
import numpy as np
import same_losses
import torch
from loss_pages import page
from reading import legend, markdown

from ganloss_core import WORDS, check, dialects, facts, names
from ganloss_core.backends import tex
from ganloss_core.dialects import reader
from ganloss_core.spec import registry
from ganloss_core.words.rows import ROWS

FRAMEWORKS = {"torch": "PyTorch", "jax": "JAX", "numpy": "NumPy"}


def words(draft):
    """The contract of each word, what was measured on each backend, and the words of rows, as three Markdown tables."""
    backends, measured = (["numpy"], ["softplus"]) if draft else (None, list(WORDS))
    yield "| word | value | derivative | at -inf, inf | kinks |\n|---|---|---|---|---|"
    for name, word in WORDS.items():
        value, slope = (str(x).replace("|", r"\vert ") for x in (getattr(tex.ops, name)(X), word.derivative(tex.ops, X)))
        kinks = ", ".join(f"{k:g}" for k in word.kinks) or "none"
        limits = ", ".join(f"{x:g}" for x in word.limits)
        yield f"| `{name}` | {markdown(word.formula)} | ${slope}$ | {limits} | {kinks} |" if value else ""
    runners = check.runners(backends)
    columns = [(runner, dtype) for runner in runners for dtype in ("float64", "float32") if dtype in runner.dtypes]
    reports = [check.check_words(runner, words=measured) for runner in runners]
    rows = {(r.name, r.player, r.backend, r.dtype): r for report in reports for r in report.rows}
    yield "\n" + "| word | " + " | ".join(f"{FRAMEWORKS[r.name]} {dtype}" for r, dtype in columns) + " |"
    yield "|---|" + "---|" * len(columns)
    for name in measured:
        cells = []
        for runner, dtype in columns:
            row = rows[name, "word", runner.name, dtype]
            cells.append(f"{row.value_ulps:.2f}, {row.gradient_ulps:.2f} of {row.budget:g}")
        yield f"| `{name}` | " + " | ".join(cells) + " |"
    versions = f"torch {torch.__version__}, jax {jax.__version__} and numpy {np.__version__} on {platform.machine()}"
    yield f"\nMeasured when this page was made, with {versions}."
    yield "\n| word of rows | value |\n|---|---|"
    for name, row in ROWS.items():
        yield f"| `{name}` | {markdown(row.formula)} |"


SAMPLES, LENGTH = 32, 512
"""On each device and side, and elements of a vector, where it is counted how what is sent grows."""


def devices():
    """Which losses are the same on several devices, what they send, and how that grows, as Markdown tables."""
    kinds = {}
    for name in names():
        kinds.setdefault(tuple(facts.devices(name, player) for player in facts.PLAYERS), []).append(name)
    yield "| losses | without `group=` | D sends | G sends |\n|---|---|---|---|"
    for players, members in sorted(kinds.items(), key=lambda kind: [(not of.sums, not of.same) for of in kind[0]]):
        sent = [
            f"{facts.SUMS * len(of.sends)} numbers" if of.sums else " and ".join(f"{s}s" for s in of.sends) for of in players
        ]
        same = ["the same" if of.same else "another loss" for of in players]
        alone = same[0] if same[0] == same[1] else f"D {same[0]}, G {same[1]}"
        links = ", ".join(f"[{name}](/losses/{name}.md)" for name in members)
        yield f"| {links} | {alone} | {' | '.join(sent)} |"
    yield "\n<!-- how it grows -->\n"
    yield f"| devices | 6 numbers | logits of both sides | vectors of {LENGTH} of both sides |\n|---|---|---|---|"
    for n in (2, 8, 64, 1024):
        arrays = [4 * 2 * facts.SUMS, *(4 * 2 * SAMPLES * n * length for length in (1, LENGTH))]
        yield f"| {n:,} | " + " | ".join(_bytes(2 * (n - 1) * size / n) for size in arrays) + " |"


def _bytes(n):
    for unit in ("bytes", "KiB", "MiB"):
        if n < 1024 or unit == "MiB":
            return f"{n:.3g} {unit}"
        n /= 1024


def _sets(parameter):
    """What an argument of a codebase is of ours."""
    sign, slope = ("-" if parameter.slope < 0.0 else "+"), abs(parameter.slope)
    scaled = f" = {parameter.offset:g} {sign} {'' if slope == 1.0 else f'{slope:g} '}it" if parameter.offset else ""
    factors = {"discriminator": "D's factor", "generator": "G's factor"}
    return markdown(" and ".join(factors.get(target, target) for target in parameter.of) + scaled)


def table_of(codebase):
    """The losses of a codebase, as a Markdown table, without the columns that would be empty."""
    rows = [("name", "our loss", "what differs from ours", "arguments", "note")]
    for name in dialects.names(codebase):
        entry = reader.definition(name).entry
        ours = reader.ours(entry)
        ours = f"[{ours}](../losses/{registry.canonical(ours)}.md)" if isinstance(entry.loss, str) else ours
        names_ = ", ".join(f"`{codebase}/{spelling}`" for spelling in (name.split("/")[1], *entry.aliases))
        given = "; ".join(f"`{key}={p.default:g}`: {_sets(p)}" for key, p in entry.parameters.items())
        rows.append((names_, ours, markdown(reader.differences(entry)), given, markdown(entry.note)))
    for i, row in enumerate(zip(*(column for column in zip(*rows, strict=True) if any(column[1:])), strict=True)):
        yield f"| {' | '.join(row)} |" + f"\n{'|---' * len(row)}|" * (i == 0)


def migration(codebase):
    """The page for somebody who comes from a codebase."""
    table = dialects.codebase(codebase)
    imports = "import " in table.after
    imported = "" if imports else "from ganloss_torch import GANLoss  # or: from ganloss_jax import GANLoss\n\n"
    yield (
        f"# {codebase}\n\nFor users of [{table.repository}](https://github.com/{table.repository}) who move to ganloss. Its "
        f"losses are in {markdown(table.file)}."
    )
    yield f"## Before and after\n\nBefore:\n\n```text\n{table.before}\n```\n\nAfter:\n\n```text\n{imported}{table.after}\n```"
    yield f"**What to know.** {markdown(table.same)}\n\n**What gets better.** {markdown(table.better)}"
    if table.drop_in:
        module = importlib.import_module(table.drop_in)
        yield (
            f"`{table.drop_in}` has " + ", ".join(f"`{name}`" for name in module.__all__) + ": see the "
            f"[reference](../api_compat.md#{table.drop_in.replace('.', '')})."
        )
    yield (
        f"## Its losses by name\n\n`GANLoss` takes these names in both frameworks, as do the NumPy reference and the command. "
        f"Where a discriminator has several heads, the loss is the {table.heads} over them."
    )
    yield "\n".join(table_of(codebase))
    yield from same_losses.section(codebase)
    if codebase in communities.PAGES:
        yield communities.PAGES[codebase]
    if objectives := list(choice.objectives_of(codebase)):
        yield f"Objectives that train with it, with their penalties and weights: {', '.join(objectives)}."
    formulas, signs = [], []
    for name in dialects.names(codebase):
        with contextlib.suppress(ValueError):
            d, g = tex.formulas(name)
            signs += (d, g)
            formulas.append(f"`{name}`: D minimises\n\n$$\n{d}\n$$\n\nand G\n\n$$\n{g}\n$$")
    if formulas:
        yield (f"## Formulas\n\nWith the default arguments. {legend(*signs)}")
        yield from formulas


X = tex.Tex("x")


def write(app):
    """Write all pages before Sphinx reads the book."""
    if app.config.draft:
        app.builder.search = False
    losses, made, moved = (Path(app.srcdir) / name for name in ("losses", "made", "migration"))
    for folder in (losses, made, moved):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    (made / "words.md").write_text("\n".join(words(app.config.draft)) + "\n")
    (made / "devices.md").write_text("\n".join(devices()) + "\n")
    (made / "front.svg").write_text(drawn.front(7 if app.config.draft else 97))
    choice.write(made)
    communities.write(made)
    # A page in no table of contents is not in the navigation of every other.
    head = "---\norphan: true\n---\n\n" if app.config.draft else ""
    for codebase in dialects.codebases():
        (moved / f"{codebase}.md").write_text(head + "\n\n".join(migration(codebase)) + "\n")

    def contents(pages):
        return "\n" if app.config.draft else "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n"

    rows = [
        f"| [{each}]({each}.md) | {(t := dialects.codebase(each)).repository} | {f'`{t.drop_in}`' if t.drop_in else ''} |"
        for each in dialects.codebases()
    ]
    (moved / "index.md").write_text(
        "# Coming from\n\nOne page for each codebase: the lines before and after, what to know, what gets better, and the "
        "names that its losses have here.\n\n| codebase | repository | classes and functions to import instead "
        "|\n|---|---|---|\n" + "\n".join(rows) + contents(dialects.codebases())
    )
    shown = set()
    for name in names():
        short = {}
        if app.config.draft:
            frameworks = ("PyTorch", *["JAX"] * ((axes := facts.rules_of(name).sample.axes) not in shown))
            shown.add(axes)
            short = {"drawn": next(losses.glob("*.svg"), None), "frameworks": frameworks}
        (losses / f"{name}.md").write_text(head + "\n\n".join(page(name, losses, **short)) + "\n")
    members = [name for _, family in gallery.families() for name in family]
    index = "\n\n".join(gallery.index(7 if app.config.draft else 49))
    (losses / "index.md").write_text(index + contents(members))


def setup(app):
    # A draft measures one word on one backend, computes the curves of all losses and draws those of one, runs the lines of all
    # in PyTorch and of three in JAX, whose samples have 0, 1 and 2 axes, leaves their pages out of the navigation, and makes no
    # index to search: these are what takes long.
    app.add_config_value("draft", False, "env")
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
