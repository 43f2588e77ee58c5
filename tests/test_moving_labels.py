"""Labels that change in each step: a mixture of both terms, which is made and compiled once."""

import jax
import jax.numpy as jnp
import pytest
import torch
import torch.nn.functional as F
from torch._dynamo.testing import CompileCounterWithBackend

import ganloss_jax
import ganloss_torch as gan

LOGITS, LABELS = torch.linspace(-3.0, 4.0, 8).double(), torch.linspace(0.0, 1.0, 8).double()


def mixed(loss, t, y):
    terms = loss.discriminator(t, t)
    return (y * terms.real + (1 - y) * terms.fake).mean()


@pytest.mark.parametrize(
    ("name", "wanted", "constant"),
    [
        ("logistic", F.binary_cross_entropy_with_logits, 0.0),
        ("lsgan", F.mse_loss, (LABELS * (1 - LABELS)).mean()),
    ],
)
def test_a_label_for_each_sample(name, wanted, constant):
    t = LOGITS.clone().requires_grad_()
    ours, theirs = mixed(gan.GANLoss(name, reduction="none"), t, LABELS), wanted(t, LABELS)
    torch.testing.assert_close(ours, theirs + constant, rtol=1e-14, atol=0)
    gradients = [torch.autograd.grad(loss, t)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-13, atol=1e-16)


def test_what_a_moving_label_costs():
    step, counter = mixed, CompileCounterWithBackend("eager")
    torch._dynamo.reset()
    compiled, loss = torch.compile(step, backend=counter), gan.GANLoss("logistic", reduction="none")
    for label in (0.7, 0.8, 0.9):
        compiled(loss, LOGITS, torch.full((8,), label).double())
    assert counter.frame_count == 1
    anew = torch.compile(lambda loss, t: loss.discriminator(t, t), backend=counter)
    for label in (0.7, 0.8, 0.9):
        anew(gan.GANLoss("logistic", real_label=label), LOGITS)
    assert counter.frame_count == 1 + 3
    torch._dynamo.reset()


def test_and_in_jax():
    traced, loss = [], ganloss_jax.GANLoss("logistic", reduction="none")
    step = jax.jit(lambda loss, t, y: (traced.append(1), mixed(loss, t, y))[1])
    t = jnp.asarray(LOGITS.numpy(), "float32")
    for label in (0.7, 0.9):
        value = step(loss, t, label)
    wanted = F.binary_cross_entropy_with_logits(LOGITS, torch.full_like(LOGITS, 0.9)).item()
    assert float(value) == pytest.approx(wanted, rel=1e-6)
    assert len(traced) == 1
    anew = jax.jit(lambda loss, t: (traced.append(1), loss.discriminator(t, t))[1])
    for label in (0.7, 0.9, 0.9):
        jax.eval_shape(anew, ganloss_jax.GANLoss("logistic", real_label=label), t)
    assert len(traced) == 3
