"""How far a computation may be from the exact result: what the budgets of every other test are relative to."""

import mpmath
import numpy as np
import pytest

from ganloss_core import Loss, Sides
from ganloss_core.backends import conditioning
from ganloss_core.backends.conditioning import Inputs, conditioned
from ganloss_core.engine.settings import Settings

REAL, FAKE = [0.3, -1.1, 2.0], [0.7, -0.4]
VECTORS = [[0.3, -1.1, 2.0], [0.7, -0.4, 0.1], [1.5, 0.2, -0.6]]


def settings(loss, **hyperparameters):
    return Settings.of(loss, None, "mean", "mean", hyperparameters)


def shares(ops):
    """Each real logit by the share of fake ones that are below it."""
    coupling = lambda *, real, fake: lambda r, f, E: Sides(real=E.fake.below(f, r) * real(r), fake=fake(E.fake(f)) * f)
    return Loss(real=ops.square, fake=ops.exp, coupling=coupling)


OF_VECTORS = ["mmd_gaussian", "energy_distance", "nre_b", "nplus1_ce", "contragan_2c"]
OF_LOGITS = ["ralsgan_unbiased", "kl_wgan", "rasgan", "tprls", "rphinge_mvue", "aot_pair", shares]


@pytest.mark.parametrize("name", OF_VECTORS + OF_LOGITS)
def test_second_derivatives_in_floats_are_the_exact_ones(name, monkeypatch):
    inputs = Inputs(REAL, REAL[::-1])
    if name in OF_VECTORS:
        inputs = Inputs(VECTORS, np.multiply(VECTORS, 0.75).tolist(), [0, 1, 0], [1, 1, 0])
    if name == "contragan_2c":
        inputs = inputs._replace(real=[[row, VECTORS[0]] for row in VECTORS], fake=[[row, VECTORS[1]] for row in VECTORS])
    inputs = inputs._replace(real=[row[:1] for row in VECTORS]) if name == "nre_b" else inputs
    quick = conditioned(settings(name), "discriminator", inputs).gradient_scale
    # No logit is away from kinks by this much.
    monkeypatch.setattr(conditioning, "FLOAT_STEP", float("inf"))
    exact = conditioned(settings(name), "discriminator", inputs).gradient_scale
    # A difference over a step of 2^-26 has that many digits of what it differentiates.
    np.testing.assert_allclose(np.array(quick, float), np.array(exact, float), rtol=2.0**-16)


def test_a_loss_of_each_logit_at_once_is_a_loss_of_each_logit():
    apart = lambda ops: Loss(real=lambda t: ops.softplus(-t), fake=ops.exp)
    coupled = lambda ops: Loss(
        real=lambda t: ops.softplus(-t),
        fake=ops.exp,
        coupling=lambda *, real, fake: lambda r, f, E: Sides(real=real(r), fake=fake(f)),
    )
    one, other = (conditioned(settings(loss), "discriminator", Inputs(REAL, FAKE)) for loss in (apart, coupled))
    for a, b in zip((one.value_scale, *one.gradient_scale), (other.value_scale, *other.gradient_scale), strict=True):
        assert abs(a - b) <= 2.0**-16 * abs(b)
    # |t'| + |t'' x|, of the first real logit.
    s = 1 / (1 + mpmath.exp(mpmath.mpf(0.3)))
    assert abs(one.gradient_scale[0] - (s + s * (1 - s) * 0.3) / 3) < 1e-15


def test_a_tie_is_no_slope():
    # Where two scores are the largest the gradient jumps, which says nothing of rounding.
    tied = Inputs([[1.0, 1.0, 0.5]], [[0.25, 1.0, 1.0]], [2], [0])
    assert max(conditioned(settings("multi_hinge"), "generator", tied).gradient_scale) < 10


def test_a_division_of_the_whole_is_exact():
    # A third of a mean: rounded to a float64 it would be as if the gradient changed by 2^11 of its digits.
    third = lambda ops: Loss(
        real=lambda t: t,
        fake=lambda t: t,
        coupling=lambda *, real, fake: lambda r, f, E: Sides(batch=(E.real(ops.square(r)) - E.fake(f)) / 3.0),
    )
    found = conditioned(settings(third), "discriminator", Inputs(REAL, FAKE)).gradient_scale
    assert max(found) < 10


def test_a_sum_may_round_where_no_logit_matters():
    # log E (1 + t / 2^20) is about a millionth, and a sum near 1 may be off by its last digit.
    near_1 = lambda ops: Loss(
        real=lambda t: 1.0 + 2.0**-20 * t,
        fake=lambda t: t,
        coupling=lambda *, real, fake: lambda r, f, E: Sides(batch=ops.log(E.real(real(r)))),
    )
    found = conditioned(settings(near_1), "discriminator", Inputs(REAL, FAKE))
    assert abs(found.value) < 2.0**-20
    assert abs(found.value_scale - 1) < 2.0**-18
