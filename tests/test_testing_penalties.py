"""Hand-written penalties and terms with state beside ours."""

import jax
import jax.numpy as jnp
import pytest
import torch

import ganloss_core.testing as of_numpy
import ganloss_jax
import ganloss_jax.testing as of_jax
import ganloss_torch as gan
import ganloss_torch.testing as of_torch


def gradient(critic, x):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return g


def r1(critic, x):
    return 5.0 * gradient(critic, x).square().flatten(1).sum(1).mean()


def gradient_penalty(critic, real, fake, norm=lambda g: g.flatten(1).norm(dim=1), dtype=None):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=dtype)
    return 10.0 * (norm(gradient(critic, alpha * real + (1 - alpha) * fake)) - 1).square().mean()


def mixed_otherwise(real_images, D, fake_images):
    return gradient_penalty(D, fake_images, real_images)


def over_channels(critic, real, fake):
    return gradient_penalty(critic, real, fake, norm=lambda g: g.norm(dim=1))


def dragan(critic, real):
    x = real + 0.5 * real.std() * torch.rand(real.shape, dtype=real.dtype)
    return 10.0 * (gradient(critic, x).flatten(1).norm(dim=1) - 1).square().mean()


def finite_differences(critic, real, *, noise):
    return 5.0 * ((critic(real + 0.01 * noise) - critic(real)) / 0.01).square().mean()


def in_jax(critic, real, fake, key):
    t = jax.random.uniform(key, (len(real),) + (1,) * (real.ndim - 1))
    g = jax.grad(lambda x: critic(x).sum())(t * fake + (1 - t) * real)
    return 10.0 * jnp.mean((jnp.sqrt((g**2).sum(range(1, g.ndim))) - 1) ** 2)


@pytest.mark.parametrize(
    ("testing", "name", "penalty", "weight", "said"),
    [
        (of_torch, "r1", r1, 10.0, "The penalty is r1(weight=10)."),
        (of_torch, "r1", r1, 5.0, "The penalty is 2 times r1(weight=5)."),
        (of_torch, "r2", r1, 10.0, "The penalty is r2(weight=10)."),
        (of_torch, "zero_centered", r1, 10.0, "The penalty is not zero_centered(weight=10): it is r1(weight=10)."),
        (of_torch, "wgan_gp", gradient_penalty, 10.0, "The penalty is wgan_gp(weight=10)."),
        (of_torch, "wgan_gp", mixed_otherwise, 10.0, "The penalty is wgan_gp(weight=10)."),
        (of_torch, "wgan_lp", gradient_penalty, 10.0, "The penalty is not wgan_lp(weight=10): it is wgan_gp(weight=10)."),
        (
            of_torch,
            "wgan_gp",
            over_channels,
            10.0,
            "The penalty is another one than wgan_gp(weight=10), or draws other numbers",
        ),
        (of_torch, "dragan", dragan, 10.0, "The penalty is dragan(weight=10)."),
        (of_torch, "approximate_r1", finite_differences, 10.0, "The penalty is approximate_r1(weight=10)."),
        (of_jax, "wgan_gp", in_jax, 10.0, "The penalty is wgan_gp(weight=10)."),
    ],
)
def test_penalties(testing, name, penalty, weight, said):
    comparison = testing.compare(name, penalty=penalty, weight=weight)
    assert str(comparison).startswith(said)
    assert comparison.ok == (f"is {name}(" in said)


def test_penalties_that_are_none():
    same = gradient_penalty
    for given, message in (
        ({"expected": "r3", "penalty": r1, "weight": 1.0}, "a penalty is one of r1, r2"),
        ({"expected": "r1", "penalty": r1}, r"r1 needs its weight: weight=10\.0"),
        ({"expected": "r1", "penalty": lambda a, b, c, d: 0, "weight": 1.0}, r"penalty: which of \(a, b, c, d\) is the critic"),
        ({"expected": "r1", "penalty": r1, "generator": r1, "weight": 1.0}, "give one of one_sided=, penalty=, term=, or"),
        ({"expected": "hinge", "term": r1}, "term= is compared with a LeCam, a BEGAN or a MINE, got str"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            of_torch.compare(**given)
    with pytest.raises(TypeError, match="numpy differentiates no critics"):
        of_numpy.compare("wgan_gp", penalty=same, weight=1.0)


class OwnLeCam:
    def __init__(self, decay):
        self.real = self.fake = 0.0
        self.decay = decay

    def __call__(self, d_real, d_fake):
        self.real = self.decay * self.real + (1 - self.decay) * d_real.mean().item()
        self.fake = self.decay * self.fake + (1 - self.decay) * d_fake.mean().item()
        return 0.3 * (torch.relu(d_real - self.fake).square().mean() + torch.relu(self.real - d_fake).square().mean())


def lecam_in_jax(state, real, fake):
    r, f = (0.9 * old + 0.1 * jax.lax.stop_gradient(x.mean()) for old, x in zip(state, (real, fake), strict=True))
    return 0.3 * ((jax.nn.relu(real - f) ** 2).mean() + (jax.nn.relu(r - fake) ** 2).mean()), (r, f)


class OwnMINE:
    """With the average, or with the last batch's mean in its place, as ermongroup/smile-mi-estimator has it."""

    def __init__(self, decay, forgets=False):
        self.average, self.decay, self.forgets = 1.0, decay, forgets

    def __call__(self, real, fake):
        mean = fake.exp().mean()
        average = self.decay * self.average + (1.0 - self.decay) * mean.item()
        self.average = mean.item() if self.forgets else average
        return mean.detach().log() + (mean - mean.detach()) / average - real.mean()


def test_mine():
    of_torch.assert_same(gan.MINE(), term=OwnMINE(0.9))
    assert "at first, but not from step 2 on" in str(of_torch.compare(gan.MINE(), term=OwnMINE(0.9, forgets=True)))


def test_terms():
    of_torch.assert_same(gan.LeCam(0.3, decay=0.9), term=OwnLeCam(0.9))
    said = str(of_torch.compare(gan.LeCam(0.6, decay=0.9), term=OwnLeCam(0.9)))
    assert said == "The term is 0.5 times LeCam(weight=0.6, decay=0.9)."
    assert "is another one than LeCam(weight=0.3)" in str(of_torch.compare(gan.LeCam(0.3), term=OwnLeCam(0.9)))
    of_jax.assert_same(ganloss_jax.LeCam(0.3, decay=0.9), term=lecam_in_jax, state=(0.0, 0.0))
