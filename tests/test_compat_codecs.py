"""The replacements of DAC's and Vocos' losses: same calls, same lists, same numbers and gradients."""

import inspect
from itertools import chain
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganloss_torch.compat import dac, vocos

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def agree(ours, theirs, at, dtype):
    """Same value, and same gradient for an upstream gradient that is not 1: sums over heads and layers in another order."""
    assert (ours.shape, ours.dtype) == (theirs.shape, dtype)
    pairs = [torch.autograd.grad(y, at, 2.5 * torch.ones_like(y), retain_graph=True, allow_unused=True) for y in (ours, theirs)]
    for a, b in [(ours, theirs), *zip(*pairs, strict=True)]:
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b, rtol=0, atol=float(16 * torch.finfo(dtype).eps * b.detach().abs().max()))


class Critic(nn.Module):
    """Heads with two layers of features and logits each, as DAC's discriminator returns them; the last has logits alone."""

    def __init__(self, dtype, count):
        super().__init__()
        torch.manual_seed(count)
        conv = lambda i, o: nn.Conv1d(i, o, 3, dtype=dtype)
        self.heads = nn.ModuleList(nn.ModuleList([conv(1, 2 + i), conv(2 + i, 3), conv(3, 1)]) for i in range(count))
        self.last = nn.Conv1d(1, 1, 5, dtype=dtype)

    def forward(self, x):
        lists = []
        for layers in self.heads:
            maps, h = [], x
            for layer in layers:
                maps.append(h := F.leaky_relu(layer(h), 0.1))
            lists.append(maps)
        return [*lists, [self.last(x)]]


def audio(n, dtype):
    generator = torch.Generator().manual_seed(n)
    fake, real = torch.randn(2, n, 1, 11, generator=generator, dtype=dtype)
    return fake.requires_grad_(), SimpleNamespace(audio_data=fake, sample_rate=44100), SimpleNamespace(audio_data=real)


def transcribed_dac(critic, fake, real, detach):
    """descript-audio-codec dac/nn/loss.py: D's loss, or G's and the features'."""
    of_fakes, of_reals = critic(fake.detach() if detach else fake), critic(real)
    if detach:
        return sum(f[-1].square().mean() + (1 - r[-1]).square().mean() for f, r in zip(of_fakes, of_reals, strict=True))
    features = sum(
        (f - r.detach()).abs().mean()
        for a, b in zip(of_fakes, of_reals, strict=True)
        for f, r in zip(a[:-1], b[:-1], strict=True)
    )
    return sum((1 - f[-1]).square().mean() for f in of_fakes), features


@DTYPES
@pytest.mark.parametrize(("n", "count"), [(1, 1), (3, 2)])
def test_dac(n, count, dtype):
    critic = Critic(dtype, count)
    x, fake, real = audio(n, dtype)
    loss, parameters = dac.GANLoss(critic), list(critic.parameters())
    assert sorted(loss.state_dict()) == sorted(f"discriminator.{name}" for name in critic.state_dict())
    of_fakes, of_reals = loss(fake, real)
    assert [len(of_fakes), len(of_reals)] == [count + 1] * 2
    assert torch.equal(of_fakes[0][-1], critic(x)[0][-1])
    assert torch.equal(of_reals[0][-1], critic(real.audio_data)[0][-1])
    agree(loss.discriminator_loss(fake, real), transcribed_dac(critic, x, real.audio_data, True), [x, *parameters], dtype)
    assert fake.audio_data is x
    wanted = transcribed_dac(critic, x, real.audio_data, False)
    for ours, theirs in zip(loss.generator_loss(fake, real), wanted, strict=True):
        agree(ours, theirs, [x, *parameters], dtype)


def test_dac_without_features():
    x, fake, real = audio(2, torch.float64)
    loss = dac.GANLoss(discriminator=lambda x: [[3 * x]])
    of_logits, of_features = loss.generator_loss(fake, real)
    assert of_logits == (1 - 3 * x).square().mean()
    assert of_features == 0


def test_dac_calls_what_a_subclass_has():
    """Fakes are detached before, and keep what else they have."""

    class Resampled(dac.GANLoss):
        def forward(self, fake, real):
            assert fake.sample_rate == 44100
            return ([[x.audio_data[..., ::2]]] for x in (fake, real))

    x, fake, real = audio(2, torch.float64)
    wanted = x[..., ::2].square().mean() + (1 - real.audio_data[..., ::2]).square().mean()
    assert Resampled(nn.Identity()).discriminator_loss(fake, real) == wanted
    assert not Resampled(nn.Identity()).discriminator_loss(fake, real).requires_grad


def hinge(x, sign):
    return torch.clamp(1 - sign * x, min=0).mean()


def transcribed_vocos(reals, fakes):
    """gemelo-ai/vocos vocos/loss.py: D's loss and its parts, G's loss and its parts."""
    of_reals, of_fakes, of_generator = ([hinge(x, s) for x in xs] for xs, s in ((reals, 1), (fakes, -1), (fakes, 1)))
    d, g = torch.zeros(1, dtype=reals[0].dtype), torch.zeros(1, dtype=reals[0].dtype)
    for r, f, own in zip(of_reals, of_fakes, of_generator, strict=True):
        d, g = d + (r + f), g + own
    return (d, of_reals, of_fakes), (g, of_generator)


@DTYPES
@pytest.mark.parametrize("shapes", [[(1, 1)], [(3, 5), (2, 1, 7)], [(1, 4), (2, 2), (5,)]], ids=str)
def test_vocos(shapes, dtype):
    draw = torch.Generator().manual_seed(len(shapes))
    side = lambda: [(1.5 * torch.randn(shape, generator=draw, dtype=dtype)).requires_grad_() for shape in shapes]
    reals, fakes = side(), side()
    wanted_d, wanted_g = transcribed_vocos(reals, fakes)
    d, g = vocos.DiscriminatorLoss()(reals, fakes), vocos.GeneratorLoss()(fakes)
    assert [type(parts) for parts in (*d[1:], *g[1:])] == [list] * 3
    for ours, theirs in ((d, wanted_d), (g, wanted_g)):
        agree(ours[0], theirs[0], [*reals, *fakes], dtype)
        for a, b in zip(chain(*ours[1:]), chain(*theirs[1:]), strict=True):
            agree(a, b, [*reals, *fakes], dtype)

    maps_r, maps_g = [reals, reals[:1]], [fakes, fakes[:1]]
    wanted = sum((r - f).abs().mean() for a, b in zip(maps_r, maps_g, strict=True) for r, f in zip(a, b, strict=True))
    agree(vocos.FeatureMatchingLoss()(maps_r, maps_g), wanted.reshape(1), [*reals, *fakes], dtype)


def test_signatures():
    wanted = {
        dac.GANLoss: ["discriminator"],
        dac.GANLoss.forward: ["fake", "real"],
        dac.GANLoss.discriminator_loss: ["fake", "real"],
        dac.GANLoss.generator_loss: ["fake", "real"],
        vocos.GeneratorLoss: [],
        vocos.GeneratorLoss.forward: ["disc_outputs"],
        vocos.DiscriminatorLoss: [],
        vocos.DiscriminatorLoss.forward: ["disc_real_outputs", "disc_generated_outputs"],
        vocos.FeatureMatchingLoss: [],
        vocos.FeatureMatchingLoss.forward: ["fmap_r", "fmap_g"],
    }
    for function, names in wanted.items():
        assert [name for name in inspect.signature(function).parameters if name not in ("self", "group")] == names
    for cls in (vocos.GeneratorLoss, vocos.DiscriminatorLoss, vocos.FeatureMatchingLoss):
        assert not cls().state_dict()


def test_half_precision_is_computed_in_float32():
    x = [torch.full((2, 3), 4000.0, dtype=torch.float16)] * 20  # the sum is no number of this type
    assert vocos.GeneratorLoss()([-each for each in x])[0] == 20 * 4001.0
    assert vocos.FeatureMatchingLoss()([x], [[-each for each in x]]).dtype == torch.float32


@pytest.mark.parametrize(("reals", "fakes"), [([], []), ([1, 1], [1]), ([1], [1, 1])])
def test_lists_that_do_not_match_are_refused(reals, fakes):
    """Theirs leave out what the shorter list has not."""
    a, b = ([torch.ones(2, 1) for _ in side] for side in (reals, fakes))
    with pytest.raises(ValueError, match=f"got {len(reals)} of reals, {len(fakes)} of fakes"):
        vocos.DiscriminatorLoss()(a, b)
    with pytest.raises(ValueError, match="for each discriminator"):
        vocos.FeatureMatchingLoss()([a] * len(reals), [b] * len(fakes))
    if not a:
        with pytest.raises(ValueError, match="for each discriminator"):
            vocos.GeneratorLoss()(a)


def test_layers_that_do_not_match_are_refused():
    x = torch.ones(2, 1)
    with pytest.raises(ValueError, match="must be as many, got 1 and 2"):
        vocos.FeatureMatchingLoss()([[x]], [[x, x]])
    real, fake = (SimpleNamespace(audio_data=torch.ones(2, 1, n)) for n in (4, 1))
    with pytest.raises(ValueError, match="would broadcast"):
        dac.GANLoss(lambda x: [[x, x]]).generator_loss(fake, real)
