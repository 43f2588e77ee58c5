"""The losses that a command was given: names, also with hyperparameters, as lsgan(real_label=0.9), and a user's file."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ganloss_core.command.console import fail, tracebacks
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike, checked, hyperparameters


class Named(NamedTuple):
    """A loss as it was asked for."""

    name: str
    """How it is shown."""
    loss: LossLike
    base: str
    """Its name in the registry."""


def chosen(texts: Sequence[str] | None, module: Path | None = None) -> list[Named]:
    """The losses of these names; without names those that the file registers, without a file all."""
    mine = loaded(module) if module is not None else list(registry.names())
    return [_named(text) for text in texts or mine]


def loaded(module: Path) -> list[str]:
    """Run a user's file; the names of the losses that it registered."""
    # NumPy, which the rest of the check needs, takes longer to import than most commands.
    from ganloss_core.check import files

    before = set(registry.names())
    if not module.is_file() or module.suffix != ".py":
        raise fail(f"--module {module}: no such Python file")
    with tracebacks():
        files.run(module, f"_losses_in_{module.stem}")
    mine = sorted(set(registry.names()) - before)
    if not mine:
        raise fail(f"{module} registers no loss: put @ganloss_core.register before your function")
    return mine


def _named(text: str) -> Named:
    name, bracket, rest = text.partition("(")
    try:
        base = registry.canonical(name.strip())
    except KeyError as unknown:
        raise fail(unknown) from None
    if not bracket:
        return Named(base, base, base)
    try:
        call: Any = ast.parse(f"f({rest}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError
        values = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    except (SyntaxError, ValueError):
        raise fail(f"{text!r}: write hyperparameters as lsgan(real_label=0.9, fake_label=0)") from None
    try:
        checked(registry.get(base), base, values)
    except (TypeError, ValueError) as problem:
        raise fail(problem) from None
    shown = f"{base}({', '.join(f'{key}={value!r}' for key, value in values.items())})"
    return Named(shown, _at(base, values, shown), base)


def _at(base: str, values: dict[str, Any], shown: str) -> Any:
    """The definition with these as its defaults."""
    definition = registry.get(base)
    parameters = [p.replace(default=values.get(key, p.default)) for key, p in hyperparameters(definition).items()]

    def made(ops: Any, **given: Any) -> Any:
        return definition(ops, **values | given)

    ops = inspect.Parameter("ops", inspect.Parameter.POSITIONAL_ONLY)
    made.__name__, made.__doc__, made.__module__ = shown, definition.__doc__, definition.__module__
    vars(made).update(__signature__=inspect.Signature([ops, *parameters]))
    if hasattr(definition, "heads"):
        vars(made).update(heads=definition.heads)
    return made
