"""The Transfer Learning Library's gradient reversal and DANN loss: the same numbers and gradients."""

import inspect
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import ganloss_torch as gan
from ganloss_torch.compat import tllib

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def coefficient(i, alpha, lo, hi, n):
    return 2 * (hi - lo) / (1 + math.exp(-alpha * i / n)) - (hi - lo) + lo


@DTYPES
@pytest.mark.parametrize("auto_step", [False, True])
def test_warm_start(auto_step, dtype):
    layer = tllib.WarmStartGradientReverseLayer(alpha=3.0, lo=0.1, hi=0.7, max_iters=20.0, auto_step=auto_step)
    x = torch.randn(3, 2, dtype=dtype).requires_grad_()
    upstream = torch.randn(3, 2, dtype=dtype)
    for i in range(4):
        y = layer(x)
        assert torch.equal(y, x)
        (g,) = torch.autograd.grad(y, x, upstream)
        torch.testing.assert_close(g, -coefficient(i, 3.0, 0.1, 0.7, 20.0) * upstream, rtol=8 * torch.finfo(dtype).eps, atol=0)
        if not auto_step:
            layer.step()
    assert layer.iter_num == 4
    assert not layer.state_dict()


def test_function_and_layer():
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    for call, coeff in (
        (tllib.GradientReverseFunction.apply, 1.0),
        (lambda x: tllib.GradientReverseFunction.apply(x, 0.25), 0.25),
        (tllib.GradientReverseLayer(), 1.0),
        (lambda x: tllib.GradientReverseLayer()(x, 2.0), 2.0),
    ):
        assert call(x).tolist() == [1.0, -2.0]
        assert torch.autograd.grad(call(x), x, torch.tensor([3.0, 5.0]))[0].tolist() == [-3.0 * coeff, -5.0 * coeff]


def transcribed(discriminator, coeff, f_s, f_t, w_s, w_t, reduction, sigmoid):
    """Tllib/alignment/dann.py, forward; the reversal is a hook."""
    f = torch.cat((f_s, f_t)) * 1.0
    f.register_hook(lambda g: -coeff * g)
    d, labels = discriminator(f), torch.cat((torch.ones(len(f_s)), torch.zeros(len(f_t)))).to(f_s)
    if sigmoid:
        d_s, d_t = d[: len(f_s)], d[len(f_s) :]
        bce = lambda d, label, w: F.binary_cross_entropy(d, torch.full_like(d, label), weight=w.view_as(d), reduction=reduction)
        hits = [(d_s >= 0.5).double().mean(), (d_t < 0.5).double().mean()]
        return 0.5 * (bce(d_s, 1.0, w_s) + bce(d_t, 0.0, w_t)), 50 * (hits[0] + hits[1])
    loss = F.cross_entropy(d, labels.long(), reduction="none") * torch.cat([w_s, w_t])
    hits = 100 * (d.topk(1)[1][:, 0] == labels).double().mean()
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction](), hits


@DTYPES
@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("sigmoid", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_dann(reduction, weighted, sigmoid, n, dtype):
    torch.manual_seed(n)
    discriminator = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid()) if sigmoid else nn.Linear(4, 2)
    discriminator = discriminator.to(dtype)
    f_s, f_t = (torch.randn(n, 4, dtype=dtype).requires_grad_() for _ in range(2))
    weights = [torch.rand(n, dtype=dtype) if weighted else torch.ones(n, dtype=dtype) for _ in range(2)]
    loss = tllib.DomainAdversarialLoss(discriminator, reduction, sigmoid=sigmoid)
    at = [f_s, f_t, *discriminator.parameters()]
    for i in (0, 300):  # the first coefficient is 0
        loss.grl.iter_num = i
        value = loss(f_s, f_t, *(weights if weighted else []))
        wanted, hits = transcribed(discriminator, coefficient(i, 1.0, 0.0, 1.0, 1000.0), f_s, f_t, *weights, reduction, sigmoid)
        assert float(loss.domain_discriminator_accuracy if sigmoid else loss.domain_discriminator_accuracy[0]) == pytest.approx(
            float(hits)
        )
        assert loss.grl.iter_num == i + 1
        pairs = [torch.autograd.grad(y, at, torch.full_like(y, 2.5)) for y in (value, wanted)]
        for a, b in [(value, wanted), *zip(*pairs, strict=True)]:
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            torch.testing.assert_close(a, b, rtol=0, atol=64 * torch.finfo(dtype).eps * float(b.detach().abs().max()))


def test_sides_of_two_sizes_and_its_loss_by_name():
    """Theirs cuts the batch in halves."""
    critic = nn.Linear(4, 1).double()
    f_s, f_t = torch.randn(5, 4).double(), torch.randn(2, 4).double()
    loss = tllib.DomainAdversarialLoss(nn.Sequential(critic, nn.Sigmoid()), grl=tllib.GradientReverseLayer())
    logistic = 0.5 * gan.discriminator_loss("logistic", critic(f_s), critic(f_t))
    # -log of a sigmoid near 1/2: an ulp of the sigmoid, of its logarithm, and of each of 7 terms of either sum.
    torch.testing.assert_close(loss(f_s, f_t), logistic, rtol=32 * torch.finfo(torch.float64).eps, atol=0)


def test_what_is_refused():
    identity, x = nn.Identity(), torch.full((3, 1), 0.25)
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', got 'max'"):
        tllib.DomainAdversarialLoss(identity, "max")
    with pytest.raises(ValueError, match="one weight for each of 3 samples, got 1"):
        tllib.DomainAdversarialLoss(identity)(x, x, torch.ones(1))
    with pytest.raises(ValueError, match="got 3 and 1 samples"):
        tllib.DomainAdversarialLoss(identity, "none")(x, x[:1])


def test_signatures():
    wanted = {
        tllib.WarmStartGradientReverseLayer: "alpha=1.0, lo=0.0, hi=1.0, max_iters=1000.0, auto_step=False",
        tllib.DomainAdversarialLoss: "domain_discriminator, reduction='mean', grl=None, sigmoid=True",
        tllib.DomainAdversarialLoss.forward: "f_s, f_t, w_s=None, w_t=None",
    }
    for function, line in wanted.items():
        parameters = [p for name, p in inspect.signature(function).parameters.items() if name != "self"]
        given = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters]
        assert ", ".join(given) == line
