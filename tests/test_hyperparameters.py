"""Losses at other hyperparameters than their defaults: near limits, far away, in the branches that only they have."""

import re
from dataclasses import replace
from typing import Literal

import mpmath
import numpy as np
import pytest
import torch

import ganloss_torch as gan
from ganloss_core import BatchLoss, Loss, Sides
from ganloss_core.backends import exact, reference
from ganloss_core.check import check
from ganloss_core.check.hyperparameters import drawn
from ganloss_core.engine.settings import Settings
from ganloss_core.spec import registry
from ganloss_torch.check import TorchRunner


def settings(name, **hyperparameters):
    return Settings.of(name, None, "mean", "mean", hyperparameters)


def checked_at(name, **hyperparameters):
    """`check` of a loss with these hyperparameters as defaults."""

    def there(ops):
        return registry.get(name)(ops, **hyperparameters)

    report = check([there], [TorchRunner()], dtypes=["float32"])
    assert report.ok, report.failures


@pytest.mark.parametrize("alpha", [1.001, 1.0 + 1e-6, 1.1, 1e6, 0.5])
def test_fgan_alpha_keeps_its_digits(alpha):
    checked_at("fgan_alpha", alpha=alpha)


def test_a_rational_quadratic_kernel_keeps_its_digits():
    checked_at("mmd_rational_quadratic", alphas=(100.0,))


def relative_error(name, real, fake, **hyperparameters):
    """Of D's loss in float32, in eps."""
    real, fake = (np.array(x, dtype="float32") for x in (real, fake))
    got = gan.GANLoss(name, **hyperparameters).discriminator(torch.tensor(real), torch.tensor(fake))
    true, _ = exact.value_and_grad(name, real.tolist(), fake.tolist(), **hyperparameters)
    return abs(float(got / float(true)) - 1.0) / np.finfo("float32").eps


@pytest.mark.parametrize("alpha", [1e-3, -1e-3, 1e-9])
def test_fgan_alpha_near_0(alpha):
    # The real term is a power of the softplus, of 2 eps, and its like for the fakes.
    assert relative_error("fgan_alpha", [0.3, 1.1], [-0.4, 2.2], alpha=alpha) < 8


def test_a_narrow_bounded_kernel():
    # k = e^(-50 d): an eps of d is 1.5 of k where d is 0.03, an eps of the bound, 4, would be 200.
    assert relative_error("mmd_rep", [[0.0], [0.17], [0.4]], [[0.0], [9.0], [18.0]], sigma=0.1, bounded=True) < 8


def test_the_limits_of_fgan_alpha():
    real, fake = np.linspace(-2.0, 2.0, 5), np.linspace(-1.0, 3.0, 5)
    near_1 = reference.discriminator_loss("fgan_alpha", real, fake, alpha=1.0 + 1e-12)
    # e^(f - 1) with the logits moved by 1.
    assert near_1 == pytest.approx(np.mean(-real) + np.mean(np.expm1(fake)), rel=1e-10)
    near_0 = reference.discriminator_loss("fgan_alpha", real, fake, alpha=1e-12)
    negative = np.log1p(np.exp(-real)), np.log1p(np.exp(-fake))
    assert near_0 == pytest.approx(np.mean(negative[0]) - 1.0 - np.mean(np.log(negative[1])), rel=1e-10)


@pytest.mark.parametrize("logit", [-39.0, 38.0, 41.0, 100.0, 1e3, 1e5])
def test_fgan_alpha_below_1_at_large_logits(adapter, logit):
    # softplus(-f) underflows from 745 on, its logarithm does not.
    loss, fake = adapter.loss("fgan_alpha", alpha=-1e-3), np.array([logit, 0.5])
    whole = replace(adapter, jit=True)
    value, _, gradient = whole.value_and_grad(loss, "discriminator", np.zeros(2), fake)
    true, sides = exact.value_and_grad("fgan_alpha", [0.0, 0.0], fake.tolist(), alpha=-1e-3)
    # 4 ulp of each of two words, and their 4 in the exponent, which e multiplies by its size, about |f| / 1000.
    near = (8 + 4 * abs(logit) / 1000) * 2.0**-52
    assert value == pytest.approx(float(true), rel=near)
    np.testing.assert_allclose(gradient, np.array(sides.fake, dtype=float), rtol=near)


def test_fgan_alpha_below_1_does_not_overflow_before_its_gradient(adapter):
    # The derivative of the logarithm of a softplus is 1 there, and not e^150 times e^-150.
    loss, fake = adapter.loss("fgan_alpha", alpha=0.3125), np.array([150.0, 60.0])
    whole = replace(adapter, jit=True)
    _, _, gradient = whole.value_and_grad(loss, "discriminator", np.zeros(2), fake, dtype="float32")
    _, sides = exact.value_and_grad("fgan_alpha", [0.0, 0.0], fake.tolist(), alpha=0.3125)
    # 4 ulp in an exponent of up to 150 / 2.2, and 4 of each of two words.
    np.testing.assert_allclose(gradient, np.array(sides.fake, dtype=float), rtol=(8 + 4 * 150 / 2.2) * 2.0**-23)


def fgan_alpha_fake_term(alpha, logit):
    """f*(g(f)) = (((a - 1) g(f) + 1)_+^(a / (a - 1)) - 1) / a of the paper, and its derivative."""
    with mpmath.workdps(200):
        a, f = mpmath.mpf(alpha), mpmath.mpf(logit)
        activation, slope = (f, 1) if a > 1 else (1 / (1 - a) - mpmath.log1p(mpmath.exp(-f)), 1 / (1 + mpmath.exp(f)))
        base = (a - 1) * activation + 1
        if base <= 0:
            return float(-1 / a), 0.0
        return float((base ** (a / (a - 1)) - 1) / a), float(base ** (1 / (a - 1)) * slope)


@pytest.mark.parametrize(
    ("alpha", "logits"),
    [
        *((alpha, [-41.0, -3.0, 0.5, 39.0, 40.5, 41.0, 60.0]) for alpha in (0.5, 0.25, -1e-3, -1.0)),
        # The domain ends at -1 / (alpha - 1): the powers are 21, 9, 7.7 and 2.
        *((alpha, [-100.0, -20.5, -12.0, -7.0, -0.5, 0.5, 3.0]) for alpha in (1.05, 1.125, 1.15, 2.0)),
    ],
)
def test_fgan_alpha_is_its_formula_in_every_branch(adapter, alpha, logits):
    loss, expected = adapter.loss("fgan_alpha", alpha=alpha), np.array([fgan_alpha_fake_term(alpha, f) for f in logits])
    terms = adapter.call(
        adapter.loss("fgan_alpha", alpha=alpha, reduction="none"), "discriminator", *[adapter.array(logits)] * 2
    )
    # 4 ulp of each of two words, and one in an exponent of up to 60, the power's product with a logarithm.
    near = {"rtol": (8 + 60) * 2.0**-52}
    np.testing.assert_allclose(np.asarray(terms.fake), expected[:, 0], **near)
    _, _, gradient = adapter.value_and_grad(loss, "discriminator", np.zeros(len(logits)), np.array(logits))
    np.testing.assert_allclose(len(logits) * gradient, expected[:, 1], **near)


@pytest.mark.parametrize("alpha", [2.0, 1.01, 0.5, -1.0])
def test_fgan_alpha_of_infinite_logits(adapter, alpha):
    at_infinity = adapter.loss("fgan_alpha", alpha=alpha, reduction="none").discriminator(
        adapter.array(np.zeros(2)), adapter.array(np.array([np.inf, -np.inf]))
    )
    # Below 0, the power of (1 - a) softplus(-f) is between 0 and 1; above, it is negative, or grows with f.
    expected = [np.inf, -1.0 / alpha] if alpha > 0.0 else [-1.0 / alpha, -np.inf]
    # A division, or a product with the inverse.
    np.testing.assert_allclose(at_infinity.fake.tolist(), expected, rtol=2.0**-52)


def test_the_far_branches_of_the_bounded_repulsive_kernel(adapter):
    def kernel(d):
        return np.exp(-0.5 * d)

    # Squared distances of reals 1, 9, 4 (a kink, the same from both sides); of fakes 1/16, 1.
    real = np.array([[0.0], [1.0], [3.0]])
    fake = np.array([[0.0], [0.25], [1.25]])
    whole = replace(adapter, jit=True)
    value, *gradient = whole.value_and_grad(adapter.loss("mmd_rep", bounded=True), "discriminator", real, fake)
    of_reals = np.mean([kernel(1.0), kernel(4.0), kernel(4.0)])
    of_fakes = np.mean([kernel(0.25), kernel(1.0), kernel(1.5625)])
    assert value == pytest.approx(of_reals - of_fakes, rel=1e-14)
    # The third real is too far from both others to be pushed, and the first two fakes too near to be pulled together.
    np.testing.assert_allclose(gradient[0].ravel(), [1.0 / 3.0 * kernel(1.0), -1.0 / 3.0 * kernel(1.0), 0.0], rtol=1e-14)
    slopes = [1.25 * kernel(1.5625) / 3.0, kernel(1.0) / 3.0]
    np.testing.assert_allclose(gradient[1].ravel(), [-slopes[0], -slopes[1], sum(slopes)], rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1e-18, 1e18])
@pytest.mark.parametrize(
    ("name", "key"), [("mmd_gaussian", "bandwidths"), ("mmd_rational_quadratic", "alphas"), ("mmd_repulsive", "sigma")]
)
def test_the_narrowest_and_the_widest_kernel(adapter, name, key, scale, dtype):
    # Samples that coincide, on a side and across, and some far apart; all differences are exact.
    real, fake = np.array([[0.0], [0.0], [3.0]]), np.array([[0.0], [5.0], [1e4]])
    loss = adapter.loss(name, **{key: scale if key == "sigma" else (scale,)})

    def kernel(d):
        with mpmath.workdps(60):
            d, s = mpmath.mpf(d), mpmath.mpf(scale)
            return (1 + d / (2 * s)) ** -s if key == "alphas" else mpmath.exp(-d / (2 * s * s))

    def mean(x, y, apart):
        k = [kernel((a - b) ** 2) for i, a in enumerate(x.ravel()) for j, b in enumerate(y.ravel()) if i != j or not apart]
        return mpmath.fsum(k) / len(k)

    apart = name != "mmd_gaussian"
    within = [mean(x, x, apart) for x in (real, fake)]
    expected = -within[0] + within[1] if key == "sigma" else -within[0] - within[1] + 2 * mean(real, fake, False)
    expected = {"discriminator": -expected if key == "sigma" else expected}
    expected["generator"] = within[0] + within[1] - 2 * mean(real, fake, False)
    for player in expected:
        value, *gradients = adapter.value_and_grad(loss, player, real, fake, dtype=dtype)
        assert value == pytest.approx(float(expected[player]), rel=1e-5, abs=1e-6 if dtype == "float32" else 1e-14)
        assert np.isfinite(gradients).all()


@pytest.mark.parametrize("name", ["mmd_gaussian", "mmd_rational_quadratic"])
@pytest.mark.parametrize("unbiased", [False, True])
def test_what_is_unbiased_needs_two_samples(name, unbiased):
    loss = gan.GANLoss(name, unbiased=unbiased)
    one = torch.ones(1, 3)
    if unbiased:
        with pytest.raises(ValueError, match="at least 2 real samples"):
            loss.discriminator(one, one)
    else:
        assert loss.discriminator(one, one) == 0.0


REFUSED = {
    "alpha_gan": [{"alpha_d": 0.0}, {"alpha_d": -1.0}, {"alpha_g": 0.0}],
    "contragan_2c": [{"temperature": 0.0}],
    "d2d_ce": [{"temperature": 0.0}, {"positive_margin": 1.01}, {"positive_margin": -1.01}],
    "ebgan": [{"margin": 0.0}],
    "fgan_alpha": [{"alpha": 0.0}, {"alpha": 1.0}],
    "hinge": [{"margin": 0.0}],
    "hinge2": [{"margin": -1.0}],
    "kl_wgan": [{"temperature": 0.0}],
    "mmd_gaussian": [{"bandwidths": x} for x in ((1.0, 0.0), (1e-20,), (1.0, 1e-170), (1e20,))],
    "mmd_rational_quadratic": [{"alphas": x} for x in ((-1.0, 1.0), (1e-300,), (1.0, 1e300))],
    "mmd_repulsive": [{"sigma": x} for x in (0.0, 1e-20, 1e-160, 1e-170, 1e20)],
    "multi_hinge": [{"margin": 0.0}],
    "realness": [{"real_anchor": (1.0,)}, {"fake_anchor": (*[0.0] * 9, 1.1)}, {"real_anchor": (-0.5, 1.5, *[0.0] * 8)}],
    "relativistic_all_pairs_hinge": [{"margin": 0.0}],
    "relativistic_average_hinge": [{"margin": 0.0}],
    "relativistic_centered_hinge": [{"margin": 0.0}],
    "relativistic_paired_hinge": [{"margin": 0.0}],
    "tprls": [{"tau": 0.0}],
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hyperparameter_out_of_its_range_is_refused(name):
    for hyperparameters in REFUSED[name]:
        (key,) = hyperparameters
        with pytest.raises(ValueError, match=rf"{key.split('_')[-1]}|anchors|{re.escape(key)}"):
            settings(name, **hyperparameters).build(exact.words())


def test_other_hyperparameters_are_drawn_from_what_a_definition_says():
    def mine(ops, *, label: float = 0.5, far: float = 3.0, steps: int = 2, up: bool = True, kind: Literal["a", "b"] = "a"):
        return Loss(real=lambda t: ops.square(t - label), fake=ops.softplus)

    seen = [dict(drawn(settings(mine), str(seed)).hyperparameters) for seed in range(64)]
    assert seen == [dict(drawn(settings(mine), str(seed)).hyperparameters) for seed in range(64)]
    assert {each["up"] for each in seen} == {True, False}
    assert {each["kind"] for each in seen} == {"a", "b"}
    # It refuses no number.
    assert all(0.0 <= each["label"] <= 1.0 and 0.0 <= each["far"] <= 3.0 for each in seen)
    assert all(each != {"label": 0.5, "far": 3.0, "steps": 2, "up": True, "kind": "a"} for each in seen)
    # This one does.
    margins = [dict(drawn(settings("hinge"), str(seed)).hyperparameters)["margin"] for seed in range(64)]
    assert 0.0 < min(margins) < 0.01
    assert max(margins) > 100.0
    assert any(1.0 < margin < 1.01 for margin in margins)
    alphas = [dict(drawn(settings("fgan_alpha"), str(seed)).hyperparameters)["alpha"] for seed in range(64)]
    assert min(alphas) < 0.0
    assert drawn(settings("wgan"), "") is None


def test_a_loss_that_loses_digits_away_from_its_defaults_is_caught():
    def shifted(ops, *, shift: float = 0.0):
        return Loss(real=lambda t: (ops.softplus(-t) + 1e3 * shift) - 1e3 * shift, fake=ops.softplus)

    report = check([shifted], [TorchRunner()], dtypes=["float32"])
    assert [row.hyperparameters.partition("=")[0] for row in report.failures] == ["shift"] * len(report.failures)
    assert {row.player for row in report.failures} == {"discriminator", "generator"}


@pytest.mark.parametrize("strength", [0.5, 30.0])
def test_a_gradient_whose_parts_cancel_is_no_fault(strength):
    # The means are where the digits go, and no formula of these means has more.
    def balanced(ops, *, strength: float = strength):
        def discriminator(r, f, E):
            of_means = ops.square(E.real(ops.sigmoid(r)) + E.fake(ops.sigmoid(f)) - 1.0)
            return Sides(batch=0.5 * E.real(ops.softplus(-r)) + 0.5 * E.fake(ops.softplus(f)) + strength * of_means)

        return BatchLoss(discriminator=discriminator)

    report = check([balanced], [TorchRunner()], dtypes=["float64", "float32"])
    assert report.ok, report.failures


def test_d2d_ce_past_its_margins(adapter):
    # Cosines with the own proxy 1 and -1, of the two embeddings 0: past the margin of 1/2, far from it, and not pushed.
    x = np.array([[[1.0, 0.0], [2.0, 0.0]], [[0.0, 1.0], [0.0, -3.0]]])
    loss = adapter.loss("d2d_ce", temperature=0.5, positive_margin=0.5)
    whole = replace(adapter, jit=True)
    value, gradient, _ = whole.value_and_grad(loss, "discriminator", x, x, real_labels=np.array([0, 1]))
    # log(1 + e^0), since nothing else is left of the first; its (p - m) / t is 3 for the second.
    assert value == pytest.approx((np.log(2.0) + np.log1p(np.exp(3.0))) / 2.0, rel=1e-14)
    np.testing.assert_array_equal(gradient[0], np.zeros((2, 2)))
