"""Critics and penalties, where people's training meets them: what is drawn, kept, compiled, counted by Adam."""

import functools
import gc
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from flax import nnx
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend

import ganloss_jax
import ganloss_torch as gan
from frameworks import JAX, TORCH
from ganloss_core.terms.points import around
from ganloss_jax import _observe as ganloss_jax_observe
from ganloss_torch import _critics as critics
from ganloss_torch import _observe as ganloss_torch_observe

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])


def critic_with(middle):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(16, 32), middle, nn.LeakyReLU(0.2), nn.Linear(32, 1))


# --- finite differences are of one function ---


class SpectralNormed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.utils.spectral_norm(nn.Linear(32, 32))

    def forward(self, x):
        return self.layer(x)


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("wrap", ["module", "function"])
@pytest.mark.parametrize("middle", [lambda: nn.Dropout(0.1), SpectralNormed])
def test_finite_differences_see_what_the_first_pass_saw(middle, wrap, joint):
    critic = critic_with(middle())
    critic_or_function = critic if wrap == "module" else lambda x: critic(x)
    x = torch.randn(256, 16)
    seen = gan.observe(critic_or_function, real=x, fake=2.0 * x, joint=joint)
    for exact, approximate in ((gan.r1, gan.approximate_r1), (gan.r2, gan.approximate_r2)):
        noise = torch.randn(64, 256, 16).sign()  # signs: the mean of n n' is the identity, with less variance
        estimate = torch.stack([approximate(seen, 1.0, noise=n) for n in noise]).mean()
        # The mean of 64 x 256 squares of directional derivatives has a deviation of 2 %.
        assert estimate.item() == pytest.approx(exact(seen, 1.0).item(), rel=0.15)


def test_finite_differences_leave_the_stream_of_random_numbers_alone():
    critic, x = critic_with(nn.Dropout(0.5)), torch.randn(8, 16)
    states = []
    for penalise in (False, True):
        torch.manual_seed(3)
        seen = gan.observe(critic, real=x)
        if penalise:
            gan.approximate_r1(seen, 1.0, noise=torch.ones(8, 16))
        states.append(torch.get_rng_state())
    assert torch.equal(*states)


@pytest.mark.parametrize("joint", [False, True])
def test_a_steps_graph_is_freed_with_it(joint):
    """What refers to itself keeps a step's memory until the garbage collector runs."""
    critic, x = critic_with(nn.BatchNorm1d(32)), torch.randn(6, 16)

    def step():
        seen = gan.observe(critic, real=x, fake=x + 1.0, joint=joint)
        penalties = gan.r1(seen, 1.0), gan.wgan_gp(seen, 1.0), gan.approximate_r2(seen, 1.0), gan.wgan_div(seen, 1.0, at="ends")
        sum(penalties).backward()

    step()
    gc.collect()
    # What other tests have left is neither counted nor gone through again.
    gc.freeze()
    gc.disable()
    try:
        step()
        assert gc.collect() == 0
    finally:
        gc.enable()


# --- a penalty's passes leave what a critic keeps ---

GLOBAL_CRITIC = critic_with(nn.BatchNorm1d(32))


class Trainer:
    def __init__(self, critic):
        self.critic = critic

    def logits(self, x):
        return self.critic(x)

    def function(self):
        return lambda x: self.critic(x)


WRAPS = {
    "module": lambda d: d,
    "lambda": lambda d: lambda x: d(x),
    "default": lambda d: lambda x, d=d: d(x),
    "partial": lambda d: functools.partial(lambda d, x: d(x), d),
    "nested": lambda d: (lambda inner: lambda x: inner(x))(lambda x: d(x)),
    "list": lambda d: (lambda layers: lambda x: layers[0](x))([d]),
    "method": lambda d: d.forward,
    "a trainer's method": lambda d: Trainer(d).logits,
    "behind self": lambda d: Trainer(d).function(),
}


@pytest.mark.parametrize("penalty", ["wgan_gp", "zero_centered", "approximate_r1", "max_gp"])
def test_a_penalty_leaves_running_means_alone(penalty):
    for wrap, wrapped in WRAPS.items():
        critic = critic_with(nn.BatchNorm1d(32))
        x = torch.randn(6, 16)
        seen = gan.observe(wrapped(critic), real=x, fake=x + 5.0)
        before = [b.clone() for b in critic.buffers()]
        assert critic[1].num_batches_tracked == 2, wrap
        getattr(gan, penalty)(seen, 10.0)
        assert all(torch.equal(a, b) for a, b in zip(before, critic.buffers(), strict=True)), wrap


def test_a_penalty_leaves_a_module_of_the_surroundings_alone():
    seen = gan.observe(lambda x: GLOBAL_CRITIC(x), real=torch.randn(6, 16), fake=torch.randn(6, 16))
    before = GLOBAL_CRITIC[1].running_mean.clone()
    gan.wgan_gp(seen, 10.0)
    assert torch.equal(before, GLOBAL_CRITIC[1].running_mean)


# --- joint ---


@FRAMEWORKS
@pytest.mark.parametrize("channels", [3, 7])
def test_what_has_no_samples_is_handed_on_whole(framework, channels):
    x = framework.array(np.arange(30.0).reshape(6, 5))
    statistics = framework.array(np.arange(float(channels)))
    critic = lambda x: (x.sum(1), {"state": statistics, "loss": x.mean(), "each": [x, None], "name": "commit"})
    seen = framework.module.observe(critic, real=x, fake=x + 1.0, joint=True)
    for features in (seen.real_features, seen.fake_features):
        assert features["state"].shape == (channels,)
        assert features["loss"].shape == ()
        assert features["each"][0].shape == (6, 5)
        assert features["each"][1] is None
        assert features["name"] == "commit"


@FRAMEWORKS
def test_joint_arguments_that_are_no_arrays(framework):
    g, x = framework.module, framework.array(np.arange(30.0).reshape(6, 5))
    critic = lambda x, scale, labels: x.sum(1) * (1.0 if scale is None else scale)
    y = framework.array(np.arange(6.0))
    assert g.observe(critic, real=x, fake=x, real_args=(None, y), fake_args=(None, y), joint=True).real.shape == (6,)
    seen = g.observe(critic, real=x, fake=x, real_args=(2.0, y), fake_args=(2.0, y), joint=True)
    assert framework.number(seen.fake[0]) == 2.0 * 10.0
    for other in (1.0, None, y):
        with pytest.raises(TypeError, match="joint: arguments of both sides are joined along the first axis, or are the same"):
            g.observe(critic, real=x, fake=x, real_args=(2.0, y), fake_args=(other, y), joint=True)


# --- a branch of JAX ---


def test_a_gradient_of_a_branch_stays_there():
    x = jnp.linspace(-1.0, 1.0, 20).reshape(4, 5)

    @functools.partial(jax.jit, static_argnames="joint")
    def step(i, joint=False):
        seen = ganloss_jax.observe(lambda x: jnp.tanh(x).sum(1), real=x, fake=2.0 * x, joint=joint)
        penalty = jax.lax.cond(i % 16 == 0, lambda: ganloss_jax.r1(seen, 160.0), lambda: 0.0)
        other = jax.lax.cond(i % 16 == 1, lambda: ganloss_jax.r1(seen, 1.0), lambda: 0.0)
        return penalty, other, ganloss_jax.r1(seen, 160.0), jnp.linalg.norm(seen.gradient("fake"))

    for joint in (False, True):
        in_branch, none, outside, size = step(0, joint=joint)
        assert in_branch == outside > 0.0
        assert none == 0.0
        assert size > 0.0
        assert step(1, joint=joint)[1] > 0.0


# --- compiled ---

DRAWN = {
    "wgan_gp": lambda seen: gan.wgan_gp(seen, 10.0),
    "wgan_lp": lambda seen: gan.wgan_lp(seen, 10.0),
    "wgan_div": lambda seen: gan.wgan_div(seen, 2.0),
    "zero_centered": lambda seen: gan.zero_centered(seen, 10.0),
    "dragan": lambda seen: gan.dragan(seen, 10.0),
    "max_gp": lambda seen: gan.max_gp(seen, 1.0),
    "approximate_r1": lambda seen: gan.approximate_r1(seen, 10.0),
    "approximate_r2": lambda seen: gan.approximate_r2(seen, 10.0),
    "r1": lambda seen: gan.r1(seen, 10.0),
    "r2": lambda seen: gan.r2(seen, 10.0),
}


# Of each way to draw one.
WAYS = ["wgan_gp", "wgan_div", "dragan", "max_gp", "approximate_r1", "r1"]


@pytest.mark.parametrize("names", [WAYS, *(pytest.param([name], marks=pytest.mark.long) for name in DRAWN)])
def test_a_compiled_penalty_takes_the_last_batch_of_an_epoch(names):
    torch.compiler.reset()
    critic = nn.Linear(4, 1)

    graphs = CompileCounterWithBackend("eager")

    @torch.compile(backend=graphs, fullgraph=True)
    def step(r, f):
        seen = gan.observe(critic, real=r, fake=f)
        return {name: DRAWN[name](seen) for name in names}

    for n in (8, 4, 5, 7, 6, 1):
        values = step(torch.randn(n, 4), torch.randn(n, 4))
        assert list(values) == names
        assert torch.stack(list(values.values())).isfinite().all()
    # The first size, any size, and 1.
    assert graphs.frame_count <= 3


# --- what Adam counts ---


def test_a_lazy_penalty_trains_as_the_original():
    def trained(penalise):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.Linear(8, 1))
        optimizer = torch.optim.Adam(critic.parameters(), 1e-2, betas=(0.0, 0.99))
        for step in range(20):
            x = torch.randn(8, 3)
            optimizer.zero_grad()
            F.softplus(-critic(x)).mean().backward()
            optimizer.step()
            if step % 4 == 0:
                optimizer.zero_grad()
                penalise(critic, x).backward()
                optimizer.step()
        return [p.detach() for p in critic.parameters()], optimizer.state[critic[2].bias]["step"].item()

    def original(critic, x):
        x = x.clone().requires_grad_()
        (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        return 2.0 * g.square().sum(1).mean()

    theirs, ours, anchored = (
        trained(penalise)
        for penalise in (
            original,
            lambda critic, x: gan.r1(gan.observe(critic, real=x), 4.0),
            lambda critic, x: gan.r1(gan.observe(critic, real=x, anchor=True), 4.0),
        )
    )
    torch.testing.assert_close(ours[0], theirs[0])
    assert ours[1] == theirs[1] == 20
    assert anchored[1] == 25


# --- where, and how much ---


@FRAMEWORKS
@pytest.mark.parametrize("name", ["wgan_gp", "wgan_lp", "zero_centered", "wgan_div"])
@pytest.mark.parametrize(("at", "mix"), [("real", 1.0), ("fake", 0.0)])
def test_a_penalty_at_the_samples(framework, name, at, mix):
    g, calls = framework.module, []

    def critic(x):
        calls.append(None)
        return framework.tanh(x * x).sum(1)

    x = framework.array(np.linspace(-1.5, 2.0, 12).reshape(3, 4))
    seen = g.observe(critic, real=x, fake=0.5 * x)
    there = getattr(g, name)(seen, 10.0, at=at)
    assert len(calls) == 2
    between = getattr(g, name)(seen, 10.0, mix=framework.array(np.full(3, mix)))
    assert framework.number(there) == pytest.approx(framework.number(between), rel=1e-12)
    alone = g.observe(critic, **{at: x})
    assert framework.number(getattr(g, name)(alone, 1.0, at=at)) > 0.0
    with pytest.raises(TypeError, match="draws nothing: give neither mix nor rng"):
        getattr(g, name)(seen, 10.0, at=at, mix=framework.array(np.full(3, mix)))
    if name != "wgan_div":
        with pytest.raises(ValueError, match="at must be 'between', 'real' or 'fake', got 'ends'"):
            getattr(g, name)(seen, 10.0, at="ends")


def test_a_penalty_at_reals_is_that_of_the_forward_that_exists():
    x, y = torch.randn(2, 4, 3, 2, 2)
    critic = nn.Sequential(nn.Flatten(), nn.utils.spectral_norm(nn.Linear(12, 32)), nn.Tanh(), nn.Linear(32, 1))
    seen = gan.observe(critic, real=x, fake=y)
    g = seen.gradient("real")
    expected = 10.0 * (g.flatten(1).norm(dim=1) - 1.0).square().mean()
    assert gan.wgan_gp(seen, 10.0, at="real").item() == pytest.approx(expected.item(), rel=1e-6)


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float64", "bool"])
def test_a_weight_for_each_sample(framework, dtype):
    g = framework.module
    critic = lambda x: framework.tanh(x * x).sum(1)
    x = framework.array(np.linspace(-1.5, 2.0, 12).reshape(3, 4))
    weight = framework.array(np.array([2.0, 0.0, 0.5]))
    if dtype == "bool":
        weight = weight != 0.0
    seen = g.observe(critic, real=x, fake=0.5 * x)
    numbers = np.asarray(framework.numpy(weight), float)
    mix = framework.array([0.25, 0.5, 1.0])
    for penalty in (
        lambda seen, w, mix: g.r1(seen, w),
        lambda seen, w, mix: g.r2(seen, w),
        lambda seen, w, mix: g.wgan_gp(seen, w, mix=mix),
        lambda seen, w, mix: g.wgan_div(seen, w, at="ends"),
        lambda seen, w, mix: g.zero_centered(seen, w, at="fake"),
        lambda seen, w, mix: g.approximate_r1(seen, w, noise=seen.points("real") + 1.0),
    ):
        each = [
            framework.number(penalty(g.observe(critic, real=x[i : i + 1], fake=0.5 * x[i : i + 1]), 1.0, mix[i : i + 1]))
            for i in range(3)
        ]
        assert framework.number(penalty(seen, weight, mix)) == pytest.approx(np.mean(numbers * each), rel=1e-12)
        assert framework.number(penalty(seen, framework.array(3.0), mix)) == pytest.approx(3.0 * np.mean(each), rel=1e-12)
        with pytest.raises(ValueError, match=r"one for each of the 3 samples, shape \(3,\); got shape \(2,\)"):
            penalty(seen, weight[:2], mix)
    with pytest.raises(ValueError, match=r"a penalty's weight must be a number; got shape \(3,\)"):
        g.max_gp(seen, weight, mix=mix)


# --- Flax modules that change in their call ---


class Changing(nnx.Module):
    def __init__(self, rngs):
        self.first, self.last = nnx.Linear(5, 7, rngs=rngs), nnx.Linear(7, 1, rngs=rngs)
        self.norm, self.dropout = nnx.BatchNorm(7, rngs=rngs), nnx.Dropout(0.3, rngs=rngs)
        self.normed = nnx.SpectralNorm(self.last, rngs=rngs)

    def __call__(self, x):
        return self.normed(jnp.tanh(self.dropout(self.norm(self.first(x)))), update_stats=True)


def test_a_flax_module_in_training_mode():
    x, loss = jax.device_put(np.random.default_rng(0).normal(size=(4, 5)).astype("float32")), ganloss_jax.GANLoss("hinge")

    def alone(critic):
        return loss.discriminator(critic(x), critic(x + 1.0)), ()

    def observed(critic, exact=True):
        seen = ganloss_jax.observe(critic, real=x, fake=x + 1.0)
        # Further passes change nothing.
        penalties = [ganloss_jax.wgan_gp(seen, 1.0, rng=jax.random.key(1))]
        if exact:
            penalties.append(ganloss_jax.r1(seen, 1.0))
        return loss.discriminator(seen.real, seen.fake), penalties

    # Operation by operation, that of another module is in test_finite_differences_of_a_changing_flax_module.
    eagerly = functools.partial(observed, exact=False)
    found = []
    for function, transform in ((alone, nnx.jit), (observed, nnx.jit), (eagerly, lambda f: f)):
        critic = Changing(nnx.Rngs(0))
        (value, _), gradient = transform(nnx.value_and_grad(function, has_aux=True))(critic)
        found.append((value, gradient, nnx.state(critic, nnx.Not(nnx.Param))))
    for other in found[1:]:
        assert jax.tree.structure(found[0]) == jax.tree.structure(other)
        pairs = [
            [np.asarray(jax.random.key_data(x) if jnp.issubdtype(x.dtype, jax.dtypes.prng_key) else x) for x in p]
            for p in zip(jax.tree.leaves(found[0]), jax.tree.leaves(other), strict=True)
        ]
        # Sums over 4 samples and 7 channels, of products of five factors, in another order: 28 + 5 roundings of the largest
        # number, since what cancels behind BatchNorm was as large before.
        largest = max(np.abs(a).max() for a, _ in pairs if a.dtype == np.float32)
        for a, b in pairs:
            if a.dtype == np.float32:
                assert np.abs(a - b).max() <= 33 * np.finfo(np.float32).eps * largest
            else:
                np.testing.assert_array_equal(a, b)


def test_a_function_around_a_changing_flax_module_says_what_helps():
    critic, x = Changing(nnx.Rngs(0)), jnp.ones((4, 5), "float32")
    step = nnx.grad(lambda critic: ganloss_jax.r1(ganloss_jax.observe(lambda x: critic(x), real=x), 1.0))
    with pytest.raises(TypeError, match="give the module itself as the critic, and what else it takes by real_args"):
        step(critic)


def test_finite_differences_of_a_changing_flax_module():
    class Dropped(nnx.Module):
        def __init__(self, rngs):
            self.dropout, self.last = nnx.Dropout(0.5, rngs=rngs), nnx.Linear(16, 1, rngs=rngs)

        def __call__(self, x):
            return self.last(jnp.tanh(self.dropout(x)))

    critic, x = Dropped(nnx.Rngs(0)), jax.random.normal(jax.random.key(0), (64, 16))
    seen = ganloss_jax.observe(critic, real=x)
    keys = jax.random.split(jax.random.key(1), 64)
    estimates = [ganloss_jax.approximate_r1(seen, 1.0, noise=jax.random.rademacher(k, x.shape, x.dtype)) for k in keys]
    assert jnp.mean(jnp.array(estimates)) == pytest.approx(float(ganloss_jax.r1(seen, 1.0)), rel=0.15)


@FRAMEWORKS
def test_a_term_without_samples_takes_one_number(framework):
    g, x = framework.module, framework.array(np.linspace(-1.5, 2.0, 12).reshape(3, 4))
    vector = framework.array(np.ones(3))
    for call in (
        lambda w: g.consistency(x, 2.0 * x, w),
        lambda w: g.feature_matching([x], [2.0 * x], w),
        lambda w: g.LeCam(w).apply(g.LeCam(0.3).init(), x, x)[0],
    ):
        with pytest.raises(ValueError, match=r"weight must be one number, got shape \(3,\)"):
            call(vector)
        assert framework.number(call(framework.array(2.0))) == framework.number(call(2.0))


def test_a_data_set_that_a_critic_closes_over_is_not_gone_through():
    class Untouched(list):
        def __iter__(self):
            raise AssertionError("gone through")

    data, critic = Untouched([1.0, 2.0]), critic_with(nn.BatchNorm1d(32))
    seen = gan.observe(lambda x: critic(x) + len(data), real=torch.randn(6, 16), fake=torch.randn(6, 16))
    assert torch.isfinite(gan.wgan_gp(seen, 1.0))


def test_a_flax_module_that_a_transformation_closes_over():
    """What its call does not change is not written; what it does cannot be kept, which is said."""
    x = jnp.ones((4, 5), "float32")
    plain = nnx.Linear(5, 1, rngs=nnx.Rngs(0))
    inside = jax.jit(lambda x: ganloss_jax.r1(ganloss_jax.observe(plain, real=x), 2.0))(x)
    assert float(inside) == pytest.approx(float((plain.kernel[...] ** 2).sum()), rel=1e-6)
    keeps = nnx.Sequential(nnx.Linear(5, 3, rngs=nnx.Rngs(0)), nnx.BatchNorm(3, rngs=nnx.Rngs(0)))
    with pytest.raises(TypeError, match="give the module to the transformed function as an argument"):
        jax.jit(lambda x: ganloss_jax.r1(ganloss_jax.observe(keeps, real=x), 2.0))(x)


@FRAMEWORKS
def test_the_noise_of_dragan_has_the_spread_of_the_reals(framework):
    """At most half their deviation, whatever their level."""
    x = 1e6 + np.random.default_rng(0).normal(size=(50, 20))
    seen = framework.module.observe(lambda x: (x**2).sum(1), real=framework.array(x))
    calculus, rng = (
        (ganloss_torch_observe, torch.Generator()) if framework is TORCH else (ganloss_jax_observe, jax.random.key(0))
    )
    moved = framework.numpy(around(calculus.calculus, seen, None, rng)) - x
    assert 0.3 < moved.max() / x.std() < 0.5
    assert moved.min() >= 0.0


# --- what a penalty's passes leave, however a critic calls its modules ---


class Calls:
    def __init__(self, net):
        self.net = net

    def __call__(self, x):
        return self.run(x)

    def run(self, x):
        return self.net(x)


class Slow:
    def __init__(self, net):
        self.nets, self.list, self.deep = {"name": "x", "D": net}, [net], [[net]]

    def by_name(self, x):
        return self.nets["D"](x)

    def functions(self):
        return {"dict": lambda x: self.nets["D"](x), "list": lambda x: self.list[0](x), "deep": lambda x: self.deep[0][0](x)}


class CallsGlobal:
    def __call__(self, x):
        return GLOBAL_CRITIC(x)


class Twice(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.first, self.second = net, net

    def forward(self, x):
        return self.first(x)


class Parts(nn.Module):
    def __init__(self, disc, emb):
        super().__init__()
        self.disc, self.emb = disc, emb

    def critic(self):
        disc = self.disc
        return lambda x: disc(x) + 0.0 * self.emb(x)

    def parts(self):
        disc, norm = self.disc, self.disc[1]
        return lambda x: disc(x) + 0.0 * norm.running_mean.sum() + 0.0 * self.emb(x)


GLOBAL_DICT, GLOBAL_LIST = {"D": GLOBAL_CRITIC}, [GLOBAL_CRITIC]


def tied(d):
    """Two modules that share a third, and two that share a buffer."""
    one, other = nn.Sequential(*d), nn.Sequential(d[1], nn.Identity())
    other[1].register_buffer("mean", d[1].running_mean)
    return lambda x: one(x) + 0.0 * other[1].mean.sum() + 0.0 * len(other)


DEEP = {
    "an object": lambda d: Calls(d),
    "an object in a lambda": lambda d: (lambda c: lambda x: c(x))(Calls(d)),
    "an object in a partial": lambda d: functools.partial(lambda c, x: c(x), Calls(d)),
    "a method in a lambda": lambda d: (lambda c: lambda x: c.run(x))(Calls(d)),
    "a method": lambda d: Slow(d).by_name,
    "a dict behind self": lambda d: Slow(d).functions()["dict"],
    "a list behind self": lambda d: Slow(d).functions()["list"],
    "lists behind self": lambda d: Slow(d).functions()["deep"],
    "an object's object": lambda d: (lambda o: lambda x: o.disc.disc(x))(SimpleNamespace(disc=SimpleNamespace(disc=d))),
    "a dict": lambda d: (lambda nets: lambda x: nets["D"](x))({"name": "x", "D": d}),
    "lists": lambda d: (lambda nets: lambda x: nets[0][0](x))([[d]]),
    "torch's wrapper": lambda d: torch.no_grad()(torch.enable_grad()(lambda x: d(x))),
    "a global dict": lambda _: lambda x: GLOBAL_DICT["D"](x),
    "a global list": lambda _: lambda x: GLOBAL_LIST[0](x),
    "a global in a comprehension": lambda _: lambda x: sum(GLOBAL_LIST[i](x) for i in range(1)),
    "an object's global": lambda _: CallsGlobal(),
    "parent and child": lambda d: Parts(d, nn.Linear(16, 1)).critic(),
    "parent, child and grandchild": lambda d: Parts(d, nn.Linear(16, 1)).parts(),
    "tied": tied,
    "twice in a module": lambda d: Twice(d),
    "DataParallel": lambda d: nn.DataParallel(d),
    "DataParallel in a lambda": lambda d: (lambda p: lambda x: p(x))(nn.DataParallel(d)),
    "scripted": lambda d: torch.jit.script(d),
    "scripted in a lambda": lambda d: (lambda s: lambda x: s(x))(torch.jit.script(d)),
    "scripted within": lambda d: nn.Sequential(torch.jit.script(d), nn.Identity()),
}


@pytest.mark.parametrize("penalty", ["wgan_gp", "dragan", "approximate_r1"])
# DataParallel and torch.jit are deprecated in newer PyTorch.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_penalty_finds_the_buffers_wherever_they_are(penalty):
    for wrap, wrapped in DEEP.items():
        own = critic_with(nn.BatchNorm1d(32))
        critic = wrapped(own)
        # A scripted module has the parameters and buffers of its original.
        norm = (GLOBAL_CRITIC if "global" in wrap else own)[1]
        x = torch.randn(6, 16)
        seen = gan.observe(critic, real=x, fake=x + 5.0)
        before = [(name, b, b.clone(), b.data_ptr(), b._version) for name, b in norm.named_buffers()]
        value = getattr(gan, penalty)(seen, 10.0)
        if "scripted" in wrap:
            after = {name.rsplit(".", 1)[-1]: b for name, b in around_script(critic).named_buffers()}
        else:
            after = dict(norm.named_buffers())
        for name, b, old, pointer, version in before:
            assert after[name].data_ptr() == pointer, (wrap, name)
            assert b._version == version, (wrap, name)
            assert torch.equal(after[name], old), (wrap, name)
        value.backward()
        for name, b, old, *_ in before:
            assert torch.equal(b, old), (wrap, name)
        (own if "global" not in wrap else GLOBAL_CRITIC).zero_grad()


def around_script(critic):
    return critic if isinstance(critic, nn.Module) else critic.__closure__[0].cell_contents


def test_the_search_for_modules_is_bounded():
    class Data:
        def __init__(self):
            self.rows = [[[[i, j] for j in range(200)] for _ in range(200)] for i in range(3)]
            self.rows[0].append(self.rows)

        def __getattr__(self, name):
            raise AssertionError("gone through")

    data, critic = Data(), critic_with(nn.BatchNorm1d(32))
    visited = []
    at_hand = critics._at_hand
    try:
        critics._at_hand = lambda x: visited.append(None) or at_hand(x)
        assert critics._modules_of(lambda x: critic(x) + len(data.rows)) == [critic]
    finally:
        critics._at_hand = at_hand
    assert len(visited) <= critics._OBJECTS


def test_buffers_are_back_after_a_critic_that_raises():
    net, calls = critic_with(nn.BatchNorm1d(32)), []

    def critic(x):
        calls.append(None)
        out = net(x)
        if len(calls) == 3:
            raise RuntimeError("third call")
        return out

    x = torch.randn(6, 16)
    seen = gan.observe(critic, real=x, fake=x + 5.0)
    pointers, old = [b.data_ptr() for b in net.buffers()], [b.clone() for b in net.buffers()]
    with pytest.raises(RuntimeError, match="third call"):
        gan.wgan_gp(seen, 1.0)
    assert [b.data_ptr() for b in net.buffers()] == pointers
    assert all(torch.equal(a, b) for a, b in zip(old, net.buffers(), strict=True))
