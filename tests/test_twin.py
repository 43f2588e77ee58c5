"""The twin passes for the library's losses, and fails when one framework computes something else."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import ganloss_jax.twin
import ganloss_torch as gan
from ganloss_core import family, names, recipes
from ganloss_core.twin import plan, twin
from ganloss_torch.twin import TorchTrainer

ONE_OF_EACH = {
    "batch": "kl_wgan",
    "classes": "nplus1_ce",
    "contrastive": "d2d_ce",
    "energy": "ebgan",
    "f_divergence": "fgan_total_variation",
    "hinge": "hinge",
    "least_squares": "l1",
    "logistic": "logistic",
    "mmd": "mmd_gaussian",
    "preference": "ipo",
    "ratio": "bnre",
    "relativistic": "relativistic_all_pairs_hinge",
    "wasserstein": "wasserstein",
}


def test_every_family_is_trained():
    assert set(ONE_OF_EACH) == {family(name) for name in names()}
    assert all(family(name) == of for of, name in ONE_OF_EACH.items())


TRAINED = [*ONE_OF_EACH.values(), "realness", "contragan_2c", "relativistic_centered_lsgan"]
IN_FLOAT32 = ["hinge", "logistic", "contragan_2c"]  # and nplus1_ce in test_it_learns
IN_FLOAT64 = ["hinge", "logistic", "kl_wgan", "relativistic_all_pairs_hinge", "mmd_gaussian", "realness", "contragan_2c"]


@pytest.mark.parametrize(
    ("loss", "dtype"),
    [
        pytest.param(loss, dtype, marks=[pytest.mark.long] * (loss not in (IN_FLOAT64 if dtype == "float64" else IN_FLOAT32)))
        for loss in TRAINED
        for dtype in ("float64", "float32")
    ],
)
def test_both_frameworks_train_alike(loss, dtype):
    calls = []
    result = twin(loss, steps=12, dtype=dtype, progress=lambda done, total: calls.append((done, total)))
    assert result.ok, [(d.what, d.apart[d.step], d.bound[d.step]) for d in result.divergences]
    assert calls == [(i + 1, 12) for i in range(12)]
    eps = np.finfo(dtype).eps
    for framework, losses in result.losses.items():
        assert losses.shape == (12, 2)
        # It went somewhere.
        assert np.ptp(losses, axis=0).min() > 1e4 * eps
        assert result.samples[framework].shape == (80, 64)
    # The bound is no excuse: in the first steps, before errors have grown, it stays near to rounding.
    assert all(d.bound[5] < 1e3 * eps for d in result.divergences)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.long] * (name not in ("afm", "encodec", "stylegan2_ada")))
        for name in recipes.names()
        if name != "gigagan"
    ],
)
def test_both_frameworks_train_recipes_alike(name):
    table = recipes.recipe(name)
    # Else three steps would be before an adversarial term that starts late.
    at_once = {key: 0 if key == "disc_start" else value for key, value in table.parameters.items()}
    result = twin(replace(table, parameters=at_once), steps=3)
    assert result.ok, [(d.what, d.apart[d.step], d.bound[d.step]) for d in result.divergences]
    assert np.ptp(result.losses["JAX"], axis=0).min() > 0.0


def test_what_the_twin_has_not_is_said():
    with pytest.raises(ValueError, match="the twin has no mismatched_args, which GigaGAN needs"):
        plan(recipes.recipe("gigagan"), steps=1)


def test_it_learns():
    result = twin("nplus1_ce", steps=60, dtype="float32")
    assert result.ok
    images, labels = load_digits(return_X_y=True)
    means = np.stack([images[labels == y].mean(axis=0) for y in range(10)]) / 8.0 - 1.0
    nearest = np.square(result.samples["JAX"][:, None] - means).sum(axis=-1).argmin(axis=1)
    # By chance one in ten is nearest to the mean digit of the label that it was asked for.
    assert (nearest == np.tile(np.arange(10), 8)).mean() > 0.6


def _mutant(name):
    """JAX's objective, whose loss has a word that is something else."""
    backend, objective = ganloss_jax.backend, ganloss_jax.Objective
    relu, softplus = backend.ops.relu, backend.ops.softplus
    words = {
        "float32 inside": {"softplus": lambda x: softplus(x.astype("float32")).astype(x.dtype)},
        "a factor": {"softplus": lambda x: (1 + 1e-12) * softplus(x)},
        "a larger factor": {"softplus": lambda x: (1 + 1e-4) * softplus(x), "relu": lambda x: (1 + 1e-4) * relu(x)},
        "a kink elsewhere": {"relu": lambda x: relu(x + 1e-2) - 1e-2},
    }
    backend = replace(backend, ops=replace(backend.ops, **words[name]))
    loss = type("Loss", (ganloss_jax.GANLoss,), {"_backend": backend})
    return type("Objective", (objective,), {"_kit": replace(objective._kit, loss=loss)})


@pytest.mark.parametrize(
    ("loss", "dtype", "mutant"),
    [
        ("logistic", "float64", "float32 inside"),
        ("logistic", "float64", "a factor"),
        ("logistic", "float32", "a larger factor"),
        ("hinge", "float32", "a larger factor"),
        ("hinge", "float32", "a kink elsewhere"),
    ],
)
def test_a_difference_beyond_rounding_is_seen(monkeypatch, loss, dtype, mutant):
    monkeypatch.setattr(ganloss_jax.twin, "Objective", _mutant(mutant))
    assert not twin(loss, steps=3, dtype=dtype).ok


# PyTorch, which compiles nothing, in JAX's place.
class _Other(TorchTrainer):
    def __init__(self, plan_):
        super().__init__(replace(plan_, noise=plan_.noise * (1 + 1e-9)))


class _Nan(TorchTrainer):
    def step(self, i):
        super().step(i)
        return float("nan"), 0.0


@pytest.mark.parametrize("other", [_Other, _Nan])
def test_another_run_is_seen(monkeypatch, other):
    monkeypatch.setattr(ganloss_jax.twin, "trainer", other)
    assert not twin("hinge", steps=3).ok


def test_a_follower_decides_kinks_as_the_other_run_where_rounding_may():
    plan_ = plan("hinge", steps=1)
    first = TorchTrainer(plan_)
    d_loss, _ = first.step(0)
    real, fake, *_ = outputs = first.outputs + 1e-9
    other = gan.discriminator_loss("hinge", torch.tensor(real), torch.tensor(fake)).item()
    assert other != d_loss
    for tolerance, expected in ((1e-10, d_loss), (1e-8, other)):
        follower = TorchTrainer(plan_, follows=SimpleNamespace(outputs=outputs))
        follower.tolerance = tolerance
        assert follower.step(0)[0] == expected


def test_a_plan_is_repeatable():
    a, b, c = plan("hinge", steps=3), plan("hinge", steps=3), plan("hinge", steps=3, seed=1)
    np.testing.assert_array_equal(a.digits, b.digits)
    assert not np.array_equal(a.digits, c.digits)
    assert a.digits.min() == -1.0
    assert a.digits.max() == 1.0


def test_what_is_asked_for_is_checked():
    with pytest.raises(ValueError, match="the twin trains in float64 or float32, got 'bfloat16'"):
        twin("hinge", dtype="bfloat16")
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        twin("hinge", steps=0)
    with pytest.raises(KeyError, match="unknown loss 'hinged'"):
        twin("hinged")
