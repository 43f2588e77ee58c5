"""Rewards, ratios of densities, and weights of divergences, from the losses' own definitions."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch as gan
import witnesses_dialects_motion as motion
import witnesses_states as witnesses
from frameworks import JAX, TORCH
from ganloss_core import Loss, dialects
from ganloss_core.backends import exact, reference
from ganloss_core.engine.functional import Functional
from ganloss_core.facts import generator_of_divergence, optimal_critic
from ganloss_core.terms.rewards import Rewards

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
EPS = np.finfo(np.float64).eps
LOGITS = np.array([[-3.0, 0.0], [1.0, 0.7], [4.5, -0.2]])


def amp(ops):
    """Peng et al. 2021: labels 1 and -1, and the reward of equation 7."""
    return Loss(
        real=lambda t: ops.square(t - 1.0),
        fake=lambda t: ops.square(t + 1.0),
        generator=lambda t: -ops.relu(1.0 - 0.25 * ops.square(t - 1.0)),
    )


def tanh_wasserstein(ops, *, eta: float = 0.3):
    """The Wasserstein loss of gbionics/amp-rsl-rl."""
    return Loss(
        real=lambda t: -ops.tanh(eta * t), fake=lambda t: ops.tanh(eta * t), generator=lambda t: -ops.exp(ops.tanh(eta * t))
    )


def balanced(ops, *, reward_balance: float = 0.5):
    """GAIL's reward in google-deepmind/acme, between log D and -log(1 - D)."""
    return Loss(
        real=lambda t: ops.softplus(-t),
        fake=ops.softplus,
        generator=lambda t: reward_balance * ops.softplus(-t) - (1.0 - reward_balance) * ops.softplus(t),
    )


def fairl(ops):
    """Ghasemipour et al. 2019, as in google-deepmind/acme, for logits of at most 20."""
    return Loss(real=lambda t: ops.softplus(-t), fake=ops.softplus, generator=lambda t: t * ops.exp(t))


SATURATING = {"generator": "saturating"}
OURS = {
    "isaacgym": lambda m, x: m.reward("logistic", x, largest=-math.log(1e-4), **SATURATING),
    "amp_rsl_rl": lambda m, x: m.reward("logistic", x, **SATURATING),
    "amp_rsl_rl_wasserstein": lambda m, x: m.reward(tanh_wasserstein, x),
    "ksim": lambda m, x: m.reward(amp, x),
    "imitation_gail": lambda m, x: m.reward("logistic", x, **SATURATING),
    "imitation_airl": lambda m, x: m.reward("logistic", x, generator="linear"),
    "acme_gail": lambda m, x: m.reward(balanced, x, smallest=-2.0, largest=2.0),
    "acme_fairl": lambda m, x: m.reward(fairl, x, smallest=-2.0, largest=2.0),
}


@FRAMEWORKS
@pytest.mark.parametrize("name", OURS)
def test_rewards_are_those_of_the_codebases(framework, name):
    x = np.array([[-3.0, 0.0, 9.0], [1.0, 0.7, 12.0]]) if name == "isaacgym" else LOGITS
    got = framework.numpy(OURS[name](framework.module, framework.array(x)))
    # 1 - sigmoid(12) has lost what is beyond 1e-16 / 6e-6 there; here it has not.
    np.testing.assert_allclose(got, witnesses.REWARDS[name](x), rtol=1e-12 if name == "isaacgym" else 32 * EPS, atol=4 * EPS)
    np.testing.assert_allclose(OURS[name](reference, x), got, rtol=32 * EPS, atol=4 * EPS)


@FRAMEWORKS
@pytest.mark.parametrize("name", sorted(motion.REWARDS.keys() & set(dialects.names())))
def test_rewards_by_the_names_of_codebases(framework, name):
    """Against transcriptions by somebody who has seen neither the tables nor the rewards here."""
    x, theirs = np.linspace(-8.0, 12.0, 21)[:, None], motion.REWARDS[name]
    bound = {"largest": -math.log(1e-4)} if theirs is motion.truncated_log_reward else {}
    got = framework.numpy(framework.module.reward(name, framework.array(x), **bound))
    np.testing.assert_allclose(got, theirs(torch.tensor(x)).numpy(), rtol=1e-12 if bound else 32 * EPS, atol=4 * EPS)


def test_the_reward_of_gail_in_50_digits():
    """-log(1 - D) of the probability D is minus the saturating generator's loss."""
    with mpmath.workprec(256):
        backend = exact.backend()
        logits = [mpmath.mpf(x) for x in (-40, -3, 0.5, 40)]
        got = (
            Rewards(backend, Functional(backend).generator_loss)
            .reward("logistic", backend.logits(logits, ""), generator="saturating")
            .array
        )
        for r, x in zip(got, logits, strict=True):
            assert abs(r + mpmath.log(1 - 1 / (1 + mpmath.exp(-x)))) < mpmath.mpf(10) ** -50


@FRAMEWORKS
def test_a_reward_is_a_constant_of_the_logits_shape(framework):
    module, x = framework.module, LOGITS
    value, (gradient,) = framework.differentiate(lambda at: (module.reward("logistic", at[0]) + 0.0 * at[0]).sum(), [x])
    assert value == pytest.approx(-np.log1p(np.exp(-x)).sum(), rel=16 * EPS)
    assert (gradient == 0.0).all()
    assert module.reward("lsgan", framework.array(x), generator_label=0.5).shape == x.shape
    narrow = module.reward("logistic", framework.array(x, "bfloat16"), largest=0.5)
    assert "float32" in str(narrow.dtype)
    nan = framework.numpy(module.reward("hinge", framework.array(np.array([np.nan, 5.0])), largest=1.0))
    assert np.isnan(nan[0])
    assert nan[1] == 1.0


@FRAMEWORKS
def test_what_is_no_reward(framework):
    reward, x = framework.module.reward, framework.array(LOGITS)
    with pytest.raises(TypeError, match="a reward is of one head's logits, got a list"):
        reward("logistic", [x])
    with pytest.raises(ValueError, match="smallest must not be above largest, got smallest="):
        reward("logistic", x, smallest=1.0, largest=0.0)
    with pytest.raises(ValueError, match="compares logits with those of reals: a reward is of one logit alone"):
        reward("rpgan", x)
    with pytest.raises(TypeError, match="it takes no real"):
        reward("rasgan", x, real=x)
    with pytest.raises(KeyError, match="logistc"):
        reward("logistc", x)


# The ratio of densities


RATIOS = {
    "logistic": lambda v: mpmath.exp(v),
    "fgan_jensen_shannon": lambda v: mpmath.exp(v),
    "fgan_kl": lambda v: mpmath.exp(v - 1),
    "fgan_reverse_kl": lambda v: mpmath.exp(v),
    "fgan_pearson": lambda v: 1 + v / 2,
    "fgan_neyman": lambda v: mpmath.exp(v / 2),
    "fgan_squared_hellinger": lambda v: mpmath.exp(2 * v),
    "lsgan": lambda v: v / (1 - v),
}


@FRAMEWORKS
@pytest.mark.parametrize("name", RATIOS)
def test_the_ratio_that_the_best_critic_knows(framework, name):
    v = np.array([[0.25, 0.5], [0.625, 0.875]])
    got = framework.module.density_ratio(name, framework.array(v))
    expected = [float(RATIOS[name](mpmath.mpf(float(x)))) for x in v.ravel()]
    np.testing.assert_allclose(framework.numpy(got).ravel(), expected, rtol=16 * EPS)
    # The best logit of that ratio is where it came from.
    back = [best.low for best in optimal_critic(name, expected)]
    np.testing.assert_allclose(back, v.ravel(), rtol=1e-6)


@FRAMEWORKS
def test_losses_without_a_ratio(framework):
    ratio, x = framework.module.density_ratio, framework.array(LOGITS)
    for name in ("hinge", "hinge2", "wgan", "l1", "fgan_total_variation"):
        with pytest.raises(ValueError, match="says which side is likelier, not by how much"):
            ratio(name, x)
    with pytest.raises(ValueError, match="not a term for each logit"):
        ratio("rpgan", x)
    assert framework.numpy(ratio("logistic", framework.array(np.zeros((1, 1)), "bfloat16"))).shape == (1, 1)
    _, (gradient,) = framework.differentiate(lambda at: (0.0 * at[0] + ratio("logistic", at[0])).sum(), [LOGITS])
    assert (gradient == 0.0).all()


# The weight of a divergence


def softened(ops):
    """f(u) = (1 + u) log((1 + u) / (2 u)), the softened reverse KL, with the logit log u."""
    return Loss(real=lambda t: ops.exp(-t) - ops.softplus(-t), fake=lambda t: -ops.softplus(-t))


# Each with its constant factor: f-distill's weights are divided by their mean.
WEIGHTS = {
    "rkl": ("fgan_reverse_kl", 1.0),
    "kl": ("fgan_kl", 1.0),
    "js": ("fgan_jensen_shannon", 1.0),
    "neyman": ("fgan_neyman", 2.0),
    "sh": ("fgan_squared_hellinger", 0.5),
    "jf": ("fgan_jeffreys", 1.0),
    "sf": (softened, 1.0),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_weights_of_f_distill_in_50_digits(name):
    loss, factor = WEIGHTS[name]
    with mpmath.workprec(256):
        backend = exact.backend()
        rewards = Rewards(backend, Functional(backend).generator_loss)
        ratios = [mpmath.mpf(x) / 64 for x in (1, 50, 64, 200, 40000)]
        got = rewards.f_weight(loss, backend.logits(ratios, "")).array
        for h, r in zip(got, ratios, strict=True):
            expected = factor * witnesses.F_DISTILL[name](r)
            assert abs(h - expected) < mpmath.mpf(10) ** -50 * expected


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_weight_of_a_divergence(framework, dtype):
    weight = framework.module.f_weight
    # What f-distill keeps the ratio within.
    ratios = np.exp(np.linspace(-10.0, 10.0, 11)).astype(dtype).astype(float)
    names = sorted(set(WEIGHTS) - {"sf"})  # in its slopes large terms cancel
    eps = np.finfo(dtype).eps

    def weights(ratios):
        few = ratios[3:8]
        return (
            {name: weight(WEIGHTS[name][0], ratios) for name in names},
            {alpha: weight("fgan_alpha", few, alpha=alpha) for alpha in (3.0, 0.5)},
            weight("lsgan", few),
        )

    of_all, of_alphas, of_lsgan = (jax.jit(weights) if framework is JAX else weights)(framework.array(ratios, dtype))
    for name in names:
        # The logit of a ratio is as large as 22, and rounded.
        expected = WEIGHTS[name][1] * witnesses.F_DISTILL[name](ratios)
        np.testing.assert_allclose(framework.numpy(of_all[name]), expected, rtol=64 * eps, atol=EPS, err_msg=name)
    # f'' is u^(alpha - 2); lsgan's is 2 / (1 + u)^3 here.
    for alpha, got in of_alphas.items():
        np.testing.assert_allclose(framework.numpy(got), ratios[3:8] ** alpha, rtol=256 * eps)
    expected = 2 * ratios[3:8] ** 2 / (1 + ratios[3:8]) ** 3
    np.testing.assert_allclose(framework.numpy(of_lsgan), expected, rtol=64 * eps)


def test_the_weight_is_that_of_the_divergence_that_the_loss_measures():
    """u^2 f''(u), with f'' from differences of f as it is computed from D's smallest loss."""
    h = 1e-3
    for loss in ("logistic", "lsgan", "fgan_kl"):
        for u in (0.5, 2.0):
            low, middle, high = generator_of_divergence(loss, [u - h, u, u + h])
            second = u**2 * (low - 2 * middle + high) / h**2
            got = gan.f_weight(loss, torch.tensor([u], dtype=torch.float64)).item()
            assert got == pytest.approx(second, rel=1e-4)


@FRAMEWORKS
def test_a_ratio_that_is_none_has_no_weight(framework):
    weight = framework.module.f_weight
    got = framework.numpy(weight("fgan_kl", framework.array(np.array([-1.0, 0.0, np.inf, np.nan, 1.0]))))
    assert np.isnan(got[:4]).all()
    # Nor one whose best logit is beyond what is sought.
    for name, ratio in (("lsgan", -3.0), ("fgan_pearson", 1e7)):
        assert np.isnan(framework.number(weight(name, framework.array(np.array([ratio]))).sum()))
    assert got[4] == pytest.approx(1.0, rel=8 * EPS)
    with pytest.raises(ValueError, match="says which side is likelier"):
        weight("fgan_total_variation", framework.array(np.ones(2)))


def test_ratio_weight_and_reward_in_what_is_compiled():
    x = torch.linspace(-2.0, 3.0, 5)

    def all_of(x):
        ratio = gan.density_ratio("logistic", x)
        return ratio, gan.f_weight("fgan_kl", ratio), gan.reward("logistic", x, largest=-0.5)

    for got, expected in zip(torch.compile(all_of, backend="eager", fullgraph=True)(x), all_of(x), strict=True):
        assert torch.equal(got, expected)
    of_jax = jax.jit(lambda x: ganloss_jax.f_weight("fgan_kl", ganloss_jax.density_ratio("logistic", x)))
    np.testing.assert_allclose(of_jax(jnp.asarray(x.numpy())), all_of(x)[1].numpy(), rtol=1e-5)


def test_a_truncated_reward_keeps_its_digits():
    logits = torch.tensor([-4.0, -8.0, -12.0, -16.0, 0.0, 9.0, 12.0])
    exact = torch.nn.functional.softplus(logits.double()).clamp(max=math.log(1e4))
    for name in ("isaacgym_amp/amp", "mimickit/amp", "protomotions/amp"):
        # Softplus and its difference from a number near it, a few ulp each.
        torch.testing.assert_close(gan.reward(name, logits).double(), exact, rtol=8 * 2.0**-23, atol=0.0)
