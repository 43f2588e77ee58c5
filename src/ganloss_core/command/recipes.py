"""`ganloss recipes`: the objectives of papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ganloss_core.command.console import extras, fail, out, print_json, print_rows, say
from ganloss_core.recipes import Recipe, facts, names, recipe, rows
from ganloss_core.recipes.needs import compares, of_terms, together

app: typer.Typer = typer.Typer(help="The objectives of papers, for D and G.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="A recipe, by name.")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List all recipes: what D and what G minimises."""
    if context.invoked_subcommand is not None:
        return
    tables = {name: recipe(name) for name in names()}
    if as_json:
        print_json([_as_dict(name, table) for name, table in tables.items()])
        return
    listed = [[name, _terms(table, "D"), _terms(table, "G"), table.paper] for name, table in tables.items()]
    print_rows([("recipe", None), ("D minimises", 2), ("G minimises", 2), ("paper", 2)], listed)


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show one recipe: each term with its weight, parameters, what it needs, and what is outside of it."""
    table = found(name)
    if as_json:
        print_json(_as_dict(name, table))
        return
    out.print(f"[bold]{table.title}[/]", highlight=False)
    headings = [("", None), ("term", None), ("weight", 2), ("what", 3), ("when", 2)]
    print_rows(headings, rows(table))
    say("")
    print_rows([("", None), ("", 1)], _facts(table), headings=False)


@app.command()
def diff(first: Name, second: Name, as_json: AsJson = False) -> None:
    """Say how two recipes differ, term by term."""
    tables = [found(first), found(second)]
    each = [{(row.player, row.term): row for row in rows(table)} for table in tables]
    rows_of_both: list[list[str]] = []
    for key in dict.fromkeys([*each[0], *each[1]]):
        of_both = ["; ".join(part for part in of[key][2:] if part) if key in of else "" for of in each]
        if of_both[0] != of_both[1]:
            rows_of_both.append([" ".join(key), *of_both])
    others = [dict(_facts(table)) for table in tables]
    for what in dict.fromkeys([*others[0], *others[1]]):
        of_both = [of.get(what, "") for of in others]
        if of_both[0] != of_both[1]:
            rows_of_both.append([what, *of_both])
    if as_json:
        print_json({"recipes": [first, second], "rows": {what: of for what, *of in rows_of_both}})
    elif rows_of_both:
        print_rows([("", None), *((table.title, 1) for table in tables)], rows_of_both, fold=True)
    else:
        say("They are the same.")


def found(name: str) -> Recipe:
    """The recipe of a name, or the error of the command."""
    try:
        return recipe(name)
    except KeyError as unknown:
        raise fail(unknown.args[0]) from None


def _facts(table: Recipe) -> Iterator[tuple[str, str]]:
    """What a recipe says besides its terms, and what its steps ask for."""
    with extras():
        from ganloss_core.backends import reference
    both = compares(reference.GANLoss(table.loss, **table.settings), reference.backend.ops)
    for player in ("discriminator", "generator"):
        yield f"{player}(critic, ...)", ", ".join(together(of_terms(table, player, both).values()))
    yield from facts(table)


def _terms(table: Recipe, player: str) -> str:
    return " + ".join(row.what if row.term == "adversarial" else row.term for row in rows(table) if row.player == player)


def _as_dict(name: str, table: Recipe) -> dict[str, Any]:
    return {"name": name, **asdict(table)}
