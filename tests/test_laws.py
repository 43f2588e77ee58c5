"""What must hold whatever the formula: symmetries, weights, masks, reductions, heads, upstream gradients."""

from dataclasses import replace

import numpy as np
import pytest

from adapters import LOGITS, PAIRED, RULES, SEPARABLE, UNWEIGHTED
from ganloss_core import Loss, Sides, all_pairs, average
from ganloss_core.backends import reference
from laws import PLAYERS, called, graded, in_numpy, law

EPS = np.finfo(np.float64).eps


ALL_PAIRS = [n for n in LOGITS if RULES[n].all_pairs]
# Without terms per element, for one player or both.
WHOLE = [
    "bnre", "donsker_varadhan", "fisher", "relativistic_average_lsgan_unbiased", "relativistic_centered_lsgan_unbiased",
    "smile", "softmax_gan", "tprls",
]  # fmt: skip
# A sum in the formula counts elements, or the sum of their weights.
COUNTING = [
    "contrastive", "dual_contrastive", "relativistic_average_lsgan_unbiased", "relativistic_centered_lsgan_unbiased",
    "softmax_gan",
]  # fmt: skip
# Not separable, but no logit is compared with the other side's.
APART = ["contrastive", "donsker_varadhan", "kl_wgan", "smile"]
WEIGHTED = [n for n in LOGITS if n not in UNWEIGHTED]


# JAX compiles each operation for each shape: there are these two, of which the second has weights.
PLAIN, WEIGHTED_ONES = (6, 4), (9, 6)


def logits(name, n=PLAIN[0], m=PLAIN[1], seed=0):
    draw = np.random.default_rng(seed + len(name))
    # Quarters: sums and differences of a few are exact, kinks are hit.
    return draw.integers(-12, 13, n) / 4.0, draw.integers(-12, 13, n if name in PAIRED else m) / 4.0


def same(a, b, size=16):
    """Equal up to the rounding of sums of `size` numbers of magnitude up to 100."""
    np.testing.assert_allclose(a, b, rtol=size * EPS, atol=100 * size * EPS)


@law(LOGITS, player=PLAYERS)
def test_permutation(adapter, name, player):
    real, fake = logits(name)
    order = np.random.default_rng(1).permutation(len(real))
    other = order if name in PAIRED else np.random.default_rng(2).permutation(len(fake))
    loss = adapter.loss(name)
    value, g_real, g_fake = yield graded(loss, player, real, fake)
    shuffled, s_real, s_fake = yield graded(loss, player, real[order], fake[other])
    same(shuffled, value)
    same(s_real, g_real[order])
    same(s_fake, g_fake[other])


@law([n for n in LOGITS if n.startswith("relativistic")], player=PLAYERS)
def test_relativistic_losses_ignore_a_common_shift(adapter, name, player):
    real, fake = logits(name)
    loss = adapter.loss(name)
    at_0 = yield graded(loss, player, real, fake)
    at_8 = yield graded(loss, player, real + 8.0, fake + 8.0)
    for a, b in zip(at_0, at_8, strict=True):
        same(a, b)


@law(SEPARABLE)
def test_a_saturating_generator_plays_a_zero_sum_game(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="saturating")
    _, _, g_d = yield graded(loss, "discriminator", real, fake)
    value_g, _, g_g = yield graded(loss, "generator", real, fake)
    same(g_g, -g_d)
    terms = yield called(loss, "discriminator_terms", real, fake)
    same(value_g, -float(terms.fake))


def test_minimax_is_zero_sum():
    real, fake = logits("minimax")
    _, d = reference.value_and_grad("minimax", real, fake)
    _, g = reference.value_and_grad("minimax", real, fake, player="generator")
    np.testing.assert_array_equal(d.fake, -g.fake)


@law([n for n in LOGITS if n not in SEPARABLE])
def test_a_coupled_saturating_generator_plays_a_zero_sum_game(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="saturating")
    d, *of_d = in_numpy(name, "discriminator", real, fake)
    g, *of_g = yield graded(loss, "generator", real, fake)
    same(d, -g)
    for a, b in zip(of_d, of_g, strict=True):
        same(a, -b)


@law(LOGITS)
def test_a_linear_generator_is_minus_the_mean(adapter, name):
    real, fake = logits(name)
    value, _, gradient = yield graded(adapter.loss(name, generator="linear"), "generator", real, fake)
    same(value, -fake.mean())
    np.testing.assert_array_equal(gradient, np.full(len(fake), -1.0 / len(fake)))


@law(SEPARABLE)
def test_a_nonsaturating_generator_minimises_the_real_term(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="nonsaturating")
    value, _, gradient = yield graded(loss, "generator", real, fake)
    _, g_real, _ = yield graded(loss, "discriminator", fake, real)
    terms = yield called(loss, "discriminator_terms", fake, real)
    same(value, float(terms.real))
    same(gradient, g_real)


@law([n for n in LOGITS if n.startswith("relativistic")])
def test_the_relativistic_generator_swaps_the_sides(adapter, name):
    real, fake = logits(name)
    g = yield graded(adapter.loss(name), "generator", real, fake)
    d, d_real, d_fake = in_numpy(name, "discriminator", fake, real)
    for a, b in zip(g, (d, d_fake, d_real), strict=True):
        same(a, b)


@law(LOGITS, player=PLAYERS)
def test_the_upstream_gradient_multiplies(adapter, name, player):
    real, fake = logits(name)
    loss = adapter.loss(name)
    value, *gradient = yield graded(loss, player, real, fake)
    again, *scaled = yield graded(loss, player, real, fake, upstream=-0.25)
    same(again, value)
    for a, b in zip(gradient, scaled, strict=True):
        np.testing.assert_array_equal(-0.25 * a, b)


@law(WEIGHTED, player=PLAYERS)
def test_a_mask_is_a_slice(adapter, name, player):
    real, fake = logits(name, *WEIGHTED_ONES)
    keep_real = np.array([1, 0, 1, 1, 0, 1, 1, 0, 1], dtype=bool)
    keep_fake = keep_real if name in PAIRED else np.array([0, 1, 1, 0, 1, 1], dtype=bool)
    loss = adapter.loss(name)
    value, g_real, g_fake = yield graded(loss, player, real[keep_real], fake[keep_fake])
    # What is masked may be anything.
    real, fake = np.where(keep_real, real, np.nan), np.where(keep_fake, fake, np.inf)
    weights = {"real_weight": keep_real, "fake_weight": keep_fake}
    masked, m_real, m_fake = yield graded(loss, player, real, fake, **weights)
    same(masked, value)
    for sliced, whole, keep in ((g_real, m_real, keep_real), (g_fake, m_fake, keep_fake)):
        same(whole[keep], sliced)
        np.testing.assert_array_equal(whole[~keep], 0.0)


@law(WEIGHTED, player=PLAYERS)
def test_an_integer_weight_is_repetition(adapter, name, player):
    real, fake = logits(name, *WEIGHTED_ONES)
    w_real = np.array([1, 0, 3, 0, 0, 2, 0, 0, 0])
    w_fake = np.array([2, 0, 1, 0, 0, 1])
    if name in PAIRED:
        w_real = w_fake = np.array([1, 0, 2, 0, 0, 1, 0, 0, 0])
    # A pair weighs the product of its two.
    times = (w_real**2, w_fake**2) if name in PAIRED else (w_real, w_fake)
    value, *_ = in_numpy(name, player, np.repeat(real, times[0]), np.repeat(fake, times[1]))
    weighted = yield called(adapter.loss(name), player, real, fake, real_weight=w_real, fake_weight=w_fake)
    same(float(weighted), value)


@law([n for n in WEIGHTED if n not in APART])
def test_a_side_without_weight(adapter, name):
    real, fake = logits(name, *WEIGHTED_ONES)
    none = {"real_weight": np.zeros(len(real))}
    value, g_real, g_fake = yield graded(adapter.loss(name), "discriminator", real, fake, **none)
    if name in SEPARABLE:
        same(value, reference.GANLoss(name).discriminator_terms(real, fake).fake)
        np.testing.assert_array_equal(g_real, 0.0)
        assert np.isfinite(g_fake).all()
    else:
        assert np.isnan(value)


def _weights(name, real, fake):
    """Of two samples in a pair different ones; and of what each part of the terms is a mean: its shape, and sum of weights."""
    draw = np.random.default_rng(3)
    w_real, w_fake = (draw.integers(1, 5, len(x)) / 2.0 for x in (real, fake))
    weights = {"real_weight": w_real, "fake_weight": w_fake}
    return weights, _counts(name, w_real, w_fake)


def _counts(name, w_real, w_fake):
    if name in PAIRED:
        # What counts is a pair, in a part on one side too.
        return dict.fromkeys(("real", "fake", "pair"), (w_real.shape, (w_real * w_fake).sum()))
    of_pairs = (*w_real.shape, *w_fake.shape), w_real.sum() * w_fake.sum()
    return {"real": (w_real.shape, w_real.sum()), "fake": (w_fake.shape, w_fake.sum()), "pair": of_pairs}


@law([n for n in WEIGHTED if n not in WHOLE], weighted=[False, True])
def test_reductions_agree(adapter, name, weighted):
    real, fake = logits(name, *(WEIGHTED_ONES if weighted else PLAIN))
    weights, counts = _weights(name, real, fake) if weighted else ({}, _counts(name, *map(np.ones_like, (real, fake))))
    mean = yield called(adapter.loss(name), "discriminator_terms", real, fake, **weights)
    total = yield called(adapter.loss(name, reduction="sum"), "discriminator_terms", real, fake, **weights)
    each = yield called(adapter.loss(name, reduction="none"), "discriminator", real, fake, **weights)
    value, *_ = in_numpy(name, "discriminator", real, fake, **weights)
    assert each.batch is None
    for part in mean._fields:
        if getattr(mean, part) is not None:
            in_each = "pair" if part == "batch" else part
            elements, (shape, count) = getattr(each, in_each), counts[in_each]
            assert tuple(elements.shape) == shape
            same(float(getattr(total, part)), float(getattr(mean, part)) * float(count), 64)
            same(float(elements.sum()), float(getattr(total, part)), 64)
    parts = [float(part) for part in mean if part is not None]
    same(value, sum(parts))


@law([n for n in WEIGHTED if n not in WHOLE])
def test_terms_per_element_make_the_mean(adapter, name):
    # Of the discriminator too, by what test_reductions_agree says.
    real, fake = logits(name, *WEIGHTED_ONES)
    weights, counts = _weights(name, real, fake)
    mean, *_ = in_numpy(name, "generator", real, fake, **weights)
    each = yield called(adapter.loss(name, reduction="none"), "generator", real, fake, **weights)
    assert each.batch is None
    total = 0.0
    for part, (shape, count) in counts.items():
        elements = getattr(each, part)
        if elements is not None:
            assert tuple(elements.shape) == shape
            total += float(elements.sum()) / count
    same(mean, total, 64)


@law(ALL_PAIRS, player=PLAYERS, weighted=[False, True])
def test_a_closed_form_equals_all_pairs(adapter, name, player, weighted):
    draw = np.random.default_rng(5)
    real, fake = draw.integers(-40, 41, 37) / 8.0, draw.integers(-40, 41, 23) / 8.0
    w = {"real_weight": draw.integers(0, 4, 37), "fake_weight": draw.integers(0, 4, 23)} if weighted else {}
    kind = name.rsplit("_", 1)[1]

    def generic(ops):
        terms = {
            "logistic": lambda t: ops.softplus(-t),
            "lsgan": lambda t: ops.square(t - 1.0),
            "hinge": lambda t: ops.relu(1.0 - t),
        }
        return Loss(real=terms[kind], fake=lambda t: t, coupling=all_pairs)

    slow = in_numpy(generic, player, real, fake, **w)
    quick = yield graded(adapter.loss(name), player, real, fake, **w)
    for a, b in zip(quick, slow, strict=True):
        same(a, b, 64)


HEADS = {"mean": [0.5, 0.5], "sum": [1.0, 1.0], (0.5, 2.0): [0.5, 2.0]}


# The reference differentiates one head at a time.
@law(
    ["hinge", "relativistic_average_lsgan", "relativistic_paired_logistic"], ["torch", "jax"], player=PLAYERS, heads=list(HEADS)
)
def test_heads(adapter, name, player, heads):
    pairs, factors = [logits(name, seed=s) for s in (0, 1)], HEADS[heads]
    loss = adapter.loss(name, heads=heads if isinstance(heads, str) else list(heads))
    value, g_real, g_fake = yield graded(loss, player, *map(list, zip(*pairs, strict=True)))
    expected = 0.0
    for i, pair in enumerate(pairs):
        single, r, f = in_numpy(name, player, *pair)
        expected += factors[i] * single
        same(g_real[i], factors[i] * r)
        same(g_fake[i], factors[i] * f)
    same(value, expected)


def test_heads_by_key(adapter):
    (r0, f0), (r1, f1) = logits("hinge"), logits("hinge", seed=1)
    a = adapter.array
    of = {key: float(adapter.loss("hinge").discriminator(a(r), a(f))) for key, r, f in (("lo", r0, f0), ("hi", r1, f1))}
    real, fake = {"lo": a(r0), "hi": a(r1)}, {"hi": a(f1), "lo": a(f0)}
    same(float(adapter.loss("hinge").discriminator(real, fake)), (of["lo"] + of["hi"]) / 2)
    weighted = adapter.loss("hinge", heads={"hi": 3.0, "lo": 0.5})
    same(float(weighted.discriminator(real, fake)), 0.5 * of["lo"] + 3.0 * of["hi"])
    each = adapter.loss("hinge", reduction="none").discriminator(real, fake)
    assert list(each) == ["lo", "hi"]
    assert each["hi"].real.shape == r1.shape
    terms = adapter.loss("hinge").discriminator_terms([a(r0), a(r1)], [a(f0), a(f1)])
    same(float(terms.real) + float(terms.fake), (of["lo"] + of["hi"]) / 2)


def _positive(ops):
    """Infinite at 0, where a masked logit must not end up."""
    return Loss(real=lambda t: -ops.log(t), fake=lambda t: ops.log(1.0 + t))


def _exponential(ops):
    """Overflows beside the mean of the other side."""
    return Loss(real=lambda t: ops.exp(-t), fake=ops.exp, coupling=average)


def _pairs_by_hand(ops):
    """`paired`, as a user would write it."""
    coupling = lambda *, real, fake: lambda r, f, E: Sides(pair=real(r - f))
    return Loss(real=lambda t: ops.softplus(-t), fake=ops.softplus, coupling=coupling)


@pytest.mark.parametrize("loss", [_positive, _exponential, _pairs_by_hand])
def test_a_mask_is_a_slice_for_any_loss(adapter, loss):
    # e^2000 overflows; differences within a side do not, nor those of what is kept.
    real, fake = np.array([2000.0, 7.0, 2002.0]), np.array([2001.0, 2003.0, 1999.0])
    keep = np.array([True, False, True])
    weights = {"real_weight": keep, "fake_weight": keep}
    adapter = replace(adapter, jit=True)
    sliced, *_ = adapter.value_and_grad(adapter.loss(loss), "discriminator", real[keep], fake[keep])
    assert np.isfinite(sliced)
    value, *gradient = adapter.value_and_grad(adapter.loss(loss), "discriminator", real, fake, **weights)
    same(value, sliced)
    assert all(np.isfinite(g).all() and g[1] == 0.0 for g in gradient)


def test_one_mask_drops_a_pair(adapter):
    real, fake = np.array([1.0, np.nan]), np.array([0.0, np.nan])
    adapter, mask = replace(adapter, jit=True), np.array([True, False])
    value, *gradient = adapter.value_and_grad(adapter.loss("rpgan"), "discriminator", real, fake, fake_weight=mask)
    same(value, np.logaddexp(0, -1.0))
    assert all(np.isfinite(g).all() and g[1] == 0.0 for g in gradient)


@law([n for n in WEIGHTED if n not in COUNTING])
def test_the_scale_of_weights_does_not_matter(adapter, name):
    real, fake = (np.float32(x) for x in logits(name, *WEIGHTED_ONES))
    values = []
    for scale in (1.0, 1e-30, 1e25):
        weights = {"real_weight": np.full(len(real), scale), "fake_weight": np.full(len(fake), scale)}
        value = yield called(adapter.loss(name), "discriminator", real, fake, **weights)
        values.append(float(value))
    np.testing.assert_allclose(values[1:], [values[0]] * 2, rtol=16 * 2.0**-23, atol=16 * 2.0**-23)


@law(ALL_PAIRS)
def test_all_pairs_keep_their_digits_far_from_zero(adapter, name):
    draw = np.random.default_rng(11)
    real, fake = (np.float32(1e4 + d + draw.normal(size=64)) for d in (0.0, 2.0))
    value = yield called(adapter.loss(name), "discriminator", real, fake)
    true, *_ = reference.value_and_grad(name, real.astype(float), fake.astype(float))
    # Differences of such logits are exact in float32; what remains is 64 terms' worth of rounding.
    np.testing.assert_allclose(float(value), true, rtol=64 * 2.0**-24)
