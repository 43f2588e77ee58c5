"""The twin passes for the library's losses, and fails when one framework computes something else."""

from dataclasses import replace

import numpy as np
import pytest

import ganloss_jax._twin
from ganloss_core.twin import LEARNING_RATE, Plan, plan, twin

ONE_OF_EACH = ["logistic", "l1", "hinge", "wasserstein", "relativistic_centered_lsgan", "relativistic_all_pairs_hinge"]


@pytest.mark.parametrize("loss", ONE_OF_EACH)
def test_both_frameworks_train_alike(loss):
    calls = []
    result = twin(loss, steps=30, progress=lambda what, done, total: calls.append((done, total)))
    assert result.ok, result.divergences
    assert calls == [(i + 1, 120) for i in range(120)]
    assert result.torch.losses.shape == (30, 2)
    # Adam moves a parameter by up to the learning rate a step: 30 steps went somewhere, and the bound stays tiny.
    assert np.abs(result.torch.parameters[-1] - result.torch.parameters[0]).max() > 5 * LEARNING_RATE
    assert max(d.bound for d in result.divergences) < 1e-10


def _mutant(backend, name):
    words = {
        "float32 inside": {"softplus": lambda x: backend.ops.softplus(x.astype("float32")).astype(x.dtype)},
        "a factor": {"softplus": lambda x: (1 + 1e-12) * backend.ops.softplus(x)},
    }
    return replace(backend, ops=replace(backend.ops, **words[name]))


@pytest.mark.parametrize("mutant", ["float32 inside", "a factor"])
def test_a_difference_beyond_rounding_is_seen(monkeypatch, mutant):
    monkeypatch.setattr(ganloss_jax._twin, "backend", _mutant(ganloss_jax._twin.backend, mutant))
    assert not twin("logistic", steps=30).ok


def test_other_noise_is_seen(monkeypatch):
    train = ganloss_jax._twin.train

    def other(plan_: Plan, each_step):
        return train(replace(plan_, noise=plan_.noise * (1 + 1e-9)), each_step)

    monkeypatch.setattr(ganloss_jax._twin, "train", other)
    assert not twin("hinge", steps=30).ok


def test_nan_is_not_explained(monkeypatch):
    train = ganloss_jax._twin.train
    monkeypatch.setattr(ganloss_jax._twin, "train", lambda p, s: replace(train(p, s), losses=np.full((5, 2), np.nan)))
    assert not twin("hinge", steps=5).ok


def test_a_plan_is_repeatable():
    a, b, c = plan("hinge", steps=3), plan("hinge", steps=3), plan("hinge", steps=3, seed=1)
    np.testing.assert_array_equal(a.digits, b.digits)
    assert not np.array_equal(a.digits, c.digits)
    assert a.digits.min() == -1.0
    assert a.digits.max() == 1.0
