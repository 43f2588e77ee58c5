"""The replacements of latent-diffusion's and taming's autoencoder losses: same calls, log, numbers and gradients."""

import inspect
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganloss_torch.compat import latent_diffusion as ldm

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
SHAPES = pytest.mark.parametrize("shape", [(1, 1, 4, 4), (3, 2, 5, 7)], ids=str)


def perceptual(x, y):
    """One number for each sample, as LPIPS has it."""
    return (x - y).square().mean((1, 2, 3), keepdim=True) / (1 + x.square().mean((1, 2, 3), keepdim=True))


class Decoder(nn.Module):
    def __init__(self, channels, dtype):
        super().__init__()
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1, dtype=dtype)

    def forward(self, h):
        return torch.tanh(self.conv_out(h))


def drawn(shape, dtype, cond=0):
    torch.manual_seed(shape[0])
    decoder, h, inputs = Decoder(shape[1], dtype), torch.randn(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
    critic = nn.Sequential(nn.Conv2d(shape[1] + cond, 3, 3, dtype=dtype), nn.LeakyReLU(0.2), nn.Conv2d(3, 1, 2, dtype=dtype))
    return decoder, h, inputs, critic


def adaptive(nll, g, layer, weight):
    of_nll, of_g = (torch.autograd.grad(y, layer, retain_graph=True)[0].norm() for y in (nll, g))
    return torch.clamp(of_nll / (of_g + 1e-4), 0.0, 1e4).detach() * weight


def of_d(critic, inputs, reconstructions, hinge, cond=None):
    join = lambda x: x.detach() if cond is None else torch.cat((x.detach(), cond), 1)
    r, f = critic(join(inputs)), critic(join(reconstructions))
    if hinge:
        return 0.5 * (F.relu(1 - r).mean() + F.relu(1 + f).mean()), r, f
    return 0.5 * (F.softplus(-r).mean() + F.softplus(f).mean()), r, f


def agree(ours, theirs, at):
    """Same value, and same gradient for an upstream gradient that is not 1: some hundred elements are summed on the way."""
    pairs = [torch.autograd.grad(y, at, torch.full_like(y, 2.5), retain_graph=True, allow_unused=True) for y in (ours, theirs)]
    for a, b in [(ours, theirs), *zip(*pairs, strict=True)]:
        assert (a is None) == (b is None)
        if a is not None:
            assert a.shape == b.shape
            atol = float(64 * torch.finfo(b.dtype).eps * b.detach().abs().max())
            torch.testing.assert_close(a, b, rtol=0, atol=atol)


def same_log(log, wanted, split):
    assert list(log) == [f"{split}/{name}" for name in wanted]
    for name, value in wanted.items():
        assert not log[f"{split}/{name}"].requires_grad
        found, value = log[f"{split}/{name}"], torch.as_tensor(value).detach()
        # As in `agree`, of what is averaged here in its own type and there in float64.
        eps = torch.finfo(found.dtype).eps if found.is_floating_point() else 0.0
        atol = float(64 * eps * value.double().abs().max())
        torch.testing.assert_close(found.double(), value.double().mean(), rtol=0, atol=atol)


@DTYPES
@SHAPES
@pytest.mark.parametrize("weights", [None, 0.5, "each"])
@pytest.mark.parametrize("step", [9, 10])
def test_kl(step, weights, shape, dtype):
    """Ldm/modules/losses/contperceptual.py, with every setting away from its default."""
    decoder, h, inputs, critic = drawn(shape, dtype, cond=1)
    cond, kl = torch.randn(shape[0], 1, *shape[2:], dtype=dtype), torch.rand(shape[0], dtype=dtype).requires_grad_()
    if weights == "each":
        weights = torch.rand(shape[0], 1, 1, 1, dtype=dtype)
    loss = ldm.LPIPSWithDiscriminator(
        10,
        discriminator=critic,
        perceptual_loss=perceptual,
        logvar_init=0.3,
        kl_weight=1e-2,
        disc_factor=0.7,
        disc_weight=0.5,
        perceptual_weight=0.9,
        disc_conditional=True,
        disc_loss="vanilla",
    ).to(dtype)
    y, n = decoder(h), shape[0]
    reconstruction = (inputs - y).abs() + 0.9 * perceptual(inputs, y)
    each = reconstruction / loss.logvar.exp() + loss.logvar
    nll, divergence, g = each.sum() / n, kl.sum() / n, -critic(torch.cat((y, cond), 1)).mean()
    d_weight = adaptive(nll, g, decoder.conv_out.weight, 0.5)
    factor = 0.7 if step >= 10 else 0.0
    wanted = (each if weights is None else weights * each).sum() / n + 1e-2 * divergence + d_weight * factor * g
    posteriors = SimpleNamespace(kl=lambda: kl)
    arguments = {"last_layer": decoder.conv_out.weight, "cond": cond, "split": "val", "weights": weights}
    value, log = loss(inputs, y, posteriors, 0, step, **arguments)
    agree(value, wanted, [loss.logvar, kl, *decoder.parameters(), *critic.parameters()])
    logged = {"total_loss": wanted, "logvar": loss.logvar, "kl_loss": divergence, "nll_loss": nll, "rec_loss": reconstruction}
    same_log(log, logged | {"d_weight": d_weight, "disc_factor": factor, "g_loss": g}, "val")

    of_critic, real, fake = of_d(critic, inputs, y, False, cond)
    value, log = loss(inputs, y, posteriors, 1, step, None, cond)
    agree(value, factor * of_critic, [*critic.parameters(), *decoder.parameters()])
    same_log(log, {"disc_loss": factor * of_critic, "logits_real": real, "logits_fake": fake}, "train")


@DTYPES
@SHAPES
@pytest.mark.parametrize("pixel_loss", ["l1", "l2"])
def test_vq(pixel_loss, shape, dtype):
    """Ldm/modules/losses/vqperceptual.py, and with "l1" taming/modules/losses/vqperceptual.py."""
    decoder, h, inputs, critic = drawn(shape, dtype)
    codebook = torch.rand(3, dtype=dtype).requires_grad_()
    codes = torch.tensor([[0, 2, 2], [5, 0, 2]])
    settings = {"discriminator": critic, "perceptual_loss": perceptual, "pixel_loss": pixel_loss, "n_classes": 8}
    loss = ldm.VQLPIPSWithDiscriminator(
        10, codebook_weight=0.25, disc_weight=0.8, disc_factor=0.5, perceptual_weight=0.1, **settings
    )
    y = decoder(h)
    reconstruction = ((inputs - y).abs() if pixel_loss == "l1" else (inputs - y) ** 2) + 0.1 * perceptual(inputs, y)
    nll, g = reconstruction.mean(), -critic(y).mean()
    d_weight = adaptive(nll, g, decoder.conv_out.weight, 0.8)
    for given, quantized in ((codebook, codebook.mean()), (None, torch.zeros(()))):
        wanted = nll + d_weight * 0.5 * g + 0.25 * quantized
        value, log = loss(given, inputs, y, 0, 10, decoder.conv_out.weight, predicted_indices=codes)
        agree(value, wanted, [codebook, *decoder.parameters(), *critic.parameters()])
        parts = {"total_loss": wanted, "quant_loss": quantized, "nll_loss": nll, "rec_loss": reconstruction}
        parts |= {"p_loss": perceptual(inputs, y), "d_weight": d_weight, "disc_factor": 0.5, "g_loss": g}
        share = torch.tensor([2, 0, 3, 0, 0, 1, 0, 0]) / 6
        same_log(log, parts | {"perplexity": (-(share * (share + 1e-10).log()).sum()).exp(), "cluster_usage": 3.0}, "train")
    of_critic, *_ = of_d(critic, inputs, y, True)
    value, _ = loss(codebook, inputs, y, 1, 10)
    agree(value, 0.5 * of_critic, list(critic.parameters()))
    loss.last_layer = [decoder.conv_out.weight]
    assert loss(codebook, inputs, y, 0, 10)[0] == loss(codebook, inputs, y, 0, 10, decoder.conv_out.weight)[0]


def test_state_and_validation():
    decoder, h, inputs, critic = drawn((2, 1, 4, 4), torch.float32)
    posteriors = SimpleNamespace(kl=lambda: torch.ones(2))
    loss = ldm.LPIPSWithDiscriminator(0, discriminator=critic, perceptual_loss=nn.PairwiseDistance(), perceptual_weight=0)
    assert list(loss.state_dict()) == ["logvar", *(f"discriminator.{name}" for name in critic.state_dict())]
    assert loss.logvar.requires_grad
    with torch.no_grad():
        with pytest.raises(RuntimeError, match="no_grad"):
            loss(inputs, decoder(h), posteriors, 0, 5, decoder.conv_out.weight)
        _, log = loss.eval()(inputs, decoder(h), posteriors, 0, 5, decoder.conv_out.weight, split="val")
    assert log["val/d_weight"] == 0.0
    off = ldm.LPIPSWithDiscriminator(0, discriminator=critic, perceptual_weight=0, disc_factor=0)
    assert off(inputs, decoder(h), posteriors, 0, 5, decoder.conv_out.weight)[1]["train/d_weight"] == 0.0


def test_half_precision_is_computed_in_float32():
    x, posteriors = torch.full((1, 1, 300, 300), 1.0, dtype=torch.float16), SimpleNamespace(kl=lambda: torch.ones(1))
    loss = ldm.LPIPSWithDiscriminator(0, discriminator=lambda x: x.mean((2, 3)), perceptual_weight=0, disc_factor=0)
    # The sum of the distances is no number of this type.
    assert loss(x, -x, posteriors, 0, 0)[0] == 2 * 300.0**2 + 1.0


def test_exemplar_weights():
    r, f, w = torch.randn(3, 1, 4, 2).requires_grad_(), torch.randn(3, 1, 4, 2).requires_grad_(), torch.rand(3)
    per_sample = [F.relu(1 - r).mean((1, 2, 3)), F.relu(1 + f).mean((1, 2, 3))]
    agree(ldm.hinge_d_loss_with_exemplar_weights(r, f, w), 0.5 * sum((w * x).sum() / w.sum() for x in per_sample), [r, f])


def test_what_does_not_fit_is_refused():
    """Theirs broadcast."""
    x, critic = torch.ones(4, 3, 4, 4), nn.Identity()
    arguments = (0, 5, torch.ones(1, requires_grad=True))
    make = lambda **given: ldm.VQLPIPSWithDiscriminator(0, discriminator=critic, **given)
    with pytest.raises(ValueError, match=r"as many axes as the images.*\(4, 1, 1, 1\), got \(4,\)"):
        make(perceptual_loss=lambda x, y: (x - y).mean((1, 2, 3)))(None, x, x, *arguments)
    with pytest.raises(ValueError, match="must have one shape"):
        make(perceptual_weight=0)(None, x, x[:1], *arguments)
    kl = ldm.LPIPSWithDiscriminator(0, discriminator=critic, perceptual_weight=0)
    with pytest.raises(ValueError, match="weights must have"):
        kl(x, x, SimpleNamespace(kl=lambda: torch.ones(4)), *arguments, weights=torch.ones(4))
    with pytest.raises(TypeError, match="LPIPS module, got 'lpips'"):
        make(perceptual_loss="lpips")
    with pytest.raises(AssertionError, match="use 'hinge' or 'vanilla'"):
        make(perceptual_weight=0, disc_loss="lsgan")
    with pytest.raises(AssertionError, match="one weight for each sample"):
        ldm.hinge_d_loss_with_exemplar_weights(x, x, torch.ones(1))
    with pytest.raises(AssertionError, match="disc_conditional"):
        make(perceptual_weight=0)(None, x, x, *arguments, cond=x)
    with pytest.raises(ValueError, match="optimizer_idx must be 0"):
        make(perceptual_weight=0)(None, x, x, 2, 5)


def test_signatures():
    """Theirs, without what only makes the discriminator, and by keyword but the first: others would move up in their places."""
    common = {"pixelloss_weight": 1.0, "disc_factor": 1.0, "disc_weight": 1.0, "perceptual_weight": 1.0}
    common |= {"disc_conditional": False, "disc_loss": "hinge", "perceptual_loss": None}
    forward = {"optimizer_idx": inspect.Parameter.empty, "global_step": inspect.Parameter.empty}
    forward |= {"last_layer": None, "cond": None, "split": "train"}
    for cls, own, first, last in (
        (
            ldm.LPIPSWithDiscriminator,
            {"logvar_init": 0.0, "kl_weight": 1.0},
            ["inputs", "reconstructions", "posteriors"],
            "weights",
        ),
        (
            ldm.VQLPIPSWithDiscriminator,
            {"codebook_weight": 1.0, "n_classes": None, "pixel_loss": "l1"},
            ["codebook_loss", "inputs", "reconstructions"],
            "predicted_indices",
        ),
    ):
        disc_start, *settings = inspect.signature(cls).parameters.values()
        assert disc_start.name == "disc_start"
        assert {p.kind for p in settings} == {inspect.Parameter.KEYWORD_ONLY}
        assert {p.name: p.default for p in settings} == common | own | {"discriminator": inspect.Parameter.empty}
        _, *arguments = inspect.signature(cls.forward).parameters.values()
        wanted = dict.fromkeys(first, inspect.Parameter.empty) | forward | {last: None}
        assert [(p.name, p.default) for p in arguments] == list(wanted.items())
