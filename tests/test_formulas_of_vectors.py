"""LaTeX of losses of vectors, from their definitions."""

import pytest

from ganloss_core import facts, names
from ganloss_core.backends import tex_vectors

E = r"\mathbb{E}"
SAID = {
    "acgan": (
        rf"-{E}\left[\log p_{{y}}(r)\right] - {E}\left[\log p_{{y}}(f)\right]",
        rf"-{E}\left[\log p_{{y}}(f)\right]",
    ),
    "oasis": (
        rf"-{E}\left[\frac{{\log p_{{y + 1}}(r)}}{{m \, s_y}}\right] - {E}\left[\log p_{{0}}(f)\right]",
        rf"-{E}\left[\frac{{\log p_{{y + 1}}(f)}}{{m \, s_y}}\right]",
    ),
    "mdd": (
        rf"-4 \, {E}\left[\log p_{{y}}(r)\right] - {E}\left[\log \left(1 - p_{{y}}(f)\right)\right]",
        rf"4 \, {E}\left[\log p_{{y}}(r)\right] + {E}\left[\log \left(1 - p_{{y}}(f)\right)\right]",
    ),
    "multi_hinge": (
        rf"{E}\left[\max(0, 1 + \max_{{c \ne y}} r_c - r_{{y}})\right] + "
        rf"{E}\left[\max(0, 1 + \max_{{c \ne K - 1}} f_c - f_{{K - 1}})\right]",
        rf"{E}\left[\max(0, 1 + \max_{{c \ne y}} f_c - f_{{y}})\right]",
    ),
    "cramer_gan": (
        rf"{E}\left[\|r\|\right] + {E}\left[\frac{{\sum_{{f' \ne f}} \|f - f'\|}}{{n_f - 1}} - \|f\|\right] - "
        rf"{E}\left[\|r - f\|\right]",
        rf"-{E}\left[\frac{{\sum_{{f' \ne f}} \|f - f'\|}}{{n_f - 1}}\right] + 2 \, {E}\left[\|r - f\|\right]",
    ),
    "infonce": (
        rf"{E}\left[\operatorname{{softplus}}\left(\log \sum_k e^{{-\left(r_i - f_{{ik}}\right)}}\right)\right]",
        rf"-{E}\left[\operatorname{{softplus}}\left(\log \sum_k e^{{-\left(r_i - f_{{ik}}\right)}}\right)\right]",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_formulas(name):
    assert tex_vectors.formulas(name) == SAID[name]


def test_every_loss_of_vectors_but_one_has_formulas():
    for name in names():
        if not facts.rules_of(name).sample.axes:
            with pytest.raises(ValueError, match=f"{name} is a loss of logits"):
                tex_vectors.kind(name)
        elif name == "nre_c":
            with pytest.raises(ValueError, match="nre_c computes with the length of its rows"):
                tex_vectors.formulas(name)
        else:
            assert tex_vectors.kind(name) in tex_vectors.LEGENDS
            for formula in tex_vectors.formulas(name):
                assert formula.count("{") == formula.count("}"), name
                assert "object" not in formula, name
