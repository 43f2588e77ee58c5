"""What must hold for losses of vectors with labels, whatever the formula; and for the largest logits, `top_k`."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from adapters import ADAPTERS, PAIRED, RULES, VECTORS, draw
from ganloss_core import BatchLoss, Sides, names
from ganloss_core.backends import reference
from laws import PLAYERS, called, graded, in_numpy, law

EPS = np.finfo(np.float64).eps
LABELLED = ["acgan", "contragan_2c", "d2d_ce", "multi_hinge", "nplus1_ce"]
RANGED = ["acgan", "multi_hinge", "nplus1_ce"]
# A sum over others counts elements, or the sum of their weights.
COUNTING = ["contragan_2c", "cramer_gan", "d2d_ce", "mmd_rational_quadratic", "mmd_repulsive"]


@pytest.fixture(params=list(ADAPTERS))
def adapter(request):
    return replace(ADAPTERS[request.param], jit=True)


def same(a, b, size=64):
    """Equal up to the rounding of sums of `size` numbers of magnitude up to 10."""
    np.testing.assert_allclose(a, b, rtol=size * EPS, atol=10 * size * EPS)


# JAX compiles a loss for each shape, of which there are these two.
def plain(name):
    return draw(name, 6, fake_shape=(4,))


def to_be_weighted(name):
    return draw(name, 9, fake_shape=(6,))


@law(VECTORS, player=PLAYERS)
def test_permutation(adapter, name, player):
    real, fake, labels = plain(name)
    order = np.random.default_rng(1).permutation(len(real))
    other = order if name in PAIRED else np.random.default_rng(2).permutation(len(fake))
    loss = adapter.loss(name)
    value, g_real, g_fake = yield graded(loss, player, real, fake, **labels)
    moved = {"real_labels": labels["real_labels"][order], "fake_labels": labels["fake_labels"][other]}
    shuffled, s_real, s_fake = yield graded(loss, player, real[order], fake[other], **moved)
    same(shuffled, value)
    same(s_real, g_real[order])
    same(s_fake, g_fake[other])


@law(VECTORS, player=PLAYERS)
def test_a_mask_is_a_slice(adapter, name, player):
    real, fake, labels = to_be_weighted(name)
    keep = {"real": np.array([1, 0, 1, 1, 0, 1, 1, 0, 1], dtype=bool), "fake": np.array([0, 1, 1, 0, 1, 1], dtype=bool)}
    if name in PAIRED:
        keep["fake"] = keep["real"]
    loss = adapter.loss(name)
    sliced_labels = {f"{side}_labels": labels[f"{side}_labels"][k] for side, k in keep.items()}
    value, g_real, g_fake = yield graded(loss, player, real[keep["real"]], fake[keep["fake"]], **sliced_labels)
    # What is masked may be anything, also its label.
    real[~keep["real"]], fake[~keep["fake"]] = np.nan, np.inf
    for side, k in keep.items():
        labels[f"{side}_labels"][~k] = 255
    weights = {f"{side}_weight": k for side, k in keep.items()}
    masked, m_real, m_fake = yield graded(loss, player, real, fake, **weights, **labels)
    same(masked, value)
    for sliced, whole, k in ((g_real, m_real, keep["real"]), (g_fake, m_fake, keep["fake"])):
        same(whole[k], sliced)
        np.testing.assert_array_equal(whole[~k], 0.0)


@law(VECTORS, player=PLAYERS)
def test_an_integer_weight_is_repetition(adapter, name, player):
    real, fake, labels = to_be_weighted(name)
    w_real, w_fake = np.array([1, 0, 3, 0, 0, 2, 0, 0, 0]), np.array([2, 0, 1, 0, 0, 1])
    if name in PAIRED:
        w_real = w_fake = np.array([1, 0, 2, 0, 0, 1, 0, 0, 0])
    # A pair weighs the product of its two.
    in_pairs = getattr(RULES[name], player).paired
    times = (w_real**2, w_fake**2) if in_pairs else (w_real, w_fake)
    repeated = {key: np.repeat(y, t) for (key, y), t in zip(labels.items(), times, strict=True)}
    sides = [np.repeat(x, t, axis=0) for x, t in zip((real, fake), times, strict=True)]
    value, *_ = in_numpy(name, player, *sides, **repeated)
    weighted = yield called(adapter.loss(name), player, real, fake, real_weight=w_real, fake_weight=w_fake, **labels)
    same(float(weighted), value)


@law(VECTORS, player=PLAYERS)
def test_a_weight_on_one_side(adapter, name, player):
    real, fake, labels = plain(name)
    loss = adapter.loss(name)
    without = yield graded(loss, player, real, fake, **labels)
    for side, x in (("real", real), ("fake", fake)):
        ones = {f"{side}_weight": np.ones(len(x))}
        weighted = yield graded(loss, player, real, fake, **ones, **labels)
        for a, b in zip(weighted, without, strict=True):
            same(a, b)


@law([n for n in VECTORS if n not in COUNTING])
def test_the_scale_of_weights_does_not_matter(adapter, name):
    real, fake, labels = to_be_weighted(name)
    values = []
    for scale in (1.0, 1e-20):
        equal = {"real_weight": np.full(len(real), scale), "fake_weight": np.full(len(fake), scale)}
        value = yield called(adapter.loss(name), "discriminator", real, fake, **equal, **labels)
        values.append(float(value))
    same(*values)


@law(VECTORS, player=PLAYERS)
def test_any_shape_of_samples(adapter, name, player):
    real, fake, labels = plain(name)
    loss = adapter.loss(name)
    value, g_real, g_fake = yield graded(loss, player, real, fake, upstream=-0.25, **labels)
    dense = [x.reshape(-1, 1, 2, *x.shape[1:]) for x in (real, fake)]
    shaped = {key: y.reshape(-1, 1, 2) for key, y in labels.items()}
    again, d_real, d_fake = yield graded(loss, player, *dense, **shaped)
    same(again, value)
    same(-0.25 * d_real.reshape(real.shape), g_real)
    same(-0.25 * d_fake.reshape(fake.shape), g_fake)


@law(VECTORS, player=PLAYERS, weighted=[False, True])
def test_terms_per_sample_make_the_mean(adapter, name, player, weighted):
    real, fake, labels = draw(name, 3, 2, fake_shape=(2, 2))
    w_real = np.random.default_rng(4).integers(1, 5, real.shape[:2]) / 2.0
    w_fake = w_real[::-1].copy() if name in PAIRED else np.random.default_rng(5).integers(1, 5, fake.shape[:2]) / 2.0
    if not weighted:
        w_real, w_fake = np.ones_like(w_real), np.ones_like(w_fake)
    given = {**labels, **({"real_weight": w_real, "fake_weight": w_fake} if weighted else {})}
    mean, *_ = in_numpy(name, player, real, fake, **given)
    each = yield called(adapter.loss(name, reduction="none"), player, real, fake, **given)
    total = yield called(adapter.loss(name, reduction="sum"), player, real, fake, **given)
    assert each.batch is None
    pair = w_real * w_fake if name in PAIRED else np.outer(w_real, w_fake)
    sums = 0.0, 0.0
    for part, w in zip(each, (w_real, w_fake, pair), strict=False):
        if part is not None:
            assert tuple(part.shape) == w.shape
            sums = sums[0] + float(part.sum()) / w.sum(), sums[1] + float(part.sum())
    same(mean, sums[0])
    same(float(total), sums[1])


@pytest.mark.parametrize("name", ["acgan", "d2d_ce", "mmd_gaussian"])
def test_heads(adapter, name):
    drawn = [
        (adapter.array(r), adapter.array(f), {k: adapter._weight(y) for k, y in labels.items()})
        for r, f, labels in (draw(name, 4, seed=seed) for seed in (0, 1))
    ]
    loss = adapter.loss(name)
    each = [float(adapter.call(loss, "discriminator", r, f, **labels)) for r, f, labels in drawn]
    several = {key: [labels[key] for _, _, labels in drawn] for key in ("real_labels", "fake_labels")}
    value = adapter.call(loss, "discriminator", [r for r, _, _ in drawn], [f for _, f, _ in drawn], **several)
    same(float(value), sum(each) / 2)


@pytest.mark.parametrize("name", ["contragan_2c", "d2d_ce"])
def test_a_loss_of_one_side(adapter, name):
    real, _, labels = draw(name, 5)
    y = adapter._weight(labels["real_labels"])
    x = adapter.array(real)
    loss = adapter.loss(name)
    of_d = float(adapter.call(loss, "discriminator", x, None, real_labels=y))
    assert of_d == float(adapter.call(loss, "generator", None, x, fake_labels=y))
    # The other side is not looked at.
    nothing = adapter.array(np.full((2, 2, 9), np.nan))
    assert of_d == float(adapter.call(loss, "discriminator", x, nothing, real_labels=y))
    several = adapter.call(adapter.loss(name, heads="sum"), "discriminator", [x, x], None, real_labels=[y, y])
    same(float(several), 2 * of_d)


def test_labels_are_checked(adapter):
    for name in LABELLED:
        real, fake, labels = draw(name, 4)
        real, fake = adapter.array(real), adapter.array(fake)
        y = {key: adapter._weight(v) for key, v in labels.items()}
        loss = adapter.loss(name)
        with pytest.raises(TypeError, match=f"{name} needs real_labels: one integer for each sample"):
            loss.discriminator(real, fake)
        with pytest.raises(TypeError, match=f"{name} needs fake_labels: one integer for each sample"):
            loss.generator(fake)
        with pytest.raises(TypeError, match=r"real_labels must be an array of integers, got .*float"):
            loss.discriminator(real, fake, real_labels=adapter.array([0.0, 1.0, 0.0, 1.0]), fake_labels=y["fake_labels"])
        with pytest.raises(TypeError, match=r"real_labels must be an array of integers, got .*bool"):
            loss.discriminator(real, fake, real_labels=adapter._weight([True] * 4), fake_labels=y["fake_labels"])
        with pytest.raises(TypeError, match="real_labels must be an array of integers, got list"):
            loss.discriminator(real, fake, real_labels=[0, 1, 0, 1], fake_labels=y["fake_labels"])
        with pytest.raises(
            ValueError, match=r"one integer per sample, shape \(4,\), got \(3,\).*from \(N, C, H, W\) move axis 1"
        ):
            loss.discriminator(real, fake, real_labels=adapter._weight([0, 1, 0]), fake_labels=y["fake_labels"])
        with pytest.raises(ValueError, match=r"fake_labels must have one integer per sample"):
            loss.generator(fake, fake_labels=adapter._weight([[0], [1], [0], [1]]))


@pytest.mark.parametrize("name", RANGED)
def test_labels_out_of_range(name):
    real, fake, labels = draw(name, 4)
    labels = {key: np.minimum(y, 2) for key, y in labels.items()}
    classes = {"acgan": 4}.get(name, 3)
    in_torch, in_jax = (m.GANLoss(name).discriminator for m in (ganloss_torch, ganloss_jax))
    jitted, compiled = jax.jit(in_jax), None
    if name == "nplus1_ce":
        torch.compiler.reset()
        compiled = torch.compile(in_torch, backend="eager", fullgraph=True)
    for wrong in (-1, 4):
        labels["real_labels"][1] = wrong
        message = rf"{name}: real_labels must be in 0\.\.{classes - 1}, got .*{wrong}"
        t = [torch.tensor(x) for x in (real, fake, *labels.values())]
        with pytest.raises(ValueError, match=message):
            in_torch(t[0], t[1], real_labels=t[2], fake_labels=t[3])
        with pytest.raises(ValueError, match=message):
            in_jax(jnp.asarray(real), jnp.asarray(fake), **{k: jnp.asarray(y) for k, y in labels.items()})
        # Where it cannot be seen, it cannot be missed: neither by clipping nor as a row of zeros.
        assert compiled is None or compiled(t[0], t[1], real_labels=t[2], fake_labels=t[3]).isnan()
        assert torch.func.vmap(lambda y, t=t: in_torch(t[0], t[1], real_labels=y, fake_labels=t[3]))(t[2][None]).isnan().all()
        assert jnp.isnan(jitted(real, fake, **labels))


def test_what_takes_no_labels(adapter):
    x, y = adapter.array([1.0, 2.0]), adapter._weight([0, 1])
    with pytest.raises(TypeError, match="hinge takes no labels, got real_labels"):
        adapter.loss("hinge").discriminator(x, x, real_labels=y)
    with pytest.raises(TypeError, match="hinge takes no labels, got fake_labels"):
        adapter.loss("hinge").generator(x, fake_labels=y)


def test_shapes_of_vectors(adapter):
    a = lambda *shape: adapter.array(np.ones(shape))
    y = adapter._weight(np.zeros(4, dtype=int))
    with pytest.raises(ValueError, match=r"acgan needs for each sample a vector, shape \(batch, ..., length\): got fake"):
        adapter.loss("acgan").generator(a(4), fake_labels=y)
    with pytest.raises(ValueError, match=r"two vectors, .*its embedding and its proxy: got real logits of shape \(4, 3, 5\)"):
        adapter.loss("d2d_ce").discriminator(a(4, 3, 5), None, real_labels=y)
    with pytest.raises(ValueError, match="vectors of both sides must be equally long"):
        adapter.loss("mmd_gaussian").discriminator(a(4, 3), a(4, 2))
    with pytest.raises(ValueError, match=r"realness needs vectors of length 10, got real logits of shape \(4, 3\)"):
        adapter.loss("realness").discriminator(a(4, 3), a(4, 3))
    with pytest.raises(ValueError, match="realness pairs real_i with fake_i"):
        adapter.loss("realness").generator(a(3, 10), real=a(4, 10))
    adapter.call(adapter.loss("realness"), "discriminator", a(4, 10), a(3, 10))
    adapter.call(adapter.loss("realness", relativistic=False), "generator", None, a(3, 10))
    with pytest.raises(ValueError, match="mmd_repulsive needs at least 2 fake samples, got 1"):
        adapter.loss("mmd_repulsive").discriminator(a(4, 3), a(1, 3))
    with pytest.raises(ValueError, match="relativistic_average_lsgan_unbiased needs at least 2 real samples, got 1"):
        adapter.loss("ralsgan_unbiased").discriminator(a(1, 1), a(2, 1))
    with pytest.raises(ValueError, match=r"one number per sample, shape \(4,\), got shape \(4, 3\)"):
        adapter.loss("mmd_gaussian").discriminator(a(4, 3), a(4, 3), real_weight=a(4, 3))
    with pytest.raises(ValueError, match=r"real logits are empty|fake logits are empty"):
        adapter.loss("mmd_gaussian").discriminator(a(0, 3), a(4, 3))


def test_settings_that_make_no_sense(adapter):
    with pytest.raises(ValueError, match="looks at one side at a time"):
        adapter.loss("d2d_ce", generator="saturating")
    with pytest.raises(ValueError, match="the linear generator is minus a logit"):
        adapter.loss("acgan", generator="linear")
    with pytest.raises(ValueError, match="real_anchor must be probabilities that sum to 1"):
        adapter.loss("realness", real_anchor=(0.5, 0.4), fake_anchor=(0.5, 0.5))
    with pytest.raises(ValueError, match="both anchors need as many outcomes, got 2 and 10"):
        adapter.loss("realness", real_anchor=(0.5, 0.5))
    with pytest.raises(ValueError, match=r"positive_margin must be a cosine, in -1\.\.1, got 5\.0"):
        adapter.loss("d2d_ce", positive_margin=5.0)
    with pytest.raises(TypeError, match=r"bandwidths must be a tuple of numbers, got 1\.0"):
        adapter.loss("mmd_gaussian", bandwidths=1.0)
    with pytest.raises(TypeError, match=r"bandwidths\[1\] must be a Python float"):
        adapter.loss("mmd_gaussian", bandwidths=(1.0, "2"))
    assert adapter.loss("mmd_gaussian", bandwidths=[1, 2]).hyperparameters["bandwidths"] == (1.0, 2.0)


def test_hyperparameters_out_of_range(adapter):
    for name, given in {
        "multi_hinge": {"margin": 0.0},
        "d2d_ce": {"temperature": 0.0},
        "contragan_2c": {"temperature": -1.0},
        "kl_wgan": {"temperature": 0.0},
        "tprls": {"tau": 0.0},
        "mmd_gaussian": {"bandwidths": (1.0, 0.0)},
        "mmd_rational_quadratic": {"alphas": (-1.0,)},
        "mmd_repulsive": {"sigma": 0.0},
    }.items():
        (key,) = given
        with pytest.raises(ValueError, match=f"{name}: {key} must be positive, got"):
            adapter.loss(name, **given)


def test_alpha_at_its_limits(adapter):
    for alpha in (0.0, 1.0):
        with pytest.raises(ValueError, match=f"alpha cannot be {alpha:g}, where the divergence is that of fgan"):
            adapter.loss("fgan_alpha", alpha=alpha)


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_largest_scores_share_a_tie(adapter, dtype):
    if adapter.name == "numpy" and dtype == "bfloat16":
        dtype = "float32"
    scores, label = np.array([[0.5, 2.0, 2.0, -1.0]]), np.array([0])
    loss = adapter.loss("multi_hinge")
    value, _, gradient = adapter.value_and_grad(loss, "generator", scores, scores, dtype=dtype, fake_labels=label)
    assert value == 2.5
    np.testing.assert_array_equal(gradient, [[-1.0, 0.5, 0.5, 0.0]])
    # At the margin the derivative is 0.
    value, _, gradient = adapter.value_and_grad(loss, "generator", scores, scores - [[-2.5, 0, 0, 0]], fake_labels=label)
    assert value == 0.0
    np.testing.assert_array_equal(gradient, np.zeros((1, 4)))


def test_large_labels_are_told_apart(adapter):
    # As float32, the last two would be one.
    real, _, _ = draw("d2d_ce", 4)
    large, small = np.array([0, 2**24, 2**24 + 1, 0]), np.array([0, 1, 2, 0])
    for name in ("contragan_2c", "d2d_ce"):
        loss = adapter.loss(name)
        values = [
            float(adapter.call(loss, "generator", None, adapter.array(real, "float32"), fake_labels=adapter._weight(y)))
            for y in (large, small)
        ]
        assert values[0] == values[1]


@pytest.mark.parametrize("name", ["acgan", "contragan_2c", "kl_wgan"])
def test_a_trace_depends_on_no_number(name):
    from torch.fx.experimental.proxy_tensor import make_fx

    (fake, y), (other, other_y) = (
        (torch.tensor(f), {k: torch.tensor(v) for k, v in labels.items() if k == "fake_labels"})
        for _, f, labels in (draw(name, 5, seed=0), draw(name, 5, seed=1))
    )
    loss = ganloss_torch.GANLoss(name).generator
    traced = make_fx(lambda f, y: torch.func.grad_and_value(lambda f: loss(f, **y))(f))(fake, y)
    expected = torch.func.grad_and_value(lambda f: loss(f, **other_y))(other)
    for got, true in zip(traced(other, other_y), expected, strict=True):
        same(got, true)
    same(make_fx(lambda f, y: loss(f, **y))(fake, y)(other, other_y), loss(other, **other_y))


def test_labels_that_a_jitted_function_closes_over():
    # Constants: they are checked while it is traced.
    _, fake, _ = draw("acgan", 3)
    loss = ganloss_jax.GANLoss("acgan").generator
    y = jnp.arange(3)
    in_numpy = ADAPTERS["numpy"].loss("acgan").generator(fake, fake_labels=np.arange(3))
    same(jax.jit(lambda f: loss(f, fake_labels=y))(fake), in_numpy)
    y = y + 2
    with pytest.raises(ValueError, match=r"acgan: fake_labels must be in 0\.\.3, got 2\.\.4"):
        jax.jit(lambda f: loss(f, fake_labels=y))(fake)


@pytest.mark.parametrize("name", ["contragan_2c", "d2d_ce"])
def test_a_vector_of_length_0(adapter, name):
    real, fake, labels = draw(name, 4)
    fake[0] = 0.0
    value, _, gradient = adapter.value_and_grad(adapter.loss(name), "generator", real, fake, **labels)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    # The mean of what is not masked is 0 here.
    fake[0], fake[1], keep = 1.0, -1.0, np.array([True, True, False, False])
    weighted = {"fake_weight": keep, "real_weight": keep}
    value, _, gradient = adapter.value_and_grad(adapter.loss(name), "generator", real, fake, **weighted, **labels)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_a_class_that_is_switched_off(adapter):
    for name in ("acgan", "multi_hinge"):
        scores = np.array([[0.0, 1.0, -np.inf, 0.5]])
        loss, y = adapter.loss(name), np.array([1])
        value, _, gradient = adapter.value_and_grad(loss, "generator", scores, scores, fake_labels=y)
        kept = scores[:, [0, 1, 3]]
        true, _, of_kept = adapter.value_and_grad(loss, "generator", kept, kept, fake_labels=y)
        same(value, true)
        same(gradient[:, [0, 1, 3]], of_kept)
        assert gradient[0, 2] == 0.0


def test_a_single_score(adapter):
    for name in ("multi_hinge", "nplus1_ce"):
        with pytest.raises(ValueError, match=f"{name} needs scores of at least 2 classes"):
            adapter.loss(name).generator(adapter.array([[1.0]]), fake_labels=adapter._weight([0]))


def test_no_other_label_is_no_loss(adapter):
    real, fake, _ = draw("d2d_ce", 4)
    labels = {"real_labels": np.zeros(4, dtype=int), "fake_labels": np.zeros(4, dtype=int)}
    for name in ("d2d_ce", "contragan_2c"):
        value, g_real, _ = adapter.value_and_grad(adapter.loss(name), "discriminator", real, fake, **labels)
        assert value == 0.0
        np.testing.assert_array_equal(g_real, 0.0)


def test_tprls_without_anything_below_the_median(adapter):
    for n in (1, 4):
        value, *gradient = adapter.value_and_grad(adapter.loss("tprls"), "discriminator", np.ones(n), np.zeros(n))
        assert value == 0.0
        np.testing.assert_array_equal(gradient, 0.0)


@law(["tprls"], dtype=["float32", "float64"], n=[2, 3, 6, 9, 10, 28])
def test_equal_weights_have_the_same_median(adapter, name, dtype, n):
    real, fake = np.random.default_rng(n).normal(size=(2, n)).astype(dtype)
    loss = adapter.loss(name, tau=100.0)
    without = reference.discriminator_loss(name, real, fake, tau=100.0)
    for weight in (0.1, 0.3, 1 / 3):
        w = np.full(n, weight, dtype)
        value = yield called(loss, "discriminator", real, fake, real_weight=w, fake_weight=w)
        # Two sums of 28 squares; d is rounded before and after the median is taken away, which loses a digit or so.
        np.testing.assert_allclose(float(value), without, rtol=64 * np.finfo(dtype).eps)


def test_the_median_is_shared_among_equals(adapter):
    # d = 0, 1, 1, 5: the lower median 1 is twice there, L = (0 - 1)^2, and dL/dm = 2.
    real, fake = np.array([1.0, 0.0, 5.0, 1.0]), np.zeros(4)
    value, g_real, g_fake = adapter.value_and_grad(adapter.loss("tprls", tau=9.0), "discriminator", real, fake)
    assert value == 1.0
    np.testing.assert_array_equal(g_real, [1.0, -2.0, 0.0, 1.0])
    np.testing.assert_array_equal(g_fake, -g_real)


TOP = ["logistic", "hinge", "lsgan", "fgan_kl", "ebgan"]


@law(TOP)
def test_top_k_is_a_slice(adapter, name):
    fake = np.random.default_rng(3).normal(size=9)
    kept = np.sort(np.argsort(fake)[-4:])
    value, _, gradient = yield graded(adapter.loss(name), "generator", fake, fake[kept])
    of_top, _, of_all = yield graded(adapter.loss(name, top_k=4), "generator", fake, fake)
    same(of_top, value)
    same(of_all[kept], gradient)
    assert np.count_nonzero(of_all) == np.count_nonzero(gradient)


def test_top_k_of_a_tie(adapter):
    fake = np.array([1.0, 3.0, 1.0, 0.0])
    value, _, gradient = adapter.value_and_grad(adapter.loss("hinge", top_k=2), "generator", fake, fake)
    assert value == -2.0
    np.testing.assert_array_equal(gradient, [-0.25, -0.5, -0.25, 0.0])


@law(["lsgan", "minimax"], k=[1, 2, 4, 20])
def test_top_k_with_weights_and_more_than_there_are(adapter, name, k):
    fake, weight = np.array([1.0, np.nan, 3.0, 0.0]), np.array([2, 0, 1, 5])
    repeated = np.array([1.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    loss = adapter.loss(name, top_k=k)
    of_weighted = yield called(loss, "generator", None, fake, fake_weight=weight)
    of_repeated = yield called(loss, "generator", None, repeated)
    same(float(of_weighted), float(of_repeated))
    if k > len(repeated):
        of_all = yield called(adapter.loss(name), "generator", None, repeated)
        same(float(of_repeated), float(of_all))
    # A NaN is not among the largest by chance.
    with_nan = yield called(loss, "generator", None, fake)
    assert np.isnan(float(with_nan))


def test_top_k_is_the_generators_alone(adapter):
    x = adapter.array([1.0, 2.0, 3.0])
    with_k, without = adapter.loss("hinge", top_k=1), adapter.loss("hinge")
    of_d = [float(adapter.call(loss, "discriminator", x, x)) for loss in (with_k, without)]
    assert of_d[0] == of_d[1]
    assert float(with_k(x, True)) == -3.0
    each = adapter.call(adapter.loss("hinge", top_k=1, reduction="none"), "generator", None, x)
    np.testing.assert_array_equal(each.fake, [0.0, 0.0, -3.0])
    assert "top_k=1" in repr(with_k)
    assert float(adapter.module.generator_loss("hinge", x, top_k=2)) == -2.5
    for wrong in (0, 1.5, True, "2"):
        with pytest.raises(ValueError, match="top_k must be how many of the largest fake logits count, 1 or more, got"):
            adapter.loss("hinge", top_k=wrong)
    for name in ("rpgan", "kl_wgan", "acgan"):
        with pytest.raises(ValueError, match="top_k is for losses that are a term for each logit, which"):
            adapter.loss(name, top_k=2)


def test_what_top_k_leaves_out_is_not_looked_at(adapter):
    for name in ("fgan_reverse_kl", "fgan_neyman", "logistic"):
        fake = np.array([-2000.0, 1.0, 2.0, 0.5])
        value, _, gradient = adapter.value_and_grad(adapter.loss(name, top_k=2), "generator", fake, fake)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
        assert gradient[0] == 0.0


def test_top_k_of_nothing(adapter):
    fake, none = adapter.array([1.0, 2.0]), adapter._weight(np.zeros(2))
    assert float(adapter.call(adapter.loss("hinge", top_k=1), "generator", None, fake, fake_weight=none)) == 0.0


def test_top_k_compiles():
    torch.compiler.reset()
    x = torch.randn(7)
    loss = ganloss_torch.GANLoss("logistic", top_k=3).generator
    torch.testing.assert_close(torch.compile(loss, backend="eager", fullgraph=True)(x), loss(x))
    batch = np.random.default_rng(0).normal(size=(4, 7))
    in_jax, in_numpy = (ADAPTERS[name].loss("logistic", top_k=3).generator for name in ("jax", "numpy"))
    np.testing.assert_allclose(jax.jit(jax.vmap(in_jax))(batch), [in_numpy(row) for row in batch], rtol=16 * EPS)


def test_a_function_of_the_whole_batch_has_only_a_mean(adapter):
    for reduction in ("sum", "none"):
        x = adapter.array([1.0, 2.0])
        with pytest.raises(ValueError, match=r"softmax_gan is a function of the whole batch.*use reduction='mean'"):
            adapter.call(adapter.loss("softmax_gan", reduction=reduction), "discriminator", x, x)


def test_a_loss_of_vectors_of_your_own(adapter):
    def moment_matching(ops):
        """|E r - E f|^2, by mean over samples of vectors."""
        gap = lambda r, f, E: E.sum(ops.square(E.real(r, 0) - E.fake(f, 0)))
        return BatchLoss(
            discriminator=lambda r, f, E: Sides(batch=-gap(r, f, E)), generator="saturating", sample="vector", constant=1.0
        )

    draw_ = np.random.default_rng(0)
    real, fake = draw_.normal(size=(5, 3)), draw_.normal(size=(4, 3))
    value, _, gradient = adapter.value_and_grad(adapter.loss(moment_matching), "generator", real, fake)
    gap = fake.mean(0) - real.mean(0)
    same(value, (gap**2).sum())
    same(gradient, np.tile(2 * gap / 4, (4, 1)))


def test_a_batch_loss_is_checked_when_it_is_made():
    with pytest.raises(TypeError, match="discriminator must be a function, got str"):
        BatchLoss(discriminator="hinge")
    with pytest.raises(ValueError, match=r"generator must be 'nonsaturating'.*or a function of"):
        BatchLoss(discriminator=lambda r, f, E: Sides(), generator="other")


def test_no_loss_copies_anothers_formula():
    seen = {}
    # At its default, its limit, the tunable loss is the logistic one.
    for name in [n for n in names() if n != "alpha_gan"]:
        real, fake, labels = draw(name, 4, seed=5)
        # Beyond where `smile` is clipped.
        real, fake = 6.0 * real, 6.0 * fake
        y = {key: torch.tensor(v) for key, v in labels.items()}
        loss, r, f = ganloss_torch.GANLoss(name), torch.tensor(real), torch.tensor(fake)
        values = tuple(round(float(v), 9) for v in (loss.discriminator(r, f, **y), loss.generator(f, real=r, **y)))
        key = (real.shape, values)
        assert key not in seen, f"{name} is {seen[key]}"
        seen[key] = name
