"""Formulas in words."""

import pytest

from ganloss_core import dialects, names
from ganloss_core.backends import text
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
