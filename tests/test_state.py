"""Terms that keep state, and those beside the losses that keep none, against transcriptions of papers and official code."""

import copy
from functools import partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch
from torch import nn

import ganloss_jax
import ganloss_torch as gan
import witnesses_penalties as witnesses
from frameworks import JAX, TORCH, assert_within

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
EPS = np.finfo(np.float64).eps


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


# What a term of a few dozen operations, in sums of at most 20 terms that do not cancel, may be off by.
DEEP = 64 * EPS


def run(framework, term, steps):
    """The loss of each step, and the last state; steps are tuples of NumPy arrays, or dicts of them."""
    state, losses = term.init("float64"), []
    for arrays in steps:
        loss, state = term.apply(state, *(framework.array(x) for x in arrays))
        losses.append(framework.number(loss))
    return losses, state


LECAM = {
    "elementwise": {},
    "batch_mean": {"form": "batch_mean"},
    "unclipped": {"form": "unclipped"},
    "after": {"update": "after", "initial": 0.5},
    "debias": {"debias": True, "decay": 0.9},
    "start": {"start": 2, "decay": 0.75},
    "google": {"start": 2, "copy_until_start": True, "initial": 1000.0, "decay": 0.9},
}


@FRAMEWORKS
@pytest.mark.parametrize("case", LECAM)
def test_lecam(framework, case):
    given = LECAM[case]
    steps = [(1.0 + numbers(i, 4), numbers(10 + i, 3)) for i in range(5)]
    losses, state = run(framework, framework.module.LeCam(0.3, **given), steps)
    settings = {"form": "elementwise", "decay": 0.99, "initial": 0.0, "start": 0, "debias": False, "update": "before", **given}
    expected = witnesses.LECAM_STEPS(
        {"unclipped": "paper"}.get(settings["form"], settings["form"]),
        [(r.tolist(), f.tolist()) for r, f in steps],
        settings["decay"],
        settings["initial"],
        settings["update"] == "before",
        settings["start"],
        settings["debias"],
        copy_before_start=given.get("copy_until_start", False),
    )
    # A mean of four squares of differences with an average of several steps; 1000 before the first.
    np.testing.assert_allclose(losses, [0.3 * float(x) for x in expected], rtol=DEEP, atol=0)
    assert framework.number(state["steps"]) == 5


@FRAMEWORKS
def test_lecam_does_not_differentiate_its_averages(framework):
    term = framework.module.LeCam(0.3, decay=0.5)
    real, fake = np.array([2.0, 3.0]), np.array([0.5, -1.0])

    def loss(arrays):
        return term.apply(term.init("float64"), *arrays)[0]

    _, (g_real, g_fake) = framework.differentiate(loss, [real, fake])
    # Averages: 1.25 of reals and -0.125 of fakes.
    np.testing.assert_allclose(g_real, 0.3 * (real + 0.125), rtol=8 * EPS)
    np.testing.assert_allclose(g_fake, -0.3 * (1.25 - fake), rtol=8 * EPS)


@FRAMEWORKS
def test_before_its_start_lecam_is_0_with_zero_gradient(framework):
    term = framework.module.LeCam(0.3, start=1)
    loss = lambda arrays: term.apply(term.init("float64"), *arrays)[0]
    value, gradient = framework.differentiate(loss, [numbers(0, 4), numbers(1, 4)])
    assert value == 0.0
    assert all((g == 0.0).all() for g in gradient)


def generator_of(framework, W):
    """Latents (n, 3) to images of 2 x 4 pixels and one channel, where each framework has it."""
    shape = (-1, 1, 2, 4) if framework is TORCH else (-1, 2, 4, 1)
    return lambda z: framework.tanh(z @ W).reshape(shape)


@FRAMEWORKS
def test_path_length(framework):
    W, term = numbers(0, 3, 8), framework.module.PathLength(2.0, decay=0.1)
    state, mean = term.init("float64"), 0.0
    for i in range(3):
        z, noise = numbers(i + 1, 5, 3), numbers(i + 20, 5, 8)
        shaped = framework.array(noise).reshape((5, 1, 2, 4) if framework is TORCH else (5, 2, 4, 1))

        def loss(arrays, z=z, shaped=shaped, state=state):
            return term.apply(state, generator_of(framework, arrays[0]), framework.array(z), noise=shaped)[0]

        value, (gradient,) = framework.differentiate(loss, [W])

        def transcribed(W, z=z, noise=noise, mean=mean):
            slopes = (1.0 - np.tanh(z @ W) ** 2) * noise / np.sqrt(8.0)
            return witnesses.path_length([[g.tolist()] for g in slopes @ W.T], mean, 0.1, 2.0)

        expected, mean_after = transcribed(W)
        assert value == pytest.approx(float(expected), rel=DEEP)
        # The mean of this step is not a constant. A central difference of step h loses the value's last digits, over h, and
        # errs by h^2 times a third derivative, below 1e3 here.
        h = 1e-5
        step = h * np.eye(1, W.size, 5).reshape(W.shape)
        slope = float(transcribed(W + step)[0] - transcribed(W - step)[0]) / (2 * h)
        assert gradient.ravel()[5] == pytest.approx(slope, rel=0, abs=DEEP * value / h + 1e3 * h**2)
        _, state = term.apply(state, generator_of(framework, framework.array(W)), framework.array(z), noise=shaped)
        mean = float(mean_after)
        assert framework.number(state["mean"]) == pytest.approx(mean, rel=DEEP)


@FRAMEWORKS
def test_path_length_of_latents_for_each_layer_and_of_other_layouts(framework):
    term, z = framework.module.PathLength(1.0), framework.array(numbers(0, 4, 2, 3))
    noise = framework.array(numbers(1, 4, 6))
    generator = lambda z: z.reshape(4, 6) * 2.0
    loss, _ = term.apply(term.init("float64"), generator, z, noise=noise, pixels=4)
    lengths = 2.0 * np.sqrt(np.square(numbers(1, 4, 6)).sum(1) / 2 / 4)
    assert framework.number(loss) == pytest.approx(np.square(lengths - 0.01 * lengths.mean()).mean(), rel=DEEP)
    # A generator whose gradient is 0 has the length 0, and finite derivatives.
    dead = lambda arrays: term.apply(term.init("float64"), lambda z: generator(arrays[0] * z), z, noise=noise, pixels=4)[0]
    value, (gradient,) = framework.differentiate(dead, [np.zeros(())])
    assert (value, gradient) == (0.0, 0.0)


@FRAMEWORKS
@pytest.mark.parametrize("rescale", [True, False])
@pytest.mark.parametrize("per_sample", [True, False])
def test_balancer(framework, rescale, per_sample):
    weights = {"adv": 4.0, "l1": 0.1}
    term = framework.module.Balancer(weights, total_norm=2.0, decay=0.9, per_sample=per_sample, rescale=rescale)
    state, history = term.init("float64"), []
    for i in range(3):
        gradients = {name: numbers(3 * i + k, 4, 5) for k, name in enumerate(weights)}
        combined, state = term.apply(state, {name: framework.array(g) for name, g in gradients.items()})
        lists = {name: g.tolist() for name, g in gradients.items()}
        expected = witnesses.encodec_balancer(
            lists, weights, 2.0, 0.9, 1e-12, per_sample, history=history, rescale_grads=rescale
        )
        np.testing.assert_allclose(
            framework.numpy(combined),
            np.array(expected, dtype=float),
            rtol=0,
            atol=DEEP * np.abs(np.array(expected, dtype=float)).max(),
        )
        history.append(witnesses.balancer_norms(lists, per_sample))


@FRAMEWORKS
def test_began(framework):
    term = framework.module.BEGAN(0.7, rate=0.5, initial=0.25)
    state, k = term.init("float64"), 0.25
    for i in range(6):
        # Far out of balance at times, so that k meets both ends.
        real, fake = np.square(numbers(i, 4)) * (6.0 if i % 3 else 0.1), np.square(numbers(9 + i, 3))
        loss, state = term.apply(state, framework.array(real), framework.array(fake))
        expected, _, k, convergence = witnesses.began(real.tolist(), fake.tolist(), k, 0.7, 0.5)
        assert framework.number(loss) == pytest.approx(float(expected), rel=DEEP)
        assert framework.number(state["k"]) == pytest.approx(float(k), rel=DEEP, abs=DEEP)
        assert framework.number(state["convergence"]) == pytest.approx(float(convergence), rel=DEEP)


# Resuming


TERMS = {
    "lecam": (lambda gan_: gan_.LeCam(0.3, decay=0.9, debias=True), 2),
    "balancer": (lambda gan_: gan_.Balancer({"a": 1.0, "b": 2.0}), None),
    "began": (lambda gan_: gan_.BEGAN(), 2),
}


@pytest.mark.parametrize("name", TERMS)
def test_resuming_a_module_is_bitwise_the_uninterrupted_run(name, tmp_path):
    make, sides = TERMS[name]
    arrays = [torch.tensor(numbers(i, 2, 4, 3), dtype=torch.float32) for i in range(6)]
    inputs = [tuple(x) if sides else ({"a": x[0], "b": x[1]},) for x in arrays]
    whole = gan.StatefulModule(make(gan))
    losses = [whole(*x) for x in inputs]
    first = gan.StatefulModule(make(gan))
    for x in inputs[:3]:
        first(*x)
    torch.save(first.state_dict(), tmp_path / "state.pt")
    second = gan.StatefulModule(make(gan))
    second.load_state_dict(torch.load(tmp_path / "state.pt"))
    for x, loss in zip(inputs[3:], losses[3:], strict=True):
        assert torch.equal(second(*x), loss)
    for a, b in zip(second.buffers(), whole.buffers(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", TERMS)
def test_resuming_in_jax_is_bitwise_the_uninterrupted_run(name, tmp_path):
    make, sides = TERMS[name]
    term = make(ganloss_jax)
    arrays = [jnp.asarray(numbers(i, 2, 4, 3), "float32") for i in range(6)]
    inputs = [tuple(x) if sides else ({"a": x[0], "b": x[1]},) for x in arrays]
    traces = []

    @jax.jit
    def step(state, *x):
        traces.append(1)
        return term.apply(state, *x)

    state, losses = term.init(), []
    for i, x in enumerate(inputs):
        if i == 3:
            np.savez(tmp_path / "state.npz", **state)
        loss, state = step(state, *x)
        losses.append(loss)
    resumed = {name: jnp.asarray(value) for name, value in np.load(tmp_path / "state.npz").items()}
    for x, loss in zip(inputs[3:], losses[3:], strict=True):
        again, resumed = step(resumed, *x)
        assert (again == loss).all()
    assert len(traces) == 1
    assert all(state[key] == resumed[key] for key in state)


def test_a_module_and_the_functional_form_are_the_same():
    term, module = gan.LeCam(0.3), gan.StatefulModule(gan.LeCam(0.3))
    state = term.init()
    for i in range(3):
        real, fake = (torch.tensor(numbers(2 * i + k, 4), dtype=torch.float32, requires_grad=True) for k in (0, 1))
        loss, state = term.apply(state, real, fake)
        kept = module(real, fake)
        kept.backward()
        assert torch.equal(kept, loss)
        assert not any(value.requires_grad for value in state.values())
    assert {name: value.item() for name, value in module.named_buffers()} == {k: v.item() for k, v in state.items()}


def test_a_module_moves_copies_and_prints():
    module = gan.StatefulModule(gan.LeCam(0.3, decay=0.9)).double()
    module(torch.ones(2).double(), torch.zeros(2).double())
    assert module.real.dtype == torch.float64
    twin = copy.deepcopy(module)
    module.eval()
    module(torch.ones(2).double(), torch.zeros(2).double())
    assert module.steps == 1
    module.train()
    module(torch.ones(2).double(), torch.zeros(2).double())
    assert twin.steps == 1
    assert "LeCam(weight=0.3" in repr(module)
    parent = nn.Sequential(module)
    assert set(parent.state_dict()) == {"0.real", "0.fake", "0.steps"}
    with pytest.raises(TypeError, match="a StatefulModule holds a term with init and apply"):
        gan.StatefulModule(gan.GANLoss("hinge"))


def test_a_stateful_step_compiles():
    module, eager = (gan.StatefulModule(gan.LeCam(0.3)) for _ in range(2))
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    for i in range(3):
        real, fake = (torch.tensor(numbers(2 * i + k, 4), dtype=torch.float32) for k in (0, 1))
        assert_within(compiled(real, fake), eager(real, fake), ulps=16, dtype="float32")  # means of 4 squares, fused
    assert module.steps == 3


def test_terms_are_values():
    assert gan.LeCam(0.3) == gan.LeCam(0.3)
    assert gan.LeCam(0.3) != gan.LeCam(0.3, decay=0.5)
    assert hash(gan.Balancer({"a": 1.0})) == hash(gan.Balancer({"a": 1.0}))


# Terms without state


@FRAMEWORKS
@pytest.mark.parametrize("distance", ["l1", "l2"])
@pytest.mark.parametrize("layers", ["mean", "sum"])
def test_feature_matching(framework, distance, layers):
    shapes = [(3, 4), (3, 2, 5), (3, 1)]
    sides = [[numbers(7 * side + i, *shape) for i, shape in enumerate(shapes)] for side in (0, 1)]
    real, fake = ([framework.array(x) for x in side] for side in sides)
    match = partial(framework.module.feature_matching, distance=distance, layers=layers)
    expected = float(witnesses.feature_matching(*([x.tolist() for x in side] for side in sides), distance, layers))
    assert framework.number(match(real, fake)) == pytest.approx(expected, rel=DEEP)
    heads = framework.number(match([real, fake], [fake, fake]))
    assert heads == pytest.approx(expected / 2, rel=DEEP)
    assert framework.number(match([real, fake], [fake, fake], heads="sum")) == pytest.approx(expected, rel=DEEP)
    of_means = float(
        witnesses.feature_matching_of_means(*([x.tolist() for x in side] for side in sides), distance, "mean", layers)
    )
    assert framework.number(match(real, fake, of_means=True)) == pytest.approx(of_means, rel=DEEP)


@FRAMEWORKS
def test_features_of_reals_are_detached_on_request(framework):
    real, fake = numbers(0, 2, 3), numbers(1, 2, 3)
    for detach in (True, False):
        loss = lambda x, detach=detach: framework.module.feature_matching([x[0]], [x[1]], detach_real=detach)
        _, (g_real, g_fake) = framework.differentiate(loss, [real, fake])
        np.testing.assert_array_equal(g_fake, np.sign(fake - real) / 6)
        np.testing.assert_array_equal(g_real, 0.0 * g_fake if detach else -g_fake)
    # Equal features are at the kink.
    _, gradient = framework.differentiate(
        lambda x: framework.module.feature_matching([x[0]], [x[0]], detach_real=False), [real]
    )
    assert (gradient[0] == 0.0).all()


@FRAMEWORKS
def test_consistency_drift_and_the_adaptive_weight(framework):
    a, b, c, d = (numbers(i, 5) for i in range(4))
    as_array = framework.array
    consistency, drift = framework.module.consistency, framework.module.drift
    value = framework.number(consistency(as_array(a), as_array(b), 10.0))
    assert value == pytest.approx(float(witnesses.cr(a.tolist(), b.tolist(), 10.0)), rel=DEEP)
    both = framework.number(consistency(as_array(a), as_array(b), 10.0) + consistency(as_array(c), as_array(d), 5.0))
    assert both == pytest.approx(float(witnesses.bcr(*(x.tolist() for x in (a, b, c, d)), 10.0, 5.0)), rel=DEEP)
    of_g = framework.number(consistency(as_array(a), as_array(b), -0.5))
    assert of_g == pytest.approx(float(witnesses.zcr_generator(a.tolist(), b.tolist(), 0.5)), rel=DEEP)
    assert framework.number(drift(as_array(a), 1e-3)) == pytest.approx(float(witnesses.drift(a.tolist(), 1e-3)), rel=DEEP)
    weight = framework.module.adaptive_weight
    expected = float(witnesses.vqgan_adaptive_weight(a.tolist(), b.tolist()))
    assert framework.number(weight(as_array(a), as_array(b))) == pytest.approx(expected, rel=DEEP)
    assert framework.number(weight(as_array(a), as_array(0.0 * b), epsilon=0.0)) == 1e4
    _, gradient = framework.differentiate(lambda x: 0.0 * x[0].sum() + weight(x[0], x[1]), [a, b])
    assert all((g == 0.0).all() for g in gradient)


@FRAMEWORKS
def test_what_is_wrong_is_said(framework):
    gan_, x = framework.module, framework.array(numbers(0, 2, 3))

    def refused(error, match, call):
        with pytest.raises(error, match=match):
            call()

    lecam = gan_.LeCam(0.3)
    refused(
        ValueError, "form must be one of 'elementwise', 'batch_mean', 'unclipped', got 'l2'", lambda: gan_.LeCam(1.0, form="l2")
    )
    refused(ValueError, r"decay must be in \[0, 1\), got 1", lambda: gan_.LeCam(1.0, decay=1.0))
    refused(ValueError, "start must be a number of steps, 0 or more, got -1", lambda: gan_.LeCam(1.0, start=-1))
    refused(ValueError, "debias is for averages that start at 0", lambda: gan_.LeCam(1.0, debias=True, initial=1.0))
    refused(ValueError, "debias needs update='before'", lambda: gan_.LeCam(1.0, debias=True, update="after"))
    other = gan_.LeCam(0.3, debias=True).init()
    refused(
        ValueError, "no state of LeCam with these arguments: it keeps real, fake, steps, got", lambda: lecam.apply(other, x, x)
    )
    refused(ValueError, "no state of LeCam.*got tuple", lambda: lecam.apply((), x, x))
    refused(TypeError, "made for several: LeCam\\(..., heads=1\\)", lambda: lecam.apply(lecam.init(), [x], x))
    balancer = gan_.Balancer({"a": 1.0, "b": 2.0})
    refused(TypeError, "weights must be a dict", lambda: gan_.Balancer([1.0, 2.0]))
    refused(ValueError, "the balancer weighs a, b, got gradients of a", lambda: balancer.apply(balancer.init(), {"a": x}))
    refused(
        ValueError,
        "gradients that are compared must have one shape",
        lambda: balancer.apply(balancer.init(), {"a": x, "b": x[:1]}),
    )
    refused(ValueError, r"initial must be in \[0, 1\], got 2", lambda: gan_.BEGAN(initial=2.0))
    path = gan_.PathLength()
    refused(ValueError, r"latents must have shape \(batch, length\)", lambda: path.apply(path.init(), lambda z: z, x[0]))
    refused(
        ValueError,
        "depend on its input",
        lambda: path.apply(path.init(), lambda z: 0.0 * x[None, None], x, noise=x[None, None]),
    )
    match = gan_.feature_matching
    refused(TypeError, "features of real must be a list of arrays", lambda: match(x, x))
    refused(ValueError, "features of real and of fake must be as many, got 2 and 1", lambda: match([x, x], [x]))
    refused(ValueError, r"must have one shape, got \(2, 3\) and \(1, 3\): one would broadcast", lambda: match([x], [x[:1]]))
    refused(
        ValueError, "distance must be one of 'l1', 'l2', 'relative', got 'cosine'", lambda: match([x], [x], distance="cosine")
    )
    refused(ValueError, "layers must be 'mean' or 'sum', got 'max'", lambda: match([x], [x], layers="max"))
    refused(ValueError, "outputs that are compared must have one shape", lambda: gan_.consistency(x, x[:1], 1.0))


def test_mpmath_is_not_disturbed():
    assert mpmath.mp.dps == 15
