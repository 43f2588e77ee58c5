"""The closed-form derivatives that are printed, computed with arrays, are the gradients."""

import numpy as np
import pytest

from adapters import LOGITS, draw
from cases import each
from ganloss_core import Loss
from ganloss_core.backends import derivation, reference, tex
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.game import game


class Side:
    def __call__(self, x):
        return np.mean(x)

    def total(self, x):
        return float(np.size(x))

    def log_sum_exp(self, x):
        return np.log(np.sum(np.exp(x)))

    def log_mean_exp(self, x):
        return np.log(np.mean(np.exp(x)))

    def softmax(self, x):
        return np.exp(x) / np.mean(np.exp(x))

    def through_softmax(self, x, g):
        w = self.softmax(x)
        return w * (g - np.mean(w * g))

    def median(self, x):
        return np.sort(x)[(len(x) - 1) // 2]

    def sorted(self, x):
        return np.sort(x)

    def in_places_of(self, x, g):
        return g[np.argsort(np.argsort(x))]

    def given(self, x, weight):
        return np.sum(weight * x) / np.sum(weight)

    def share(self, weight):
        return weight / max(np.mean(weight), 1e-300)

    def of_pairs(self, x, axis):
        return np.mean(x, axis=axis)


class Arrays:
    ops = reference.backend.ops
    real = fake = Side()

    def sum(self, x):
        return np.mean(x)

    def zeros_like(self, x):
        return np.zeros_like(x)

    def less(self, x, y):
        return np.where(x < y, 1.0, 0.0)

    def equal(self, x, y):
        return np.where(x == y, 1.0, 0.0)

    def differences(self, x, y):
        return x[:, None] - y[None, :]


@each("name", LOGITS)
@each("player", ["discriminator", "generator"])
@each("scale", [0.1, 3.0])
def test_derivatives_are_the_gradient(name, player, scale):
    real, fake, _ = draw(name, 4, fake_shape=(3,), seed=1)
    real, fake = scale * real, scale * fake
    rules = game(Settings.of(name, None, "mean", "mean", {}).build(derivation.words(Arrays())))
    got = derivation.derivatives(getattr(rules, player).sides, Arrays(), real, fake)
    _, true = reference.value_and_grad(name, real, fake, player=player)
    for g, t, logits in zip(got, true[:2], (real, fake), strict=True):
        # Two ways to the same sum of a few terms; the terms of an unbiased loss cancel.
        np.testing.assert_allclose(
            g / len(logits) + 0.0 * logits, t, rtol=0, atol=64 * np.finfo(float).eps * (1 + abs(t).max())
        )


def test_a_hyperparameter_and_a_rule():
    d = tex.gradients("hinge", margin=0.5)
    assert (d.discriminator_real, d.discriminator_fake) == (r"-\mathbf{1}[0.5 - r > 0]", r"\mathbf{1}[0.5 + f > 0]")
    assert d.generator_real is None
    assert tex.gradients("hinge", generator="saturating").generator_fake == r"-\mathbf{1}[1 + f > 0]"
    assert tex.gradients("fgan_tv").discriminator_real == r"-2 \, \sigma\left(2 \, r\right) \, \sigma\left(-2 \, r\right)"


def test_a_loss_of_your_own():
    def sinh(ops, *, slope: float = 0.5):
        return Loss(real=lambda t: ops.exp(-slope * t), fake=lambda t: ops.exp(slope * t) / 4.0)

    assert tex.gradients(sinh)[:3] == (r"-0.5 \, e^{-0.5 \, r}", r"0.125 \, e^{0.5 \, f}", r"-0.5 \, e^{-0.5 \, f}")


def test_vectors_have_none():
    with pytest.raises(ValueError, match="acgan is a loss of vectors"):
        tex.gradients("acgan")
