"""Hand-written losses that once passed wrongly, failed wrongly, or were called something else."""

import pytest
import torch
import torch.nn.functional as F

import ganloss_torch as gan
from ganloss_torch.testing import compare, identify

softplus, relu = F.softplus, F.relu


def hinge(real, fake):
    return relu(1 - real).mean() + relu(1 + fake).mean()


def logistic(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def gradient(critic, x, reduced=torch.sum):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(reduced(critic(x)), x, create_graph=True)
    return g.square().flatten(1).sum(1)


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -g


class Targets(torch.nn.Module):
    def forward(self, target_is_real, x, dis_update=True):
        return relu(1 - x if target_is_real else 1 + x).mean() if dis_update else -x.mean()


@torch.jit.script
def scripted(fake: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    return fake.mean() - real.mean()


def in_place(real, fake):
    return F.relu_(real.mul_(-1.0).add_(1.0)).mean() + relu(1 + fake).mean()


wide = torch.ones(1, 1, dtype=torch.float64)
R1, GP = {"expected": "r1", "weight": 10.0}, {"expected": "wgan_gp", "weight": 10.0}


def usual_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1, 1, 1)
    return 10 * (gradient(critic, alpha * real + (1 - alpha) * fake).sqrt() - 1).square().mean()


def of_maps(real, fake):
    return softplus(-real).mean([1, 2, 3]).mean() + softplus(fake).mean()


def with_modes(critic, real):
    critic.train()
    return 5 * gradient(critic, real).mean() + 0 * sum(p.sum() for p in critic.parameters())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"expected": gan.BEGAN(), "term": lambda real, fake: real.mean()},
            "The term is BEGAN() at first, but not from step 2 on",
        ),
        (
            {"expected": gan.LeCam(0.3, start=20), "term": lambda real, fake: 0 * real.sum()},
            "at first, but not from step 21 on",
        ),
        ({**R1, "penalty": lambda critic, x: 5 * gradient(critic, x).sum() / 4}, "with a sum over the samples, where it takes"),
        (
            {**R1, "penalty": lambda critic, x: 5 * gradient(critic, x, lambda o: o.mean() * len(o)).mean()},
            "with a mean over a sample's outputs, where it takes their sum",
        ),
        (
            {**R1, "penalty": lambda critic, x: 5 * gradient(critic, x, lambda o: o[:, 0].sum()).mean()},
            "on samples of shape (4, 3, 4, 4), but another one on samples of shape (6, 2, 3, 3) and a critic of 2",
        ),
        ({**R1, "penalty": with_modes}, "The penalty is r1(weight=10)."),
        ({**GP, "penalty": usual_penalty}, "The penalty is wgan_gp(weight=10)."),
        ({"expected": "hinge", "discriminator": lambda fake, x: hinge(fake, x)}, "D is hinge with real and fake exchanged."),
        ({"expected": "hinge", "discriminator": lambda d_fake, b: hinge(b, d_fake)}, "D is hinge."),
        ({"expected": "wgan", "discriminator": scripted}, "D is wasserstein."),
        (
            {"expected": "logistic", "discriminator": lambda r, f: logistic(r.flatten(1)[:, 0], f.flatten(1)[:, 0])},
            "D is logistic on logits of shape (8, 1), but on (4, 3)",
        ),
        (
            {"expected": "tprls", "discriminator": lambda r, f: 0.04 + 0 * (r.sum() + f.sum())},
            "D has no gradient by real and fake",
        ),
        (
            {"expected": "hinge", "margin": 6.0, "discriminator": lambda r, f: (6 - r).mean() + (6 + f).mean()},
            "D is not hinge(margin=6.0): it is wasserstein and 12 besides",
        ),
        (
            {"expected": "hinge", "discriminator": lambda r, f: hinge(r.reshape(-1, 1) @ wide, f.reshape(-1, 1) @ wide)},
            "D is hinge on ordinary logits in float64, but raises RuntimeError in float32",
        ),
        (
            {"expected": "logistic", "discriminator": lambda r, f: logistic(r, f) + 0 * f.abs().sqrt().sum()},
            "but at fake = 0 the gradient by fake is nan, where logistic's is 0.5",
        ),
        (
            {"expected": "logistic", "discriminator": lambda r, f: softplus(-r).mean([1, 2, 3]).mean() + softplus(f).mean()},
            "D is log",
        ),
        ({"expected": "hinge", "discriminator": in_place}, "D is hinge."),
        ({"expected": "hinge", "one_sided": Targets()}, "G is hinge."),
        (
            {"expected": "logistic", "discriminator": lambda r, f: logistic(r, Reversed.apply(f))},
            "by fake logits -1 times; the value is",
        ),
        (
            {"expected": "logistic", "discriminator": lambda r, f: Reversed.apply(logistic(r, f))},
            "D has the value of logistic, and -1 times its gradient.",
        ),
        (
            {"expected": "hinge", "discriminator": lambda r, f: (hinge(r, f), 1)},
            "D returns a tuple of 2, where a loss is one number",
        ),
        ({"expected": "logistic", "discriminator": lambda r, f: 1.0003 * logistic(r, f)}, "D is 1.0003 times logistic."),
        (
            {"expected": "hinge", "discriminator": lambda r, f: 0.5 * relu(1 - r).mean() + relu(1 + f).mean()},
            "D's gradient by real logits is 0.5 times that of hinge, by fake logits the same.",
        ),
        ({"expected": gan.GANLoss("hinge", margin=2.0), "discriminator": hinge}, "D is not hinge(margin=2.0): it is hinge"),
        ({"expected": "minimax", "generator": lambda fake: softplus(-fake).mean()}, "G is not minimax: it is logistic (also"),
    ],
)
def test_verdict(given, said):
    given = dict(given)
    comparison = compare(given.pop("expected"), **given)
    assert said in str(comparison)


def test_gradients_that_are_off():
    with torch.no_grad():
        assert compare("hinge", discriminator=hinge).ok
    cut = compare(
        "r1", weight=10.0, penalty=lambda critic, real: 5 * torch.autograd.grad(critic(real).sum(), real)[0].square().sum()
    )
    assert cut.verdicts == ("The penalty has no gradient by the critic's parameters: create_graph=True is missing?",)


def test_what_is_asked_for():
    with pytest.raises(TypeError, match="a loss of logits has no real_labels: wrap it"):
        compare("hinge", discriminator=lambda real, fake, real_labels, fake_labels: hinge(real, fake))
    with pytest.raises(TypeError, match=r"which of \(\) are the real logits"):
        compare("hinge", discriminator=lambda **given: hinge(**given))
    with pytest.raises(ValueError, match="give a term whose start is at most 100"):
        compare(gan.LeCam(0.3, start=1000), term=lambda real, fake: 0 * real.sum())


def test_the_papers_labels_are_found():
    found = identify(discriminator=lambda real, fake: (real - 1).square().mean() + (fake + 1).square().mean())
    assert str(found[0]) == "lsgan(fake_label=-1); D is the same"
