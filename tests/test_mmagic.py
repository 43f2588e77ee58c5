"""MMagic's GANLossComps, to the digit."""

import copy
import pickle

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch

EPS = np.finfo(np.float32).eps
MODULES = {"torch": (ganloss_torch, torch.ones), "jax": (ganloss_jax, jnp.ones)}
# loss_weight=2 on a = ones(1, 1), b = 2 ones(1, 3, 6, 6): G on a real target, D on real, D on fake
KNOWN = {
    "vanilla": (1.0, (1, 1), (0.6265233, 0.3132616, 1.3132616)),
    "wgan-logistic-ns": (1.0, (1, 1), (0.6265233, 0.3132616, 1.3132616)),
    "lsgan": (2.0, (1, 3, 6, 6), (2.0, 1.0, 4.0)),
    "wgan": (2.0, (1, 3, 6, 6), (-4.0, -2.0, 2.0)),
    "hinge": (2.0, (1, 3, 6, 6), (-4.0, 0.0, 3.0)),
}


@pytest.fixture(params=list(MODULES))
def comps(request):
    """GANLossComps of one adapter, and a function that makes float32 ones."""
    module, ones = MODULES[request.param]
    return module.GANLossComps, ones


@pytest.mark.parametrize("gan_type", KNOWN)
def test_known_answers(comps, gan_type):
    GANLossComps, ones = comps
    value, shape, answers = KNOWN[gan_type]
    loss, x = GANLossComps(gan_type, loss_weight=2.0), value * ones(shape)
    got = loss(x, True, is_disc=False), loss(x, True, is_disc=True), loss(x, False, is_disc=True)
    np.testing.assert_allclose([float(v) for v in got], answers, rtol=0, atol=1.5e-7)
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert float(again(x, True)) == float(got[0])


def test_the_generator_on_a_fake_target(comps):
    GANLossComps, ones = comps
    x = 2.0 * ones((1, 3, 6, 6))
    # hinge ignores the target; the others take the fake term, times loss_weight.
    answers = {"hinge": -4.0, "wgan": 4.0, "lsgan": 8.0, "vanilla": 2 * np.logaddexp(0, 2)}
    for gan_type, answer in answers.items():
        assert abs(float(GANLossComps(gan_type, loss_weight=2.0)(x, False)) - answer) <= 8 * EPS * abs(answer)


def test_labels_touch_vanilla_and_lsgan_only_and_also_the_generator(comps):
    GANLossComps, ones = comps
    x = 2.0 * ones((1, 1))
    labels = {"real_label_val": 0.75, "fake_label_val": 0.25}
    bce = lambda t: np.logaddexp(0, 2.0) - t * 2.0
    for gan_type, real, fake in (("vanilla", bce(0.75), bce(0.25)), ("lsgan", 1.25**2, 1.75**2)):
        loss = GANLossComps(gan_type, **labels)
        got = [float(loss(x, True)), float(loss(x, True, True)), float(loss(x, False, True))]
        np.testing.assert_allclose(got, [real, real, fake], rtol=8 * EPS)
    for gan_type in ("wgan", "wgan-logistic-ns", "hinge"):
        for args in ((x, True), (x, True, True), (x, False, True)):
            assert float(GANLossComps(gan_type, **labels)(*args)) == float(GANLossComps(gan_type)(*args))


def test_another_type(comps):
    with pytest.raises(NotImplementedError, match="'l1' is not implemented: use 'vanilla', 'lsgan'"):
        comps[0]("l1")


def test_a_module_in_torch():
    loss = ganloss_torch.GANLossComps("hinge")
    assert isinstance(loss, torch.nn.Module)
    assert torch.nn.Sequential(loss)[0] is loss
    assert "GANLossComps('hinge', real_label_val=1.0" in repr(loss)
    assert repr(ganloss_jax.GANLossComps("wgan", loss_weight=2.0)).endswith("loss_weight=2.0)")


class Mine(ganloss_torch.GANLossComps):
    def __init__(self, extra):
        super().__init__("lsgan", loss_weight=extra)
        self.extra = extra


def test_a_subclass_with_arguments_of_its_own_is_copied():
    loss = Mine(0.5).eval()
    x = torch.ones(3)
    for again in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert (again.extra, again.training, again(2 * x, True).item()) == (0.5, False, 0.5)


def test_what_is_changed_counts(comps):
    GANLossComps, ones = comps
    loss = GANLossComps("lsgan")
    loss.real_label_val, loss.loss_weight = 0.5, 4.0
    again = copy.deepcopy(loss)
    for each in (loss, again):
        assert (float(each(ones((2, 1)), True)), float(each(ones((2, 1)), True, True))) == (1.0, 0.25)
    loss.gan_type = "wgan"
    assert float(loss(ones((2, 1)), True, True)) == -1.0
