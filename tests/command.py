"""The command, as a user types it, in this process."""

from functools import cache

import typer.testing

from ganloss_core import check
from ganloss_core.command.app import app

# Typer makes the whole command anew for each call, from the annotations of all of its functions.
typer.testing._get_command = cache(typer.testing._get_command)


def run(*arguments, columns="120"):
    """The command, in a terminal of so many columns, or piped."""
    return typer.testing.CliRunner().invoke(app, list(arguments), env={"COLUMNS": columns})


_found = {}


def words_once(runner, *, dtypes):
    """`check.check_words`, of which each command that checks a loss computes the same."""
    for dtype in dtypes:
        if (runner.name, dtype) not in _found:
            _found[runner.name, dtype] = check.words.check_words(runner, dtypes=[dtype]).rows
    return check.Report(sum((_found[runner.name, dtype] for dtype in dtypes), ()), ())
