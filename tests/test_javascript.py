"""The losses in JavaScript, as the explorer has them: their numbers are `test_contract`'s; here is how they are written."""

import numpy as np
import pytest

from ganloss_core import Loss
from ganloss_core.backends import javascript, reference
from ganloss_core.spec import registry
from ganloss_core.terms import gradient_penalty
from javascript import evaluated


def test_hyperparameters_are_variables():
    def mine(ops, *, slope: float = 1.0, squared: bool = False):
        if not 0.0 < slope <= 8.0:
            raise ValueError(f"mine: `slope` must be in 0..8, got {slope:g}")
        term = ops.square if squared else ops.abs
        return Loss(real=lambda t: term(slope * t), fake=(lambda t: t) if slope == 1.0 else ops.relu, generator="linear")

    code = javascript.program(mine)
    for slope in (1.0, 3.0):
        for squared in (False, True):
            (got,) = evaluated(f"{code}.discriminator", [[[-2.0], [-1.0]]], slope=slope, squared=squared)
            value, slopes = reference.value_and_grad(mine, np.array([-2.0]), np.array([-1.0]), slope=slope, squared=squared)
            assert got[0][0] + got[1][0] == value
            assert [got[4][0], got[5] if slope == 1.0 else got[5][0]] == [slopes.real[0], slopes.fake[0]]
    assert evaluated(code, [], slope=9.0, squared=False) == "mine: slope must be in 0..8, got 9"


def test_a_logarithm_of_a_hyperparameter_needs_a_number():
    exo = registry.get("exo_pair")
    with pytest.raises(javascript.NeedsNumber, match="label_smoothing must be given as a number"):
        javascript.program(exo)
    assert "p.beta" in javascript.program(exo, label_smoothing=0.125)


@pytest.mark.parametrize(
    ("build", "fixed", "values", "charge"),
    [
        (gradient_penalty.r1, {}, {}, lambda n: (n * n / 2, n)),
        (gradient_penalty.wgan_gp, {"target": 2.0}, {"one_sided": True}, lambda n: (max(n - 2, 0) ** 2, 2 * max(n - 2, 0))),
        (gradient_penalty.wgan_div, {"power": 3}, {}, lambda n: (n**3, 3 * n**2)),
    ],
)
def test_a_penalty_charges_for_a_norm(build, fixed, values, charge):
    norms = [0.0, 0.5, 2.0, 3.0]
    ((charges, slopes),) = evaluated(javascript.charge(build, **fixed), [[norms]], at="between", **values)
    # Powers of 2 and small whole numbers: nothing is rounded.
    assert list(zip(charges, slopes, strict=True)) == [charge(n) for n in norms]
