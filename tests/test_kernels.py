"""Kernels of one step in PyTorch, forward and backward, at most, of arrays that are large enough for one pass to matter."""

import pytest
import torch

import ganloss_torch as gan
from ganloss_torch.compat import hifigan
from kernels import of_step

N = 2**13


def logits(*shape):
    return torch.linspace(-2.0, 2.0, torch.Size(shape).numel()).reshape(shape).requires_grad_()


def hinge_with_masks():
    r, f = logits(N), logits(N)
    mask = torch.arange(N) > 2
    return lambda: gan.discriminator_loss("hinge", r, f, real_weight=mask, fake_weight=mask), [r, f]


def of_logits(name):
    r, f = logits(N), logits(N)
    return lambda: gan.discriminator_loss(name, r, f), [r, f]


def segmenting():
    r, f, labels = logits(N, 6), logits(N, 6), torch.arange(N) % 4
    return lambda: gan.discriminator_loss("nplus1_ce", r, f, real_labels=labels), [r, f]


def eight_heads():
    reals, fakes = ([logits(N, n) for n in range(1, 9)] for _ in range(2))
    loss = gan.GANLoss("lsgan", heads="sum")
    return lambda: loss.discriminator(reals, fakes), [*reals, *fakes]


def eight_heads_of_hifigan():
    reals, fakes = ([logits(2, n) for n in range(3, 11)] for _ in range(2))
    return lambda: hifigan.discriminator_loss(reals, fakes)[0], [*reals, *fakes]


def features():
    reals, fakes = ([logits(N + n) for n in range(48)] for _ in range(2))
    return lambda: gan.feature_matching(reals, fakes, 2.0, layers="sum", detach_real=False), [*reals, *fakes]


def embeddings(name):
    x, labels = logits(128, 2, 32), torch.arange(128) % 4
    return lambda: gan.generator_loss(name, x, fake_labels=labels), [x]


def vectors():
    r, f = logits(128, 8), logits(128, 8)
    return lambda: gan.discriminator_loss("mmd_gaussian", r, f), [r, f]


def r3gan():
    critic = torch.nn.Linear(8, 1)
    r, f = logits(N, 8), logits(N, 8)

    def loss():
        seen = gan.observe(critic, real=r, fake=f)
        return gan.discriminator_loss("rpgan", seen.real, seen.fake) + gan.r1(seen, 1.0) + gan.r2(seen, 1.0)

    return loss, list(critic.parameters())


STEPS = {
    "logistic": (lambda: of_logits("logistic"), 12),
    "lsgan": (lambda: of_logits("lsgan"), 12),
    "hinge with masks": (hinge_with_masks, 26),
    "kl_wgan": (lambda: of_logits("kl_wgan"), 24),
    "nplus1_ce": (segmenting, 40),
    "lsgan of 8 heads": (eight_heads, 96),
    # With the parts for the log; the loop has 129.
    "hifigan.discriminator_loss of 8 heads": (eight_heads_of_hifigan, 33),
    "feature_matching of 48 maps": (features, 15),
    # Two forwards, two gradients by the input, three numbers and what these need backwards.
    "rpgan, r1 and r2": (r3gan, 41),
    "contragan_2c": (lambda: embeddings("contragan_2c"), 108),
    "d2d_ce": (lambda: embeddings("d2d_ce"), 87),
    "mmd_gaussian": (vectors, 198),
}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_has_more_kernels(step):
    make, most = STEPS[step]
    loss, leaves = make()
    # The first step makes what all later ones share.
    loss()
    names = of_step(loss, leaves)
    assert len(names) <= most, names


def test_what_is_counted():
    # HiFi-GAN's loop: seven operations for each head forwards, nine backwards, and the gradient of the loss itself.
    reals, fakes = ([logits(2, n) for n in range(3, 11)] for _ in range(2))

    def loop():
        return sum(torch.mean((1 - r) ** 2) + torch.mean(f**2) for r, f in zip(reals, fakes, strict=True))

    assert len(of_step(loop, [*reals, *fakes])) == 8 * (7 + 9) + 1


def test_a_row_of_numbers_is_copied_once():
    r, f = logits(4, 10), logits(4, 10)
    loss = gan.GANLoss("realness").discriminator
    with torch.inference_mode():
        loss(r, f)
    assert not {"_to_copy", "lift_fresh", "copy_", "_local_scalar_dense"} & set(of_step(lambda: loss(r, f), [r, f]))
