"""A user's own functions, by name: what `ganloss identify` and `ganloss check my_module:my_d --is hinge` do."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

from ganloss_core.check import files
from ganloss_core.testing import Comparison

TESTING = {"torch": "ganloss_torch.testing", "jax": "ganloss_jax.testing", "numpy": "ganloss_core.testing"}
ROLES = ("discriminator", "generator", "one_sided", "penalty")


def found(name: str) -> Any:
    """The object `my_module:my_d`, of a module that can be imported from here, or `path/to/file.py:my_d`.

    Raises ValueError, which says what would be right.
    """
    where, _, attribute = name.rpartition(":")
    if not where:
        raise ValueError(f"{name!r}: give a function as my_module:my_function, or as path/to/file.py:my_function")
    value: Any = _module(where)
    for part in attribute.split("."):
        if not hasattr(value, part):
            names = sorted(key for key in vars(value) if not key.startswith("_") and callable(getattr(value, key)))
            raise ValueError(f"{name!r}: {where} has no {part!r}; it has {', '.join(names) or 'no functions'}")
        value = getattr(value, part)
    return value


def _module(where: str) -> ModuleType:
    path = Path(where)
    with _importing_from(path.parent if path.suffix == ".py" else Path()):
        if path.suffix != ".py":
            try:
                return importlib.import_module(where)
            except ModuleNotFoundError as missing:
                if missing.name != where.partition(".")[0]:
                    raise
                raise ValueError(f"there is no module {where!r} here: {Path.cwd()}") from None
        if not path.is_file():
            raise ValueError(f"{where}: no such Python file")
        files.run(path, f"_own_{path.stem}")
        return sys.modules[f"_own_{path.stem}"]


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    place = str(folder.resolve())
    sys.path.insert(0, place)
    try:
        yield
    finally:
        sys.path.remove(place)


def testing_of(functions: Sequence[Any], backend: str | None) -> Any:
    """The module that compares such functions: of the framework that their modules import, or of `backend`."""
    if backend is None:
        used = {name for function in functions for name in _frameworks(function)} or {"numpy"}
        if len(used) > 1:
            raise ValueError(f"the module imports {' and '.join(sorted(used))}: say whose arrays the function takes, --backend")
        (backend,) = used
    if backend not in TESTING:
        raise ValueError(f"unknown backend {backend!r}: the backends are {', '.join(TESTING)}")
    return importlib.import_module(TESTING[backend])


def _frameworks(function: Any) -> set[str]:
    module = sys.modules.get(getattr(function, "__module__", None) or type(function).__module__)
    values = [] if module is None else list(vars(module).values())
    names = {(v.__name__ if isinstance(v, ModuleType) else getattr(v, "__module__", None) or "") for v in values}
    return {each for each in ("torch", "jax") if any(name == each or name.startswith(f"{each}.") for name in names)}


def given(role: str, own: str, generator: str | None) -> dict[str, Any]:
    """The arguments of `compare` and `identify`; ValueError for a role that there is not."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}: a function is one of {', '.join(ROLES)}")
    functions = {role: found(own)}
    return functions if generator is None else functions | {"generator": found(generator)}


def numbers(chosen: Sequence[str]) -> dict[str, Any]:
    """Hyperparameters from `margin=0.5`."""
    values: dict[str, Any] = {}
    for each in chosen:
        key, equals, text = each.partition("=")
        if not equals:
            raise ValueError(f"{each!r}: give a hyperparameter as name=value")
        try:
            values[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            values[key] = text
    return values


def write_junit(comparison: Comparison, file: Path) -> None:
    """The comparison as JUnit's XML, one test for each verdict."""
    failures = 0 if comparison.ok else 1
    suite = ElementTree.Element("testsuite", name="ganloss", tests=str(len(comparison.verdicts)), failures=str(failures))
    for verdict in comparison.verdicts:
        name = f"{verdict.split()[0]} is {comparison.expected}"
        case = ElementTree.SubElement(suite, "testcase", classname="ganloss", name=name)
        if not comparison.ok:
            kind = "failure" if comparison.was_compared else "error"
            ElementTree.SubElement(case, kind, message=verdict).text = str(comparison)
    ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
