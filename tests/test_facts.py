"""What is computed of a loss, against what papers state in closed form, in float64."""

import math

import numpy as np
import pytest

from adapters import LOGITS, SEPARABLE, VECTORS
from cases import each
from ganloss_core import facts, names
from ganloss_core.facts import Range

U = np.exp(np.linspace(-3.0, 3.0, 13))
LOG_2 = math.log(2.0)
EPS = np.finfo(np.float64).eps
_LAST = 1 / (1 + math.exp(30))

# f(u) of E_q f(p / q) with f(1) = 0, modulo c (u - 1): what D's smallest loss falls by.
DIVERGENCES = {
    # Goodfellow et al. 2014, arXiv:1406.2661, theorem 1: -log 4 + 2 JSD.
    "logistic": lambda u: u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
    "minimax": lambda u: u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
    "bgan": lambda u: u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
    # Nowozin et al. 2016, arXiv:1606.00709, table 1.
    "fgan_kl": lambda u: u * np.log(u),
    "fgan_reverse_kl": lambda u: -np.log(u),
    "fgan_pearson": lambda u: (u - 1) ** 2,
    "fgan_neyman": lambda u: (1 - u) ** 2 / u,
    "fgan_squared_hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "fgan_jensen_shannon": lambda u: -(u + 1) * np.log((1 + u) / 2) + u * np.log(u),
    "fgan_total_variation": lambda u: np.abs(u - 1) / 2,
    # Half the Pearson divergence.
    "fgan_alpha": lambda u: (u**2 - 1 - 2 * (u - 1)) / 2,
    # With labels 0 and 1: D's minimum is E_q u / (1 + u).
    "lsgan": lambda u: 0.5 - u / (1 + u),
    # Lim & Ye 2017, arXiv:1705.02894: the optimal D is a sign, and the loss 2 - 2 TV.
    "hinge": lambda u: np.abs(u - 1),
    "hinge2": lambda u: np.abs(u - 1),
    # Labels at distance 1.
    "l1": lambda u: np.abs(u - 1) / 2,
    # Zhao et al. 2016, arXiv:1609.03126, theorem 1 and its proof: V = m int min(p, q), with energies in [0, m].
    "ebgan": lambda u: 1.0 - np.minimum(u, 1.0),
    # At 1 the logistic loss.
    "alpha_gan": lambda u: u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
    # Of beta times the logit.
    "bco_pair": lambda u: u * np.log(2 * u / (1 + u)) + np.log(2 / (1 + u)),
    # The real term's parabolas alone, since the best logit is between the labels.
    "huber": lambda u: 0.25 - 0.5 * u / (1 + u),
    # Labels at distance 1 / beta.
    "sppo_hard": lambda u: 50.0 - 100.0 * u / (1 + u),
    # Linear in the sigmoid, of 0.1 times the largest logit that is looked at.
    "apo_zero": lambda u: np.where(u > 1, (1 - u) * _LAST, (1 - u) * (1 - _LAST)),
    # The best sigmoid is 2 u / (3 u + 1).
    "nca_pair": lambda u: 2 * np.log(2) + u * np.log(2 * u / (3 * u + 1)) + (u + 1) / 2 * np.log((u + 1) / (3 * u + 1)),
    # (u - 1) log u, the sum of those of both Kullback-Leibler divergences.
    "fgan_jeffreys": lambda u: (u - 1) * np.log(u),
    # Poole et al. 2019, arXiv:1905.06922, of which the Kullback-Leibler divergence is the best.
    "tuba": lambda u: u * np.log(u),
}

# The optimal logit as a function of p / q.
CRITICS = {
    # arXiv:1406.2661, proposition 1: D = p / (p + q), whose log-odds are ln(p / q).
    "logistic": np.log,
    "minimax": np.log,
    "bgan": np.log,
    "alpha_gan": np.log,
    "fgan_jensen_shannon": np.log,
    # arXiv:1606.00709, equation 5: g(v*) = f'(p / q).
    "fgan_kl": lambda u: 1 + np.log(u),
    "fgan_reverse_kl": np.log,
    "fgan_pearson": lambda u: 2 * (u - 1),
    "fgan_neyman": lambda u: 2 * np.log(u),
    "fgan_squared_hellinger": lambda u: np.log(u) / 2,
    "fgan_total_variation": lambda u: np.where(u > 1, np.inf, -np.inf),
    "fgan_alpha": lambda u: u - 1,
    "fgan_jeffreys": np.log,
    "tuba": np.log,
    "bco_pair": lambda u: 10 * np.log(u),
    "nca_pair": lambda u: 10 * np.log(2 * u / (u + 1)),
    "sppo_hard": lambda u: 5 * (u - 1) / (u + 1),
    "huber": lambda u: u / (u + 1),
    "apo_zero": lambda u: np.where(u > 1, np.inf, -np.inf),
    # Mao et al. 2017, arXiv:1611.04076, equation 5: (b p + a q) / (p + q).
    "lsgan": lambda u: u / (1 + u),
    "l1": lambda u: np.where(u > 1, 1.0, 0.0),
    "hinge": lambda u: np.sign(u - 1),
    "hinge2": lambda u: np.sign(u - 1),
    "ebgan": lambda u: np.where(u > 1, 0.0, 1.0),
    "wasserstein": lambda u: np.where(u > 1, np.inf, -np.inf),
    # The hinge holds the logit at half the margin where the means alone do not pull harder.
    "hkr": lambda u: np.where(u > 1.5, np.inf, np.where(u < 2 / 3, -np.inf, 0.5 * np.sign(u - 1))),
}

# D's and G's reading, or a range of G's, where real and fake are the same.
READINGS = {
    "logistic": (2 * LOG_2, LOG_2),
    "minimax": (2 * LOG_2, -LOG_2),
    "lsgan": (0.5, 0.25),
    "hinge": (2.0, (-1.0, 1.0)),
    "hinge2": (2.0, (0.0, 2.0)),
    "wasserstein": (0.0, (-math.inf, math.inf)),
    "ebgan": (1.0, (0.0, 1.0)),
    "fgan_jensen_shannon": (0.0, 0.0),
    "fgan_kl": (0.0, -1.0),
    "relativistic_paired_logistic": (LOG_2, LOG_2),
    "relativistic_average_logistic": (2 * LOG_2, 2 * LOG_2),
    "relativistic_average_lsgan": (2.0, 2.0),
    "relativistic_all_pairs_hinge": (1.0, 1.0),
    "relativistic_average_lsgan_unbiased": (2.0, 2.0),
    "softmax_gan": (math.log(128), math.log(128)),
    "dual_contrastive": (2 * math.log(65), 2 * math.log(65)),
    "donsker_varadhan": (0.0, (-math.inf, math.inf)),
    "kl_wgan": (2.0, (-1.0, 1.0)),
    "tprls": (0.0, 0.0),
    "bgan": (2 * LOG_2, 0.0),
}


def test_closed_forms_are_given_for_every_loss_that_has_them():
    assert set(CRITICS) == set(SEPARABLE)
    assert set(DIVERGENCES) == set(SEPARABLE) - {"wasserstein", "hkr"}


@each("name", DIVERGENCES)
def test_the_divergence_is_the_papers(name):
    f, true = np.array(facts.generator_of_divergence(name, U.tolist())), DIVERGENCES[name](U)
    # The loss is flat at its minimum: what the bisection leaves does not show. f and its fit are differences of two numbers
    # up to 1 + u = 21 times larger than the result, with half an ulp of error each, and one of the multiplication: 63.
    (c,) = np.linalg.lstsq((U - 1)[:, None], f - true, rcond=None)[0]
    np.testing.assert_allclose(f, true + c * (U - 1), rtol=0, atol=64 * EPS * np.abs(f).max())


@each("name", DIVERGENCES)
def test_a_divergence_of_distributions(name):
    p, q = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.4, 0.3, 0.15, 0.15])
    got = facts.divergence(name, p.tolist(), q.tolist())
    # Four terms with a handful of roundings each, in both sums; and what D's loss falls by is a difference of two losses.
    lost = 16 * EPS * abs(facts.equilibrium(name).discriminator)
    np.testing.assert_allclose(got, np.sum(q * DIVERGENCES[name](p / q)), rtol=16 * EPS, atol=lost)
    assert got > 0
    assert facts.divergence(name, p.tolist(), p.tolist()) == 0.0


@each("name", CRITICS)
def test_the_optimal_critic_is_the_papers(name):
    # Away from 1, where a kink leaves a whole interval.
    u = U[np.abs(U - 1) > 1e-9]
    low, high = np.array(facts.optimal_critic(name, u.tolist())).T
    # Bisection ends at a width of 1e-15 (1 + |logit|), 4.5 eps, or where rounding decides the sign of the slope.
    np.testing.assert_allclose(low, CRITICS[name](u), rtol=8 * EPS, atol=8 * EPS)
    np.testing.assert_allclose(high, CRITICS[name](u), rtol=8 * EPS, atol=8 * EPS)


def test_where_any_logit_is_best():
    assert facts.optimal_critic("hinge", [1.0]) == [pytest.approx((-1.0, 1.0))]
    assert facts.optimal_critic("wasserstein", [1.0]) == [Range(-math.inf, math.inf)]
    assert facts.optimal_critic("ebgan", [1.0]) == [pytest.approx((0.0, 1.0))]


@each("name", READINGS)
def test_readings_at_equilibrium(name):
    d, g = READINGS[name]
    balance = facts.equilibrium(name)
    # Some sum the 128 logits of both sides; the readings are at most 10.
    assert balance.discriminator == pytest.approx(d, rel=0, abs=128 * EPS)
    assert balance.generator == pytest.approx(g if isinstance(g, tuple) else (g, g), rel=0, abs=128 * EPS)


@each("name", LOGITS)
def test_every_loss_of_logits_has_readings(name):
    balance = facts.equilibrium(name)
    assert math.isfinite(balance.discriminator)
    assert balance.logit.low <= balance.logit.high
    assert balance.generator.low <= balance.generator.high


@pytest.mark.parametrize(("name", "factor", "divergence"), [
    ("logistic", 2.0, "the Jensen-Shannon divergence"),
    ("hinge", 2.0, "the total variation"),
    ("lsgan", 0.25, "the triangular discrimination"),
    ("fgan_alpha", 0.5, "the Pearson chi-squared divergence"),
    ("fgan_kl", 1.0, "the Kullback-Leibler divergence of real from fake"),
    ("fgan_reverse_kl", 1.0, "the Kullback-Leibler divergence of fake from real"),
    ("fgan_squared_hellinger", 1.0, "the squared Hellinger distance"),
    ("fgan_neyman", 1.0, "the Neyman chi-squared divergence"),
])  # fmt: skip
def test_divergences_are_recognised(name, factor, divergence):
    got = facts.name_of_divergence(name)
    assert got == (pytest.approx(factor), divergence)


def test_a_divergence_without_a_name():
    assert facts.name_of_divergence("alpha_gan", alpha_d=3.0) is None
    assert facts.name_of_divergence("wasserstein") is None
    assert facts.generator_of_divergence("wasserstein", [0.5, 1.0, 2.0]) == [math.inf, 0.0, math.inf]
    # A critic that gains by calling everything real.
    assert facts.generator_of_divergence("llamagen/non-saturating", [1.0, 2.0]) == [math.inf, math.inf]
    assert facts.equilibrium("llamagen/non-saturating").discriminator == -math.inf


def test_hyperparameters_count():
    # Labels -1 and 1: the optimal critic is (u - 1) / (u + 1), and the divergence 4 times that of labels 0 and 1.
    (at,) = facts.optimal_critic("lsgan", [3.0], fake_label=-1.0)
    assert at.low == pytest.approx(0.5)
    factor, _ = facts.name_of_divergence("lsgan", fake_label=-1.0)
    assert factor == pytest.approx(1.0)
    (at,) = facts.optimal_critic("fgan_alpha", [4.0], alpha=0.5)
    # 2 - softplus(-v) = f'(4) = 2 (1 - 1 / 2), so that e^-v = e - 1.
    assert at.low == pytest.approx(-math.log(math.e - 1.0))


def test_a_loss_of_your_own():
    from ganloss_core import Loss

    def exponential(ops):
        return Loss(real=lambda t: ops.exp(-t), fake=ops.exp)

    # min u e^-t + e^t = 2 sqrt(u): twice the squared Hellinger distance, half as usual.
    factor, name = facts.name_of_divergence(exponential)
    assert (factor, name) == (pytest.approx(1.0), "the squared Hellinger distance")


def test_a_loss_that_measures_nothing():
    from ganloss_core import Loss

    def even(ops):
        return Loss(real=lambda t: ops.exp(ops.square(t)), fake=lambda t: ops.exp(ops.square(t)))

    assert facts.name_of_divergence(even) is None


@pytest.mark.parametrize(
    "term", [lambda o, t: -o.square(t), lambda o, t: o.square(o.square(t) - 1.0), lambda o, t: o.log(t), lambda o, t: o.sqrt(t)]
)
def test_a_loss_without_one_minimum(term):
    from ganloss_core import Loss

    def odd(ops):
        return Loss(real=lambda t: term(ops, t), fake=lambda t: term(ops, t))

    with pytest.raises(ValueError, match="odd: D's loss has several minima, or is not a number everywhere"):
        facts.optimal_critic(odd, [0.5, 1.0])


@each("ratio", [[0.0], [-1.0], [math.nan], [math.inf], 2.0])
def test_ratios_are_checked(ratio):
    with pytest.raises(ValueError, match="ratio must be positive numbers in a list"):
        facts.optimal_critic("hinge", ratio)


def test_what_has_no_facts():
    with pytest.raises(ValueError, match="relativistic_paired_hinge is not a term for each logit"):
        facts.optimal_critic("rphinge", [1.0])
    with pytest.raises(ValueError, match="acgan is a loss of vectors"):
        facts.equilibrium("acgan")
    with pytest.raises(ValueError, match="positive probabilities"):
        facts.divergence("hinge", [0.5, 0.5], [1.0, 0.0])
    assert VECTORS


# Read off the formulas: a mean over samples, or over pairs of a real and a fake of one index, is that of equal batches' means.
OF_EACH_SAMPLE = {
    *("acgan", "multi_hinge", "realness", "mdd", "nre_b", "nre_c"),
    *("dpo", "dpo_robust", "slic", "ipo", "exo_pair", "discopop", "apo_down"),
} | {f"relativistic_paired_{kind}" for kind in ("logistic", "lsgan", "hinge")}


@pytest.mark.parametrize("player", facts.PLAYERS)
def test_which_losses_are_the_same_on_several_devices(player):
    found = {name: facts.devices(name, player) for name in names()}
    # Fisher GAN's G is minus the mean logit.
    of_each_logit = {*SEPARABLE, *(["fisher"] if player == "generator" else [])}
    assert {name for name, of_player in found.items() if of_player.sums} == of_each_logit
    assert {name for name, of_player in found.items() if of_player.same} == of_each_logit | OF_EACH_SAMPLE
    needs = [("real",) if player == "discriminator" else ("fake",), ("fake",) if player == "generator" else ("real", "fake")]
    assert found["contragan_2c"].sends == needs[0]
    assert found["kl_wgan"].sends == needs[1]
    assert found["hinge"].sends == needs[1]
    assert found["relativistic_average_hinge"].sends == ("real", "fake")


def test_devices_of_other_codebases_losses():
    assert facts.devices("esrgan/ragan", "generator") == facts.devices("rasgan", "generator")
    assert facts.devices("taming/hinge", "discriminator") == facts.devices("hinge", "discriminator")
