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


def one_word(runner, *, dtypes):
    """`check.check_words` of one word: test_contract checks all, and each command that checks a loss would again."""
    return check.words.check_words(runner, dtypes=dtypes, words=["relu"])
