"""LlamaGen's functions: the same calls, numbers and gradients, those of its swapped cross-entropy too."""

import inspect
import math

import pytest
import torch
import torch.nn.functional as F

from ganloss_torch.compat import llamagen, taming

SHAPES = pytest.mark.parametrize("shape", [(1,), (5, 1), (2, 1, 4, 3)], ids=str)
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def bce(logits, label):
    """LlamaGen gives what is the logit elsewhere as the target."""
    return F.binary_cross_entropy_with_logits(torch.full_like(logits, label), logits)


THEIRS = {
    "hinge_d_loss": lambda r, f: 0.5 * (F.relu(1 - r).mean() + F.relu(1 + f).mean()),
    "vanilla_d_loss": lambda r, f: 0.5 * (F.softplus(-r).mean() + F.softplus(f).mean()),
    "non_saturating_d_loss": lambda r, f: 0.5 * (bce(r, 1.0) + bce(f, 0.0)),
    "hinge_gen_loss": lambda f: -f.mean(),
    "non_saturating_gen_loss": lambda f: bce(f, 1.0),
}


@DTYPES
@SHAPES
@pytest.mark.parametrize("name", THEIRS)
def test_numbers_and_gradients_are_theirs(name, shape, dtype):
    function, theirs, draw = getattr(llamagen, name), THEIRS[name], torch.Generator().manual_seed(3)
    names = ["logits_real", "logits_fake"] if "_d_" in name else ["logit_fake"]
    assert [p for p in inspect.signature(function).parameters if p != "group"] == names
    assert name in llamagen.__all__
    sides = [torch.randn(shape, generator=draw, dtype=dtype).requires_grad_() for _ in names]
    value, wanted = function(**dict(zip(names, sides, strict=True))), theirs(*sides)
    gradients = [torch.autograd.grad(y, sides, torch.tensor(2.5, dtype=dtype)) for y in (value, wanted)]
    # Means of at most 24 numbers below 4.
    for a, b in [(value, wanted), *zip(*gradients, strict=True)]:
        torch.testing.assert_close(a, b, rtol=0, atol=32 * torch.finfo(dtype).eps)


def test_its_discriminator_learns_nothing_from_fakes():
    real, fake = torch.tensor([3.0, -2.0], requires_grad=True), torch.tensor([5.0, 0.25], requires_grad=True)
    loss = llamagen.non_saturating_d_loss(real, fake)
    assert loss.item() == pytest.approx(0.5 * (math.log1p(math.e) - 0.5 + math.log(2)), rel=1e-6)
    of_real, of_fake = torch.autograd.grad(loss, (real, fake))
    assert of_real.tolist() == [-0.25, -0.25]
    assert of_fake.tolist() == [0.0, 0.0]


def test_the_rest_is_tamings():
    assert [llamagen.adopt_weight(0.5, step, threshold=3) for step in (2, 3)] == [0.0, 0.5]
    assert llamagen.hinge_d_loss is taming.hinge_d_loss
