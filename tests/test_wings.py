"""The architecture: a wing imports from the wings below it, the core from no adapter, and nothing in a circle."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
WINGS = (
    "words",
    "spec",
    "catalogue",
    "dialects",
    "engine",
    "terms",
    "recipes",
    "backends",
    "facts",
    "check",
    "twin",
    "reproduce",
    "testing",
    "pictures",
    "command",
)
"""From the ground up. Facts, check and twin stand side by side."""
BESIDE = {"facts", "check", "twin"}
FILES = {".".join(path.relative_to(SRC).with_suffix("").parts): path for path in sorted(SRC.rglob("*.py"))}


def imported(path):
    """The modules of ours that a file imports, wherever in it, without those for the type checker alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.ImportFrom) and node.level), "imports are absolute"
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            while name and name not in FILES and f"{name}.__init__" not in FILES:
                name = name.rpartition(".")[0]
            if name:
                yield name


@cache
def imports_of_all():
    return {module.removesuffix(".__init__"): set(imported(path)) for module, path in FILES.items()}


def wing(module):
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "ganloss_core" else ""


def test_every_folder_is_a_wing():
    folders = {path.name for path in (SRC / "ganloss_core").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(WINGS)


@pytest.mark.parametrize("name", WINGS)
def test_a_wing_imports_from_those_below_it(name):
    below = {*WINGS[: WINGS.index(name)], name} - (BESIDE - {name} if name in BESIDE else set())
    for module, imports in imports_of_all().items():
        if module.startswith("ganloss_core.") and wing(module) == name:
            above = {each for each in imports if each.startswith("ganloss_") and wing(each) not in below}
            assert not above, module


def test_an_adapter_imports_neither_the_other_nor_the_command():
    for module, imports in imports_of_all().items():
        for adapter, other in (("ganloss_torch", "ganloss_jax"), ("ganloss_jax", "ganloss_torch")):
            if module.startswith(adapter):
                assert not [each for each in imports if each.startswith((other, "ganloss_core.command"))], module


def test_nothing_imports_in_a_circle():
    # A submodule needs its package, whose __init__ hands names on.
    TopologicalSorter({module: imports - {module} for module, imports in imports_of_all().items()}).prepare()


def test_no_file_is_long():
    assert not {module: n for module, path in FILES.items() if (n := len(path.read_text().splitlines())) > 300}
