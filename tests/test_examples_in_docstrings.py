"""Every public name has an example in its docstring, which is true: in PyTorch, and in JAX and NumPy where they share it."""

import doctest
import importlib
import inspect

import pytest

from ganloss_core.backends import reference

MODULES = {
    "ganloss_core": (),
    "ganloss_torch": (),
    "ganloss_jax": ("import torch, ganloss_torch as gan", "import jax.numpy as torch, ganloss_jax as gan"),
    "ganloss_core.backends.reference": (
        "import torch, ganloss_torch as gan",
        "import numpy as torch\n>>> from ganloss_core.backends import reference as gan",
    ),
    "ganloss_core.backends.array_api": (),
    "ganloss_core.backends.exact": (),
    "ganloss_core.backends.tex": (),
    "ganloss_core.backends.text": (),
    "ganloss_core.check": (),
    "ganloss_core.dialects": (),
    "ganloss_core.facts": (),
    "ganloss_core.pictures": (),
    "ganloss_core.testing": ("ganloss_torch.testing", "ganloss_core.testing"),
    "ganloss_torch.testing": (),
    "ganloss_jax.testing": ("ganloss_torch.testing", "ganloss_jax.testing"),
    "ganloss_core.twin": (),
    "ganloss_torch.compat.amp": (),
    "ganloss_torch.compat.trl": (),
}


def documented(module):
    """The public functions and classes of a module, by name."""
    inside = "ganloss" if hasattr(module, "__all__") else module.__name__
    own = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    own = own or {name: value for name, value in vars(module).items() if not name.startswith("_")}
    ours = {name: value for name, value in own.items() if getattr(value, "__module__", "").startswith(inside)}
    if module is reference:
        faces = ("discriminator_loss", "generator_loss", "value_and_grad", "reward", "density_ratio", "f_weight")
        ours |= {name: getattr(module, name) for name in faces}
    return {name: value for name, value in ours.items() if inspect.isclass(value) or inspect.isroutine(value)}


@pytest.mark.parametrize("kind", [inspect.isclass, inspect.isroutine], ids=["classes", "functions"])
@pytest.mark.parametrize("module", MODULES)
def test_examples(module, kind):
    names, instead = documented(importlib.import_module(module)), MODULES[module]
    known = {"__name__": "__main__", **vars(importlib.import_module(module))}
    runner, parser = doctest.DocTestRunner(verbose=False), doctest.DocTestParser()
    assert names
    said = []
    for name, value in names.items():
        if not kind(value):
            continue
        text = inspect.getdoc(value).replace(*instead) if instead else inspect.getdoc(value)
        example = parser.get_doctest(text, known, name, module, 0)
        assert example.examples, f"{module}.{name} has no example"
        runner.run(example, out=said.append)
    runner.run(parser.get_doctest(known["__doc__"] or "", known, module, module, 0), out=said.append)
    assert not runner.failures, "".join(said)
