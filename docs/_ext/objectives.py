"""A page for each recipe, and the table of all of them."""

import re
import shutil
from pathlib import Path

from reading import WHERE, markdown, terms, to_loss, to_term

from ganloss_core import recipes
from ganloss_core.backends import reference
from ganloss_core.facts import PLAYERS
from ganloss_core.recipes.needs import compares, of_terms, together

COLUMNS = 72
"""Of code beside the navigation."""


def _calls(name, table):
    """The lines that compute it."""
    both = compares(reference.GANLoss(table.loss, **table.settings), reference.backend.ops)
    keeps = any(what == "keeps a state" for what, _ in recipes.facts(table))
    yield f'objective = gan.Objective("{name}")'
    if keeps:
        yield "state = objective.init()"
    for player in PLAYERS:
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
    """What a term is, with a link to what explains it."""
    name = recipes.Recipe.of_loss(table.loss).title
    if row.what.startswith(name):
        return to_loss(name) + markdown(row.what.removeprefix(name))
    kind = re.match(r"\w+", row.what)[0]
    return to_term(kind) + markdown(row.what.removeprefix(kind)) if kind in WHERE else markdown(row.what)


def _weight(row):
    """A term's weight, with a link to what changes it."""
    text = markdown(row.weight)
    for term in ("adaptive_weight", "balancer", "normalizer"):
        text = text.replace(markdown(term), to_term(term))
    return text


def page(name):
    """The page of one recipe, as Markdown."""
    table = recipes.recipe(name)
    yield f"# {table.title}\n\n{markdown(table.paper)}"
    yield (
        "What D and G minimise is the sum of these terms, each times its weight. A weight that has a name is a parameter, "
        "which `Objective` takes; what is *given* you compute yourself."
    )
    rows = [
        f"| {r.player} | {markdown(r.term)} | {_weight(r)} | {_what(r, table)} | {markdown(r.when)} |"
        for r in recipes.rows(table)
    ]
    yield "\n".join(["| player | term | weight | what it is | when |", "|---|---|---|---|---|", *rows])
    apart = any(term.every != 1 for player in PLAYERS for term in table.terms(player).values())
    loop = "lazy-terms-and-steps-of-their-own" if apart else "a-whole-loop-in-pytorch"
    yield (
        "In PyTorch. In JAX import `ganloss_jax`; the call stands inside the function that is differentiated. There are whole "
        f"loops [in PyTorch](/recipes.md#{loop}) and [in JAX](/recipes.md#a-whole-loop-in-jax), "
        "and it is said [what a step asks for](/recipes.md#what-a-step-asks-for):"
    )
    yield "```python\n" + "\n".join(["import ganloss_torch as gan", "", *_calls(name, table)]) + "\n```"
    if any(term.kind == "wgan_gp" for term in table.discriminator.values()):
        yield "Does it converge? [WGAN-GP, in theory and elsewhere](/reproduce.md#wgan-gp-here-and-elsewhere)."
    drawing = [row.term for row in recipes.rows(table) if recipes.draws(row, table)]
    if drawing:
        each = list(dict.fromkeys(map(markdown, drawing)))
        yield f"{' and '.join(each)} {'draws' if len(each) == 1 else 'draw'} random numbers: in JAX give `rng=key` too."
    run = "{py:func}`observe <ganloss_torch.observe>`("
    told = [
        f"| {what} | {re.sub(r'^observe.', run, markdown(said))} |"
        for what, said in recipes.facts(table)
        if what not in ("paper", "outside of it")
    ]
    yield "\n".join(["| | |", "|---|---|", *told])
    if table.notes:
        yield "## Not in the objective\n\nThe rest of how it is trained, which is yours to do:"
        yield "\n".join(f"- {markdown(note)}" for note in table.notes)


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
        of_players = " | ".join(terms(table, player) for player in ("D", "G"))
        rows.append(f"| [{table.title}](/recipes/{name}.md) | {of_players} | {markdown(table.paper)} |")
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
