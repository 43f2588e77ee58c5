"""`accumulate`: the value and the gradient of a loss of the whole batch, whose critic sees a part of it at a time."""

import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import nn

import ganloss_jax
import ganloss_torch as gan

SAMPLES, WIDTH, CLASSES = 12, 4, 3
REAL, FAKE = np.sin(3.0 * np.arange(2.0 * SAMPLES * WIDTH)).reshape(2, SAMPLES, WIDTH)
LABELS = np.arange(SAMPLES) % CLASSES
WEIGHTS = np.arange(SAMPLES) % 4 / 2.0
# A separable loss, one of means, one of all pairs, one of labels.
NAMES = ("hinge", "rasgan", "rpgan_mvue", "acgan")
# The same sums in another order: of twelve logits, and in the gradient of as many products for each parameter.
ULPS = 64
NEAR = {"rtol": ULPS * np.finfo(np.float64).eps, "atol": ULPS * np.finfo(np.float64).eps}
CUTS = (5, 1, 4, 2)


def numbers(*shape):
    return torch.cos(torch.arange(torch.Size(shape).numel())).double().reshape(shape)


def critic(length=1, hidden=8, between=()):
    net = nn.Sequential(nn.Linear(WIDTH, hidden), nn.Tanh(), *between, nn.Linear(hidden, length)).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(numbers(*p.shape))
    return net


def batch():
    return (torch.from_numpy(x) for x in (REAL, FAKE))


def given(name, array, weighted=True):
    labels = {f"{side}_labels": array(LABELS) for side in ("real", "fake")} if name == "acgan" else {}
    return labels | ({f"{side}_weight": array(WEIGHTS) for side in ("real", "fake")} if weighted else {})


def step(net, value):
    """The value, and the gradients, which `value` left in the parameters, or leaves there."""
    if value.requires_grad:
        value.backward()
    return [value.detach(), *(p.grad for p in net.parameters())]


def same(got, expected):
    torch.testing.assert_close(got, expected, **NEAR)


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_in_pytorch(name):
    real, fake = batch()
    loss = gan.GANLoss(name)
    length, view = (1 + CLASSES, lambda x: x) if name == "acgan" else (1, lambda x: x[:, 0])
    of_all = lambda real, fake: 0.3 * loss.discriminator(real, fake, **given(name, torch.from_numpy))
    whole, parts = critic(length), critic(length)
    expected = step(whole, of_all(view(whole(real)), view(whole(fake))))
    value = gan.accumulate(of_all, lambda x: view(parts(x)), real=real.split(CUTS), fake=fake.split(5))
    assert not value.requires_grad
    same(step(parts, value), expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_in_jax(name):
    loss, length = ganloss_jax.GANLoss(name), 1 + CLASSES if name == "acgan" else 1
    of_all = lambda real, fake: 0.3 * loss.discriminator(real, fake, **given(name, jnp.asarray))
    net = lambda w, x: jnp.tanh(x @ w) if name == "acgan" else jnp.tanh(x @ w)[:, 0]
    w = np.cos(np.arange(1.0 * WIDTH * length)).reshape(WIDTH, length)

    @jax.jit
    def both(w, real, fake):
        split = lambda x: x.reshape(4, -1, WIDTH)
        parts = ganloss_jax.accumulate(of_all, net, w, real=split(real), fake=split(fake))
        return parts, jax.value_and_grad(lambda w: of_all(net(w, real), net(w, fake)))(w)

    (value, gradient), (expected, of_w) = both(w, REAL, FAKE)
    np.testing.assert_allclose(value, expected, **NEAR)
    np.testing.assert_allclose(gradient, of_w, **NEAR)


def test_jax_keeps_the_inside_of_one_micro_batch():
    loss, inside = ganloss_jax.GANLoss("rasgan"), 1000
    net = lambda w, x: jnp.sin(x @ jnp.ones((WIDTH, inside)) * w[None]).sum(-1)
    run = lambda w, x: ganloss_jax.accumulate(loss.discriminator, net, w, real=x, fake=x)
    lowered = jax.jit(run).lower(np.ones(inside), REAL.reshape(4, -1, WIDTH)).as_text()
    assert f"3x{inside}x" in lowered
    assert f"4x3x{inside}x" not in lowered
    assert f"12x{inside}x" not in lowered


def test_jax_on_several_devices():
    loss, alone = (ganloss_jax.GANLoss("rasgan", **several) for several in ({"axis_name": "d"}, {}))
    net, w = lambda w, x: jnp.tanh(x @ w), np.cos(np.arange(1.0 * WIDTH))

    def step(w, real, fake):
        split = lambda x: x.reshape(3, -1, WIDTH)
        return ganloss_jax.accumulate(loss.discriminator, net, w, real=split(real), fake=split(fake))

    mesh = jax.sharding.Mesh(jax.devices()[:2], "d")
    whole, share = jax.P(), jax.P("d")
    value, gradient = jax.jit(jax.shard_map(step, mesh=mesh, in_specs=(whole, share, share), out_specs=whole))(w, REAL, FAKE)
    expected, of_w = jax.value_and_grad(lambda w: alone.discriminator(net(w, REAL), net(w, FAKE)))(w)
    np.testing.assert_allclose(value, expected, **NEAR)
    np.testing.assert_allclose(gradient, of_w, **NEAR)


def test_several_heads_in_both():
    real, fake = batch()
    loss = gan.GANLoss("rasgan", heads={"a": 2.0, "b": 1.0})
    heads = lambda net, x: {"b": net(x), "a": net(x).square().reshape(-1, 1, 1).expand(-1, 2, 2)}
    whole, parts = critic(), critic()
    expected = step(whole, loss.discriminator(heads(whole, real), heads(whole, fake)))
    value = gan.accumulate(loss.discriminator, lambda x: heads(parts, x), real=real.split(5), fake=fake.split(7))
    same(step(parts, value), expected)

    of_list = ganloss_jax.GANLoss("rasgan")
    net = lambda w, x: [x @ w, (x @ w) ** 2]
    w, split = np.cos(np.arange(1.0 * WIDTH)), lambda x: x.reshape(3, -1, WIDTH)
    value, gradient = ganloss_jax.accumulate(of_list.discriminator, net, w, real=split(REAL), fake=split(FAKE))
    expected, of_w = jax.value_and_grad(lambda w: of_list.discriminator(net(w, REAL), net(w, FAKE)))(w)
    np.testing.assert_allclose(value, expected, **NEAR)
    np.testing.assert_allclose(gradient, of_w, **NEAR)


def test_the_generators_step():
    real, noise = batch()
    d, loss, results = critic(), gan.GANLoss("rasgan"), []
    d[0].requires_grad_(False)
    for parts in (None, noise.split(5)):
        g = critic(WIDTH)
        d.zero_grad()
        real_logits = d(real)
        of_fakes = lambda fake, real=real_logits: loss.generator(fake, real=real)
        of_noise = lambda z, g=g: d(g(z))
        value = of_fakes(of_noise(noise)) if parts is None else gan.accumulate(of_fakes, of_noise, fake=parts)
        # What the loss closes over has its part of the gradient: the reals' logits.
        results.append([*step(g, value), *(p.grad.clone() for p in d[2].parameters())])
    same(*results)


def test_micro_batches_that_require_a_gradient_and_share_a_graph():
    real, noise = batch()
    d, loss, results = critic(), gan.GANLoss("rpgan"), []
    for parts in (False, True):
        d.zero_grad()
        g, x = critic(WIDTH), real.clone().requires_grad_()
        fakes = g(noise)
        if parts:
            inputs = [{"x": fake, "n": 2.0} for fake in fakes.split(4)]
            value = gan.accumulate(
                lambda real, fake: loss.generator(fake, real=real),
                lambda inputs: inputs["n"] * d(inputs["x"]),
                real=[{"x": part, "n": 2.0} for part in x.split(5)],
                fake=inputs,
            )
        else:
            value = loss.generator(2.0 * d(fakes), real=2.0 * d(x))
        results.append([*step(g, value), x.grad, *(p.grad.clone() for p in d.parameters())])
    same(*results)


class Noisy(nn.Module):
    """What keeps how often it was called, and draws."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.float64))

    def forward(self, x):
        self.calls += 1.0
        return x * self.calls.clone() + torch.rand_like(x)


def test_random_numbers_and_buffers_are_those_of_one_pass():
    real, fake = batch()
    loss, results = gan.GANLoss("rasgan"), []
    for parts in (False, True):
        net = critic(between=(Noisy(), nn.BatchNorm1d(8), nn.Dropout(0.5)))
        torch.manual_seed(0)
        if parts:
            value = gan.accumulate(loss.discriminator, lambda x, net=net: net(x), real=real.split(6), fake=fake.split(4))
        else:
            value = loss.discriminator(*(torch.cat([net(x) for x in part]) for part in (real.split(6), fake.split(4))))
        results.append([*step(net, value), *net.buffers(), torch.rand(3)])
    same(*results)


def test_a_module_that_cannot_be_found_does_not_move_twice():
    nets = types.ModuleType("nets")
    nets.critic = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    loss, parts = gan.GANLoss("rasgan").discriminator, torch.randn(8, 3).split(4)
    with pytest.raises(ValueError, match="what a BatchNorm1d keeps would move twice"):
        gan.accumulate(loss, lambda x: nets.critic(x), real=parts, fake=parts)
    nets.critic[1].reset_running_stats()
    gan.accumulate(loss, nets.critic, real=parts, fake=parts)
    assert nets.critic[1].num_batches_tracked == 4
    nets.critic.eval()
    gan.accumulate(loss, lambda x: nets.critic(x), real=parts, fake=parts)


def test_the_first_pass_has_no_graph():
    x, net, graphs = torch.ones(4, WIDTH).double(), critic(), []

    def seen(x):
        graphs.append(torch.is_grad_enabled())
        return net(x)

    gan.accumulate(lambda real: real.square().mean(), seen, real=x.split(2))
    assert graphs == [False, False, True, True]


def test_autocast():
    real, fake = (x.float() for x in batch())
    loss, results = gan.GANLoss("rasgan"), []
    for parts in (False, True):
        net = critic().float()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            if parts:
                value = gan.accumulate(loss.discriminator, net, real=real.split(3), fake=fake.split(3))
            else:
                value = loss.discriminator(net(real), net(fake))
        results.append(step(net, value)[:-1])
    # The last bias cancels. Each micro-batch's gradient is rounded to bfloat16.
    eps = torch.finfo(torch.bfloat16).eps
    torch.testing.assert_close(*results, rtol=2 * eps, atol=2 * eps)


def test_a_scalar_for_each_sample():
    real, fake = batch()
    whole, parts = critic(), critic()
    loss = gan.GANLoss("rasgan").discriminator
    expected = step(whole, loss(whole(real)[:, 0], whole(fake)[:, 0]))
    same(step(parts, gan.accumulate(loss, lambda x: parts(x)[0], real=list(real), fake=list(fake))), expected)


def test_what_is_refused():
    x, net, loss = torch.ones(4, WIDTH).double(), critic(), gan.GANLoss("hinge").discriminator
    for error, message, call in [
        (TypeError, r"real must be a list of micro-batches, such as real.split\(8\), got Tensor", {"real": x, "fake": [x]}),
        (ValueError, "fake has no micro-batch", {"real": [x], "fake": []}),
    ]:
        with pytest.raises(error, match=message):
            gan.accumulate(loss, net, **call)
    with pytest.raises(TypeError, match="a critic must return logits, or a list or a dict of them, got float for real"):
        gan.accumulate(loss, lambda _: 1.0, real=[x])
    with pytest.raises(ValueError, match="the same heads for each micro-batch of real"):
        gan.accumulate(loss, lambda x: [net(x)] * len(x), real=[x, x[:2]])
    with pytest.raises(ValueError, match=r"the loss must be a tensor of shape \(\), got \(4, 1\)"):
        gan.accumulate(lambda real: real, net, real=[x])
    with pytest.raises(TypeError, match=r"the loss must be a tensor of shape \(\), got Sides"):
        gan.accumulate(gan.GANLoss("hinge", reduction="none").discriminator, net, real=[x], fake=[x])
    with torch.no_grad(), pytest.raises(RuntimeError, match=r"outside torch.no_grad"):
        gan.accumulate(loss, net, real=[x], fake=[x])
