"""Public names are documented, and the same in every adapter."""

import importlib
import inspect
from importlib import metadata

import pytest

import ganloss_core
import ganloss_jax
import ganloss_torch
from adapters import DROP_INS, LOGITS
from cases import each
from ganloss_core import dialects, names
from ganloss_core.backends import reference, tex

BACKENDS = [f".backends.{name}" for name in ("array_api", "exact", "reference", "tex", "text")]
MODULES = ["", *BACKENDS, ".check", ".dialects", ".facts", ".pictures", ".testing", ".twin"]


def public(module):
    return [name for name in vars(module) if not name.startswith("_") and not inspect.ismodule(getattr(module, name))]


@each("module", [f"ganloss_core{m}" for m in MODULES] + ["ganloss_torch", "ganloss_jax", *DROP_INS])
def test_every_public_function_and_class_has_a_docstring(module):
    module = importlib.import_module(module)
    inside = "ganloss" if hasattr(module, "__path__") else module.__name__
    own = [n for n in public(module) if getattr(getattr(module, n), "__module__", "").startswith(inside)]
    assert own
    for name in own:
        value = getattr(module, name)
        assert inspect.getdoc(value), f"{module.__name__}.{name}"
        for member, function in vars(value).items() if inspect.isclass(value) else ():
            if inspect.isfunction(function) and not member.startswith("_"):
                assert inspect.getdoc(function), f"{module.__name__}.{name}.{member}"


def test_tables_name_drop_ins_that_are_there():
    assert {dialects.codebase(codebase).drop_in for codebase in dialects.codebases()} - {""} <= set(DROP_INS)


def test_help_lists_what_is_public():
    for module in (ganloss_core, ganloss_torch, ganloss_jax):
        assert set(module.__all__) == set(public(module))


@pytest.mark.parametrize("package", [ganloss_core, ganloss_torch, ganloss_jax])
def test_every_package_has_the_version_of_the_distribution(package):
    assert package.__version__ == metadata.version("ganloss")
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'version'"):
        package.version  # noqa: B018


def test_functions_and_classes_say_how_to_call_them():
    for module in (ganloss_torch, ganloss_jax, reference):
        assert "Arguments:" in module.GANLoss.__doc__
        assert "D minimises" in module.GANLoss("hinge").discriminator.__doc__


@pytest.mark.parametrize("module", [ganloss_torch, ganloss_jax, reference])
def test_a_loss_shows_and_says_what_it_is(module):
    loss, of_vectors = module.GANLoss("hinge", margin=0.5), module.GANLoss("oasis")
    shown = r"$$\begin{{aligned}} D&: {} \\ G&: {} \end{{aligned}}$$".format(*tex.formulas("hinge", margin=0.5))
    assert loss._repr_latex_() == shown
    assert of_vectors._repr_latex_() is None
    for documented in (loss, loss.discriminator, loss.generator_terms):
        assert (
            "GANLoss('hinge', margin=0.5)\n\nThe hinge for D, and minus the mean fake logit for G.\n\nD: E relu("
            in inspect.getdoc(documented)
        )
    assert "w_y" in inspect.getdoc(of_vectors)
    assert "hinge" not in inspect.getdoc(module.GANLoss).partition("\n")[0]
    assert module.GANLoss("rpgan", generator="saturating")._repr_latex_() != module.GANLoss("rpgan")._repr_latex_()


def test_both_adapters_have_the_same_names():
    # A module is PyTorch's way to hold state, and an array has a graph behind it only there.
    of_torch = {"StatefulModule", "adaptive_weight_of_losses", "observation_of"}
    assert set(public(ganloss_torch)) == {*public(ganloss_jax), *of_torch}
    faces = {"GANLoss", "discriminator_loss", "generator_loss"}
    assert faces <= set(public(reference)) & set(public(ganloss_torch))


@each("name", names())
def test_every_loss_says_what_it_is_and_where_it_is_from(name):
    text = inspect.getdoc(ganloss_core.get(name))
    sentence, formula, *_ = text.split("\n\n")
    assert sentence.endswith(".")
    assert formula.startswith("D: ")
    assert "G: " in formula
    assert "arXiv:" in text or "doi:" in text or "MMagic" in text


@each("name", LOGITS)
def test_formulas_print(name):
    for formula in tex.formulas(name):
        assert formula.count("{") == formula.count("}")
        assert formula.count(r"\left") == formula.count(r"\right")


def test_formulas_keep_the_authors_order_and_signs():
    assert tex.formulas("hinge", margin=0.5).discriminator == (
        r"\mathbb{E}\left[\max(0, 0.5 - r)\right] + \mathbb{E}\left[\max(0, 0.5 + f)\right]"
    )
    assert tex.formulas("wgan") == (r"-\mathbb{E}\left[r\right] + \mathbb{E}\left[f\right]", r"-\mathbb{E}\left[f\right]")
    assert tex.formulas("lsgan", fake_label=-1.0, generator_label=0.0) == (
        r"\mathbb{E}\left[\left(r - 1\right)^2\right] + \mathbb{E}\left[\left(f + 1\right)^2\right]",
        r"\mathbb{E}\left[f^2\right]",
    )


def test_tex_arithmetic():
    a, b = tex.Tex("a"), tex.Tex("b")
    assert str(-(a - b)) == r"-\left(a - b\right)"
    minus_a = -a
    assert str(-minus_a) == "a"
    assert str(-(-a + b)) == r"-\left(-a + b\right)"
    assert str(a - (b - 1.0)) == r"a - \left(b - 1\right)"
    assert str(a - -b) == "a + b"
    assert str(a + -b) == "a - b"
    assert str(2.0 * (a + b) / 3.0) == r"\frac{2 \, \left(a + b\right)}{3}"
    assert str(1.0 / a - 0.0) == r"\frac{1}{a}"
    assert str(1.0 - a) == "1 - a"
