"""What must hold whatever the formula: symmetries, weights, masks, reductions, heads, upstream gradients."""

import numpy as np
import pytest

from adapters import LOGITS, PAIRED, RULES, SEPARABLE, UNWEIGHTED
from ganloss_core import Loss, Sides, all_pairs, average, register, unregister
from ganloss_core.backends import reference

PLAYERS = ["discriminator", "generator"]
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


def logits(name, n=6, m=4, seed=0):
    draw = np.random.default_rng(seed + len(name))
    # Quarters: sums and differences of a few are exact, kinks are hit.
    return draw.integers(-12, 13, n) / 4.0, draw.integers(-12, 13, n if name in PAIRED else m) / 4.0


def same(a, b, size=16):
    """Equal up to the rounding of sums of `size` numbers of magnitude up to 100."""
    np.testing.assert_allclose(a, b, rtol=size * EPS, atol=100 * size * EPS)


@pytest.mark.parametrize("name", LOGITS)
@pytest.mark.parametrize("player", PLAYERS)
def test_permutation(adapter, name, player):
    real, fake = logits(name)
    order = np.random.default_rng(1).permutation(len(real))
    other = order if name in PAIRED else np.random.default_rng(2).permutation(len(fake))
    loss = adapter.loss(name)
    value, g_real, g_fake = adapter.value_and_grad(loss, player, real, fake)
    shuffled, s_real, s_fake = adapter.value_and_grad(loss, player, real[order], fake[other])
    same(shuffled, value)
    same(s_real, g_real[order])
    same(s_fake, g_fake[other])


@pytest.mark.parametrize("name", [n for n in LOGITS if n.startswith("relativistic")])
@pytest.mark.parametrize("player", PLAYERS)
def test_relativistic_losses_ignore_a_common_shift(adapter, name, player):
    real, fake = logits(name)
    loss = adapter.loss(name)
    for a, b in zip(
        adapter.value_and_grad(loss, player, real, fake),
        adapter.value_and_grad(loss, player, real + 8.0, fake + 8.0),
        strict=True,
    ):
        same(a, b)


@pytest.mark.parametrize("name", SEPARABLE)
def test_a_saturating_generator_plays_a_zero_sum_game(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="saturating")
    _, _, g_d = adapter.value_and_grad(loss, "discriminator", real, fake)
    value_g, _, g_g = adapter.value_and_grad(loss, "generator", real, fake)
    same(g_g, -g_d)
    terms = loss.discriminator_terms(adapter.array(real), adapter.array(fake))
    same(value_g, -float(terms.fake))


def test_minimax_is_zero_sum():
    real, fake = logits("minimax")
    _, d = reference.value_and_grad("minimax", real, fake)
    _, g = reference.value_and_grad("minimax", real, fake, player="generator")
    np.testing.assert_array_equal(d.fake, -g.fake)


@pytest.mark.parametrize("name", [n for n in LOGITS if n not in SEPARABLE])
def test_a_coupled_saturating_generator_plays_a_zero_sum_game(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="saturating")
    d, *of_d = adapter.value_and_grad(loss, "discriminator", real, fake)
    g, *of_g = adapter.value_and_grad(loss, "generator", real, fake)
    same(d, -g)
    for a, b in zip(of_d, of_g, strict=True):
        same(a, -b)


@pytest.mark.parametrize("name", LOGITS)
def test_a_linear_generator_is_minus_the_mean(adapter, name):
    real, fake = logits(name)
    value, _, gradient = adapter.value_and_grad(adapter.loss(name, generator="linear"), "generator", real, fake)
    same(value, -fake.mean())
    np.testing.assert_array_equal(gradient, np.full(len(fake), -1.0 / len(fake)))


@pytest.mark.parametrize("name", SEPARABLE)
def test_a_nonsaturating_generator_minimises_the_real_term(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name, generator="nonsaturating")
    value, _, gradient = adapter.value_and_grad(loss, "generator", real, fake)
    _, g_real, _ = adapter.value_and_grad(loss, "discriminator", fake, real)
    same(value, float(loss.discriminator_terms(adapter.array(fake), adapter.array(real)).real))
    same(gradient, g_real)


@pytest.mark.parametrize("name", [n for n in LOGITS if n.startswith("relativistic")])
def test_the_relativistic_generator_swaps_the_sides(adapter, name):
    real, fake = logits(name)
    loss = adapter.loss(name)
    g = adapter.value_and_grad(loss, "generator", real, fake)
    d, d_real, d_fake = adapter.value_and_grad(loss, "discriminator", fake, real)
    for a, b in zip(g, (d, d_fake, d_real), strict=True):
        same(a, b)


@pytest.mark.parametrize("name", LOGITS)
@pytest.mark.parametrize("player", PLAYERS)
def test_the_upstream_gradient_multiplies(adapter, name, player):
    real, fake = logits(name)
    loss = adapter.loss(name)
    value, *gradient = adapter.value_and_grad(loss, player, real, fake)
    again, *scaled = adapter.value_and_grad(loss, player, real, fake, upstream=-0.25)
    same(again, value)
    for a, b in zip(gradient, scaled, strict=True):
        np.testing.assert_array_equal(-0.25 * a, b)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize("player", PLAYERS)
def test_a_mask_is_a_slice(adapter, name, player):
    real, fake = logits(name)
    keep_real = np.array([1, 0, 1, 1, 0, 1], dtype=bool)
    keep_fake = keep_real if name in PAIRED else np.array([0, 1, 1, 0], dtype=bool)
    loss = adapter.loss(name)
    value, g_real, g_fake = adapter.value_and_grad(loss, player, real[keep_real], fake[keep_fake])
    # What is masked may be anything.
    real, fake = np.where(keep_real, real, np.nan), np.where(keep_fake, fake, np.inf)
    weights = {"real_weight": keep_real, "fake_weight": keep_fake}
    masked, m_real, m_fake = adapter.value_and_grad(loss, player, real, fake, **weights)
    same(masked, value)
    for sliced, whole, keep in ((g_real, m_real, keep_real), (g_fake, m_fake, keep_fake)):
        same(whole[keep], sliced)
        np.testing.assert_array_equal(whole[~keep], 0.0)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize("player", PLAYERS)
def test_an_integer_weight_is_repetition(adapter, name, player):
    real, fake = logits(name, 4, 3)
    w_real = np.array([1, 3, 0, 2])
    w_fake = w_real if name in PAIRED else np.array([2, 1, 1])
    loss = adapter.loss(name)
    # A pair weighs the product of its two.
    times = (w_real**2, w_fake**2) if name in PAIRED else (w_real, w_fake)
    value, *_ = adapter.value_and_grad(loss, player, np.repeat(real, times[0]), np.repeat(fake, times[1]))
    weighted, *_ = adapter.value_and_grad(loss, player, real, fake, real_weight=w_real, fake_weight=w_fake)
    same(weighted, value)


@pytest.mark.parametrize("name", [n for n in WEIGHTED if n not in APART])
def test_a_side_without_weight(adapter, name):
    real, fake = logits(name)
    none = {"real_weight": np.zeros(len(real))}
    value, g_real, g_fake = adapter.value_and_grad(adapter.loss(name), "discriminator", real, fake, **none)
    if name in SEPARABLE:
        terms = adapter.loss(name).discriminator_terms(adapter.array(real), adapter.array(fake))
        same(value, float(terms.fake))
        np.testing.assert_array_equal(g_real, 0.0)
        assert np.isfinite(g_fake).all()
    else:
        assert np.isnan(value)


@pytest.mark.parametrize("name", [n for n in WEIGHTED if n not in WHOLE])
@pytest.mark.parametrize("weighted", [False, True])
def test_reductions_agree(adapter, name, weighted):
    real, fake = (adapter.array(x) for x in logits(name))
    weights, count_real, count_fake = {}, len(real), len(fake)
    if weighted:
        draw = np.random.default_rng(3)
        w_real = draw.integers(1, 5, len(real)) / 2.0
        w_fake = w_real if name in PAIRED else draw.integers(1, 5, len(fake)) / 2.0
        weights = {"real_weight": adapter.array(w_real), "fake_weight": adapter.array(w_fake)}
        count_real, count_fake = w_real.sum(), w_fake.sum()
    count_pair = count_real * count_fake
    if name in PAIRED:
        # What counts is a pair, in a part on one side too.
        count_pair = count_real = count_fake = (w_real * w_fake).sum() if weighted else count_real
    mean = adapter.loss(name).discriminator_terms(real, fake, **weights)
    total = adapter.loss(name, reduction="sum").discriminator_terms(real, fake, **weights)
    each = adapter.loss(name, reduction="none").discriminator(real, fake, **weights)
    counts = {"real": count_real, "fake": count_fake, "pair": count_pair, "batch": count_pair}
    for part, count in counts.items():
        if getattr(mean, part) is not None:
            elements = getattr(each, "pair" if part == "batch" else part)
            same(float(getattr(total, part)), float(getattr(mean, part)) * float(count), 64)
            same(float(elements.sum()), float(getattr(total, part)), 64)
    parts = [float(part) for part in mean if part is not None]
    same(float(adapter.loss(name).discriminator(real, fake, **weights)), sum(parts))


@pytest.mark.parametrize("name", [n for n in WEIGHTED if n not in WHOLE])
@pytest.mark.parametrize("player", PLAYERS)
def test_terms_per_element_make_the_mean(adapter, name, player):
    real, fake = logits(name)
    draw = np.random.default_rng(4)
    w_real = draw.integers(1, 5, len(real)) / 2.0
    w_fake = w_real[::-1].copy() if name in PAIRED else draw.integers(1, 5, len(fake)) / 2.0
    a = adapter.array
    weights = {"real_weight": a(w_real), "fake_weight": a(w_fake)}
    mean = adapter.call(adapter.loss(name), player, a(real), a(fake), **weights)
    each = adapter.call(adapter.loss(name, reduction="none"), player, a(real), a(fake), **weights)
    assert each.batch is None
    total = 0.0
    of_pair = ((6,), (w_real * w_fake).sum()) if name in PAIRED else ((6, 4), w_real.sum() * w_fake.sum())
    of_sides = [of_pair] * 2 if name in PAIRED else [((6,), w_real.sum()), (fake.shape, w_fake.sum())]
    for part, (shape, weight) in zip(each, (*of_sides, of_pair), strict=False):
        if part is not None:
            assert tuple(part.shape) == shape
            total += float(part.sum()) / weight
    same(float(mean), total, 64)


@pytest.mark.parametrize("name", ALL_PAIRS)
@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_closed_form_equals_all_pairs(adapter, name, player, weighted):
    draw = np.random.default_rng(5)
    real, fake = draw.integers(-40, 41, 37) / 8.0, draw.integers(-40, 41, 23) / 8.0
    w = {"real_weight": draw.integers(0, 4, 37), "fake_weight": draw.integers(0, 4, 23)} if weighted else {}
    kind = name.rsplit("_", 1)[1]

    @register(name="generic_pairs")
    def generic(ops):
        terms = {
            "logistic": lambda t: ops.softplus(-t),
            "lsgan": lambda t: ops.square(t - 1.0),
            "hinge": lambda t: ops.relu(1.0 - t),
        }
        return Loss(real=terms[kind], fake=lambda t: t, coupling=all_pairs)

    try:
        slow = adapter.value_and_grad(adapter.loss("generic_pairs"), player, real, fake, **w)
    finally:
        unregister("generic_pairs")
    for a, b in zip(adapter.value_and_grad(adapter.loss(name), player, real, fake, **w), slow, strict=True):
        same(a, b, 64)


@pytest.mark.parametrize("heads", ["mean", "sum", [0.5, 2.0]])
@pytest.mark.parametrize("name", ["hinge", "relativistic_average_lsgan", "relativistic_paired_logistic"])
@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("adapter", ["torch", "jax"], indirect=True)  # the reference differentiates one head at a time
def test_heads(adapter, name, player, heads):
    pairs = [logits(name, seed=s) for s in (0, 1)]
    factors = {"mean": [0.5, 0.5], "sum": [1.0, 1.0]}.get(str(heads), heads)
    single = [adapter.value_and_grad(adapter.loss(name), player, r, f) for r, f in pairs]
    value, g_real, g_fake = adapter.value_and_grad(
        adapter.loss(name, heads=heads), player, [r for r, _ in pairs], [f for _, f in pairs]
    )
    same(value, sum(c * v for c, (v, *_) in zip(factors, single, strict=True)))
    for i, (_, r, f) in enumerate(single):
        same(g_real[i], factors[i] * r)
        same(g_fake[i], factors[i] * f)


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
    call = lambda r, f, **w: adapter.loss(loss).discriminator(
        adapter.array(r), adapter.array(f), **{k: adapter._weight(v) for k, v in w.items()}
    )
    sliced = float(call(real[keep], fake[keep]))
    assert np.isfinite(sliced)
    same(float(call(real, fake, **weights)), sliced)
    value, *gradient = adapter.value_and_grad(adapter.loss(loss), "discriminator", real, fake, **weights)
    same(value, sliced)
    assert all(np.isfinite(g).all() and g[1] == 0.0 for g in gradient)


def test_one_mask_drops_a_pair(adapter):
    real, fake = np.array([1.0, np.nan]), np.array([0.0, np.nan])
    value, *gradient = adapter.value_and_grad(
        adapter.loss("rpgan"), "discriminator", real, fake, fake_weight=np.array([True, False])
    )
    same(value, np.logaddexp(0, -1.0))
    assert all(np.isfinite(g).all() and g[1] == 0.0 for g in gradient)


@pytest.mark.parametrize("name", [n for n in WEIGHTED if n not in COUNTING])
@pytest.mark.parametrize("scale", [1e-30, 1e25])
def test_the_scale_of_weights_does_not_matter(adapter, name, scale):
    real, fake = logits(name)
    equal = {"real_weight": np.full(len(real), scale), "fake_weight": np.full(len(fake), scale)}
    value, *_ = adapter.value_and_grad(adapter.loss(name), "discriminator", real, fake, dtype="float32", **equal)
    plain, *_ = adapter.value_and_grad(adapter.loss(name), "discriminator", real, fake, dtype="float32")
    np.testing.assert_allclose(value, plain, rtol=16 * 2.0**-23, atol=16 * 2.0**-23)


@pytest.mark.parametrize("name", ALL_PAIRS)
def test_all_pairs_keep_their_digits_far_from_zero(adapter, name):
    draw = np.random.default_rng(11)
    real, fake = (np.float32(1e4 + d + draw.normal(size=64)).astype(float) for d in (0.0, 2.0))
    value, *_ = adapter.value_and_grad(adapter.loss(name), "discriminator", real, fake, dtype="float32")
    true, *_ = reference.value_and_grad(name, real, fake)
    # Differences of such logits are exact in float32; what remains is 64 terms' worth of rounding.
    np.testing.assert_allclose(value, true, rtol=64 * 2.0**-24)
