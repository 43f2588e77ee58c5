"""Cross-backend equality: any loss, hyperparameters, shapes, magnitudes and dtypes, kinks drawn on purpose.

Each backend is compared with the oracle in ulps, by the face that users see; a budget is that of `ganloss_core.check`.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters import ADAPTERS, EXAMPLES, LOGITS, OF_MANY_OPERATIONS, PAIRED, RULES, VECTORS, rules
from ganloss_core import WORDS
from ganloss_core.backends import conditioning
from ganloss_core.check import Inputs
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ulps import DTYPES, eps, error, rounded

SHAPES = [((1,), (1,)), ((3,), (3,)), ((6,), (3,)), ((2, 1, 1, 3), (2, 1, 1, 3)), ((), ())]
# JAX compiles every primitive anew for each shape and dtype, so both are drawn from few.
IN_CONTRACT = {"float32", "float16"} if EXAMPLES == 1 else set()
"""What JAX is not drawn for: test_contract has float32, for every loss; float16 comes and goes as bfloat16 does."""
ULPS = {"torch": 4.0, "jax": 8.0, "numpy": 4.0}
WHOLE = {**ADAPTERS, "jax": replace(ADAPTERS["jax"], jit=True)}
QUICKER_WHOLE = OF_MANY_OPERATIONS | {"aot_pair", "contrastive", "dual_contrastive"}
"""The last have operations that no other loss has, or not on these shapes."""


def hyperparameters(name):
    if "hinge" in name or name == "ebgan":
        return st.fixed_dictionaries({"margin": st.sampled_from([0.125, 0.5, 1.0, 3.0])})
    if name == "alpha_gan":
        alpha = st.sampled_from([0.5, 1.0, 2.0, 8.0])
        return st.fixed_dictionaries({"alpha_d": alpha, "alpha_g": alpha, "saturating": st.booleans()})
    if name == "fgan_alpha":
        return st.fixed_dictionaries({"alpha": st.sampled_from([-0.5, 0.5, 1.5, 2.0, 3.0])})
    if name == "tprls":
        return st.fixed_dictionaries({"tau": st.sampled_from([0.04, 1.0, 100.0])})
    if name in ("kl_wgan", "contragan_2c"):
        return st.fixed_dictionaries({"temperature": st.sampled_from([0.5, 1.0, 2.0])})
    if name == "d2d_ce":
        return st.fixed_dictionaries(
            {"temperature": st.sampled_from([0.25, 1.0]), "positive_margin": st.sampled_from([0.9, 1.0])}
        )
    if name == "acgan":
        return st.fixed_dictionaries({"classify_fakes": st.booleans()})
    if name == "nplus1_ce":
        return st.fixed_dictionaries({"fake_class": st.sampled_from(["first", "last"]), "balanced": st.booleans()})
    if name == "realness":
        anchors = {"real_anchor": st.just((0.0, 0.25, 0.75)), "fake_anchor": st.just((0.5, 0.5, 0.0))}
        return st.fixed_dictionaries({"relativistic": st.booleans(), **anchors})
    if name == "mmd_gaussian":
        return st.fixed_dictionaries({"bandwidths": st.just((0.5, 2.0)), "unbiased": st.booleans()})
    if name == "mmd_rational_quadratic":
        return st.fixed_dictionaries({"alphas": st.just((0.5, 2.0)), "unbiased": st.booleans()})
    if name == "mmd_repulsive":
        return st.fixed_dictionaries({"sigma": st.sampled_from([0.5, 2.0]), "bounded": st.booleans()})
    if name == "bgan":
        return st.fixed_dictionaries({"log_z": st.sampled_from([-0.5, 0.0, 2.0])})
    label = st.sampled_from([-1.0, 0.0, 0.25, 0.9, 1.0])
    if name in ("lsgan", "l1", "logistic"):
        return st.fixed_dictionaries({"real_label": label, "fake_label": label, "generator_label": label})
    return st.fixed_dictionaries({"real_label": label, "fake_label": label} if name == "minimax" else {})


@st.composite
def draws(draw, name):
    dtype = draw(st.sampled_from(["float64", "float32", "bfloat16", "float16"]))
    least = RULES[name].sample.least
    shapes = draw(st.sampled_from([s for s in SHAPES if (s[0] == s[1] or name not in PAIRED) and np.prod(s[1]) >= least]))
    sizes = [int(np.prod(shape)) for shape in shapes]
    given_ = draw(hyperparameters(name))
    if draw(st.booleans()):
        # Dyadic: everything up to the kinks is exact in every dtype. Half are margins and labels, where the kinks are.
        special = [x for x in (0.0, 1.0, *given_.values()) if 8 * x == int(8 * x)]
        kinks = st.sampled_from([sign * float(x) for x in special for sign in (-1, 1)])
        element = st.one_of(kinks, st.integers(-24, 24).map(lambda k: k / 8))
        sides = [[draw(element) for _ in range(n)] for n in sizes]
    else:
        # Below 1, fgan_alpha's gradient overflows early.
        few = given_.get("alpha", 1.0) < 1.0
        scale = draw(st.sampled_from([1e-4, 1.0, 20.0] if few else [1e-4, 1.0, 20.0, 1e3, 1e4]))
        unit = st.floats(-1, 1, width=32, allow_subnormal=False)
        sides = [[rounded(scale * draw(unit), dtype) for _ in range(n)] for n in sizes]
        # A product may fall among float16's subnormals, where nothing is promised.
        sides = [[0.0 if abs(x) < 2.0**-10 else x for x in side] for side in sides]
    return dtype, shapes, sides, given_, draw(st.sampled_from(["discriminator", "generator"]))


def assert_inside_the_budget(name, given_, player, dtype, inputs, shapes, adapters):
    """Every backend against the oracle, or nothing if rounding may decide on which side of a kink it is."""
    truth = conditioning.conditioned(Settings.of(name, None, "mean", "mean", given_), player, inputs)
    computed = DTYPES[dtype].computed_in
    elements = [float(x) for side in (inputs.real, inputs.fake) for x in np.ravel(side)]
    numbers = [x for value in given_.values() if not isinstance(value, str) for x in np.ravel(value)]
    dyadic = all(x * 8 == int(x * 8) for x in elements)
    nearness = max(map(abs, [*elements, *numbers, 1.0]))
    assume(truth.trace.nearest_kink > 64 * eps(computed) * nearness or (dyadic and truth.trace.on_kink))
    for adapter in adapters.values():
        if dtype in {"numpy": ("bfloat16", "float16"), "jax": IN_CONTRACT}.get(adapter.name, ()):
            continue
        shaped = [np.array(side).reshape(shape) for side, shape in zip(inputs[:2], shapes, strict=True)]
        labels = dict(zip(("real_labels", "fake_labels"), map(np.array, inputs[2:]), strict=True)) if inputs[2] else {}
        loss = adapter.loss(name, **given_)
        value, *gradient = adapter.value_and_grad(loss, player, *shaped, dtype=dtype, **labels)
        assert [g.shape for g in gradient] == list(shapes)
        words = (ULPS[adapter.name] if WORDS[w].kind == "transcendental" else 2.0 for w in truth.trace.words)
        budget = max(words, default=0.0) + 0.5 * len(elements)
        # The reference computes in float64, and does not overflow where float32 does.
        wide, stored = ("float64", "float64") if adapter.name == "numpy" else (computed, dtype)
        if np.isnan(value) and player == "discriminator":
            # Both sides beyond the largest number, with opposite signs.
            on_sides = loss.discriminator_terms(*(adapter.array(side, dtype) for side in shaped))
            if {math.inf, -math.inf} <= {float(part) for part in on_sides if part is not None}:
                continue
        assert error(value, truth.value, eps(wide) * truth.value_scale, wide) <= budget
        flat = [float(g) for side in gradient for g in side.ravel()]
        for g, true, scale in zip(flat, truth.gradient, truth.gradient_scale, strict=True):
            assert error(g, true, eps(wide) * scale, stored) <= budget


@pytest.mark.parametrize("adapter", WHOLE.values(), ids=WHOLE)
def test_a_logit_that_counts_nowhere_costs_no_digits(adapter):
    # Its distance from those that count is 160 times the loss.
    loss = adapter.loss("rphinge_mvue", margin=0.125)
    value, *_ = adapter.value_and_grad(loss, "discriminator", np.array([0.0, 0.0, 20.0]), np.zeros(3))
    assert abs(12.0 * value - 1.0) < 8 * np.finfo(float).eps


@pytest.mark.parametrize("name", LOGITS)
def test_backends_agree_with_the_oracle(name):
    @settings(max_examples=16 * EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(draws(name))
    def check(drawn):
        dtype, shapes, (real, fake), given_, player = drawn
        assert_inside_the_budget(
            name, given_, player, dtype, Inputs(real, fake), shapes, WHOLE if name in QUICKER_WHOLE else ADAPTERS
        )

    check()


@st.composite
def draws_of_vectors(draw, name):
    dtype = draw(st.sampled_from(["float64", "float32", "bfloat16", "float16"]))
    given_ = draw(hyperparameters(name))
    rules_ = rules(name, **given_)
    shapes = [
        s for s in [((1,), (1,)), ((3,), (3,)), ((3,), (2,)), ((1, 2), (1, 2))] if s[0] == s[1] or not rules_.generator.paired
    ]
    shapes = draw(st.sampled_from([s for s in shapes if np.prod(s[1]) >= rules_.sample.least]))
    # Distinct numbers away from 0, which has no relative error.
    unit = st.floats(0.125, 1, width=16).flatmap(lambda x: st.sampled_from([x, -x]))
    scale = draw(st.sampled_from([0.01, 1.0, 8.0]))
    tails = rules_.sample.tails(2 if rules_.sample.axes == 2 else 3)
    shapes = [shape + tail for shape, tail in zip(shapes, tails, strict=True)]
    sides = [np.array([rounded(scale * draw(unit), dtype) for _ in range(np.prod(s))]).reshape(s).tolist() for s in shapes]
    labels = [np.array([draw(st.integers(0, 1)) for _ in range(np.prod(s[: -len(tails[0])]))]) for s in shapes]
    labels = [y.reshape(s[: -len(tails[0])]).tolist() for y, s in zip(labels, shapes, strict=True)]
    return dtype, shapes, Inputs(*sides, *labels), given_, draw(st.sampled_from(["discriminator", "generator"]))


@pytest.mark.parametrize("name", VECTORS)
def test_backends_agree_with_the_oracle_on_vectors(name):
    @settings(max_examples=6 * EXAMPLES, deadline=None, derandomize=True, database=None)
    @given(draws_of_vectors(name))
    def check(drawn):
        dtype, shapes, inputs, given_, player = drawn
        assert_inside_the_budget(name, given_, player, dtype, inputs, shapes, WHOLE)

    check()


@pytest.mark.parametrize("name", ["logistic", "hinge", "hinge2", "wasserstein", "minimax", "l1"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_separable_losses_hold_to_the_largest_logit(name, dtype):
    bits, _, max_exponent, _ = DTYPES[dtype]
    largest = (2.0 - 2.0 ** (1 - bits)) * 2.0 ** (max_exponent - 1)
    at = [rounded(x, dtype) for x in (largest, -largest, 1e30, -1e30)]
    for real, fake, player in (
        (*sides, player) for x in at for sides in (([x], [0.0]), ([0.0], [x])) for player in ("discriminator", "generator")
    ):
        truth = conditioning.conditioned(Settings.of(name, None, "mean", "mean", {}), player, Inputs(real, fake))
        for adapter in ADAPTERS.values():
            if adapter.name == "numpy" and dtype == "bfloat16":
                continue
            computed = "float64" if adapter.name == "numpy" else DTYPES[dtype].computed_in
            value, *gradient = adapter.value_and_grad(adapter.loss(name), player, np.array(real), np.array(fake), dtype=dtype)
            assert error(value, truth.value, eps(computed) * truth.value_scale, computed) <= 8
            for g, true in zip(gradient, truth.gradient, strict=True):
                assert abs(g.item() - float(true)) <= 2 * float(eps(dtype))
