"""Small GANs with known answers: what they are trained on, what is measured, and that both frameworks train the same one."""

import dataclasses

import numpy as np
import pytest

import ganloss_jax._reproduce
from frameworks import assert_within
from ganloss_core.reproduce import gaussians
from ganloss_core.reproduce.gan import Contender, Run, pairs, parted, together, train
from ganloss_core.reproduce.gaussians import MIXTURES

RPGAN = Contender("rpgan", "rpgan", "r1_r2", 0.2)


def small(objective=RPGAN, seed=0, steps=3, **changed):
    (plan,) = gaussians.plans([objective], ["grid"], steps, [seed], "float64")
    return dataclasses.replace(plan, **{"width": 8, "batch": 8, "samples": 50, "looks": 1} | changed)


def test_a_plan_is_the_same_each_time_and_another_for_another_seed():
    a, b, c = small(), small(), small(seed=1)
    for x, y, z in zip(a.at(2), b.at(2), c.at(2), strict=True):
        np.testing.assert_array_equal(x, y)
        assert not np.array_equal(x, z)
    assert not np.array_equal(a.at(1).real, a.at(2).real)
    for x, y, z in zip(*(plan.weights()["discriminator"] for plan in (a, b, c)), strict=True):
        np.testing.assert_array_equal(x[0], y[0])
        assert not np.array_equal(x[0], z[0])
    np.testing.assert_array_equal(a.seeds(5), b.seeds(5))
    # Nor are they the numbers that the weights are drawn from.
    assert np.ptp(a.weights()["generator"][0][0].ravel()[:10] / a.seeds(5).ravel()) > 1.0
    assert small(dtype="float32").at(0).noise.dtype == np.float32


def test_packed_samples_are_one():
    plan = small(Contender("logistic", "logistic", "none", 0.0, 2))
    assert plan.weights()["discriminator"][0][0].shape == (4, 8)
    assert plan.weights()["generator"][-1][0].shape == (8, 2)
    assert plan.at(0).mix.shape == (4,)


def test_modes_and_their_divergence():
    from ganloss_core.reproduce import r3gan

    shares = np.full(1000, 1e-3)
    assert r3gan.measured(np.arange(1000), shares) == {"modes": 1000.0, "kl": pytest.approx(0.0, abs=1000 * 2.0**-52)}
    assert r3gan.measured(np.zeros(7, int), shares) == {"modes": 1.0, "kl": pytest.approx(np.log(1000.0))}
    half = np.where(np.arange(1000) < 500, 1.5e-3, 0.5e-3)
    assert r3gan.measured(np.arange(1000), half)["kl"] == pytest.approx(-0.5 * np.log(0.75))


def test_stacked_digits():
    from ganloss_core.reproduce import r3gan

    digits = r3gan.Digits()
    assert digits.accuracy > 0.98
    assert digits.shares.sum() == pytest.approx(1.0)
    some = digits.draw(np.random.default_rng(0), 3)
    assert (some.shape, some.min(), some.max()) == ((3, 192), -1.0, 1.0)
    # The digits 4, 0 and 7 are the mode 407, and a sample of nothing else has one mode.
    channels = [digits._images[digits._labels == digit][0] for digit in (4, 0, 7)]
    stacked = np.tile(np.concatenate(channels), (5, 1))
    assert digits.modes_of(stacked).tolist() == [407] * 5
    assert digits.measure(stacked)["modes"] == 1.0


@pytest.mark.parametrize(("name", "modes"), [("grid", 25), ("narrow_ring", 8)])
def test_modes_and_quality(name, modes):
    mixture = MIXTURES[name]
    assert mixture.measure(mixture.means) == {"modes": modes, "high quality": 1.0}
    assert mixture.measure(mixture.means[:3] + 100.0) == {"modes": 0.0, "high quality": 0.0}
    nearly, beyond = (np.array([[share * mixture.deviation, 0.0]]) for share in (2.99, 3.01))
    mixed = np.concatenate([mixture.means[:2] + nearly, mixture.means[2:4] + beyond])
    assert mixture.measure(mixed) == {"modes": 2.0, "high quality": 0.5}
    reals = mixture.measure(mixture.draw(np.random.default_rng(0), gaussians.SAMPLES))
    assert mixture.ok(reals)
    assert not mixture.ok(reals | {"high quality": 0.97})
    assert not mixture.ok(reals | {"modes": modes - 1.0})


@pytest.mark.parametrize(
    "objective",
    [RPGAN, Contender("wasserstein", "wasserstein", "wgan_gp", 0.1), Contender("logistic", "logistic", "r1", 0.1, 2)],
    ids=lambda objective: objective.name,
)
def test_both_frameworks_train_the_same_gan(objective):
    a, b = (train(small(objective), backend) for backend in ("torch", "jax"))
    # Sums over 128 samples, whose roundings three steps of Adam, with so small a rate, hand on.
    assert_within(a.losses, b.losses, 64)
    assert_within(a.samples, b.samples, 64)
    assert np.ptp(a.losses, axis=0).min() > 1e-6
    assert not a.failed
    assert a.looks == b.looks
    assert list(a.looks) == [3]


def test_what_is_not_finite_ends_a_run():
    told = []
    run = train(small(draw=lambda draw, n: np.full((n, 2), np.inf)), "torch", told.append)
    assert run.failed
    assert (run.steps, run.looks, told) == (1, {1: {}}, [1])


def run_of(losses, backend="torch", seed=0):
    return Run("grid", RPGAN, backend, seed, np.array(losses, float), {1: {"modes": 1.0}}, None)


def test_where_two_runs_part():
    a = run_of([[1.0, -2.0]] * 20)
    b = run_of([[1.0, -2.0]] * 11 + [[1.0, -2.0 - 1e-4]] * 9, "jax")
    assert parted(a, b, 1e-6) == 12
    assert parted(a, b, 1e-2) is None
    assert together(a, b, "float64")
    nan = run_of([[1.0, -2.0], [np.nan, -2.0]], "jax")
    assert parted(a, nan, 1e-2) == 2
    assert not together(a, nan, "float64")
    assert pairs([a, run_of([[1.0, 1.0]], seed=1), b]) == [(a, b)]


def test_another_critic_is_seen(monkeypatch):
    a = train(small(), "torch")
    monkeypatch.setattr(ganloss_jax._reproduce, "SLOPE", 0.2 + 1e-6)
    assert not together(a, train(small(), "jax"), "float64")
