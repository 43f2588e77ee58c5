"""Losses that are one another under other names, in fifty digits: values, and gradients of both players."""

import mpmath
import numpy as np
import pytest

from ganloss_core import get
from ganloss_core.backends import exact
from ganloss_core.backends.conditioning import Inputs, conditioned
from ganloss_core.backends.tape import Var, gradients
from ganloss_core.engine.functional import Functional
from ganloss_core.engine.settings import Settings
from ganloss_core.terms.stateless import Terms

REAL, FAKE = [0.25, -1.75, 2.25, 0.875], [0.75, -0.375, 1.5, -2.0]
ROWS = Inputs([[x] for x in REAL], [FAKE] * 4)
BOTH = ("discriminator", "generator")
DIGITS = mpmath.mpf(10) ** -50


@pytest.fixture(autouse=True)
def sixty_digits():
    with mpmath.workdps(60):
        yield


def exactly(name, player, inputs=None, generator=None, **given):
    settings = Settings.of(name, generator, "mean", "mean", given)
    found = conditioned(settings, player, inputs or Inputs(REAL, FAKE), second=False)
    return [found.value, *found.gradient]


def assert_the_same(first, second, factor=1, besides=0):
    (a, *by_a), (b, *by_b) = first, second
    assert abs(a - factor * b - besides) <= DIGITS
    assert max(abs(x - factor * y) for x, y in zip(by_a, by_b, strict=True)) <= DIGITS


@pytest.mark.parametrize("player", BOTH)
def test_rpgan_is_bradley_terry_is_dpo(player):
    assert get("bradley_terry") is get("rpgan")
    assert_the_same(exactly("dpo", player, beta=1.0), exactly("rpgan", player))


@pytest.mark.parametrize("player", BOTH)
def test_nwj_is_the_f_gan_of_kl(player):
    assert get("nwj") is get("fgan_kl")
    if player == "discriminator":
        assert_the_same(exactly("tuba", player, log_baseline=1.0), exactly("nwj", player))


def test_infonce_over_the_same_fakes_is_one_side_of_dual_contrastive():
    value, *gradient = exactly("nre_b", "discriminator", ROWS)
    # All rows have the same fakes, whose gradients add.
    shared = [sum(gradient[4 + 4 * i + k] for i in range(4)) for k in range(4)]
    assert get("infonce") is get("nre_b")
    assert_the_same([value, *gradient[:4], *shared], exactly("contrastive", "discriminator"))


@pytest.mark.parametrize(("first", "given", "second", "of", "factor"), [
    ("huber", {"delta": 1e6}, "lsgan", {}, 0.5),
    ("hkr", {"alpha": 0.0}, "wasserstein", {}, 1),
    ("fisher", {"rho": 0.0}, "wasserstein", {}, 1),
    ("bco_pair", {"beta": 1.0}, "logistic", {}, 1),
    ("slic", {"beta": 1.0}, "rphinge", {}, 1),
    ("ipo", {"beta": 0.5}, "rplsgan", {}, 1),
    ("dpo_robust", {"label_smoothing": 0.0}, "dpo", {}, 1),
    ("sppo_hard", {"beta": 0.5}, "lsgan", {"fake_label": -1.0}, 1),
    ("alpha_gan", {"alpha_d": 1.0, "alpha_g": 1.0}, "logistic", {}, 1),
    ("kl_wgan", {"temperature": 1e60}, "hinge", {}, 1),
])  # fmt: skip
@pytest.mark.parametrize("player", BOTH)
def test_limits(first, given, second, of, factor, player):
    assert_the_same(exactly(first, player, **given), exactly(second, player, **of), factor)


def test_a_balance_without_strength():
    assert_the_same(exactly("bnre", "discriminator", strength=0.0), exactly("logistic", "discriminator"))


@pytest.mark.parametrize(("first", "second"), [("minimax", "logistic"), ("bgan", "logistic"), ("hinge2", "hinge")])
def test_one_discriminator_and_two_generators(first, second):
    assert_the_same(exactly(first, "discriminator"), exactly(second, "discriminator"))


@pytest.mark.parametrize("player", BOTH)
def test_moved_by_a_constant(player):
    less = {"discriminator": 2, "generator": 1}[player] * mpmath.log(2)
    # The catalogue's constant is the float64 nearest to log 2.
    found = exactly("fgan_jensen_shannon", player)
    value, *gradient = exactly("logistic", player)
    assert abs(found[0] - value + less) < 1e-16
    assert_the_same([value, *found[1:]], [value, *gradient])


ONE_PAIR = Inputs([0.25], [0.875])


@pytest.mark.parametrize(("first", "second", "factor"), [
    *((f"relativistic_all_pairs_{form}", f"relativistic_paired_{form}", 1) for form in ("logistic", "lsgan", "hinge")),
    *((f"relativistic_average_{form}", f"relativistic_paired_{form}", 2) for form in ("logistic", "lsgan", "hinge")),
    ("dual_contrastive", "rpgan", 2),
    ("contrastive", "rpgan", 1),
])  # fmt: skip
@pytest.mark.parametrize("player", BOTH)
def test_of_one_pair(first, second, factor, player):
    assert_the_same(exactly(first, player, ONE_PAIR), exactly(second, player, ONE_PAIR), factor)


def test_one_pair_in_one_softmax():
    assert_the_same(exactly("softmax_gan", "discriminator", ONE_PAIR), exactly("rpgan", "discriminator", ONE_PAIR))


@pytest.mark.parametrize("player", BOTH)
def test_dual_contrastive_is_contrastive_both_ways(player):
    turned = Inputs([-x for x in FAKE], [-x for x in REAL])
    value, *gradient = exactly("contrastive", player)
    back, *by_turned = exactly("contrastive", player, turned)
    other = [-g for g in (*by_turned[len(FAKE) :], *by_turned[: len(FAKE)])]
    both = [value + back, *(a + b for a, b in zip(gradient, other, strict=True))]
    assert_the_same(exactly("dual_contrastive", player), both)


def test_the_generator_of_cramer_gan():
    # What it leaves out of the energy distance, how far reals are apart, has no gradient by fakes.
    real, fake = ([[x, -0.5 * x] for x in side] for side in (REAL, FAKE))
    cramer, energy = (
        np.array(exactly(name, "generator", Inputs(real, fake), **given)[1:])[-2 * len(FAKE) :]
        for name, given in (("cramer_gan", {}), ("energy_distance", {"unbiased": True}))
    )
    assert max(abs(cramer - energy)) <= DIGITS


def test_jeffreys_is_both_directions_of_kl():
    # In coordinates of the log ratio: f-GANs of KL, moved by 1, and of reverse KL.
    value, *gradient = exactly("fgan_jeffreys", "discriminator")
    moved = Inputs([x + 1 for x in REAL], [x + 1 for x in FAKE])
    kl, *by_kl = exactly("fgan_kl", "discriminator", moved)
    reverse, *by_reverse = exactly("fgan_reverse_kl", "discriminator")
    both = [kl + reverse, *(a + b for a, b in zip(by_kl, by_reverse, strict=True))]
    assert_the_same([value, *gradient], both)


def test_sorted_scores_of_sorted_sides_are_pairs():
    inputs = Inputs(sorted(REAL), sorted(FAKE))
    assert_the_same(exactly("aot_pair", "discriminator", inputs), exactly("dpo", "discriminator", inputs))


def test_nre_a_is_half_the_logistic_loss():
    assert_the_same(exactly("sbi/nre_a", "discriminator"), exactly("logistic", "discriminator"), mpmath.mpf(1) / 2)


def test_centring_of_rewards_is_that_of_adversarial_flows():
    # Both add c E (r + f)^2 to the paired logistic loss: the reward trainer in its loss, the others as `drift` of the sum.
    found = exactly("trl/reward", "discriminator", center_rewards_coefficient=0.25)
    value, *gradient = exactly("rpgan", "discriminator")
    at = [exact.array(side) for side in (REAL, FAKE)]
    sums = Var(np, at[0] + at[1])
    drift = Terms(exact.backend()).drift(sums, 0.25)
    (slope,) = gradients(drift, [sums])
    assert_the_same(found, [value + drift.array, *(g + s for g, s in zip(gradient, [*slope, *slope], strict=True))])


def test_dann_is_the_minimax_game_through_a_reversal():
    def of_features(reverse):
        logits = [Var(np, exact.array(side)) for side in (REAL, FAKE)]
        loss = Functional(exact.backend()).discriminator_loss("minimax", *map(reverse, logits))
        return [loss.array, *(g for by_side in gradients(loss, logits) for g in by_side)]

    reversed_, (value, *gradient) = (
        of_features(lambda x: Terms(exact.backend()).gradient_reversal(x, 0.5)),
        of_features(lambda x: x),
    )
    assert_the_same(reversed_, [value, *(-g / 2 for g in gradient)])
