"""Finite differences whose points go through the critic with the samples, a share of the batch, and each head apart."""

from functools import partial

import jax
import numpy as np
import pytest
import torch
from flax import nnx
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend

import ganloss_jax
import ganloss_torch as gan
from frameworks import JAX, TORCH, assert_within
from witnesses_penalties import PENALTIES, TanhCritic

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
RNG = np.random.default_rng(5)
N, K, SIGMA = 7, 2, 0.25  # round(7 * 0.25) is 2
REAL, FAKE, REAL_NOISE, FAKE_NOISE = RNG.normal(size=(4, N, 4))
LABEL, WEIGHT = RNG.uniform(0.5, 2.0, size=(2, N))
SCALE, SLOPES = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 3))


class Critic:
    """Of samples, labels, a table that belongs to no sample, and a number; with heads and features, as asked."""

    def __init__(self, framework, heads=None, features=False):
        self.framework, self.calls, self.heads, self.features = framework, [], heads, features

    def __call__(self, x, label, table, power=2):
        self.calls.append(int(x.shape[0]))
        hidden = self.framework.tanh(x @ self.framework.array(SLOPES)) * label[:, None]
        patches = hidden**power + (x @ table.T)
        heads = {None: patches, "list": [patches, patches.sum(1)], "dict": {"a": patches, "b": patches[:, 0]}}[self.heads]
        return (heads, [hidden]) if self.features else heads


def inputs(framework, rows=slice(None)):
    table = framework.array(SCALE)
    sides = zip((REAL, FAKE), (LABEL, 2.0 * LABEL), strict=True)
    samples, labels = zip(*((framework.array(x[rows]), framework.array(y[rows])) for x, y in sides), strict=True)
    args = {"real_args": {"label": labels[0], "table": table}, "fake_args": {"table": table, "label": labels[1]}}
    return {**dict(zip(("real", "fake"), samples, strict=True)), **args}


def noises(framework, rows=slice(None)):
    return {"real": framework.array(REAL_NOISE[rows]), "fake": framework.array(FAKE_NOISE[rows])}


@FRAMEWORKS
@pytest.mark.parametrize("heads", [None, "list", "dict"])
def test_a_step_of_d_is_one_call_of_the_critic(framework, heads):
    g, critic = framework.module, Critic(framework, heads, features=True)
    asked = {"differences": SIGMA, "fraction": 0.25, "noise": noises(framework)}
    loss, weight = g.GANLoss("rpgan"), framework.array(WEIGHT)

    def found():
        seen = g.observe(critic, **inputs(framework), joint=True, **asked)
        total = loss.discriminator(seen.real, seen.fake)
        total = total + g.approximate_r1(seen, weight) + g.approximate_r2(seen, weight, sigma=SIGMA, fraction=0.25)
        assert critic.calls == [2 * (N + K)]
        apart = g.observe(critic, **inputs(framework))
        expected = loss.discriminator(apart.real, apart.fake)
        for penalty, side in ((g.approximate_r1, "real"), (g.approximate_r2, "fake")):
            expected = expected + penalty(apart, weight, sigma=SIGMA, fraction=0.25, noise=noises(framework)[side])
        assert critic.calls == [2 * (N + K), N, N, 2 * K, 2 * K]
        for features in (seen.real_features, seen.fake_features):
            assert features[0].shape == (N, 3)
        # A batch for each side.
        critic.calls.clear()
        sides = g.observe(critic, **inputs(framework), **asked)
        assert critic.calls == [N + K, N + K]
        return (total, expected), (g.approximate_r1(sides, weight), g.approximate_r1(seen, weight))

    # The same operations on every row; a product of matrices is of other shapes.
    for got, expected in framework.computed(found):
        assert_within(got, expected, 32)


@FRAMEWORKS
def test_differences_of_one_side(framework):
    g, critic = framework.module, Critic(framework)

    def found():
        noise, critic.calls[:] = noises(framework), []
        seen = g.observe(critic, **inputs(framework), first="fake", differences={"real": SIGMA}, noise={"real": noise["real"]})
        assert critic.calls == [N, 2 * N]
        given = {"sigma": SIGMA, "noise": noise["fake"]}
        moved, apart = (
            g.observe(critic, **inputs(framework), differences=SIGMA, noise=noise),
            g.observe(critic, **inputs(framework)),
        )
        approximate = [g.approximate_r2(of, 1.0, **given) for of in (seen, apart)]
        # What is exact runs the critic again, on that side with its arguments.
        critic.calls.clear()
        exact = g.r2(moved, 1.0)
        assert critic.calls == [N]
        return approximate, (exact, g.r2(apart, 1.0))

    for got, expected in framework.computed(found):
        assert_within(got, expected, 32)


@FRAMEWORKS
@pytest.mark.parametrize("joint", [False, True])
def test_differences_of_several_arrays(framework, joint):
    g = framework.module
    as_one = lambda x: x["a"].sum(1) ** 2 + x["b"][0].sum(1)
    split = lambda x: {"b": [framework.array(x[:, 2:])], "a": framework.array(x[:, :2])}
    asked = {"differences": SIGMA, "fraction": 0.25, "joint": joint}
    noise = {"real": split(REAL_NOISE), "fake": split(FAKE_NOISE)}

    def found():
        seen = g.observe(as_one, real=split(REAL), fake=split(FAKE), **asked, noise=noise)
        whole = g.observe(
            lambda x: x[:, :2].sum(1) ** 2 + x[:, 2:].sum(1),
            real=framework.array(REAL),
            fake=framework.array(FAKE),
            **asked,
            noise=noises(framework),
        )
        return [(penalty(seen, 1.0), penalty(whole, 1.0)) for penalty in (g.approximate_r1, g.approximate_r2)]

    for got, expected in framework.computed(found):
        assert_within(got, expected, 64)


@FRAMEWORKS
@pytest.mark.parametrize("each", [False, True])
def test_a_share_is_a_batch_of_the_first_samples(framework, each):
    """Of every penalty, with a weight for each sample of the whole batch, and a mask."""
    g, rows = framework.module, slice(K)
    mix, weight, mask = RNG.uniform(size=N), WEIGHT, np.array([True, False, *[True] * (N - K)])
    drawn = {
        "r1": {},
        "r2": {},
        "zero_centered": {"mix": mix},
        "wgan_gp": {"mix": mix},
        "wgan_lp": {"mix": mix},
        "wgan_div": {"mix": mix},
        "dragan": {"noise": REAL_NOISE},
        "max_gp": {"mix": mix},
        "approximate_r1": {"noise": REAL_NOISE, "sigma": 0.5},
        "approximate_r2": {"noise": FAKE_NOISE, "sigma": 0.5},
    }
    whole, first = (
        g.observe(Critic(framework, "list"), **inputs(framework, r), outputs="each" if each else "sum")
        for r in (slice(None), rows)
    )
    for name, numbers in drawn.items():
        penalty = getattr(g, name)
        for account in ({}, {"weight": weight}, {"sample_weight": mask}, {"reduction": "none", "sample_weight": weight}):
            if name == "max_gp" and account:
                continue
            given = [
                {key: x if isinstance(x, (str, float)) else framework.array(x[r]) for key, x in {**numbers, **account}.items()}
                for r in (slice(None), rows)
            ]
            of_whole, of_first = ({"weight": 3.0, **of} for of in given)
            assert_within(penalty(whole, fraction=0.25, **of_whole), penalty(first, **of_first), 64)
    for at in ("ends", "fake"):
        assert_within(g.wgan_div(whole, 1.0, at=at, fraction=0.25), g.wgan_div(first, 1.0, at=at), 64)
    # One sample at least, and a tie is rounded to even, as Python does.
    assert g.r1(whole, 1.0, fraction=1e-6, reduction="none").shape == (1,)
    assert g.r1(whole, 1.0, fraction=2.5 / 7, reduction="none").shape == (2,)


@FRAMEWORKS
def test_what_is_wrong_with_a_share_is_said(framework):
    g, given = framework.module, inputs(framework)
    observe = partial(g.observe, Critic(framework), **given)
    seen, moved = observe(), observe(differences=SIGMA, noise=noises(framework))
    for call in (partial(g.r1, seen, 1.0), partial(g.approximate_r1, seen, 1.0), partial(observe, differences=SIGMA)):
        for wrong in (0.0, -0.5, 1.5):
            with pytest.raises(ValueError, match=r"fraction must be a share of the batch, more than 0 and at most 1, got"):
                call(fraction=wrong)
        with pytest.raises(TypeError, match="fraction must be a number, got '1/4'"):
            call(fraction="1/4")
    for of in (3, K):
        with pytest.raises(ValueError, match=rf"one for each of the 7 samples, shape \(7,\); got shape \({of},\)"):
            g.r1(seen, framework.array(WEIGHT[:of]), fraction=0.25)
        with pytest.raises(ValueError, match=rf"sample_weight must be an array of shape \(7,\).*got shape \({of},\)"):
            g.r1(seen, 1.0, sample_weight=framework.array(WEIGHT[:of]), fraction=0.25)
    for other in ({"sigma": 0.5}, {"fraction": 0.5}, {"noise": noises(framework)["real"]}):
        with pytest.raises(
            TypeError, match=r"the reals were observed with their differences, of sigma 0.25 and fraction 1.0: give"
        ):
            g.approximate_r1(moved, 1.0, **other)
    with pytest.raises(ValueError, match="sigma must be positive"):
        observe(differences=0.0)
    with pytest.raises(TypeError, match="sigma must be a number, got True"):
        observe(differences=True)
    for other in ({"fraction": 0.5}, {"noise": noises(framework)}):
        with pytest.raises(TypeError, match="fraction, noise and rng are those of differences"):
            observe(**other)
    with pytest.raises(TypeError, match=r"noise must be a dict by side, \{'real': ..., 'fake': ...\}, got"):
        observe(differences=SIGMA, noise=noises(framework)["real"])
    with pytest.raises(TypeError, match="differences of 'reals': only of observed sides"):
        observe(differences={"reals": SIGMA})
    with pytest.raises(TypeError, match="noise of 'real', 'fake': only of observed sides that are moved"):
        observe(differences={"real": SIGMA}, noise=noises(framework))
    with pytest.raises(ValueError, match=r"noise must have shape \(7, 4\), got \(2, 4\)"):
        observe(differences=SIGMA, fraction=0.25, noise=noises(framework, slice(K)))


def test_rows_of_one_batch_draw_nothing():
    """Each row would have other random numbers, whose difference is divided by sigma."""
    x = torch.randn(6, 4)
    critic = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    message = r"the critic must draw none \(dropout, noise\)"
    for wrap in (critic, lambda x: critic(x)):
        with pytest.raises(ValueError, match=message):
            gan.observe(wrap, real=x, differences=0.1)
        seen = gan.observe(wrap, real=x)
        with pytest.raises(ValueError, match=message):
            gan.approximate_r1(seen, 1.0, fraction=0.5)
        assert gan.approximate_r1(seen, 1.0).isfinite()
    critic.eval()
    assert gan.approximate_r1(gan.observe(critic, real=x, differences=0.1), 1.0).isfinite()

    class Dropping(nnx.Module):
        def __init__(self, rngs):
            self.linear, self.dropout = nnx.Linear(4, 1, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)

        def __call__(self, x):
            return self.dropout(self.linear(x))

    module, key = Dropping(nnx.Rngs(0)), jax.random.key(0)
    with pytest.raises(ValueError, match=message):
        ganloss_jax.observe(module, real=x.numpy(), differences=0.1, rng=key)
    seen = ganloss_jax.observe(module, real=x.numpy())
    with pytest.raises(ValueError, match=message):
        ganloss_jax.approximate_r1(seen, 1.0, fraction=0.5, rng=key)


def test_batch_statistics_are_those_of_both_ends():
    """BatchNorm sees both ends of a difference: what it does to one, it does to the other."""
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.randn(64, 4)
    means = critic[1].running_mean
    for penalise in (
        lambda: gan.approximate_r1(gan.observe(critic, real=x, differences=1e-3, fraction=0.5), 1.0),
        lambda: gan.approximate_r1(gan.observe(critic, real=x), 1.0, sigma=1e-3, fraction=0.5),
    ):
        before = means.clone()
        value = penalise()
        # One forward moves them, a penalty's own does not.
        assert torch.allclose(means, 0.9 * before + 0.1 * critic[0](x).mean(0), atol=0.05)
        # Of D(x + step) - D(x), with other statistics, it would be 1e4 times as much.
        assert value < 10.0 * gan.r1(gan.observe(critic, real=x), 1.0)


def test_steps_are_drawn_with_the_generator_or_the_key():
    x = torch.randn(5, 4)
    critic = lambda x: (x**3).sum(1)
    seed = lambda: torch.Generator().manual_seed(1)
    drawn = [gan.approximate_r1(gan.observe(critic, real=x, fake=x, differences=0.5, rng=seed()), 1.0) for _ in range(2)]
    assert drawn[0] == drawn[1]
    rng = seed()
    noise = {side: torch.randn(5, 4, generator=rng) for side in ("real", "fake")}
    seen = gan.observe(critic, real=x, fake=x, differences=0.5, noise=noise)
    assert gan.approximate_r1(seen, 1.0) == drawn[0]
    # Two sides have two parts of one key.
    seen = ganloss_jax.observe(critic, real=x.numpy(), fake=x.numpy(), differences=0.5, rng=jax.random.key(0))
    assert ganloss_jax.approximate_r1(seen, 1.0) != ganloss_jax.approximate_r2(seen, 1.0)
    with pytest.raises(TypeError, match="JAX draws nothing without a key"):
        ganloss_jax.observe(critic, real=x.numpy(), differences=0.5)


# --- each head apart ---


@FRAMEWORKS
@pytest.mark.parametrize("name", ["r1", "wgan_gp", "max_gp"])
def test_a_penalty_of_each_head_is_the_mean_over_heads(framework, name):
    """As VisCy has it: the mean over scales of each scale's own."""
    heads = [[RNG.normal(size=s) for s in ((2, 4), (2,), (2,), ())] for _ in range(3)]
    mix = RNG.uniform(size=N)
    critics = [framework.tanh_critic([framework.array(p) for p in parameters]) for parameters in heads]
    seen = framework.module.observe(
        lambda x: {str(i): critic(x) for i, critic in enumerate(critics)},
        real=framework.array(REAL),
        fake=framework.array(FAKE),
        outputs="each",
    )
    drawn = {} if name == "r1" else {"mix": framework.array(mix)}
    got = getattr(framework.module, name)(seen, 1.7, **drawn)
    of_heads = [TanhCritic(*(p.tolist() for p in parameters)) for parameters in heads]
    points = {"real": REAL.tolist(), "fake": FAKE.tolist(), "mix": mix.tolist(), "weight": 1.7}
    if name == "max_gp":  # the largest of samples' means, not the mean of the largest
        one = lambda i: {k: x if k == "weight" else x[i : i + 1] for k, x in points.items()}
        means = [sum(PENALTIES[name](critic, **one(i)) for critic in of_heads) / 3 for i in range(N)]
        expected = max(means)
    else:
        expected = sum(PENALTIES[name](critic, **points) for critic in of_heads) / 3
    # About 30 roundings deep, as for one head.
    assert_within(got, np.array(float(expected)), 64)
    assert len(seen.gradient("real")) == 3


@FRAMEWORKS
def test_a_head_that_is_one_is_the_sum(framework):
    g = framework.module
    apart, whole = (g.observe(Critic(framework), **inputs(framework), outputs=outputs) for outputs in ("each", "sum"))
    assert framework.number(g.r1(apart, 2.0)) == framework.number(g.r1(whole, 2.0))
    heads = [g.observe(Critic(framework, "list"), **inputs(framework), joint=j, outputs="each") for j in (False, True)]
    assert_within(*(g.r2(seen, 2.0) for seen in heads), 32)


# --- compiled ---


def test_a_compiled_step_is_one_graph_of_any_batch():
    torch.compiler.reset()
    critic = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)).double()
    conditional = lambda x, y: list((critic(x) * y[:, None]).unbind(1))
    loss = gan.GANLoss("rpgan")

    def step(r, f, y, noise):
        given = {"real": r, "fake": f, "real_args": (y,), "fake_args": (2 * y,)}
        asked = {"joint": True, "differences": 0.1, "fraction": 0.25, "noise": {"real": noise, "fake": -noise}}
        seen = gan.observe(conditional, **given, **asked)
        total = loss.discriminator(seen.real, seen.fake) + gan.approximate_r1(seen, y) + gan.approximate_r2(seen, y)
        each = gan.observe(conditional, **given, outputs="each")
        return total + gan.r1(each, y, fraction=0.5) + gan.r2(each, y) + gan.approximate_r1(each, y, noise=noise, fraction=0.5)

    graphs = CompileCounterWithBackend("eager")
    compiled = torch.compile(step, backend=graphs, fullgraph=True)
    for n in (8, 12):
        x = [torch.from_numpy(RNG.normal(size=s)) for s in ((n, 4), (n, 4), (n,), (n, 4))]
        # Of any size from the first on, which is an error where a graph is of one: without, the first is compiled twice.
        for each in x:
            torch._dynamo.mark_dynamic(each, 0)
        got, expected = (torch.autograd.grad(f(*x), critic.parameters()) for f in (compiled, step))
        for a, b in zip(got, expected, strict=True):
            assert_within(a, b, 64)
    assert graphs.frame_count == 1


def test_jit_of_a_whole_step():
    """In JAX one program, with the numbers of PyTorch."""
    parameters = [RNG.normal(size=s) for s in ((3, 4), (3,), (3,), ())]

    def step(framework, parameters):
        g, critic, weight = framework.module, framework.tanh_critic(parameters), framework.array(WEIGHT)
        sides = {"real": framework.array(REAL), "fake": framework.array(FAKE)}
        heads = lambda x: [critic(x), critic(2.0 * x)]
        seen = g.observe(heads, **sides, joint=True, differences=SIGMA, fraction=0.25, noise=noises(framework))
        total = g.discriminator_loss("rpgan", seen.real, seen.fake) + g.approximate_r1(seen, weight)
        each = g.observe(heads, **sides, outputs="each")
        return total + g.approximate_r2(seen, weight) + g.r1(each, weight, fraction=0.5)

    (value, gradient), (expected, slopes) = (f.differentiate(partial(step, f), parameters, jit=True) for f in (JAX, TORCH))
    assert value == pytest.approx(expected, rel=1e-13)
    assert_within(*(np.concatenate([np.ravel(g) for g in each]) for each in (gradient, slopes)), 64)


# --- several devices ---


def test_each_device_has_the_first_of_its_own():
    """In JAX two devices by vmap: the mean over the first share of both."""
    parameters = [RNG.normal(size=s) for s in ((3, 4), (3,), (3,), ())]
    parts = [np.concatenate(each)[:12] for each in ((REAL, FAKE), (REAL_NOISE, FAKE_NOISE), (WEIGHT, LABEL))]

    def local(x, noise, weight):
        observe = partial(ganloss_jax.observe, JAX.tanh_critic([JAX.array(p) for p in parameters]), real=x, axis_name="devices")
        moved = observe(differences=SIGMA, fraction=0.5, noise={"real": noise})
        given = {"sample_weight": weight, "fraction": 0.5}
        return ganloss_jax.r1(observe(), 2.0, **given), ganloss_jax.approximate_r1(moved, 2.0, **given)

    got = jax.jit(jax.vmap(local, axis_name="devices"))(*(JAX.array(x.reshape(2, 6, *x.shape[1:])) for x in parts))
    rows = np.array([0, 1, 2, 6, 7, 8])
    x, noise, weight = (TORCH.array(part[rows]) for part in parts)
    seen = gan.observe(TORCH.tanh_critic([TORCH.array(p) for p in parameters]), real=x)
    given = {"sample_weight": weight}
    expected = gan.r1(seen, 2.0, **given), gan.approximate_r1(seen, 2.0, sigma=SIGMA, noise=noise, **given)
    for of_both, of_whole in zip(got, expected, strict=True):
        assert_within(of_both, np.full(2, of_whole.item()), 64)


# --- augmentation ---


def shifted(framework, x, by, mask):
    """Translated by a fixed number of places, and cut out."""
    roll = torch.roll if framework is TORCH else jax.numpy.roll
    return roll(x, by, -1) * mask


@FRAMEWORKS
def test_the_same_augmentation_in_both_passes(framework):
    """As in GAT: noise first, then one augmentation of both passes, whose parameters the critic closes over."""
    g, mask = framework.module, framework.array(RNG.uniform(size=(N, 4)) < 0.8)
    net = framework.tanh_critic([framework.array(RNG.normal(size=s)) for s in ((3, 4), (3,), (3,), ())])
    augmented = lambda x, mask: net(shifted(framework, x, 1, mask))
    noise, x = framework.array(REAL_NOISE), framework.array(REAL)
    closed = g.approximate_r1(g.observe(lambda x: augmented(x, mask), real=x), 0.1, noise=noise)
    by_hand = 0.05 * (((augmented(x + 0.01 * noise, mask) - augmented(x, mask)) / 0.01) ** 2).mean()
    # A difference of logits loses what it cancels, 1 / sigma.
    assert_within(closed, by_hand, 64 * 100)
    # Parameters that are one for each sample go along with a share of the batch.
    seen = g.observe(augmented, real=x, real_args=(mask,), differences=0.01, fraction=0.25, noise={"real": noise})
    difference = augmented((x + 0.01 * noise)[:K], mask[:K]) - augmented(x, mask)[:K]
    assert_within(g.approximate_r1(seen, 0.1), 0.05 * ((difference / 0.01) ** 2).mean(), 64 * 100)
