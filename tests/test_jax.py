"""What JAX users rely on."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import ganloss_jax as gan
from adapters import ONE_OF_EACH, _call, draw
from ganloss_core import Loss, names, register, unregister
from laws import PLAYERS, in_numpy

EPS = np.finfo(float).eps


def mine(ops, *, slope: float = 2.0):
    """A loss of the user's own."""
    return Loss(real=lambda t: ops.softplus(-slope * t), fake=lambda t: ops.softplus(slope * t))


HALF = ("float16", "bfloat16")
LOSSES = [*names(), mine]


def logits(*shape, seed=0, dtype=jnp.float64):
    return tuple(jnp.asarray(np.random.default_rng(seed + i).normal(size=shape), dtype) for i in range(2))


def test_a_loss_is_immutable():
    loss = gan.GANLoss("hinge")
    with pytest.raises(AttributeError, match="immutable"):
        loss.generator = None
    with pytest.raises(AttributeError, match="immutable"):
        del loss.discriminator


@pytest.mark.parametrize("name", LOSSES)
def test_inside_and_outside_transforms(name):
    real, fake, labels = draw(name, 4, 3) if name in names() else draw("hinge", 4, 3)
    loss = gan.GANLoss(name)

    def step(real, fake, labels):
        return loss.discriminator(real, fake, **labels) + loss.generator(fake, real=real, **labels)

    # In what JAX compiles, one that is made outside of it is in test_second_derivatives_of_losses.
    def step_making_its_own(real, fake, labels):
        of_d = gan.GANLoss(name).discriminator(real, fake, **labels)
        return of_d + gan.generator_loss(name, fake, real=real, **labels)

    rows = [(real[i], fake[i], {key: y[i] for key, y in labels.items()}) for i in range(4)]
    of_rows = [[in_numpy(name, player, r, f, **y) for player in PLAYERS] for r, f, y in rows]
    sums = [[of_d + of_g for of_d, of_g in zip(*of_row, strict=True)] for of_row in of_rows]
    expected = [np.stack(parts) for parts in zip(*sums, strict=True)]
    graded, graded_making_its_own = (jax.value_and_grad(made, (0, 1)) for made in (step, step_making_its_own))
    jitted = jax.jit(jax.vmap(graded_making_its_own))(real, fake, labels)
    eager = graded(*rows[0])
    for values, gradients in (jitted, jax.tree.map(lambda x: np.asarray(x)[None], eager)):
        # Sums of at most 30 terms in another order.
        np.testing.assert_allclose(values, expected[0][: len(values)], rtol=32 * EPS)
        for a, b in zip(gradients, expected[1:], strict=True):
            # Gradients are sums of terms below 1 that may cancel; of bnre, whose strength is 100, below 8.
            np.testing.assert_allclose(a, b[: len(a)], rtol=0, atol=8 * EPS * (8 if name == "bnre" else 1))


def test_as_an_argument():
    real, fake = logits(5)
    hinge = gan.GANLoss("hinge")
    dynamic = jax.jit(lambda loss, r, f: loss.discriminator(r, f))
    static = jax.jit(lambda loss, r, f: loss.discriminator(r, f), static_argnums=0)
    assert dynamic(hinge, real, fake) == static(hinge, real, fake) == hinge.discriminator(real, fake)
    np.testing.assert_allclose(
        dynamic(gan.GANLoss("lsgan"), real, fake), gan.discriminator_loss("lsgan", real, fake), rtol=8 * EPS
    )
    assert jax.tree.leaves({"loss": hinge, "x": 1.0}) == [1.0]


@pytest.mark.parametrize(
    "chosen", [sorted(ONE_OF_EACH), pytest.param(names(), marks=pytest.mark.long)], ids=["kinds", "every loss"]
)
def test_half_precision_is_computed_in_float32(chosen):
    # Numbers that both types have.
    drawn = {name: draw(name, 16) for name in chosen}
    drawn = {
        name: (*(np.float32(x.astype("float16").astype(jnp.bfloat16)) for x in sides), y) for name, (*sides, y) in drawn.items()
    }

    @jax.jit
    def narrow_and_wide(inputs):
        found = {}
        for name, (real, fake, labels) in inputs.items():
            loss = gan.GANLoss(name).discriminator
            narrow = [jax.value_and_grad(loss, (0, 1))(real.astype(t), fake.astype(t), **labels) for t in HALF]
            found[name] = narrow, loss(real, fake, **labels)
        return found

    for name, (narrow, wide) in narrow_and_wide(drawn).items():
        for dtype, (value, grads) in zip(HALF, narrow, strict=True):
            assert value.dtype == jnp.float32, (name, dtype)
            assert {g.dtype for g in grads} == {jnp.dtype(dtype)}, (name, dtype)
            # A value on the way to a gradient may be rounded in another order.
            np.testing.assert_allclose(value, wide, rtol=4 * 2.0**-23, err_msg=f"{name}, {dtype}")


def test_numpy_arrays_are_welcome():
    x = np.linspace(-1, 1, 5)
    assert isinstance(gan.discriminator_loss("hinge", x, x), jax.Array)
    with pytest.raises(TypeError, match="floating point, got int64"):
        gan.discriminator_loss("hinge", np.arange(3), x)


@pytest.mark.parametrize("name", names())
def test_second_derivatives_of_losses(name):
    loss = gan.GANLoss(name)
    # Away from kinks, at which a difference quotient means nothing.
    real, fake, labels = draw(name, 3, seed=7)
    x, (u, v) = (real, fake), (draw(name, 3, seed=seed)[:2] for seed in (8, 9))
    # With a factor, that errors of one cannot be those of the other; where it has the discriminator's formula, not at all.
    factors = {"discriminator": 1.0, **({} if name in ("contragan_2c", "mmd_gaussian") else {"generator": 0.7})}

    def both_players(x):
        return sum(factor * _call(loss, player, *x, labels) for player, factor in factors.items())

    def along(x, by):
        return jax.jvp(both_players, (x,), (by,))[1]

    def dot(x, y):
        return sum((a * b).sum() for a, b in zip(x, y, strict=True))

    @jax.jit
    def orders(x):
        gradient = jax.grad(both_players)
        # Forward and reverse, each over each.
        second = [jax.jvp(gradient, (x,), (u,))[1], jax.grad(lambda x: dot(gradient(x), u))(x), jax.grad(along)(x, u)]
        first, twice_forward = jax.jvp(lambda x: along(x, u), (x,), (v,))
        return first, second, twice_forward

    def value_and_gradient(*x):
        of_players = [[factor * part for part in in_numpy(name, player, *x, **labels)] for player, factor in factors.items()]
        return [sum(parts) for parts in zip(*of_players, strict=True)]

    step = 1e-4
    after, before = (value_and_gradient(*(a + way * b for a, b in zip(x, u, strict=True))) for way in (step, -step))
    slope, *curvature = [(a - b) / (2 * step) for a, b in zip(after, before, strict=True)]
    first, second, twice_forward = orders(x)
    # A central difference of step h errs by h^2 times a third derivative, which is below 100 here.
    close = partial(np.testing.assert_allclose, rtol=100 * step**2, atol=100 * step**2)
    if name != "smile":  # which has the value of one bound, and the gradient of another
        close(first, slope)
    for got in second:
        for a, b in zip(got, curvature, strict=True):
            close(a, b)
    close(twice_forward, dot(curvature, v))


def test_all_pairs_go_through_in_slices(monkeypatch):
    real, fake = logits(37)
    fake = fake[:23]
    loss = gan.GANLoss("rpgan_mvue").discriminator

    def second(r, f):
        return sum(jnp.square(g).sum() for g in jax.grad(loss, (0, 1))(r, f))

    orders = [jax.value_and_grad(loss, (0, 1)), jax.grad(second, (0, 1))]
    both = lambda r, f: [order(r, f) for order in orders]
    whole = jax.jit(both)(real, fake)
    monkeypatch.setattr("ganloss_core.engine.expectation.PAIRS_AT_ONCE", 100)
    # Another function: JAX has compiled the one that it knows.
    for sliced in (orders[0](real, fake), jax.jit(lambda *args: both(*args))(real, fake)):
        for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(sliced), strict=False):
            # Other orders of summing 37 and 23 terms, of second derivatives too, whose parts are below 1 / 37.
            np.testing.assert_allclose(b, a, rtol=60 * EPS, atol=60 * EPS / 37)


def test_large_all_pairs_need_little_memory():
    n = 20_000
    x = jax.ShapeDtypeStruct((n,), jnp.float32)
    for name in ("rplsgan_mvue", "rphinge_mvue", "rpgan_mvue"):
        compiled = jax.jit(jax.grad(gan.GANLoss(name).discriminator, (0, 1))).lower(x, x).compile()
        # All pairs at once would be 1.6 GB for each of several intermediates; a slice is 64 MB.
        assert compiled.memory_analysis().temp_size_in_bytes < 320 * 2**20


def test_a_name_registered_anew_is_another_loss_to_jit():
    step = jax.jit(lambda loss, x: loss.generator(x))
    values = []
    for slope in (1.0, 100.0):
        register(name="jitted_anew")(_sloped(slope))
        values.append(float(step(gan.GANLoss("jitted_anew"), jnp.ones(2))))
        unregister("jitted_anew")
    assert values == [1.0, 100.0]


def _sloped(slope):
    return lambda ops: Loss(real=lambda t: slope * t, fake=lambda t: t)


def of_a_batch(given):
    """Losses and their gradients by both sides."""
    found = {}
    for name, (real, fake, weights_and_labels) in given.items():
        found[name] = jax.value_and_grad(partial(gan.discriminator_loss, name, **weights_and_labels), (0, 1))(real, fake)
    return found


def batches():
    def of_both(*shape):
        return tuple(np.random.default_rng(i).normal(size=(8, *shape)).astype(np.float32) for i in range(2))

    given = {name: (*of_both(1), {}) for name in ("hinge", "ralsgan", "rplsgan_mvue", "rphinge_mvue", "rpgan_mvue")}
    keep = np.arange(8) != 2
    for name, shape in {"contragan_2c": (2, 3), "mmd_gaussian": (3,), "nplus1_ce": (4,), "multi_hinge": (4,)}.items():
        labels = {} if name == "mmd_gaussian" else {"real_labels": np.arange(8) % 3}
        given[name] = *of_both(*shape), {"real_weight": keep, "fake_weight": keep, **labels}
    return given


@pytest.mark.parametrize("axes", [AxisType.Auto, AxisType.Explicit])
def test_sharded_logits_give_the_global_loss(axes):
    mesh = jax.make_mesh((4,), ("x",), axis_types=(axes,))
    placed = jax.device_put(batches(), NamedSharding(mesh, P("x")))
    got = jax.device_get(jax.jit(of_a_batch)(placed))
    for name, (real, fake, given) in batches().items():
        expected = in_numpy(name, "discriminator", real, fake, **given)
        for a, b in zip(expected, jax.tree.leaves(got[name]), strict=True):
            np.testing.assert_allclose(b, a, rtol=0, atol=16 * np.finfo(np.float32).eps, err_msg=name)
    # The arrays know their mesh: no context is needed, and one does no harm.
    with jax.set_mesh(mesh):
        again = jax.device_get(jax.jit(of_a_batch)({"rpgan_mvue": placed["rpgan_mvue"]}))
    jax.tree.map(np.testing.assert_array_equal, again["rpgan_mvue"], got["rpgan_mvue"])


def test_numpy_arrays_are_arrays_everywhere():
    # Older JAX differentiates NumPy arrays as they are, without an abstract value.
    for name in ("reshape", "hold", "max", "mean", "sum"):
        function = getattr(gan.backend, name)
        x = np.arange(3.0)
        np.testing.assert_array_equal(*(function(v, (3, 1)) if name == "reshape" else function(v) for v in (x, jnp.asarray(x))))


@pytest.mark.parametrize("rng", [None, 3])
def test_a_key_is_no_number(rng):
    x = jnp.ones((2, 3))
    with pytest.raises(TypeError, match=r"give rng=jax.random.key\(...\), .*; got (NoneType|int)"):
        gan.wgan_gp(gan.observe(lambda x: x.sum(1), real=x, fake=x), 10.0, rng=rng)
