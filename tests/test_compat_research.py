"""The replacements of what TorchGAN, taming, rosinality's StyleGAN2 and R3GAN have: same calls, same numbers."""

import copy
import inspect
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from ganloss_torch.compat import r3gan, stylegan2, taming, torchgan

SHAPES = pytest.mark.parametrize("shape", [(1, 1), (5,), (4, 1), (2, 1, 4, 3)], ids=str)

numbers = lambda *shape, seed=0: torch.tensor(np.random.default_rng(seed).standard_normal(shape))
# Multiples of 1/8 plus 0.07: at least 0.055 from the kinks, which are at multiples of 1/8.
logits = lambda *shape, seed=0: (torch.floor(16 * numbers(*shape, seed=seed)) / 8 + 0.07).requires_grad_()
slope = lambda critics, samples: torch.autograd.grad(critics.sum(), samples, create_graph=True)[0]
softplus = lambda x: torch.logaddexp(x, torch.zeros_like(x))


def close(actual, wanted, largest=1.0):
    """Within 64 roundings of the largest number involved: the sums have at most some hundred terms."""
    assert actual.shape == wanted.shape
    scale = max(largest, wanted.detach().abs().max().item())
    torch.testing.assert_close(actual.detach(), wanted.detach(), rtol=0, atol=64 * torch.finfo(wanted.dtype).eps * scale)


def agree(loss, wanted, inputs, largest=25.0):
    """Same value, and same gradient for upstream gradients that are not 1. The largest square of a logit is below 25."""
    close(loss, wanted, largest)
    upstream = torch.linspace(2.5, 4, wanted.numel(), dtype=wanted.dtype).reshape(wanted.shape)
    gradients = [torch.autograd.grad(y, inputs, upstream, retain_graph=True) for y in (loss, wanted)]
    for actual, expected in zip(*gradients, strict=True):
        close(actual, expected, largest)


SIGNATURES = """
torchgan.minimax_generator_loss(dgz, nonsaturating=True, reduction="mean")
torchgan.minimax_discriminator_loss(dx, dgz, label_smoothing=0.0, reduction="mean")
torchgan.least_squares_generator_loss(dgz, c=1.0, reduction="mean")
torchgan.least_squares_discriminator_loss(dx, dgz, a=0.0, b=1.0, reduction="mean")
torchgan.wasserstein_generator_loss(fgz, reduction="mean")
torchgan.wasserstein_discriminator_loss(fx, fgz, reduction="mean")
torchgan.wasserstein_gradient_penalty(interpolate, d_interpolate, reduction="mean")
torchgan.dragan_gradient_penalty(interpolate, d_interpolate, k=1.0, reduction="mean")
torchgan.energy_based_generator_loss(dgz, reduction="mean")
torchgan.energy_based_discriminator_loss(dx, dgz, margin, reduction="mean")
torchgan.energy_based_pulling_away_term(d_hid)
torchgan.boundary_equilibrium_generator_loss(dgz, reduction="mean")
torchgan.boundary_equilibrium_discriminator_loss(dx, dgz, k, reduction="mean")
torchgan.MinimaxGeneratorLoss(reduction="mean", nonsaturating=True, override_train_ops=None)
torchgan.MinimaxDiscriminatorLoss(label_smoothing=0.0, reduction="mean", override_train_ops=None)
torchgan.LeastSquaresGeneratorLoss(reduction="mean", c=1.0, override_train_ops=None)
torchgan.LeastSquaresDiscriminatorLoss(reduction="mean", a=0.0, b=1.0, override_train_ops=None)
torchgan.WassersteinGeneratorLoss(reduction="mean", override_train_ops=None)
torchgan.WassersteinDiscriminatorLoss(reduction="mean", clip=None, override_train_ops=None)
torchgan.EnergyBasedGeneratorLoss(reduction="mean", override_train_ops=None)
torchgan.EnergyBasedDiscriminatorLoss(reduction="mean", margin=80.0, override_train_ops=None)
taming.hinge_d_loss(logits_real, logits_fake)
taming.vanilla_d_loss(logits_real, logits_fake)
taming.adopt_weight(weight, global_step, threshold=0, value=0.0)
taming.calculate_adaptive_weight(nll_loss, g_loss, last_layer, discriminator_weight=1.0)
stylegan2.d_logistic_loss(real_pred, fake_pred)
stylegan2.d_r1_loss(real_pred, real_img)
stylegan2.g_nonsaturating_loss(fake_pred)
stylegan2.g_path_regularize(fake_img, latents, mean_path_length, decay=0.01)
r3gan.AdversarialTraining(Generator, Discriminator)
r3gan.AdversarialTraining.ZeroCenteredGradientPenalty(Samples, Critics)
r3gan.AdversarialTraining.AccumulateGeneratorGradients(Noise, RealSamples, Conditions, Scale=1, Preprocessor=abs)
r3gan.AdversarialTraining.AccumulateDiscriminatorGradients(Noise, RealSamples, Conditions, Gamma, Scale=1, Preprocessor=abs)
"""


def arguments(function):
    """The codebase's arguments, by position or by keyword, and the defaults; of one that is a function, that it is one."""
    parameters = [p for name, p in inspect.signature(function).parameters.items() if name not in ("self", "group")]
    assert {p.kind for p in parameters} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    optional = [p for p in parameters if p.default is not inspect.Parameter.empty]
    return [p.name for p in parameters], {p.name: callable(p.default) or p.default for p in optional}


@pytest.mark.parametrize("line", SIGNATURES.strip().splitlines())
def test_signatures(line):
    name, wanted = line.removesuffix(")").split("(", 1)
    assert arguments(eval(name)) == arguments(eval(f"lambda {wanted}: 0"))


# A function, its options, and the terms that it adds up; the class that goes with it has the same options.
CASES = [
    ("minimax_generator_loss", {}, lambda f: softplus(-f)),
    ("minimax_generator_loss", {"nonsaturating": False}, lambda f: -softplus(f)),
    ("minimax_discriminator_loss", {}, lambda r, f: softplus(-r) + softplus(f)),
    ("minimax_discriminator_loss", {"label_smoothing": 0.25}, lambda r, f: softplus(-r) + 0.25 * r + softplus(f)),
    ("least_squares_generator_loss", {}, lambda f: (f - 1) ** 2 / 2),
    ("least_squares_generator_loss", {"c": -0.25}, lambda f: (f + 0.25) ** 2 / 2),
    ("least_squares_discriminator_loss", {}, lambda r, f: ((r - 1) ** 2 + f**2) / 2),
    ("least_squares_discriminator_loss", {"a": -0.5, "b": 2.0}, lambda r, f: ((r - 2) ** 2 + (f + 0.5) ** 2) / 2),
    ("wasserstein_generator_loss", {}, lambda f: -f),
    ("wasserstein_discriminator_loss", {}, lambda r, f: f - r),
    ("energy_based_generator_loss", {}, lambda f: 1 * f),
    ("energy_based_discriminator_loss", {"margin": 80.0}, lambda r, f: r + 80 - f),
    ("energy_based_discriminator_loss", {"margin": 0.5}, lambda r, f: r + torch.clamp(0.5 - f, min=0)),
    ("boundary_equilibrium_generator_loss", {}, lambda f: 1 * f),
]
REDUCE = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}
REDUCTIONS = pytest.mark.parametrize("reduction", REDUCE)
EACH = pytest.mark.parametrize(("name", "options", "terms"), [pytest.param(*c, id=f"{c[0]} {c[1] or ''}") for c in CASES])


sides = lambda name, *shape: [logits(*shape, seed=i) for i in range(2 if "discriminator" in name else 1)]


@SHAPES
@REDUCTIONS
@EACH
def test_torchgan_functions(name, options, terms, reduction, shape):
    function, inputs = getattr(torchgan, name), sides(name, *shape)
    elements = terms(*inputs)
    wanted, largest = REDUCE[reduction](elements), REDUCE[reduction](elements.abs()).max().item()
    everything = dict(zip(arguments(function)[0], inputs, strict=False)) | options | {"reduction": reduction}
    results = [function(*inputs, **options, reduction=reduction), function(**everything)]
    if len(everything) == len(arguments(function)[0]):
        results.append(function(*everything.values()))
    if reduction == "mean":  # the default
        results.append(function(*inputs, **options))
    for result in results:
        assert result.dtype == torch.float64
        agree(result, wanted, inputs, largest)


@REDUCTIONS
@EACH
def test_torchgan_classes(name, options, terms, reduction):
    if name.startswith("boundary_equilibrium"):
        return  # its class is a part of TorchGAN's trainer
    cls, inputs = getattr(torchgan, name.title().replace("_", "")), sides(name, 4, 3)
    elements = terms(*inputs)
    wanted, largest = REDUCE[reduction](elements), REDUCE[reduction](elements.abs()).max().item()
    settings = arguments(cls)[1] | options | {"reduction": reduction}
    assert arguments(cls.forward)[0] == arguments(getattr(torchgan, name))[0][: len(inputs)]
    loss = cls(reduction=reduction, **options)
    assert isinstance(loss, nn.Module)
    assert not loss.state_dict()
    assert {key: getattr(loss, key) for key in settings} == settings
    clones = [copy.deepcopy(loss), pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss).to("cpu", torch.float64)]
    for each in [loss, cls(*settings.values()), *clones]:
        agree(each(*inputs), wanted, inputs, largest)
    agree(loss(**dict(zip(arguments(cls.forward)[0], inputs, strict=True))), wanted, inputs, largest)
    if reduction == "mean" and options in ({}, {"margin": 80.0}):
        agree(cls()(*inputs), wanted, inputs, largest)


def test_torchgan_unknown_reductions():
    real, fake = logits(4, 1), logits(4, 1, seed=1)
    of_both = [torchgan.minimax_discriminator_loss, torchgan.wasserstein_discriminator_loss]
    for loss, inputs in [(torchgan.minimax_generator_loss, [fake]), *((loss, [real, fake]) for loss in of_both)]:
        with pytest.raises(ValueError, match="avg"):  # in the original, some reduce nothing
            loss(*inputs, reduction="avg")


@pytest.mark.parametrize("clip", [None, (-0.01, 0.01), [-1, 1], (1,), 0.01], ids=str)
def test_torchgan_clip_is_for_the_trainer(clip):
    real, fake = logits(4, 1), logits(4, 1, seed=1)
    loss = torchgan.WassersteinDiscriminatorLoss("sum", clip)
    assert loss.clip == (clip if isinstance(clip, (tuple, list)) and len(clip) > 1 else None)
    agree(loss(real, fake), (fake - real).sum(), [real, fake])


@SHAPES
@REDUCTIONS
def test_torchgan_boundary_equilibrium_discriminator(reduction, shape):
    real, fake = logits(*shape), logits(*shape, seed=1)
    reduced = [REDUCE[reduction](x) for x in (real, fake)]
    total, *parts = torchgan.boundary_equilibrium_discriminator_loss(real, fake, 0.375, reduction)
    largest = max(REDUCE[reduction](x.abs()).max().item() for x in (real, fake))
    agree(total, reduced[0] - 0.375 * reduced[1], [real, fake], largest)
    for part, wanted, x in zip(parts, reduced, (real, fake), strict=True):
        agree(1 * part, 1 * wanted, x, largest)
    total = torchgan.boundary_equilibrium_discriminator_loss(k=0.25, dgz=fake, dx=real)[0]
    agree(total, real.mean() - fake.mean() / 4, [real, fake])


def test_torchgan_pulling_away_term():
    for hidden in [numbers(6, 10).requires_grad_(), numbers(6, 2, 3, 2).requires_grad_()]:
        # The original's lengths are over the batch, not over the features, and its sum has the diagonal.
        flat = (hidden / hidden.square().sum(0).sqrt()).flatten(1)
        wanted = torch.einsum("if,jf->ij", flat, flat).square().sum() / 30
        agree(torchgan.energy_based_pulling_away_term(hidden), wanted, hidden)
    close(torchgan.energy_based_pulling_away_term(d_hid=torch.eye(3).double()), torch.tensor(0.5).double())


class Critic(nn.Module):
    """Not linear, with a logit for each of `outputs` places, for samples of any shape."""

    def __init__(self, size, outputs=1, squeeze=False):
        super().__init__()
        self.first, self.last = (nn.Parameter(numbers(5, n, seed=n) / 2) for n in (size, outputs))
        self.squeeze = squeeze

    def forward(self, samples, conditions=0.0):
        result = torch.tanh(samples.flatten(1) @ self.first.T + conditions) @ self.last
        return result[:, 0] if self.squeeze else result


per_sample = lambda g: g.square().flatten(1).sum(1)
whole_batch = lambda g: g.square().sum().sqrt()
PENALTIES = [  # what they call the samples and the critics of them, and how they are made of the gradient
    (torchgan.wasserstein_gradient_penalty, "interpolate d_interpolate", {}, lambda g: (whole_batch(g) - 1) ** 2),
    (torchgan.dragan_gradient_penalty, "interpolate d_interpolate", {}, lambda g: (whole_batch(g) - 1) ** 2),
    (torchgan.dragan_gradient_penalty, "interpolate d_interpolate", {"k": 0.375}, lambda g: (whole_batch(g) - 0.375) ** 2),
    (stylegan2.d_r1_loss, "real_img real_pred", {}, lambda g: per_sample(g).mean()),  # without 1/2
    (r3gan.AdversarialTraining.ZeroCenteredGradientPenalty, "Samples Critics", {}, per_sample),
]


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (1, 1, 1, 1), (3, 2, 2, 3)], ids=str)
@pytest.mark.parametrize(("penalty", "names", "options", "formula"), PENALTIES)
def test_penalties(penalty, names, options, formula, shape, outputs):
    if len(shape) == 2 and "Samples" in names:  # R3GAN's are images
        return
    samples = numbers(*shape).requires_grad_()
    critic = Critic(samples[0].numel(), outputs)
    critics = critic(samples)
    wanted = formula(slope(critics, samples))
    both = dict(zip(names.split(), (samples, critics), strict=True))
    by_position = [(both | options)[name] for name in arguments(penalty)[0] if name in both | options]
    results = [penalty(*by_position), penalty(**both, **options)]
    if "d_interpolate" in names:  # there is one number, so nothing to reduce
        results += [penalty(**both, **options, reduction=reduction) for reduction in REDUCE]
    for result in results:
        agree(result, wanted, list(critic.parameters()))


def test_torchgan_penalties_of_a_linear_critic():
    samples = numbers(16, 4).requires_grad_()
    weight = torch.tensor([0.5, -0.5, 0.5, 0.5]).double().requires_grad_()
    for penalty in [torchgan.wasserstein_gradient_penalty, torchgan.dragan_gradient_penalty]:
        actual = penalty(samples, samples @ weight)
        # Sixteen gradients of length 1 are one of length 4: (4 - 1)², where the paper has 0.
        close(actual, torch.tensor(9.0).double())
        close(torch.autograd.grad(actual, weight)[0], 24 * weight)
        actual = penalty(samples, samples @ (flat := (0 * weight).detach().requires_grad_()))
        assert actual.item() == 1
        assert torch.autograd.grad(actual, flat)[0].count_nonzero() == 0  # and not NaN


mean_of = lambda *sides: sum(x.mean() for x in sides)
TWO_SIDED = {
    torchgan.least_squares_discriminator_loss: lambda r, f: mean_of((r - 1) ** 2, f**2) / 2,
    taming.hinge_d_loss: lambda r, f: mean_of(torch.clamp(1 - r, min=0), torch.clamp(1 + f, min=0)) / 2,
    taming.vanilla_d_loss: lambda r, f: mean_of(softplus(-r), softplus(f)) / 2,
    stylegan2.d_logistic_loss: lambda r, f: mean_of(softplus(-r), softplus(f)),
}


@SHAPES
def test_losses_of_sides_that_may_differ_in_size(shape):
    real, fake = logits(*shape), logits(2 * shape[0], *shape[1:], seed=1)
    for loss, formula in TWO_SIDED.items():
        agree(loss(real, fake), formula(real, fake), [real, fake])
        first, second = arguments(loss)[0][:2]
        agree(loss(**{second: fake, first: real}), formula(real, fake), [real, fake])
    agree(stylegan2.g_nonsaturating_loss(fake), softplus(-fake).mean(), fake)


def test_taming_adopt_weight():
    assert [taming.adopt_weight(0.75, step, 10) for step in (0, 9, 10, 11)] == [0.0, 0.0, 0.75, 0.75]
    assert taming.adopt_weight(0.75, 0) == 0.75
    assert taming.adopt_weight(weight=0.75, global_step=3, threshold=4, value=0.25) == 0.25
    assert taming.adopt_weight(weight := torch.ones(2), 5, 5, 1.0) is weight


@pytest.mark.parametrize("scale", [1.0, 0.0, 1e-5], ids=["usual", "none", "small"])
def test_taming_adaptive_weight(scale):
    layer, inputs = nn.Parameter(numbers(3, 4)), numbers(5, 4, seed=1)
    outputs = torch.tanh(inputs @ layer.T)
    nll, generator = outputs.exp().mean(), scale * (outputs**3).sum()
    lengths = [torch.autograd.grad(x, layer, retain_graph=True)[0].square().sum().sqrt() for x in (nll, generator)]
    wanted = lengths[0] / (lengths[1] + 1e-4)
    actual = taming.calculate_adaptive_weight(nll, generator, layer)
    close(actual, wanted)
    assert not actual.requires_grad
    close(taming.calculate_adaptive_weight(nll, generator, layer, 0.75), wanted * 0.75)
    keywords = {"discriminator_weight": 2.0, "last_layer": layer, "g_loss": generator, "nll_loss": 1e6 * nll}
    clamped = torch.clamp(1e6 * lengths[0] / (lengths[1] + 1e-4), max=1e4)
    close(taming.calculate_adaptive_weight(**keywords), 2 * clamped)  # the factor comes after the clamp
    assert layer.grad is None
    (nll + actual * generator).backward()  # the graph is still there
    with pytest.raises(RuntimeError):  # there is none when one validates: the original's callers catch this
        taming.calculate_adaptive_weight(nll.detach(), generator.detach(), layer)


@pytest.mark.parametrize("mean", [0, torch.tensor(1.25).double()], ids=["first step", "later"])
def test_stylegan2_path_length(mean):
    latents, gain = numbers(5, 4, 6).requires_grad_(), torch.tensor(1.5).double().requires_grad_()
    images = gain * torch.tanh(latents.sum(1)).reshape(5, 1, 2, 3)
    results = [stylegan2.g_path_regularize(images, latents, mean, 0.25)]
    results.append(stylegan2.g_path_regularize(decay=0.25, mean_path_length=mean, latents=latents, fake_img=images))
    assert not torch.equal(results[0][2], results[1][2])  # the noise is new
    for penalty, new_mean, lengths in results:
        assert lengths.shape == (5,)
        moving = mean + 0.25 * (lengths.mean() - mean)
        close(new_mean, moving)
        assert not new_mean.requires_grad
        agree(penalty, (lengths - moving).square().mean(), [gain, latents])  # the gradient goes through the new mean, too
        # Whatever the noise was, lengths are proportional to the gain.
        close(torch.autograd.grad(lengths.sum(), gain, retain_graph=True)[0], lengths.sum() / gain)


def test_stylegan2_path_length_has_noise_of_the_right_size():
    torch.manual_seed(0)
    latents = numbers(64, 2, 192).requires_grad_()
    lengths = stylegan2.g_path_regularize(3 * latents[:, 0].reshape(64, 3, 8, 8), latents, 0.0)[2]
    # The gradient is 3·noise/√(8·8) in one of two layers, so the mean square of the lengths is 9·192/64/2 = 13.5. It is a
    # mean of 64·192 squares, each with a relative standard deviation of √2: eight deviations are a tenth.
    assert lengths.square().mean().item() == pytest.approx(13.5, rel=0.1)
    assert lengths.detach().unique().numel() == 64


class Generator(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(numbers(4, *shape, seed=7) / 2)

    def forward(self, noise, conditions):
        return torch.tanh(torch.tensordot(noise, self.weight, 1) + conditions[:, :, None, None])


def players(shape, squeeze):
    noise, real, conditions = numbers(shape[0], 4, seed=3), numbers(*shape, seed=4), numbers(shape[0], 1, seed=5)
    return Generator(shape[1:]), Critic(real[0].numel(), squeeze=squeeze), noise, real.requires_grad_(), conditions


def compare_gradients(module, other, times):
    for actual, expected in zip(module.parameters(), other.parameters(), strict=True):
        close(actual.grad, times * expected.grad)


augment = lambda x: 1.5 * x.flip(-1) + 0.25
SAMPLES = pytest.mark.parametrize(("shape", "squeeze"), [((1, 1, 1, 1), True), ((3, 2, 4, 5), True), ((3, 2, 4, 5), False)])


@SAMPLES
def test_r3gan_generator(shape, squeeze):
    generator, critic, noise, real, conditions = players(shape, squeeze)
    training = r3gan.AdversarialTraining(generator, critic)
    others = copy.deepcopy((generator, critic))
    fakes, reals = (others[1](augment(x), conditions) for x in (others[0](noise, conditions), real.detach()))
    wanted = [softplus(reals - fakes), fakes - reals]
    (0.625 * wanted[0].mean()).backward()
    for times in (1, 2):  # the gradients are added to what is there
        results = training.AccumulateGeneratorGradients(noise, real, conditions, 0.625, augment)
        for actual, expected in zip(results, wanted, strict=True):
            assert not actual.requires_grad
            close(actual, expected)
        compare_gradients(generator, others[0], times)
        compare_gradients(critic, others[1], times)
    assert real.grad is None


@SAMPLES
def test_r3gan_discriminator(shape, squeeze):
    generator, critic, noise, real, conditions = players(shape, squeeze)
    call = r3gan.AdversarialTraining(Generator=generator, Discriminator=critic).AccumulateDiscriminatorGradients
    twin = copy.deepcopy(critic)
    samples = [x.detach().requires_grad_() for x in (real, generator(noise, conditions))]
    reals, fakes = (twin(augment(x), conditions) for x in samples)
    penalties = [per_sample(slope(y, x)) for y, x in zip((reals, fakes), samples, strict=True)]  # before they were augmented
    wanted = [softplus(fakes - reals), reals - fakes, *penalties]
    (0.625 * (wanted[0].mean() + 0.75 / 2 * sum(penalties).mean())).backward()
    keywords = {"Preprocessor": augment, "Scale": 0.625, "Gamma": 0.75, "Conditions": conditions, "RealSamples": real}
    for times in (1, 2):
        results = call(Noise=noise, **keywords) if times == 2 else call(noise, real, conditions, 0.75, 0.625, augment)
        for actual, expected in zip(results, wanted, strict=True):
            assert not actual.requires_grad
            close(actual, expected)
        compare_gradients(critic, twin, times)
    assert generator.weight.grad is real.grad is None
    assert real.requires_grad


def test_r3gan_defaults_and_copies():
    generator, critic, noise, real, conditions = players((3, 2, 4, 5), squeeze=True)
    training = r3gan.AdversarialTraining(generator, critic)
    assert not isinstance(training, nn.Module)
    assert (training.Generator, training.Discriminator) == (generator, critic)
    real = real.detach()  # it need not require a gradient, and is left so
    difference = critic(real, conditions) - critic(generator(noise, conditions), conditions)
    for each in [training, copy.deepcopy(training), pickle.loads(pickle.dumps(training))]:
        loss, forward = each.AccumulateDiscriminatorGradients(noise, real, conditions, 0.5)[:2]
        close(forward, difference)
        close(loss, softplus(-difference))
        loss, backward = each.AccumulateGeneratorGradients(noise, real, conditions)
        close(backward, -difference)
        close(loss, softplus(difference))
    assert not real.requires_grad
