"""Who loads what. (How fast is measured in benchmarks/import_time.py.)"""

import subprocess
import sys

import pytest

SHOW = (
    "import sys; before = set(sys.modules); import {}; print(*sorted({{m.split('.')[0] for m in set(sys.modules) - before}}))"
)


def loaded(package):
    command = [sys.executable, "-S", "-c", SHOW.format(package)]
    paths = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    return set(subprocess.run(command, capture_output=True, text=True, check=True, env=paths).stdout.split())


def test_the_core_loads_only_the_standard_library():
    assert loaded("ganloss_core") - set(sys.stdlib_module_names) == {"ganloss_core"}


@pytest.mark.parametrize(("adapter", "other"), [("ganloss_torch", "jax"), ("ganloss_jax", "torch")])
def test_an_adapter_loads_only_its_own_framework(adapter, other):
    modules = loaded(adapter)
    assert other not in modules
    assert not modules & {"mpmath", "rich", "typer", "sklearn", "hypothesis"}


def test_the_reference_loads_no_framework():
    assert not loaded("ganloss_core.backends.reference") & {"torch", "jax", "mpmath", "sklearn"}


def test_tex_needs_nothing():
    assert loaded("ganloss_core.backends.tex") - set(sys.stdlib_module_names) == {"ganloss_core"}
