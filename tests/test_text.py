"""Formulas in words."""

import re

import pytest

from ganloss_core import dialects, get, names
from ganloss_core.backends import symbols, tex, text
from ganloss_core.spec.definition import hyperparameters
from ganloss_core.testing.expected import Defined

SAID = {
    "rpgan": ("E softplus(-(r_i - f_i))", "E softplus(-(f_i - r_i))"),
    "rpgan_mvue": ("E_ij softplus(-(r_i - f_j))", "E_ij softplus(-(f_j - r_i))"),
    "kl_wgan": ("E max(0, 1 - r) + E max(0, 1 + exp(f) / (E exp(f)) f)", "-E (exp(f) / (E exp(f)) f)"),
    "fgan_alpha": ("-E r + E ((max(0, f + 1)² - 1) / 2)", "-E f"),
    "lsgan": ("E (r - 1)² + E f²", "E (f - 1)²"),
    "ksim/amp": ("0.5 (sum (r - 1)² + sum (f + 1)²)", "-E max(0, 1 - 0.25 (f - 1)²)"),
    "mmagic/esrgan": (
        "0.5 E softplus(-(r - hold(mean(f)))) + 0.5 E softplus(f - hold(mean(r)))",
        "0.5 E softplus(hold(r) - mean(f)) + 0.5 E softplus(-(f - E hold(r)))",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_formulas(name):
    assert text.formulas(name) == SAID[name]


def test_every_formula_is_in_words():
    for name in (*names(), *dialects.names()):
        if not Defined(name, {}).axes:
            for formula in text.formulas(name):
                assert not set(formula) & set("\\{}[]"), (name, formula)
                assert "  " not in formula
    assert text.formulas("lsgan", real_label=0.9).discriminator == "E (r - 0.9)² + E f²"
    with pytest.raises(ValueError, match="is a loss of vectors"):
        text.formulas("acgan")


NAMED = {
    "hinge": ("E max(0, margin - r) + E max(0, margin + f)", "-E f"),
    "lsgan": ("E (r - real_label)² + E (f - fake_label)²", "E (f - generator_label)²"),
    "rphinge": ("E max(0, margin - (r_i - f_i))", "E max(0, margin - (f_i - r_i))"),
    "slic": ("E max(0, 1 - beta (r_i - f_i))", "E max(0, 1 - beta (f_i - r_i))"),
    # Its logarithms are of a number.
    "exo_pair": text.formulas("exo_pair"),
    "wgan": text.formulas("wgan"),
}


@pytest.mark.parametrize("name", NAMED)
def test_hyperparameters_by_name(name):
    assert tuple(map(text.plain, symbols.formulas(name))) == NAMED[name]


def test_every_hyperparameter_that_is_a_number_is_in_its_formula():
    at_values = set()
    for name in names():
        named = {p.name for p in hyperparameters(get(name)).values() if p.annotation is float}
        if named and not Defined(name, {}).axes:
            said = " ".join(map(text.plain, symbols.formulas(name)))
            if said == " ".join(text.formulas(name)):
                at_values.add(name)
            else:
                assert named <= set(re.findall(r"\w+", said)), name
    assert at_values == {"exo_pair", "fgan_alpha"}


def test_a_small_number_is_a_power_of_ten():
    assert r"+ 5 \cdot 10^{-7} \, " in tex.formulas("fisher").discriminator
    assert "+ 5e-7 (" in text.formulas("fisher").discriminator
