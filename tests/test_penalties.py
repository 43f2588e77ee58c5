"""Penalties against transcriptions of papers on a critic whose gradient is known, and what training loops do with them."""

import math
import sys
from dataclasses import replace
from functools import cache, partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.sharding import AxisType
from jax.sharding import PartitionSpec as P
from torch import nn

import ganloss_jax
import ganloss_torch as gan
from adapters import EXAMPLES
from frameworks import JAX, TORCH, assert_within
from ganloss_core.backends import exact
from ganloss_core.check import check_penalties
from ganloss_core.check import penalties as checked
from ganloss_core.terms.observe import Observation
from ganloss_core.terms.penalties import Penalties
from ganloss_jax.check import JaxRunner
from ganloss_torch.check import TorchRunner
from witnesses_penalties import PENALTIES, TanhCritic, parameter_gradient

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])

# name -> (our penalty, its arguments; the witness, its arguments; what is drawn)
CASES = {
    "r1": ("r1", {}, "r1", {}, None),
    "r2": ("r2", {}, "r2", {}, None),
    "zero_centered": ("zero_centered", {}, "zero_centered", {}, "mix"),
    "wgan_gp": ("wgan_gp", {}, "wgan_gp", {}, "mix"),
    "wgan_gp_target": ("wgan_gp", {"target": 0.25}, "wgan_gp", {"target": 0.25}, "mix"),
    "wgan_gp_one_sided": ("wgan_gp", {"one_sided": True}, "wgan_gp", {"one_sided": True}, "mix"),
    "wgan_lp": ("wgan_lp", {}, "wgan_lp", {}, "mix"),
    "wgan_div": ("wgan_div", {}, "wgan_div", {"power": 6}, "mix"),
    "wgan_div_odd": ("wgan_div", {"power": 3}, "wgan_div", {"power": 3}, "mix"),
    "wgan_div_ends": ("wgan_div", {"at": "ends", "power": 2}, "wgan_div_endpoints", {"power": 2}, None),
    "dragan": ("dragan", {}, "dragan", {}, "noise"),
    "dragan_one_sided": ("dragan", {"one_sided": True, "target": 0.5}, "dragan", {"one_sided": True, "target": 0.5}, "noise"),
    "max_gp": ("max_gp", {}, "max_gp", {}, "mix"),
    "gan_qp": ("gan_qp", {}, "gan_qp", {}, None),
    "gan_qp_l2": ("gan_qp", {"distance": "l2"}, "gan_qp", {"distance": "l2"}, None),
    # Ours have R1's factor 1/2.
    "approximate_r1": ("approximate_r1", {"sigma": 0.5}, "fd_r1", {"sigma": 0.5, "weight": 0.85}, "noise"),
    "approximate_r2": ("approximate_r2", {"sigma": 0.25}, "fd_r2", {"sigma": 0.25, "weight": 0.85}, "noise"),
    "approximate_r1_apt": (
        "approximate_r1",
        {"sigma": 0.5, "divide": False},
        "fd_r1",
        {"sigma": 0.5, "divide": False, "weight": 0.85},
        "noise",
    ),
}
WEIGHT = 1.7


def draw(seed, n=4, d=3, h=2):
    """A critic's parameters, reals, fakes, mix and noise, exact in float32."""
    rng = np.random.default_rng(seed)
    rounded = lambda *shape: np.float32(rng.normal(size=shape)).astype(float)
    parameters = [rounded(h, d), rounded(h), rounded(h), rounded(1)[0]]
    mix = np.float32(rng.random(n)).astype(float)
    return parameters, rounded(n, d), rounded(n, d), {"mix": mix, "noise": rounded(n, d)}


def differentiated(framework, functions, parameters, dtype="float64"):
    """Of each function of the parameters, its value and gradient; in JAX all of them in one program."""
    if framework is TORCH:
        return [framework.differentiate(function, parameters, dtype) for function in functions]
    at = [framework.array(p, dtype) for p in parameters]
    found = jax.jit(lambda at: [jax.value_and_grad(function)(at) for function in functions])(at)
    return [(float(value), [np.asarray(g, float) for g in gradient]) for value, gradient in found]


def penalty_of(framework, case, dtype, real, fake, draws):
    """A function of a critic's parameters."""
    name, ours, _, _, drawn = CASES[case]
    given_ = {drawn: framework.array(draws[drawn], dtype)} if drawn else {}

    def penalty(parameters):
        critic = framework.tanh_critic(parameters)
        seen = framework.module.observe(critic, real=framework.array(real, dtype), fake=framework.array(fake, dtype))
        return getattr(framework.module, name)(seen, WEIGHT, **ours, **given_)

    return penalty


@cache
def of_the_paper(case, seed, **sizes):
    """The value and gradient by the critic's parameters."""
    _, _, witness, theirs, _ = CASES[case]
    parameters, real, fake, draws = draw(seed, **sizes)
    transcribed = {"weight": WEIGHT, **theirs}
    lists = {key: x.tolist() for key, x in draws.items()}
    true = lambda critic: PENALTIES[witness](critic, real.tolist(), fake.tolist(), **lists, **transcribed)
    critic = TanhCritic(*(p.tolist() for p in parameters))
    return float(true(critic)), [float(g) for g in parameter_gradient(true, critic)]


def assert_near_the_witnesses(framework, cases, seed, dtype, **sizes):
    parameters, *inputs = draw(seed, **sizes)
    found = differentiated(framework, [penalty_of(framework, case, dtype, *inputs) for case in cases], parameters, dtype)
    for case, (value, gradient) in zip(cases, found, strict=True):
        exact, slopes = of_the_paper(case, seed, **sizes)
        ours = CASES[case][1]
        # Forward, gradient and backward are about 30 roundings deep, tanh is good to 8 ulp, and a difference of logits or of a
        # norm and its target loses what it cancels: errors are relative to what is subtracted, and in the gradient to its
        # largest part.
        eps = float(np.finfo(dtype).eps)
        lost = 1.0 / ours["sigma"] ** 2 if "sigma" in ours and ours.get("divide", True) else 1.0
        size = max(abs(exact), WEIGHT, *map(abs, slopes))
        assert abs(value - exact) <= 64 * eps * lost * size, case
        flat = np.concatenate([np.ravel(g) for g in gradient])
        assert np.abs(flat - slopes).max() <= 128 * eps * lost * size, case


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_penalties_are_those_of_the_papers(framework, dtype):
    assert_near_the_witnesses(framework, list(CASES), 0, dtype)


@FRAMEWORKS
@given(
    case=st.sampled_from(sorted(CASES)), seed=st.integers(0, 99), n=st.integers(1, 5), d=st.integers(1, 4), h=st.integers(1, 3)
)
@settings(max_examples=13 * EXAMPLES, deadline=None, derandomize=True, database=None)
def test_penalties_of_any_shape(framework, case, seed, n, d, h):
    assert_near_the_witnesses(framework, [case], seed, "float64", n=n, d=d, h=h)


@FRAMEWORKS
def test_a_zero_initialised_head(framework):
    (W1, b1, w2, _), *inputs = draw(1)
    penalties = [penalty_of(framework, case, "float64", *inputs) for case in CASES]
    for case, (value, gradient) in zip(CASES, differentiated(framework, penalties, [W1, b1, 0.0 * w2, 0.0]), strict=True):
        name, ours, *_ = CASES[case]
        target = {"wgan_gp": 1.0, "dragan": 1.0}.get(name, 0.0) if not ours.get("one_sided") else 0.0
        # A constant, of which a mean is taken.
        assert_within(value, WEIGHT * ours.get("target", 1.0) ** 2 if target else 0.0, ulps=4)
        # A norm has the derivative 0 at 0, and the other charges are flat there.
        assert all((g == 0.0).all() for g in gradient), case


def test_both_frameworks_give_the_same_for_the_same_numbers():
    parameters, real, fake, draws = draw(2, n=6, d=5, h=4)

    def value(framework):
        critic = framework.tanh_critic([framework.array(p) for p in parameters])
        seen = framework.module.observe(critic, real=framework.array(real), fake=framework.array(fake))
        return framework.module.wgan_gp(seen, 10.0, mix=framework.array(draws["mix"]))

    # About 30 roundings deep, as against the witnesses.
    assert_within(*(framework.computed(partial(value, framework)) for framework in (TORCH, JAX)), ulps=64)


class Counting:
    """A critic of images that counts how often it runs."""

    def __init__(self, framework, heads=None, features=False):
        self.framework, self.calls, self.heads, self.features = framework, 0, heads, features
        self.w = framework.array(np.linspace(-1.0, 2.0, 12).reshape(2, 3, 2))

    def __call__(self, x, *labels):
        self.calls += 1
        patches = self.framework.tanh(x * self.w[None])
        for label in labels:
            patches = patches + label[:, None, None, None]
        patches = patches.sum(1)
        logits = {None: patches, "list": [patches, 2.0 * patches.sum(1)], "dict": {"a": patches, "b": patches[:, 0]}}[
            self.heads
        ]
        return (logits, [patches]) if self.features else logits


def images(framework, seed=0, n=3):
    return framework.array(np.random.default_rng(seed).normal(size=(n, 2, 3, 2)))


@FRAMEWORKS
def test_a_loss_and_its_penalties_run_the_critic_once_a_side(framework):
    gan_, critic = framework.module, Counting(framework)
    real, fake = images(framework), images(framework, 1)

    def losses():
        seen = gan_.observe(critic, real=real, fake=fake)
        loss = gan_.GANLoss("rpgan").discriminator(seen.real, seen.fake) + gan_.r1(seen, 10.0) + gan_.r2(seen, 10.0)
        assert critic.calls == 2
        gan_.wgan_lp(seen, 1.0, mix=framework.array([0.0, 0.5, 1.0]))
        assert critic.calls == 3
        of_real, of_fake = (gan_.observe(critic, **{side: x}) for side, x in (("real", real), ("fake", fake)))
        alone = gan_.discriminator_loss("rpgan", critic(real), critic(fake))
        return loss, alone, gan_.r1(of_real, 10.0) + gan_.r2(of_fake, 10.0)

    loss, alone, apart = map(framework.number, framework.computed(losses))
    # The loss is below 100, and its last digits are lost in the sum and in the difference.
    assert loss - alone == pytest.approx(apart, rel=0, abs=8 * 100 * np.finfo(float).eps)


@FRAMEWORKS
def test_the_gradient_of_a_side_is_computed_once(framework, monkeypatch):
    critic = Counting(framework)
    seen = framework.module.observe(critic, real=images(framework))
    pulled, view = [], seen._views["real"]
    counted = lambda: (pulled.append(1), view.gradients())[1]
    monkeypatch.setitem(seen._views, "real", replace(view, gradients=counted))
    framework.module.r1(seen, 1.0)
    framework.module.r1(seen, 2.0)
    assert len(pulled) == 1
    assert tuple(seen.gradient("real").shape) == (3, 2, 3, 2)


@FRAMEWORKS
@pytest.mark.parametrize("heads", [None, "list", "dict"])
def test_heads_features_and_conditioning(framework, heads):
    gan_, critic = framework.module, Counting(framework, heads, features=True)
    real, fake, y = images(framework), images(framework, 1), framework.array([0.5, -1.0, 2.0])
    seen = gan_.observe(critic, real=real, fake=fake, real_args=(y,), fake_args=(2.0 * y,))
    logits, features = critic(real, y)
    assert type(seen.real) is type(logits)
    assert len(seen.real_features) == len(features) == 1
    joint = gan_.observe(critic, real=real, fake=fake, real_args=(y,), fake_args=(2.0 * y,), joint=True)
    assert critic.calls == 4
    assert type(joint.fake) is type(logits)
    for a, b in ((seen.real_features[0], joint.real_features[0]), (seen.fake_features[0], joint.fake_features[0])):
        assert (framework.numpy(a) == framework.numpy(b)).all()
    loss = gan_.GANLoss("hinge")
    of_seen, of_joint = (framework.number(loss.discriminator(x.real, x.fake)) for x in (seen, joint))
    assert of_seen == of_joint
    for name in ("r1", "r2"):
        # The same sums over 12 elements and 3 samples, which a compiler may order in another way.
        assert_within(getattr(gan_, name)(seen, 1.0), getattr(gan_, name)(joint, 1.0), ulps=16)
    # d tanh(w x) / dx = w (1 - tanh^2), once for each head that sees the patch.
    slope = framework.numpy(critic.w[None] * (1.0 - framework.tanh(real * critic.w[None]) ** 2))
    twice = np.array([2.0, 1.0, 1.0]).reshape(1, 1, 3, 1)
    of_sum = slope * {None: 1.0, "list": 3.0, "dict": twice}[heads]
    # Squares of tanh's derivative, good to 8 ulp each, in sums of 36 positive terms.
    assert_within(gan_.r1(seen, 2.0), np.square(of_sum).sum((1, 2, 3)).mean(), ulps=36)
    mean = gan_.observe(critic, real=real, real_args=(y,), outputs="mean")
    # Of 6 patches; a second head has 2 sums with a factor of 2, or 2 patches.
    second = {"list": 2.0 / 2.0, "dict": np.array([1 / 2, 0.0, 0.0]).reshape(1, 1, 3, 1)}
    of_mean = slope * (1 / 6 if heads is None else (1 / 6 + second[heads]) / 2.0)
    assert_within(gan_.r1(mean, 2.0), np.square(of_mean).sum((1, 2, 3)).mean(), ulps=36)


@FRAMEWORKS
def test_largest_norms_that_tie_share_the_gradient(framework):
    x = framework.array([[1.0], [1.0], [0.5]])
    seen = lambda w: framework.module.observe(lambda x: (w[0] * x[:, 0]) ** 2, real=x, fake=x)
    value, (g,) = framework.differentiate(
        lambda w: framework.module.max_gp(seen(w), 1.0, mix=framework.array([0.0, 0.5, 1.0])), [3.0], jit=True
    )
    assert (value, g) == (18.0**2, 2 * 18.0 * 12.0)


# The check


def test_penalties_are_checked():
    # In one test, that what is exact is computed once.
    for runner in (TorchRunner(), JaxRunner()):
        report = check_penalties(runner)
        assert report.ok, report.failures
        assert {row.dtype for row in report.rows} == {"float64", "float32"}


@pytest.mark.parametrize(("name", "side"), [("r1", 3), ("r2", 4)])
def test_the_exact_result_is_exact(name, side):
    # A number that Python divides has 53 bits, and a third of the samples needs more.
    for case, (value, *_) in checked._cases(name, "float64"):
        with mpmath.workprec(256):
            backend = exact.backend()
            at = [backend.logits(np.array(part), "") for part in case]
            gradient = checked.TanhCritic(backend, *at[:3]).gradient(at[side]).array
            expected = checked.WEIGHT * np.sum(gradient * gradient) / (2 * len(gradient))
            assert abs(value - expected) < expected * mpmath.mpf(2) ** -200


# R1, R2 and wgan_gp are in test_a_whole_step_compiles_in_one_graph.
@pytest.mark.parametrize("name", ["dragan", "max_gp", "approximate_r2"])
def test_compiled_penalties_are_checked(name):
    assert check_penalties(TorchRunner(compiler="aot_eager"), dtypes=["float64"], names=[name]).ok


@pytest.mark.parametrize("runner", [TorchRunner(), JaxRunner()], ids=lambda runner: runner.name)
def test_a_wrong_gradient_is_caught(monkeypatch, runner):
    module = sys.modules[f"ganloss_{runner.name}._observe"]

    def careless(run, x, critic):
        numbers, outputs, gradients = module.calculus.linearize(run, x, critic)
        return numbers, outputs, lambda: [(1.0 + 1e-5) * g for g in gradients()]

    wrong = Penalties(replace(module.calculus, linearize=careless))
    monkeypatch.setattr(f"ganloss_{runner.name}.observe", wrong.observe)
    assert not check_penalties(runner, dtypes=["float32"], names=["r1"]).ok


# PyTorch


def batch_norm_critic():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))


def test_a_penalty_does_not_move_the_buffers_of_a_module():
    critic, (real, fake) = batch_norm_critic(), torch.randn(2, 5, 3)
    seen = gan.observe(critic, real=real, fake=fake)
    kept = {name: buffer.clone() for name, buffer in critic.named_buffers()}
    assert kept["1.num_batches_tracked"] == 2
    loss = gan.r1(seen, 1.0) + gan.r2(seen, 1.0) + gan.wgan_gp(seen, 1.0) + gan.dragan(seen, 1.0)
    (loss + gan.approximate_r1(seen, 1.0)).backward()
    for name, buffer in critic.named_buffers():
        assert torch.equal(buffer, kept[name]), name
    assert all(p.grad is not None and p.grad.isfinite().all() for p in critic.parameters())


def test_a_joint_forward_changes_batch_norm():
    critic, (real, fake) = batch_norm_critic(), torch.randn(2, 5, 3)
    apart, joint = (gan.observe(critic, real=real, fake=1.0 + fake, joint=joint) for joint in (False, True))
    assert critic[1].num_batches_tracked == 3
    assert not torch.allclose(apart.real, joint.real)


def small_critic(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64, 1)).to(dtype)


def small_inputs():
    return (*torch.randn(2, 3, 1, 4, 4).double(), torch.rand(3).double())


def step_of(critic):
    loss = gan.GANLoss("rpgan")

    def step(real, fake, mix):
        seen = gan.observe(critic, real=real, fake=fake)
        total = loss.discriminator(seen.real, seen.fake) + gan.r1(seen, 2.0) + gan.r2(seen, 2.0)
        return total + gan.wgan_gp(seen, 1.0, mix=mix)

    return step


def gradients_of(critic, value):
    return torch.autograd.grad(value, list(critic.parameters()))


def test_a_whole_step_compiles_in_one_graph():
    critic, inputs = small_critic(torch.float64), small_inputs()
    eager = step_of(critic)(*inputs)
    torch.compiler.reset()
    compiled = torch.compile(step_of(critic), fullgraph=True, backend="inductor")(*inputs)
    assert_within(compiled, eager, ulps=64)
    for a, b in zip(gradients_of(critic, compiled), gradients_of(critic, eager), strict=True):
        # A weight's gradient sums 16 pixels of 3 samples, for the loss and 3 penalties: 192 products, in another order.
        assert_within(a, b, ulps=192)


def test_a_step_under_torch_func():
    critic, inputs = small_critic(torch.float64), small_inputs()
    parameters = dict(critic.named_parameters())

    def loss(parameters):
        return step_of(lambda x: torch.func.functional_call(critic, parameters, (x,)))(*inputs)

    transformed = torch.func.grad(loss)(parameters)
    for a, b in zip(transformed.values(), gradients_of(critic, step_of(critic)(*inputs)), strict=True):
        assert_within(a, b, ulps=192)  # as above


@pytest.mark.parametrize("name", ["r1", "wgan_gp", "approximate_r1"])
def test_every_parameter_has_a_gradient_where_that_is_asked_for(name):
    critic = small_critic()
    sides = {"real": torch.randn(2, 1, 4, 4), "fake": torch.randn(2, 1, 4, 4)}
    getattr(gan, name)(gan.observe(critic, **sides), 1.0).backward()
    # Neither reaches the last bias, which DDP waits for; Adam skips what has no gradient.
    assert name == "approximate_r1" or critic[-1].bias.grad is None
    getattr(gan, name)(gan.observe(critic, **sides, anchor=True), 1.0).backward()
    assert critic[-1].bias.grad.abs() < 1e-4


def test_a_loss_scale_is_a_factor():
    critic, real = small_critic(), torch.randn(3, 1, 4, 4)
    plain = gradients_of(critic, gan.r1(gan.observe(critic, real=real, anchor=True), 10.0))
    scaled = gradients_of(critic, 1024.0 * gan.r1(gan.observe(critic, real=real, anchor=True), 10.0))
    for a, b in zip(plain, scaled, strict=True):
        assert torch.equal(1024.0 * a, b)


def test_autocast():
    critic, real = small_critic(), torch.randn(3, 1, 4, 4)
    exact = gan.r1(gan.observe(critic, real=real), 10.0).item()
    with torch.autocast("cpu", torch.bfloat16):
        seen = gan.observe(critic, real=real, anchor=True)
        penalty = gan.r1(seen, 10.0)
    assert seen.real.dtype == torch.bfloat16
    assert penalty.dtype == torch.float32
    # g is a product of two weights, each rounded to bfloat16's 8 bits, and rounded itself; the penalty is its square.
    assert penalty.item() == pytest.approx(exact, rel=2 * 3 * 2.0**-8)
    penalty.backward()
    assert all(p.grad.isfinite().all() for p in critic.parameters())


@FRAMEWORKS
def test_half_precision_gradients_are_squared_in_float32(framework):
    # 300^2 is inf in float16.
    x = framework.array(np.ones((2, 3)), "float16")
    penalty = lambda: framework.module.r1(framework.module.observe(lambda x: 300.0 * x.sum(1), real=x), 2.0)
    assert framework.number(framework.computed(penalty)) == 3 * 300.0**2


def test_the_callers_tensor_is_not_touched_and_a_graph_is_kept():
    real = torch.randn(3, 1, 4, 4)
    seen = gan.observe(small_critic(), real=real)
    assert not real.requires_grad
    scale = torch.ones((), requires_grad=True)
    seen = gan.observe(small_critic(), fake=scale * real)
    (g,) = torch.autograd.grad(seen.fake.sum(), scale)
    assert g != 0
    assert isinstance(seen, Observation)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(4, 12)

    def forward(self, x):
        q, k, v = self.qkv(x)[:, None].chunk(3, -1)
        return nn.functional.scaled_dot_product_attention(q, k, v).mean((1, 2, 3))


def test_attention_that_cannot_be_differentiated_twice():
    x = torch.randn(2, 3, 4)
    with pytest.raises(RuntimeError, match="one of its kernels cannot do: for attention run the critic under"):
        gan.r1(gan.observe(Attention(), real=x), 1.0)
    # What a partial calls is another critic each time.
    gan.r1(gan.observe(partial(small_critic()), real=torch.randn(2, 1, 4, 4)), 1.0)
    with pytest.raises(RuntimeError, match="one of its kernels cannot do"):
        gan.r1(gan.observe(partial(Attention()), real=x), 1.0)
    critic = Attention()
    assert gan.approximate_r1(gan.observe(critic, real=x), 1.0).isfinite()
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        gan.r1(gan.observe(critic, real=x), 1.0).backward()
    assert critic.qkv.weight.grad.isfinite().all()


def test_numbers_are_drawn_with_the_generator_or_pytorchs_own():
    critic, real, fake = small_critic(), torch.randn(3, 1, 4, 4), torch.randn(3, 1, 4, 4)
    seen = gan.observe(critic, real=real, fake=fake)
    rng = lambda: torch.Generator().manual_seed(7)
    mix = torch.rand(3, generator=rng())
    assert torch.equal(gan.wgan_gp(seen, 1.0, rng=rng()), gan.wgan_gp(seen, 1.0, mix=mix))
    numbers = torch.rand(3 + 48, generator=rng())
    noise = 0.5 * real.std(correction=0) * numbers[:3].reshape(3, 1, 1, 1) * numbers[3:].reshape(real.shape)
    # The same noise but for the roundings of a standard deviation, which sums 48 squares.
    assert_within(gan.dragan(seen, 1.0, rng=rng()), gan.dragan(seen, 1.0, noise=noise), ulps=48, dtype="float32")
    noise = torch.randn(real.shape, generator=rng())
    assert torch.equal(gan.approximate_r1(seen, 1.0, rng=rng()), gan.approximate_r1(seen, 1.0, noise=noise))
    torch.manual_seed(3)
    mix = torch.rand(3)
    torch.manual_seed(3)
    assert torch.equal(gan.wgan_gp(seen, 1.0), gan.wgan_gp(seen, 1.0, mix=mix))


# JAX


def jax_penalty(parameters, real, fake, key):
    seen = ganloss_jax.observe(JAX.tanh_critic(parameters), real=real, fake=fake)
    loss = ganloss_jax.GANLoss("rpgan").discriminator(seen.real, seen.fake)
    return loss + ganloss_jax.r1(seen, 1.0) + ganloss_jax.r2(seen, 1.0) + ganloss_jax.wgan_gp(seen, 1.0, rng=key)


def test_jit_grad_vmap_and_keys():
    parameters, real, fake, draws = draw(3)
    parameters, key = [jnp.asarray(p) for p in parameters], jax.random.key(0)
    keys, graded = jax.random.split(key, 2), jax.value_and_grad(jax_penalty)
    (jitted, _), second, several = jax.jit(
        lambda *args: (graded(*args, key), graded(*args, keys[1]), jax.vmap(graded, (None, None, None, 0))(*args, keys))
    )(parameters, real, fake)
    # Some 30 roundings deep, in sums over 4 samples and 3 penalties, fused and batched in another way.
    assert_within(jitted, jax_penalty(parameters, real, fake, key), ulps=128)
    for a, b in zip(jax.tree.leaves(second), jax.tree.leaves(several), strict=True):
        assert_within(b[1], a, ulps=128)

    @jax.jit
    def drawn_and_given(key):
        seen = ganloss_jax.observe(JAX.tanh_critic(parameters), real=real, fake=fake)
        mix = jax.random.uniform(key, (4,), jnp.float64)
        of_wgan_gp = ganloss_jax.wgan_gp(seen, 1.0, rng=key), ganloss_jax.wgan_gp(seen, 1.0, mix=mix)
        return of_wgan_gp, (ganloss_jax.dragan(seen, 1.0, rng=key), ganloss_jax.dragan(seen, 1.0, noise=draws["noise"]))

    (a, b), (c, d) = drawn_and_given(key)
    assert a == b
    assert c != d


def test_a_penalty_on_a_mesh_is_that_of_the_whole_batch():
    rng = np.random.default_rng(0)
    parameters = [rng.normal(size=s) for s in ((2, 3), (2,), (2,), (1,))]
    inputs = rng.normal(size=(8, 3)), rng.normal(size=(8, 3)), rng.random(8)

    def penalty(parameters, real, fake, mix):
        seen = ganloss_jax.observe(JAX.tanh_critic(parameters), real=real, fake=fake)
        return ganloss_jax.r1(seen, 1.0) + ganloss_jax.wgan_gp(seen, 1.0, mix=mix)

    def local(parameters, *inputs):
        # Each device's gradient of its own mean, then their mean.
        return jax.tree.map(lambda g: jax.lax.pmean(g, "x"), jax.grad(penalty)(parameters, *inputs))

    mesh = jax.make_mesh((4,), ("x",), axis_types=(AxisType.Auto,))
    sharded = jax.shard_map(local, mesh=mesh, in_specs=(P(), P("x"), P("x"), P("x")), out_specs=P(), check_vma=False)
    whole = jax.jit(jax.grad(penalty))(parameters, *inputs)
    for a, b in zip(jax.jit(sharded)(parameters, *inputs), whole, strict=True):
        # Some 30 roundings deep, in sums over 8 samples, in four parts instead of one.
        assert_within(a, b, ulps=128)


# Bad input


@FRAMEWORKS
def test_what_is_wrong_is_said(framework):
    gan_, critic, x = framework.module, Counting(framework), images(framework)
    seen = gan_.observe(critic, real=x, fake=x)
    only_real = gan_.observe(critic, real=x)
    mix = framework.array([0.5, 0.5, 0.5])

    def refused(error, match, call):
        with pytest.raises(error, match=match):
            call()

    refused(TypeError, "nothing to observe", lambda: gan_.observe(critic))
    refused(TypeError, "critic must be a function or module", lambda: gan_.observe(x, real=x))
    refused(TypeError, "real_args without real", lambda: gan_.observe(critic, fake=x, real_args=(mix,)))
    one_sided = {"real_args": (mix,), "joint": True}
    refused(TypeError, "as many real_args as fake_args, got 1 and 0", lambda: gan_.observe(critic, real=x, fake=x, **one_sided))
    refused(TypeError, "joint=True is for both sides", lambda: gan_.observe(critic, real=x, joint=True))
    refused(
        ValueError,
        "outputs must be one of 'sum', 'mean', 'each', got 'max'",
        lambda: gan_.observe(critic, real=x, outputs="max"),
    )
    integers = framework.array(np.ones((3, 2))).astype("int32") if framework is JAX else torch.ones(3, 2).int()
    refused(TypeError, "real must be an array of floating-point numbers.*int32", lambda: gan_.observe(critic, real=integers))
    refused(ValueError, r"batch of samples along the first axis, got shape \(\)", lambda: gan_.observe(critic, real=mix[0]))
    refused(
        ValueError, r"logits of shape \(2, 3, 2\) for an input of shape \(3, 2", lambda: gan_.observe(lambda x: x[0], real=x)
    )
    refused(ValueError, r"logits of shape \(\)", lambda: gan_.observe(lambda x: x.sum(), real=x))
    refused(ValueError, "returned no heads", lambda: gan_.observe(lambda x: [], real=x))
    refused(ValueError, "empty tuple", lambda: gan_.observe(lambda x: (), real=x))
    refused(TypeError, "needs the critic on fakes: observe", lambda: gan_.r2(only_real, 1.0))
    refused(TypeError, "needs the critic on fakes: observe", lambda: gan_.wgan_gp(only_real, 1.0, mix=mix))
    refused(TypeError, "a penalty takes what observe", lambda: gan_.r1(critic, 1.0))
    refused(TypeError, "give mix or rng, not both", lambda: gan_.wgan_gp(seen, 1.0, mix=mix, rng=0))
    refused(TypeError, "neither mix nor rng", lambda: gan_.wgan_div(seen, 1.0, at="ends", mix=mix))
    refused(ValueError, r"mix must have shape \(3,\), got \(2,\)", lambda: gan_.wgan_gp(seen, 1.0, mix=mix[:2]))
    refused(ValueError, r"noise must have shape \(3, 2, 3, 2\)", lambda: gan_.dragan(seen, 1.0, noise=x[:2]))
    refused(ValueError, "sigma must be positive, got 0", lambda: gan_.approximate_r1(seen, 1.0, sigma=0.0, noise=x))
    refused(ValueError, "target must be a norm, 0 or more, got -1", lambda: gan_.wgan_gp(seen, 1.0, target=-1.0, mix=mix))
    refused(ValueError, "power must be a whole number, 1 or more, got 0", lambda: gan_.wgan_div(seen, 1.0, power=0, mix=mix))
    refused(
        ValueError,
        "at must be 'between', 'real', 'fake' or 'ends', got 'around'",
        lambda: gan_.wgan_div(seen, 1.0, at="around"),
    )
    unequal = gan_.observe(critic, real=x, fake=x[:2])
    refused(ValueError, "sides of one shape", lambda: gan_.wgan_gp(unequal, 1.0, mix=mix))
    refused(ValueError, "samples must be of one shape", lambda: gan_.observe(critic, real=x, fake=x[:, :1], joint=True))
    stopped = (lambda x: critic(jax.lax.stop_gradient(x))) if framework is JAX else (lambda x: critic(x.detach()))
    refused(ValueError, "does not depend on its input", lambda: gan_.r1(gan_.observe(stopped, real=x), 1.0))
    constant = lambda x: framework.array([1.0, 2.0, 3.0])
    refused(ValueError, "does not depend on its input", lambda: gan_.r1(gan_.observe(constant, real=x), 1.0))


def test_what_is_wrong_in_one_framework():
    x = torch.randn(2, 1, 4, 4)
    with torch.no_grad(), pytest.raises(RuntimeError, match=r"outside torch\.no_grad"):
        gan.observe(small_critic(), real=x)
    seen = gan.observe(small_critic(), real=x, fake=x)
    with pytest.raises(TypeError, match=r"rng must be a torch\.Generator, or None for PyTorch's own, got int"):
        gan.wgan_gp(seen, 1.0, rng=0)
    in_jax = ganloss_jax.observe(Counting(JAX), real=images(JAX), fake=images(JAX))
    for call in (ganloss_jax.wgan_gp, ganloss_jax.dragan, ganloss_jax.approximate_r2):
        with pytest.raises(TypeError, match=r"JAX draws nothing without a key: give rng=jax\.random\.key"):
            call(in_jax, 1.0)


def test_lazy_regularisation_as_numbers():
    lazy = gan.lazy_regularization(16, lr=2e-3, betas=(0.0, 0.99))
    assert lazy.factor == 16.0
    # Three roundings; and a power by its logarithm, which is 0.01.
    assert lazy.lr == pytest.approx(2e-3 * 16 / 17, rel=4 * np.finfo(float).eps)
    assert lazy.betas == (0.0, pytest.approx(math.exp(math.log(0.99) * 16 / 17), rel=4 * np.finfo(float).eps))
    assert gan.lazy_regularization(1, lr=1.0, betas=(0.25, 0.25)).betas == (0.5, 0.5)
    with pytest.raises(ValueError, match=r"interval must be a whole number of steps, 1 or more, got 0\.5"):
        gan.lazy_regularization(0.5, lr=1.0, betas=(0.0, 0.9))
