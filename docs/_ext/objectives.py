"""A page for each recipe, and the table of all of them."""

import shutil
from pathlib import Path

from reading import markdown

from ganloss_core import recipes
from ganloss_core.backends import reference
from ganloss_core.recipes.needs import compares, of_terms, together
from ganloss_core.spec import registry

COLUMNS = 72
"""Of code beside the navigation."""


def _calls(name, table):
    """The lines that compute it."""
    both = compares(reference.GANLoss(table.loss, **table.settings), reference.backend.ops)
    keeps = any(what == "keeps a state" for what, _ in recipes.facts(table))
    yield f'objective = gan.Objective("{name}")'
    if keeps:
        yield "state = objective.init()"
    for player in ("discriminator", "generator"):
        needed = [f"{argument}=..." for argument in together(of_terms(table, player, both).values())]
        kept = ["state=state"] if keeps else []
        stepped = ["step=step"] if any(t.every != 1 or t.start != 0 for t in table.terms(player).values()) else []
        arguments = ["critics" if table.critics else "critic", *needed, *stepped, *kept]
        line = f"losses = objective.{player}({', '.join(arguments)})"
        yield (
            line
            if len(line) <= COLUMNS
            else "\n    ".join([f"losses = objective.{player}(", *(f"{a}," for a in arguments)]) + "\n)"
        )


def _what(row, table):
    name = recipes.Recipe.of_loss(table.loss).title
    if row.what.startswith(name) and registry.canonical(name) in registry.names():
        return f"[{name}](/losses/{registry.canonical(name)}.md){markdown(row.what.removeprefix(name))}"
    codebase, _, of_codebase = name.partition("/")
    if of_codebase and row.what.startswith(name):
        return f"[{name}](/migration/{codebase}.md){markdown(row.what.removeprefix(name))}"
    return markdown(row.what)


def page(name):
    """The page of one recipe, as Markdown."""
    table = recipes.recipe(name)
    yield f"# {table.title}\n\n{markdown(table.paper)}"
    rows = [f"| {r.player} | {r.term} | {markdown(r.weight)} | {_what(r, table)} | {r.when} |" for r in recipes.rows(table)]
    yield "\n".join(["| | term | weight | what it is | when |", "|---|---|---|---|---|", *rows])
    yield "In PyTorch; in JAX `ganloss_jax`. [What a step asks for](/recipes.md), and whole loops, are on another page."
    yield "```text\n" + "\n".join(["import ganloss_torch as gan", "", *_calls(name, table)]) + "\n```"
    drawing = [row.term for row in recipes.rows(table) if recipes.draws(row, table)]
    if drawing:
        yield f"{' and '.join(dict.fromkeys(drawing))} draw: in JAX give `rng=key` too."
    told = [f"| {what} | {markdown(said)} |" for what, said in recipes.facts(table) if what not in ("paper", "outside of it")]
    yield "\n".join(["| | |", "|---|---|", *told])
    if table.notes:
        yield "Outside of the objective:\n\n" + "\n".join(f"- {markdown(note)}" for note in table.notes)


def write(app):
    """Write all pages before Sphinx reads the book."""
    folder, made = Path(app.srcdir) / "recipes", Path(app.srcdir) / "made"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    made.mkdir(exist_ok=True)
    head = "---\norphan: true\n---\n\n" if app.config.draft else ""
    rows = ["| recipe | D minimises | G minimises | paper |", "|---|---|---|---|"]
    for name in recipes.names():
        (folder / f"{name}.md").write_text(head + "\n\n".join(page(name)) + "\n")
        table = recipes.recipe(name)
        terms = [", ".join(row.term for row in recipes.rows(table) if row.player == player) for player in ("D", "G")]
        rows.append(f"| [{table.title}](/recipes/{name}.md) | {' | '.join(terms)} | {markdown(table.paper)} |")
    pages = (
        ""
        if app.config.draft
        else "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(f"/recipes/{n}" for n in recipes.names()) + "\n```"
    )
    (made / "recipes.md").write_text("\n".join(rows) + pages + "\n")


def setup(app):
    # After the losses' pages, which are made anew with the folder.
    app.connect("builder-inited", write, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
