"""The replacements of MaskGIT's losses (maskgit/libml/losses.py): same calls, same numbers, same gradients."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganloss_jax.compat import maskgit

SHAPES = [(1, 1), (5,), (4, 1), (2, 3, 4, 1)]
KINDS = ["hinge", "non-saturating"]


def logits(*shape, seed=0):
    """Within ±12, and at least 1/20 from the kinks of the hinge at ±1."""
    return (np.floor(24 * np.random.default_rng(seed).standard_normal(shape)) + 0.53) / 8


def elementwise(kind, x, sign):
    """The discriminator's terms, with their derivative; the sign is -1 on real logits and +1 on fake ones."""
    if kind == "hinge":
        return np.maximum(1 + sign * x, 0), np.where(1 + sign * x > 0, sign, 0.0)
    return np.logaddexp(0, sign * x), sign / (1 + np.exp(-sign * x))


def close(actual, expected, eps, largest=0.0, ulp=64):
    """A few ulp of the largest number that was added up: the sums have at most some dozen terms."""
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=ulp * eps * max(np.max(np.abs(expected)), largest))


def agree(function, inputs, expected, gradients, largest=0.0, ulp=64):
    """Same value, and same gradient, for an upstream gradient that is not 1; to the accuracy of the result's own type."""
    value, pull = jax.vjp(function, *map(jnp.asarray, inputs))
    eps = jnp.finfo(value.dtype).eps
    close(value, expected, eps, largest, ulp)
    for actual, gradient in zip(pull(jnp.asarray(2.5, value.dtype)), gradients, strict=True):
        close(actual, 2.5 * np.asarray(gradient), eps, 0.0, ulp)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_discriminator_loss(wrap, kind, shape):
    """A sum of both sides, not half of it."""
    real, fake = logits(*shape), logits(*shape, seed=1)
    (a, da), (b, db) = elementwise(kind, real, -1), elementwise(kind, fake, 1)
    expected = a.mean() + b.mean(), [da / real.size, db / fake.size], max(a.max(), b.max())
    agree(wrap(lambda r, f: maskgit.discriminator_loss(real_logit=r, fake_logit=f, loss_type=kind)), [real, fake], *expected)
    if kind == "hinge":
        agree(wrap(lambda r, f: maskgit.discriminator_loss(fake_logit=f, real_logit=r)), [real, fake], *expected)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_generator_loss(wrap, kind, shape):
    fake = logits(*shape)
    terms, slopes = (-fake, np.full_like(fake, -1.0)) if kind == "hinge" else elementwise(kind, fake, -1)
    expected = terms.mean(), [slopes / fake.size], np.abs(terms).max()
    agree(wrap(lambda f: maskgit.generator_loss(fake_logit=f, loss_type=kind)), [fake], *expected)
    if kind == "hinge":
        agree(wrap(lambda f: maskgit.generator_loss(fake_logit=f)), [fake], *expected)


def test_non_saturating_at_0_and_far_away():
    """The slope at 0 is ∓1/2, though the original's formula has two kinks there; far away nothing overflows."""
    x, ones = np.array([0.0, -1e3, 1e3, -0.0]), np.array([0.5, 0, 1, 0.5])
    values, zeros = np.array([np.log(2), 0, 1e3, np.log(2)]), np.zeros(4)
    pair = lambda r, f: maskgit.discriminator_loss(real_logit=r, fake_logit=f, loss_type="non-saturating")
    agree(pair, [-x, x], 2 * values.mean(), [-ones / 4, ones / 4])
    agree(lambda f: maskgit.generator_loss(fake_logit=f, loss_type="non-saturating"), [-x], values.mean(), [-ones / 4])
    assert np.isfinite(pair(jnp.asarray(zeros), jnp.asarray(zeros)))


def test_how_they_are_called():
    """By name only; the default is the hinge; other types are errors."""
    x = jnp.asarray(logits(3))
    empty = inspect.Parameter.empty
    wanted = {
        maskgit.discriminator_loss: {"real_logit": empty, "fake_logit": empty, "loss_type": "hinge", "axis_name": None},
        maskgit.generator_loss: {"fake_logit": empty, "loss_type": "hinge", "axis_name": None},
        maskgit.r1_gradient_penalty: {"net": empty, "variables": empty, "x": empty, "penalty_cost": 1.0},
    }
    for function, defaults in wanted.items():
        parameters = inspect.signature(function).parameters
        assert {name: parameter.default for name, parameter in parameters.items()} == defaults
        assert list(parameters) == list(defaults)
    with pytest.raises(TypeError):
        maskgit.discriminator_loss(x, x, "hinge")
    with pytest.raises(TypeError):
        maskgit.generator_loss(x, "hinge")
    for wrong in ("wasserstein", "non_saturating"):
        with pytest.raises(ValueError, match=wrong):
            maskgit.discriminator_loss(real_logit=x, fake_logit=x, loss_type=wrong)
        with pytest.raises(ValueError, match=wrong):
            maskgit.generator_loss(fake_logit=x, loss_type=wrong)


class Network:
    """What a Flax module looks like to the penalty, which is to call it as at evaluation, and to change nothing in it."""

    def __init__(self, *, train):
        assert train is False

    def apply(self, variables, x, *, mutable):
        assert mutable is False
        return jnp.tanh(jnp.einsum("nhwc,cd->nhwd", x, variables["params"]["kernel"])).sum(-1, keepdims=True)


def slopes(kernel, x):
    """The slope of the sum of the logits: sech² of each unit, back through the kernel."""
    units = jnp.einsum("nhwc,cd->nhwd", x, kernel)
    return jnp.einsum("nhwd,cd->nhwc", 1 - jnp.tanh(units) ** 2, kernel)


@pytest.mark.parametrize("cost", [None, 10.0])
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_r1_gradient_penalty(wrap, cost):
    """cost · mean over samples of |slope|², without a half, after the logits; a map of logits is added up."""
    kernel, x = logits(3, 5) / 8, logits(4, 2, 3, 3, seed=1) / 8
    costs = () if cost is None else (cost,)

    def loss(kernel):
        return maskgit.r1_gradient_penalty(Network, {"params": {"kernel": kernel}}, x, *costs)

    def expected(kernel):
        return (slopes(kernel, x) ** 2).sum((1, 2, 3)).mean() * (cost or 1)

    @jax.jit
    def all_expected(kernel):
        logits = Network(train=False).apply({"params": {"kernel": kernel}}, x, mutable=False)
        return logits, *jax.value_and_grad(expected)(kernel)

    of_network, value, gradient = all_expected(kernel)
    out, penalty = wrap(loss)(jnp.asarray(kernel))
    close(out, of_network, jnp.finfo(out.dtype).eps)
    assert penalty.shape == ()
    # Each of the original's slopes is rounded to float32; a gradient adds up some hundred products.
    agree(wrap(lambda kernel: loss(kernel)[1]), [kernel], value, [gradient], ulp=256)
    named = maskgit.r1_gradient_penalty(net=Network, variables={"params": {"kernel": kernel}}, x=x, penalty_cost=2.0)
    close(named[1], value * 2 / (cost or 1), jnp.finfo(named[1].dtype).eps, ulp=256)


@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (2, 3, 4, 2)], ids=str)
def test_r1_of_a_linear_network(shape):
    """|w|² at every point, for data of any rank and one logit for each sample."""
    x, w = jnp.asarray(logits(*shape)), jnp.asarray(logits(*shape[1:], seed=1))

    class Linear:
        def __init__(self, train):
            self.train = train

        def apply(self, variables, x, mutable):
            return (variables[None] * x).reshape(len(x), -1).sum(1, keepdims=True)

    loss = lambda w: maskgit.r1_gradient_penalty(Linear, w, x, 3.0)[1]
    agree(loss, [w], 3 * (w**2).sum(), [6 * w])
