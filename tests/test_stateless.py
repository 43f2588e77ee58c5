"""Terms that keep no state: bounds and root of the adaptive weight, relative features, pulling away, gradient reversal."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

import ganloss_jax
import ganloss_torch as gan
import witnesses_states as witnesses
from frameworks import JAX, TORCH, assert_within

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
EPS = np.finfo(np.float64).eps


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


# The adaptive weight


UNITOK = [
    {},
    {"smallest": 0.015},
    {"smallest": 0.1, "largest": 10.0},
    {"root": 2},
    {"smallest": 0.015, "largest": 1.5},
]


@FRAMEWORKS
@pytest.mark.parametrize("adapt_type", range(5))
def test_the_bounds_and_the_root_of_the_adaptive_weight(framework, adapt_type):
    a, b = numbers(0, 3, 5), numbers(1, 3, 5)
    for size in (1.0, 1e-3, 1e-9, 1e3, 1e9):
        got = framework.module.adaptive_weight(
            framework.array(size * a), framework.array(b), epsilon=1e-6, **UNITOK[adapt_type]
        )
        expected = witnesses.unitok_weight(size * a, b, adapt_type)
        assert framework.number(got) == pytest.approx(expected, rel=16 * EPS)
    layer, x = torch.nn.Linear(3, 2).double(), torch.ones(1, 3).double()
    losses = [(k * layer(x)).square().sum() for k in (1.0, 2.0)]
    expected = gan.adaptive_weight_of_losses(*losses, layer.weight, smallest=0.5, largest=0.75, root=2)
    assert expected == 0.5**0.5


@FRAMEWORKS
def test_wrong_bounds_and_gradients_that_are_not_finite(framework):
    weight, x = framework.module.adaptive_weight, framework.array(numbers(0, 4))
    for wrong in ({"smallest": 2.0, "largest": 1.0}, {"smallest": -1.0}):
        with pytest.raises(ValueError, match="smallest must be from 0 to largest, got smallest="):
            weight(x, x, **wrong)
    for root in (0, 3, 0.5):
        with pytest.raises(ValueError, match="root must be 1, or 2 for the square root"):
            weight(x, x, root=root)


def test_in_a_trace_a_gradient_that_is_not_finite_makes_the_weight_nan():
    in_torch = torch.compile(gan.adaptive_weight, backend="eager", fullgraph=True)
    in_jax = jax.jit(ganloss_jax.adaptive_weight)
    for wrong in (float("nan"), float("inf")):
        for a, b in (([wrong, 1.0], [1.0, 1.0]), ([1.0, 1.0], [wrong, 1.0])):
            assert in_torch(torch.tensor(a), torch.tensor(b)).isnan()
            assert jnp.isnan(in_jax(jnp.asarray(a), jnp.asarray(b)))
    assert in_torch(torch.ones(2), torch.zeros(2)) == 1e4


# Features


def features(seed):
    return [[numbers(seed + 10 * head + i, *shape) for i, shape in enumerate(((3, 4), (3, 2, 5)))] for head in range(3)]


@FRAMEWORKS
def test_relative_features(framework):
    module, (true, fake) = framework.module, (features(0), features(5))
    arrays = [[[framework.array(x) for x in head] for head in side] for side in (true, fake)]
    got = module.feature_matching(*arrays, 2.0, distance="relative", detach_real=False)
    assert framework.number(got) == pytest.approx(2.0 * witnesses.stable_audio_features(true, fake), rel=16 * EPS)
    x, y = true[0][0], fake[0][0]
    # Nothing is detached there; with detach_real the denominator is a constant too.
    scale = abs(x).mean() + 1e-3
    by_fake = np.sign(y - x) / x.size / scale
    by_real = -by_fake - abs(x - y).mean() / scale**2 * np.sign(x) / x.size
    for detach in (True, False):
        loss = lambda z, detach=detach: module.feature_matching([z[0]], [z[1]], distance="relative", detach_real=detach)
        _, (g_real, g_fake) = framework.differentiate(loss, [x, y])
        assert_within(g_fake, by_fake, 8)
        assert_within(g_real, 0.0 * x if detach else by_real, 8)


@FRAMEWORKS
def test_relative_features_with_masks_and_of_a_dead_layer(framework):
    match, array = framework.module.feature_matching, framework.array
    x, y, keep = numbers(0, 3, 4), numbers(1, 3, 4), numbers(2, 3, 4) > 0.0
    padded = [array(np.where(keep, side, np.nan)) for side in (x, y)]
    got = match([padded[0]], [padded[1]], distance="relative", epsilon=0.5, element_weight=[array(keep, "bool")])
    expected = abs(x - y)[keep].mean() / (abs(x)[keep].mean() + 0.5)
    assert framework.number(got) == pytest.approx(expected, rel=8 * EPS)
    dead = match([array(0.0 * x)], [array(np.ones_like(x))], distance="relative")
    assert framework.number(dead) == pytest.approx(1e3, rel=8 * EPS)
    of_means = match([array(x)], [array(y)], distance="relative", of_means=True)
    expected = abs(x.mean(0) - y.mean(0)).mean() / (abs(x.mean(0)).mean() + 1e-3)
    assert framework.number(of_means) == pytest.approx(expected, rel=8 * EPS)
    with pytest.raises(ValueError, match="epsilon is for distance='relative', got distance='l1'"):
        match([array(x)], [array(y)], epsilon=1e-3)


@FRAMEWORKS
def test_pulling_away(framework):
    pulling = framework.module.pulling_away
    for shape in ((5, 3), (2, 7), (3, 1)):
        rows = numbers(7, *shape)
        got, _ = framework.differentiate(lambda x: pulling(x[0], 0.1), [rows], jit=True)
        assert got == pytest.approx(0.1 * witnesses.ebgan_pulling_away(rows), rel=32 * EPS)
    rows = numbers(8, 3, 2)

    def exact(*flat):
        dots = [[flat[2 * i] * flat[2 * j] + flat[2 * i + 1] * flat[2 * j + 1] for j in range(3)] for i in range(3)]
        return sum(dots[i][j] ** 2 / dots[i][i] / dots[j][j] for i in range(3) for j in range(3) if i != j) / 6

    value, (gradient,) = framework.differentiate(lambda x: pulling(x[0]), [rows], jit=True)
    with mpmath.workdps(50):
        at = tuple(mpmath.mpf(float(x)) for x in rows.ravel())
        slopes = [mpmath.diff(exact, at, tuple(int(i == k) for i in range(6))) for k in range(6)]
        assert value == pytest.approx(float(exact(*at)), rel=16 * EPS)
    assert_within(gradient, np.array(slopes, dtype=float).reshape(3, 2), 64)


@FRAMEWORKS
def test_pulling_away_at_its_ends(framework):
    pulling, array = framework.module.pulling_away, framework.array
    for size in (1e-30, 1e30):
        assert framework.number(pulling(array(size * np.ones((3, 4)), "float32"))) == pytest.approx(1.0, rel=1e-6)
    value, (gradient,) = framework.differentiate(lambda x: pulling(x[0]), [np.array([[0.0, 0.0], [1.0, 2.0]])])
    assert value == 0.0
    assert (gradient == 0.0).all()
    with pytest.raises(ValueError, match="needs 2 samples or more, got 1"):
        pulling(array(np.ones((1, 4))))
    with pytest.raises(ValueError, match=r"features must have shape \(n, length\), got \(2, 3, 4\)"):
        pulling(array(np.ones((2, 3, 4))))


# The reversal of gradients


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_gradient_reversal(framework, dtype):
    x, coefficient = numbers(0, 3, 2, 5).astype(dtype), 0.3
    reversal, seen = framework.module.gradient_reversal, []

    def loss(at):
        y = reversal(at[0], coefficient)
        seen.append(y)
        return (y * y).sum()

    _, (gradient,) = framework.differentiate(loss, [x], dtype)
    if framework is TORCH:
        assert (framework.numpy(seen[0].detach()) == x).all()
        assert str(seen[0].dtype) == f"torch.{dtype}"
    plain = framework.differentiate(lambda at: (at[0] * at[0]).sum(), [x], dtype)[1][0]
    np.testing.assert_allclose(gradient, -coefficient * plain, rtol=2 * np.finfo(dtype).eps)
    assert (framework.numpy(reversal(framework.array(x, dtype))) == x).all()


def test_reversal_in_what_is_compiled_and_twice():
    x = torch.linspace(-1.0, 2.0, 4, dtype=torch.float64, requires_grad=True)
    compiled = torch.compile(lambda x: gan.gradient_reversal(x, 2.0).pow(3).sum(), backend="aot_eager", fullgraph=True)
    (g,) = torch.autograd.grad(compiled(x), x)
    assert torch.equal(g, -6.0 * x.detach() ** 2)
    (once,) = torch.autograd.grad(gan.gradient_reversal(x, 2.0).pow(3).sum(), x, create_graph=True)
    (twice,) = torch.autograd.grad(once.sum(), x)
    # The first gradient is -2 . 3 y^2, of which y has the gradient -2 again.
    assert torch.allclose(twice, 24.0 * x.detach())
    schedule = jax.jit(lambda x, i: ganloss_jax.gradient_reversal(x, ganloss_jax.reversal_coefficient(i, 10)).sum())
    assert jax.grad(schedule)(jnp.ones(3), jnp.int32(10)) == pytest.approx([-witnesses.tllib_coefficient(1000)] * 3, rel=1e-6)
    _, tangent = jax.jvp(ganloss_jax.gradient_reversal, (jnp.ones(2),), (jnp.ones(2),))
    assert (tangent == -1.0).all()


def test_the_warm_start_of_a_reversal():
    for module in (gan, ganloss_jax):
        for i in (0, 1, 500, 10**6):
            given = {"alpha": 10.0, "lowest": 0.1, "highest": 0.8}
            got = module.reversal_coefficient(i, 2000, **given)
            assert got == pytest.approx(witnesses.tllib_coefficient(i, 10.0, 0.1, 0.8, 2000.0), abs=4 * EPS)
            assert isinstance(got, float)
    assert gan.reversal_coefficient(torch.tensor(500)) == pytest.approx(witnesses.tllib_coefficient(500), rel=1e-6)


@FRAMEWORKS
def test_dann_is_the_minimax_game_through_a_reversal(framework):
    """Features get minus the coefficient times the gradient of D's loss, which is the saturating generator's on the target."""
    module, tanh = framework.module, framework.tanh
    source, target, w, v = numbers(0, 5, 3), numbers(1, 4, 3), numbers(2, 3, 2), numbers(3, 2)

    def dann(at):
        of = lambda x: module.gradient_reversal(tanh(framework.array(x) @ at[0]), 0.5) @ at[1]
        return module.discriminator_loss("logistic", of(source), of(target))

    def of_d(at):
        of = lambda x: tanh(framework.array(x) @ at[0]) @ at[1]
        return module.discriminator_loss("minimax", of(source), of(target))

    def of_g(at):
        return module.generator_loss("minimax", tanh(framework.array(target) @ at[0]) @ framework.array(v))

    value, (by_features, by_critic) = framework.differentiate(dann, [w, v])
    expected, (plain, as_critic) = framework.differentiate(of_d, [w, v])
    assert value == expected
    assert_within(by_critic, as_critic, 4)
    assert_within(by_features, -0.5 * plain, 4)
    on_target = lambda at: module.discriminator_loss(
        "logistic", framework.array(numbers(4, 4)), tanh(framework.array(target) @ at[0]) @ framework.array(v)
    )
    assert_within(framework.differentiate(of_g, [w])[1][0], -framework.differentiate(on_target, [w])[1][0], 4)


def test_what_is_no_feature_and_no_coefficient():
    with pytest.raises(TypeError, match=r"the features must be floating point, got torch\.int64"):
        gan.gradient_reversal(torch.ones(2, dtype=torch.int64))
    with pytest.raises(TypeError, match="coefficient must be a number, got 'x'"):
        gan.gradient_reversal(torch.ones(2), "x")
    with pytest.raises(ValueError, match="coefficient must be one number, got shape"):
        gan.gradient_reversal(torch.ones(2), torch.ones(2))
    with pytest.raises(ValueError, match="steps must be a number of steps, 1 or more, got 0"):
        gan.reversal_coefficient(3, 0)


def test_a_factor_that_moves_is_no_new_graph():
    counter = CompileCounterWithBackend("eager")
    torch._dynamo.reset()
    reverse = torch.compile(lambda x, c: gan.gradient_reversal(x, c).square().sum(), fullgraph=True, backend=counter)
    level = torch.compile(lambda x, c: gan.drift(x, c), fullgraph=True, backend=counter)
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    for c in (0.1, 0.2, 0.7, 0.9):
        (g,) = torch.autograd.grad(reverse(x, c), x)
        torch.testing.assert_close(g, -c * 2.0 * x, rtol=1e-6, atol=0.0)
        torch.testing.assert_close(level(x, c), c * 2.5 * torch.ones(()), rtol=1e-6, atol=0.0)
    # The first number is a constant, and what moves is none.
    assert counter.frame_count <= 4
    torch._dynamo.reset()
