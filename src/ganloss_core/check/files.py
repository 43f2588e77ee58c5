"""A user's file, run as a module."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(file: Path, name: str) -> None:
    """Run a Python file as the module `name`; ModuleNotFoundError where there is none.

    As in `python file.py`, a dataclass finds its module, and what lies beside the file is imported. Once it has run, what is
    named like a package, such as the file itself, comes after that package.
    """
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{file}: no such Python file", name=name)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    folder = str(file.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)


def of(function: Callable[..., Any]) -> tuple[str, str] | None:
    """The module of a user's function and its file, for `found` in another process."""
    name = getattr(function, "__module__", None) or ""
    file = getattr(sys.modules.get(name), "__file__", None)
    return None if file is None or name.startswith("ganloss_core.") or name == "__main__" else (name, file)


def found(module: tuple[str, str] | None) -> None:
    """Import a module, or run its file where it cannot be."""
    if module is None or module[0] in sys.modules:
        return
    try:
        importlib.import_module(module[0])
    except ModuleNotFoundError:
        run(Path(module[1]), module[0])
