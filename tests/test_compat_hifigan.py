"""HiFi-GAN's three functions: the same calls, the same lists, the same numbers and gradients."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn

import ganloss_torch as gan
from ganloss_torch.compat import hifigan


def transcribed_features(real_maps, fake_maps, detach_real=False):
    """jik876/hifi-gan models.py and NVIDIA/BigVGAN loss.py; with detach_real jaywalnut310/vits losses.py."""
    total = torch.zeros(())
    for head in range(len(real_maps)):
        for layer in range(len(real_maps[head])):
            real = real_maps[head][layer]
            total = total + (fake_maps[head][layer] - (real.detach() if detach_real else real)).abs().mean()
    return 2 * total


def transcribed_discriminator(reals, fakes):
    real_parts = [(r - 1).pow(2).mean() for r in reals]
    fake_parts = [f.pow(2).mean() for f in fakes]
    total = torch.zeros(())
    for a, b in zip(real_parts, fake_parts, strict=True):
        total = total + (a + b)
    return total, [a.item() for a in real_parts], [b.item() for b in fake_parts]


def transcribed_generator(fakes):
    parts = [(f - 1).pow(2).mean() for f in fakes]
    total = torch.zeros(())
    for part in parts:
        total = total + part
    return total, parts


class Periods(nn.Module):
    """Discriminators of waves folded at several periods, called on pairs as HiFi-GAN's; maps end with the logits."""

    def __init__(self, dtype, count=3):
        super().__init__()
        make = lambda i: nn.ModuleList([nn.Conv2d(1, 2 + i, (3, 1), dtype=dtype), nn.Conv2d(2 + i, 1, (2, 1), dtype=dtype)])
        self.heads = nn.ModuleList(make(i) for i in range(count))

    def forward(self, y, y_hat):
        outputs, maps = ([], []), ([], [])
        for period, (first, last) in enumerate(self.heads, start=2):
            for side, x in enumerate((y, y_hat)):
                x = x.unflatten(-1, (-1, period))
                maps[side].append([h := nn.functional.leaky_relu(first(x), 0.1), z := last(h)])
                outputs[side].append(z.flatten(1))
        return *outputs, *maps


def waves(dtype):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 2, 1, 24, generator=generator, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("count", [1, 3])
def test_numbers_lists_and_gradients_are_theirs(count, dtype):
    torch.manual_seed(1)
    net, (y, y_hat) = Periods(dtype, count), waves(dtype)
    # Parts and gradients are the same operations; a sum over layers and heads adds up in another order.
    near = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 0}

    def compare(ours, theirs, at):
        torch.testing.assert_close(ours, theirs, **near)
        assert ours.dtype == dtype
        pairs = [torch.autograd.grad(each, at, 2.5 * torch.ones_like(each), retain_graph=True) for each in (ours, theirs)]
        for a, b in zip(*pairs, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=float(8 * torch.finfo(dtype).eps * b.abs().max()))

    parameters = list(net.parameters())
    reals, fakes, *_ = net(y, y_hat)
    ours, theirs = hifigan.discriminator_loss(reals, fakes), transcribed_discriminator(reals, fakes)
    compare(ours[0], theirs[0], parameters)
    assert ours[1:] == theirs[1:]
    assert all(type(number) is float for numbers in ours[1:] for number in numbers)

    y_hat = y_hat.requires_grad_()
    reals, fakes, real_maps, fake_maps = net(y, y_hat)
    (loss, parts), theirs = hifigan.generator_loss(fakes), transcribed_generator(fakes)
    compare(loss, theirs[0], [y_hat, *parameters])
    assert [len(parts), type(parts)] == [count, list]
    for a, b in zip(parts, theirs[1], strict=True):
        compare(a, b, [y_hat])

    features = hifigan.feature_loss(real_maps, fake_maps)
    compare(features, transcribed_features(real_maps, fake_maps), [y_hat, *parameters])
    # VITS detaches reals: the same value, and the same gradient for G.
    compare(features, transcribed_features(real_maps, fake_maps, detach_real=True), [y_hat])


def test_signatures_and_containers():
    wanted = {
        hifigan.feature_loss: ["fmap_r", "fmap_g"],
        hifigan.discriminator_loss: ["disc_real_outputs", "disc_generated_outputs"],
        hifigan.generator_loss: ["disc_outputs"],
    }
    for function, names in wanted.items():
        assert list(inspect.signature(function).parameters) == [*names, "group"]
        assert function.__name__ in hifigan.__all__
    logits = [torch.tensor([[0.5, 2.0]]), torch.tensor([[-1.0]])]
    for pack in (list, tuple, iter):
        assert hifigan.discriminator_loss(pack(logits), pack(logits)) == hifigan.discriminator_loss(logits, logits)
        assert hifigan.generator_loss(pack(logits))[0] == hifigan.generator_loss(logits)[0]
        assert hifigan.feature_loss(pack([logits]), pack([logits])) == 0.0


def test_what_is_returned_may_change_in_place():
    loss, parts = hifigan.generator_loss([torch.tensor([3.0])])
    loss += 1.0
    assert parts[0] == 4.0


def test_half_precision_is_computed_in_float32():
    """As VITS does by hand."""
    logits = [torch.full((2, 3), 300.0, dtype=torch.float16)]  # its square is no number of this type
    loss, reals, fakes = hifigan.discriminator_loss(logits, logits)
    assert (loss.dtype, reals, fakes) == (torch.float32, [299.0**2], [300.0**2])
    assert hifigan.generator_loss(logits)[0] == 299.0**2
    assert hifigan.feature_loss([logits], [[-x for x in logits]]).dtype == torch.float32


@pytest.mark.parametrize(("reals", "fakes"), [([], []), ([1, 1], [1]), ([1], [1, 1])])
def test_lists_that_do_not_match_are_refused(reals, fakes):
    """Theirs leave out what the shorter list has not."""
    a, b = ([torch.ones(2, 1) for _ in side] for side in (reals, fakes))
    with pytest.raises(ValueError, match=f"got {len(reals)} of reals, {len(fakes)} of fakes"):
        hifigan.discriminator_loss(a, b)
    with pytest.raises(ValueError, match="for each discriminator"):
        hifigan.feature_loss([a] * len(reals), [b] * len(fakes))
    if not a:
        with pytest.raises(ValueError, match="for each discriminator"):
            hifigan.generator_loss(a)


def test_layers_that_do_not_match_are_refused():
    x = torch.ones(2, 1)
    with pytest.raises(ValueError, match="must be as many, got 1 and 2"):
        hifigan.feature_loss([[x]], [[x, x]])
    with pytest.raises(ValueError, match="would broadcast"):
        hifigan.feature_loss([[torch.ones(2, 3)]], [[torch.ones(2, 1)]])


def test_the_name_is_the_first_of_the_numbers():
    draw = np.random.default_rng(0)
    reals, fakes = ([torch.tensor(draw.normal(size=(2, n))) for n in (3, 5)] for _ in range(2))
    named = gan.GANLoss("hifigan/lsgan")
    # Positive means of two heads, summed in another order: a rounding for each of at most three sums on either side.
    near = {"rtol": 3 * 2.0**-52, "atol": 0}
    torch.testing.assert_close(named.discriminator(reals, fakes), hifigan.discriminator_loss(reals, fakes)[0], **near)
    torch.testing.assert_close(named.generator(fakes), hifigan.generator_loss(fakes)[0], **near)
