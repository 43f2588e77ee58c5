"""Weights of samples and elements, reductions and several heads in penalties and terms: the rule is that of the losses."""

import numpy as np
import pytest
import torch

import ganloss_torch as gan
from frameworks import JAX, TORCH, assert_within

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
RNG = np.random.default_rng(0)
REAL, FAKE, NOISE = RNG.normal(size=(3, 5, 4))
MIX, WEIGHT = RNG.uniform(size=(2, 5))
KEEP = np.array([True, False, True, True, False])
# The calls of one penalty each: (what is drawn, further arguments).
PENALTIES = {
    "r1": {},
    "r2": {},
    "zero_centered": {"mix": MIX},
    "wgan_gp": {"mix": MIX},
    "wgan_lp": {"mix": MIX},
    "wgan_div": {"at": "ends"},
    "dragan": {"noise": NOISE},
    "approximate_r1": {"noise": NOISE},
    "approximate_r2": {"noise": NOISE},
    "gan_qp": {},
    "max_gp": {"mix": MIX},
}
ALL_BUT_MAX = [name for name in PENALTIES if name != "max_gp"]


def critic(framework):
    slopes = framework.array(np.linspace(0.2, 2.0, 4)[None])
    return lambda x: framework.tanh(x * slopes).sum(1) ** 2


def critic_of_float32(x):
    return x.square().sum(1)


def penalty(framework, name, rows=slice(None), **account):
    """A penalty on some of the samples."""
    real, fake = framework.array(REAL[rows]), framework.array(FAKE[rows])
    seen = framework.module.observe(critic(framework), real=real, fake=fake)
    given = {key: v if isinstance(v, str) else framework.array(v[rows]) for key, v in PENALTIES[name].items()}
    return getattr(framework.module, name)(seen, 3.0, **given, **account)


@FRAMEWORKS
@pytest.mark.parametrize("name", PENALTIES)
def test_a_bool_weight_of_samples_is_slicing(framework, name):
    masked = penalty(framework, name, sample_weight=framework.array(KEEP, "bool"))
    # Sums of as many numbers in another order.
    assert_within(masked, penalty(framework, name, KEEP), 8)


@FRAMEWORKS
def test_equal_samples_that_do_not_count_leave_nothing_in_gradients(framework):
    def penalties(rows, **account):
        # As batches are padded: both sides are 0 there.
        real, fake = (framework.array(np.where(KEEP[:, None], side, 0.0)[rows]) for side in (REAL, FAKE))

        def values(at):
            seen = framework.module.observe(framework.tanh_critic(at), real=real, fake=fake)
            found = []
            for name, drawn in PENALTIES.items():
                given = {key: v if isinstance(v, str) else framework.array(v[rows]) for key, v in drawn.items()}
                found.append(getattr(framework.module, name)(seen, 3.0, **given, **account))
            return sum(factor * value for factor, value in enumerate(found, 1))

        parameters = [np.sin(np.arange(n) + 1.0).reshape(shape) for n, shape in ((12, (3, 4)), (3, 3), (3, 3), (1, ()))]
        return framework.differentiate(values, parameters, jit=True)

    (value, gradient), (expected, slopes) = penalties(slice(None), sample_weight=framework.array(KEEP, "bool")), penalties(KEEP)
    # Eleven penalties, in sums of as many samples in another order.
    assert_within(value, expected, 64)
    for got, slope in zip(gradient, slopes, strict=True):
        assert_within(got, slope, 64)


@FRAMEWORKS
@pytest.mark.parametrize("name", ALL_BUT_MAX)
def test_penalties_of_each_sample(framework, name):
    each = framework.numpy(penalty(framework, name, reduction="none"))
    assert each.shape == (5,)
    assert len(set(each)) == 5
    apart = [framework.numpy(penalty(framework, name, [i])) for i in range(5)]
    if name != "dragan":  # its given noise is that of a sample, too
        np.testing.assert_allclose(each, apart, rtol=1e-13)
    for reduction, expected in (("mean", each.mean()), ("sum", each.sum())):
        assert_within(penalty(framework, name, reduction=reduction), expected, 8)
    weight = framework.array(WEIGHT)
    for reduction, expected in (
        ("mean", (WEIGHT * each).sum() / WEIGHT.sum()),
        ("sum", (WEIGHT * each).sum()),
        ("none", WEIGHT * each),
    ):
        assert_within(penalty(framework, name, reduction=reduction, sample_weight=weight), expected, 8)


def test_tiny_weights_have_a_scale_in_a_sum_alone():
    """As in the losses: a mean is free of the scale of float64 weights, a sum is not."""
    x, tiny = torch.randn(5, 4), torch.full((5,), 1e-60, dtype=torch.float64)
    seen = gan.observe(critic_of_float32, real=x)
    assert gan.r1(seen, 2.0, sample_weight=tiny) == gan.r1(seen, 2.0, sample_weight=torch.ones(5))
    assert gan.r1(seen, 2.0, sample_weight=tiny, reduction="sum") == 0.0


@FRAMEWORKS
def test_wrong_weights_of_samples_are_refused(framework):
    as_array, g = framework.array, framework.module
    for wrong in (as_array(WEIGHT[:4]), as_array(WEIGHT[:, None]), as_array(np.ones(())), 2.0):
        for name in ("r1", "wgan_gp", "approximate_r1", "max_gp"):
            with pytest.raises(ValueError, match=r"sample_weight must be an array of shape \(5,\), one number for each, got"):
                penalty(framework, name, sample_weight=wrong)
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', 'none', got 'max'"):
        penalty(framework, "r1", reduction="max")
    seen = g.observe(critic(framework), real=as_array(REAL), fake=as_array(FAKE[:1]))
    with pytest.raises(ValueError, match="as many reals as fakes"):
        g.wgan_div(seen, 1.0, at="ends", reduction="none")
    with pytest.raises(TypeError, match="weight must be a number, got '10'"):
        g.r1(seen, "10")


@FRAMEWORKS
@pytest.mark.parametrize("of", [(5,), (5, 2, 3)])
def test_a_weight_for_each_sample_of_drift(framework, of):
    g, x, keep = framework.module, RNG.normal(size=of), RNG.uniform(size=of) < 0.7
    weights = WEIGHT.reshape(5, *[1] * (len(of) - 1))
    as_array, weight = framework.array, framework.array(WEIGHT)
    assert_within(g.drift(as_array(x), weight), (weights * x**2).mean(), 8)
    assert_within(g.drift([as_array(x), as_array(2.0 * x)], weight), (weights * 2.5 * x**2).mean(), 8)
    masked = g.drift(as_array(np.where(keep, x, np.nan)), weight, element_weight=as_array(keep, "bool"))
    assert_within(masked, (weights * x**2)[keep].mean(), 8)
    assert_within(g.drift(as_array(x), as_array(WEIGHT > 0.5, "bool")), ((weights > 0.5) * x**2).mean(), 8)
    assert_within(g.drift(as_array(x), as_array(3.0)), 3.0 * (x**2).mean(), 8)
    for wrong in (WEIGHT[:4], WEIGHT[:1], np.ones((5, 1))):
        with pytest.raises(
            ValueError, match=r"weight must be a number, or one for each of the 5 samples, shape \(5,\); got shape"
        ):
            g.drift(as_array(x), as_array(wrong))
    with pytest.raises(TypeError, match="weight must be a number, got '1'"):
        g.drift(as_array(x), "1")


# --- terms of elements ---


def with_nan(x, keep):
    return np.where(keep, x, np.nan)


@FRAMEWORKS
def test_weights_of_elements(framework):
    """Padding may be anything: the mean is over what counts, and nothing reaches the gradient of the rest."""
    a, b, keep = RNG.normal(size=(2, 3, 10)), RNG.normal(size=(2, 3, 10)), RNG.uniform(size=(2, 3, 10)) < 0.6
    g, weights = framework.module, RNG.uniform(size=(2, 3, 10))
    calls = {
        "feature_matching": (lambda x, w: g.feature_matching([x[0]], [x[1]], element_weight=[w]), np.abs(a - b)),
        "l2": (lambda x, w: g.feature_matching([x[0]], [x[1]], distance="l2", element_weight=[w]), (a - b) ** 2),
        "consistency": (lambda x, w: g.consistency(x[0], x[1], 1.0, element_weight=w), (a - b) ** 2),
        "drift": (lambda x, w: g.drift(x[1], 1.0, element_weight=w), b**2),
    }
    for call, each in calls.values():
        weighted = call([framework.array(a), framework.array(b)], framework.array(weights))
        assert_within(weighted, (weights * each).sum() / weights.sum(), 8)
        mask = framework.array(keep, "bool")
        at = [with_nan(a, keep), with_nan(b, keep)]
        value, (_, gradient) = framework.differentiate(lambda x, call=call, mask=mask: call(x, mask), at)
        assert_within(np.float64(value), each[keep].mean(), 8)
        assert (gradient[~keep] == 0.0).all()
        assert np.isfinite(gradient).all()
        nothing = framework.array(np.zeros((2, 3, 10)))
        assert framework.number(call([framework.array(a), framework.array(b)], nothing)) == 0.0
        with pytest.raises(ValueError, match=r"element_weight must be an array of shape \(2, 3, 10\).*\(2, 1, 10\)"):
            call([framework.array(a), framework.array(b)], framework.array(keep[:, :1], "bool"))
    with pytest.raises(ValueError, match="of_means compares means over the batch"):
        g.feature_matching([framework.array(a)], [framework.array(b)], of_means=True, element_weight=[mask])
    with pytest.raises(ValueError, match="got 1 and 1, and element_weight has 2"):
        g.feature_matching([framework.array(a)], [framework.array(b)], element_weight=[mask, mask])


@FRAMEWORKS
def test_weights_of_heads_of_features(framework):
    shapes = [[(2, 3), (2, 5)], [(2, 4), (2, 1)]]
    real, fake, weight = ([[RNG.uniform(size=s) for s in head] for head in shapes] for _ in range(3))
    layer = lambda r, f, w: (w * np.abs(r - f)).sum() / w.sum()
    heads = zip(real, fake, weight, strict=True)
    expected = np.mean([np.mean([layer(*each) for each in zip(*head, strict=True)]) for head in heads])
    given = ([[framework.array(x) for x in head] for head in side] for side in (real, fake, weight))
    r, f, w = given
    assert_within(framework.module.feature_matching(r, f, element_weight=w), expected, 8)


@FRAMEWORKS
def test_features_in_dicts_are_those_in_lists(framework):
    """As a critic with named heads returns them."""
    real, fake, weight = (
        [[framework.array(RNG.uniform(size=s)) for s in ((2, 3), (2, 5))] for _ in range(2)] for _ in range(3)
    )
    match = framework.module.feature_matching
    named = lambda x: {"a": x[0], "b": dict(enumerate(x[1]))}
    of_dicts = match(named(real), dict(reversed(named(fake).items())), element_weight=named(weight))
    assert framework.number(of_dicts) == framework.number(match(real, fake, element_weight=weight))
    with pytest.raises(ValueError, match=r"must have the same names, got \['a', 'b'\] and \['a'\]"):
        match(named(real), {"a": real[0]})
    with pytest.raises(TypeError, match="features of fake must be a list of arrays"):
        match(real, named(fake))


@FRAMEWORKS
def test_complex_features(framework):
    """|.| of a complex difference is its modulus; its derivative at 0 is 0."""
    d = np.array([[3 + 4j, 0.0, -2j], [1.0, 1 - 1j, 5 + 12j]])
    g = framework.module
    as_complex = lambda x: framework.array(x.real) + 1j * framework.array(x.imag)
    for distance, expected in (("l1", np.abs(d).mean()), ("l2", (np.abs(d) ** 2).mean())):
        loss = lambda x, distance=distance: g.feature_matching([as_complex(0 * d)], [x[0] + 1j * x[1]], distance=distance)
        value, gradient = framework.differentiate(loss, [d.real, d.imag])
        assert_within(np.float64(value), expected, 4)
        slope = 2 * d if distance == "l2" else d / np.where(d == 0, 1, np.abs(d))
        np.testing.assert_allclose(gradient[0] + 1j * gradient[1], slope / 6, rtol=1e-15)
    weight = framework.array(np.array([[1.0, 0, 0], [0, 0, 3]]))
    masked = g.feature_matching([as_complex(0 * d)], [as_complex(d)], element_weight=[weight])
    assert framework.number(masked) == (5 + 3 * 13) / 4
    for complex_only in (lambda: g.drift(as_complex(d), 1.0), lambda: g.consistency(as_complex(d), as_complex(d), 1.0)):
        with pytest.raises(TypeError, match=r"must be floating point, got .*complex128"):
            complex_only()


@FRAMEWORKS
def test_heads_of_consistency_and_drift(framework):
    g, a, b = framework.module, framework.array(REAL), framework.array(FAKE)
    expected = (framework.number(g.drift(a, 0.5)) + framework.number(g.drift(b[:2], 0.5))) / 2
    assert framework.number(g.drift([a, b[:2]], 0.5)) == pytest.approx(expected, rel=1e-15)
    assert framework.number(g.drift({"x": a, "y": b[:2]}, 0.5)) == pytest.approx(expected, rel=1e-15)
    expected = (framework.number(g.consistency(a, b, 0.5)) + framework.number(g.consistency(a[:2], b[:2], 0.5))) / 2
    assert framework.number(g.consistency([a, a[:2]], [b, b[:2]], 0.5)) == pytest.approx(expected, rel=1e-15)


# --- terms with state ---


@FRAMEWORKS
@pytest.mark.parametrize("form", ["elementwise", "batch_mean", "unclipped"])
def test_weights_in_lecam(framework, form):
    g, r, f = framework.module, framework.array(REAL), framework.array(with_nan(FAKE, KEEP[:, None]))
    lecam = g.LeCam(0.3, form=form, initial=0.1)
    mask = framework.array(np.broadcast_to(KEEP[:, None], (5, 4)).copy(), "bool")
    weighed, state = lecam.apply(lecam.init("float64"), r, f, fake_weight=mask)
    sliced, expected = lecam.apply(lecam.init("float64"), r, framework.array(FAKE[KEEP]))
    assert_within(weighed, sliced, 8)
    for name, value in expected.items():
        assert_within(state[name], value, 8)
    # Nothing at all leaves an average where it is.
    loss, next_state = lecam.apply(state, r, r, fake_weight=framework.array(np.zeros((5, 4))))
    assert framework.number(next_state["fake"]) == framework.number(state["fake"])
    assert framework.number(next_state["real"]) != framework.number(state["real"])
    assert np.isfinite(framework.number(loss))


@FRAMEWORKS
@pytest.mark.parametrize("kind", [list, dict])
def test_lecam_of_heads(framework, kind):
    g = framework.module
    heads = [(framework.array(REAL), framework.array(FAKE)), (framework.array(3 * REAL[:2]), framework.array(2 * FAKE[:2]))]
    several = g.LeCam(0.3, decay=0.5, debias=True, heads=2 if kind is list else ("a", "b"))
    single = g.LeCam(0.3, decay=0.5, debias=True)
    state, states = several.init(), [single.init(), single.init()]
    for _ in range(3):
        losses = []
        for i, head in enumerate(heads):
            loss, states[i] = single.apply(states[i], *head)
            losses.append(framework.number(loss))
        real, fake = zip(*heads, strict=True)
        # Another order of the names is the same.
        sides = [list(x) if kind is list else {"b": x[1], "a": x[0]} for x in (real, fake)]
        loss, state = several.apply(state, *sides)
        assert framework.number(loss) == pytest.approx(np.mean(losses), rel=1e-6)
    for i, name in enumerate((0, 1) if kind is list else ("a", "b")):
        assert framework.number(state[f"real_{name}"]) == framework.number(states[i]["real"])
    assert framework.number(state["steps"]) == 3
    with pytest.raises(ValueError, match="averages of other heads: made with heads="):
        several.apply(state, [real[0]] * 3, [fake[0]] * 3)
    with pytest.raises(TypeError, match="must be a list or dict"):
        several.apply(state, real[0], fake[0])
    with pytest.raises(TypeError, match=r"made for several: LeCam\(..., heads=2\)"):
        single.apply(states[0], list(real), list(fake))
    with pytest.raises(ValueError, match="heads must be the number of heads, or their names, 1 or more, got 0"):
        g.LeCam(0.3, heads=0)


@FRAMEWORKS
def test_weights_in_began_and_path_length(framework):
    g, energies = framework.module, framework.array(np.abs(REAL))
    began, mask = g.BEGAN(rate=0.5, initial=0.2), framework.array(np.broadcast_to(KEEP[:, None], (5, 4)).copy(), "bool")
    loss, state = began.apply(began.init("float64"), energies, 2 * energies, real_weight=mask)
    expected, expected_state = began.apply(began.init("float64"), framework.array(np.abs(REAL[KEEP])), 2 * energies)
    assert_within(loss, expected, 8)
    assert_within(state["k"], expected_state["k"], 8)
    _, same = began.apply(state, energies, energies, fake_weight=framework.array(np.zeros((5, 4))))
    assert {n: framework.number(v) for n, v in same.items()} == {n: framework.number(v) for n, v in state.items()}

    path, W = g.PathLength(decay=0.25), framework.array(RNG.normal(size=(4, 12)))
    noise = RNG.normal(size=(5, 2, 2, 3))
    generator = lambda z: framework.tanh(z @ W).reshape((-1, 2, 2, 3))
    apply = lambda rows, **w: path.apply(
        path.init("float64"), generator, framework.array(REAL[rows]), noise=framework.array(noise[rows]), pixels=4, **w
    )
    everything = slice(None)
    loss, state = apply(everything, sample_weight=framework.array(KEEP, "bool"))
    expected, expected_state = apply(KEEP)
    assert_within(loss, expected, 16)
    for name in ("mean", "length"):
        assert_within(state[name], expected_state[name], 16)
    assert framework.number(state["mean"]) == pytest.approx(framework.number(state["length"]) / 4, rel=1e-15)
    loss, state = apply(everything, sample_weight=framework.array(np.zeros(5)))
    assert framework.number(loss) == 0.0
    assert framework.number(state["mean"]) == 0.0
