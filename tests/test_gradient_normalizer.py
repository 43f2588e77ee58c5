"""The normaliser of what G receives from D, step by step and as a layer, in both frameworks."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import nn

import ganloss_jax
import ganloss_torch as gan
import witnesses_states as witnesses
from frameworks import assert_within
from states import DEEP, EPS, FRAMEWORKS, numbers, run


@FRAMEWORKS
@pytest.mark.parametrize("shape", [(4, 3, 2), (1, 1)])
def test_normalised_gradients(framework, shape):
    given = {"target": 0.5, "decay": 0.75, "epsilon": 1e-3}
    gradients = [size * numbers(i, *shape) for i, size in enumerate((1e-3, 1.0, 10.0))]
    found = run(framework, framework.module.GradientNormalizer(0.5, decay=0.75, epsilon=1e-3), [(g,) for g in gradients])
    expected, average = witnesses.afm_normalised(gradients, given["decay"], given["epsilon"], given["target"])
    for (got, _), want in zip(found, expected, strict=True):
        assert_within(got, want, 16)
    assert found[-1][1]["square"] == pytest.approx(average, rel=16 * EPS)
    # Without the bias of the first steps the size is the target at once.
    ((g, _),) = run(framework, framework.module.GradientNormalizer(0.5, debias=True), [(gradients[1],)])
    assert np.sqrt((g**2).sum() * g.size) == pytest.approx(0.5, rel=1e-7)


@FRAMEWORKS
def test_a_narrow_gradient_and_one_of_zeros(framework):
    term = framework.module.GradientNormalizer()
    for dtype in ("bfloat16", "float16"):
        g, state = term.apply(term.init(), framework.array(np.ones((2, 3)), dtype))
        assert dtype in str(g.dtype)
        assert "float32" in str(state["square"].dtype)
    g, _ = term.apply(term.init(), framework.array(np.zeros((2, 3))))
    assert (framework.numpy(g) == 0.0).all()
    for wrong, message in (({"epsilon": 0.0}, "epsilon must be above 0"), ({"decay": 1.0}, r"decay must be in \[0, 1\)")):
        with pytest.raises(ValueError, match=message):
            framework.module.GradientNormalizer(**wrong)
    with pytest.raises(ValueError, match=r"a gradient must have a sample axis, got shape \(\)"):
        term.apply(term.init(), framework.array(np.array(1.0)))


def steps_of_a_generator(shape=(5, 3)):
    """A generator's weights, three batches of latents, and the critic's weights."""
    return numbers(0, 3, 4), [numbers(i, *shape) for i in range(1, 4)], numbers(7, 4)


def by_hand():
    """The gradient by G's weights of each step, through tanh(z @ W), and the last average."""
    W, latents, v = steps_of_a_generator()
    images = [np.tanh(z @ W) for z in latents]
    # Of the logistic loss's mean softplus(-f), f = (images . v).
    gradients = [(-1.0 / (1.0 + np.exp(x @ v)) / len(x))[:, None] * v for x in images]
    normalised, average = witnesses.afm_normalised(gradients, decay=0.5)
    return [z.T @ (g * (1.0 - x**2)) for z, g, x in zip(latents, normalised, images, strict=True)], average


# Dynamo makes one of what it traces.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_the_layer_of_a_module(compiled):
    W, latents, v = steps_of_a_generator()
    layer, W = gan.StatefulModule(gan.GradientNormalizer(decay=0.5)).double(), torch.tensor(W, requires_grad=True)
    v = torch.tensor(v)

    def loss(z):
        return gan.generator_loss("logistic", layer(torch.tanh(z @ W)) @ v)

    loss_of = torch.compile(loss, backend="aot_eager", fullgraph=True) if compiled else loss
    expected, average = by_hand()
    for z, want in zip(latents, expected, strict=True):
        loss_of(torch.tensor(z)).backward()
        assert_within(W.grad, want, 64)
        W.grad = None
    assert layer.square.item() == pytest.approx(average, rel=DEEP)
    assert layer.state_dict().keys() == {"square"}
    # In evaluation mode it normalises, and keeps nothing.
    layer.eval()
    loss(torch.tensor(latents[0])).backward()
    assert layer.square.item() == pytest.approx(average, rel=DEEP)


def test_the_layer_in_jax_and_step_by_step():
    """The next state is the gradient by the state; `apply` on the gradient by the images is the same."""
    W, latents, v = steps_of_a_generator()
    normalizer, W = ganloss_jax.GradientNormalizer(decay=0.5), jnp.asarray(W)

    def loss(W, state, z):
        return ganloss_jax.generator_loss("logistic", normalizer.layer(state, jnp.tanh(z @ W)) @ v)

    @jax.jit
    def step_by_step(W, state, z):
        images, pullback = jax.vjp(lambda W: jnp.tanh(z @ W), W)
        g = jax.grad(lambda images: ganloss_jax.generator_loss("logistic", images @ v))(images)
        g, state = normalizer.apply(state, g)
        return *pullback(g), state

    graded, expected = jax.jit(jax.grad(loss, argnums=(0, 1))), by_hand()
    state = again = normalizer.init("float64")
    for z, want in zip(latents, expected[0], strict=True):
        got, state = graded(W, state, z)
        assert_within(got, want, 64)
        got, again = step_by_step(W, again, z)
        assert_within(got, want, 64)
    assert float(state["square"]) == pytest.approx(expected[1], rel=DEEP)
    assert float(again["square"]) == pytest.approx(expected[1], rel=DEEP)


@pytest.mark.parametrize("of", [jax.vmap, jax.shard_map], ids=["vmap", "shard_map"])
def test_gradients_of_devices_in_jax(of):
    """Of a sum over devices `vmap` hands each of them the sum of gradients, and `shard_map` the gradient."""
    W, (latents, *_), v = steps_of_a_generator((8, 3))

    def both(W, state, z, **several):
        def loss(W, state):
            images = ganloss_jax.GradientNormalizer(decay=0.5, **several).layer(state, jnp.tanh(z @ W))
            return ganloss_jax.generator_loss("logistic", images @ v, **several)

        images, balancer = jnp.tanh(z @ W), ganloss_jax.Balancer({"a": 2.0, "b": 1.0}, **several)
        losses = {"a": lambda x: ganloss_jax.drift(x @ v, 1.0, **several), "b": lambda x: ganloss_jax.drift(x, 1.0, **several)}
        combined, norms = balancer.apply(balancer.init("float64"), {name: jax.grad(f)(images) for name, f in losses.items()})
        return *jax.grad(loss, argnums=(0, 1))(W, state), combined, norms

    state = ganloss_jax.GradientNormalizer().init("float64")
    expected = jax.jit(both)(W, state, latents)
    on_each = functools.partial(both, axis_name="d")
    if of is jax.vmap:
        found = jax.jit(jax.vmap(on_each, in_axes=(None, None, 0), axis_name="d"))(W, state, latents.reshape(2, 4, 3))
        by_W, *states, combined, norms = jax.tree.map(lambda x: x.mean(0), found[0]), found[1], found[2] / 2.0, found[3]
        states, norms = jax.tree.map(lambda x: x[0], (states, norms))
    else:
        mesh = jax.sharding.Mesh(np.array(jax.devices()[:2]), ("d",))
        spec, one = jax.sharding.PartitionSpec("d"), jax.sharding.PartitionSpec()
        mapped = jax.shard_map(on_each, mesh=mesh, in_specs=(one, one, spec), out_specs=(one, one, spec, one))
        by_W, *states, combined, norms = jax.jit(mapped)(W, state, latents)
    got = by_W, states[0], combined.reshape(8, 4), norms
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        assert_within(a, b, 64)


def test_the_layer_of_a_state_and_what_it_refuses():
    normalizer, x = gan.GradientNormalizer(), torch.ones(2, 3, requires_grad=True)
    state = normalizer.init()
    y = normalizer.layer(state, 2.0 * x)
    assert torch.equal(y, 2.0 * x)
    y.sum().backward()
    # 6 elements, whose squares sum to 6, and a tenth of the way.
    assert state["square"].item() == pytest.approx(3.6, rel=1e-6)
    with pytest.raises(TypeError, match="the state's tensors, which the backward pass moves, must be float32 or float64"):
        normalizer.layer({"square": state["square"].bfloat16()}, x)
    with pytest.raises(ValueError, match="no state of GradientNormalizer"):
        normalizer.layer({}, x)


def test_the_layer_skips_what_overflowed_and_survives_a_cast():
    skipping = gan.StatefulModule(gan.GradientNormalizer(), skip_nonfinite=True)
    x = torch.ones(2, 3, requires_grad=True)
    skipping(x).sum().backward()
    last = skipping.square.clone()
    (float("inf") * skipping(x)).sum().backward()
    assert torch.equal(skipping.square, last)
    model = nn.Sequential(nn.Linear(3, 3), skipping).bfloat16()
    assert skipping.square.dtype == torch.float32
    out = model(torch.ones(2, 3, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16
    out.sum().backward()
    assert skipping.square > last
