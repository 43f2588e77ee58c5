"""States of augmentation, of constraints and of mutual information, against transcriptions of their code."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch as gan
import witnesses_states as witnesses
from frameworks import assert_within
from states import DEEP, EPS, FRAMEWORKS, numbers, run

# Adaptive augmentation


@FRAMEWORKS
@pytest.mark.parametrize(
    ("shape", "given"),
    [
        ((8, 1), {}),
        ((1,), {"interval": 3, "kimg": 0.01}),
        ((5, 2, 3), {"interval": 1, "kimg": 0.02, "largest": 1.0, "initial": 0.5}),
        ((5, 1), {"interval": 2, "kimg": 0.015, "target": -0.25}),
    ],
)
def test_the_probability_of_augmentation(framework, shape, given):
    # Now surer of reals, now less.
    batches = [numbers(i, *shape) + (1.5 if i % 8 < 5 else -0.5) for i in range(16)]
    batches.append(np.zeros(shape))
    found = run(framework, framework.module.AugmentationController(**given), [(x,) for x in batches])
    transcribed = {**given, "p": given.get("initial", 0.0), "largest": given.get("largest", np.inf)}
    transcribed.pop("initial", None)
    expected = witnesses.ada(batches, shape[0], **transcribed)
    # A sum of a few moves.
    np.testing.assert_allclose([p for p, _ in found], expected, rtol=8 * EPS, atol=0)
    assert [state["p"] for _, state in found] == [p for p, _ in found]
    assert len(set(expected)) > 1


@FRAMEWORKS
def test_a_tie_with_the_target_moves_nothing(framework):
    # 8 of 10 are called real: 0.6 exactly, in any type.
    logits = np.array([1.0] * 8 + [-1.0] * 2)
    term = framework.module.AugmentationController(interval=1, initial=0.25)
    for dtype in ("float32", "float64", "bfloat16"):
        p, _ = term.apply(term.init(), framework.array(logits, dtype))
        assert framework.number(p) == 0.25


@FRAMEWORKS
def test_what_has_no_weight_is_no_image(framework):
    term = framework.module.AugmentationController(0.25, kimg=0.1, interval=1, initial=0.5)
    x, keep = numbers(0, 6, 4), np.arange(6)[:, None] + np.zeros((6, 4)) < 4
    keep[1, 2] = False
    padded = np.where(keep, x, np.nan)
    weighted = term.apply(term.init("float64"), framework.array(padded), real_weight=framework.array(keep, "bool"))
    mean = np.sign(x)[keep].mean()
    assert framework.number(weighted[0]) == pytest.approx(0.5 + np.sign(mean - 0.25) * 4 / 100, rel=4 * EPS)
    nothing = term.apply(term.init("float64"), framework.array(padded), real_weight=framework.array(0.0 * x))
    assert framework.number(nothing[0]) == 0.5


def test_the_probability_is_a_constant_and_its_argument_is_checked():
    controller = gan.AugmentationController()
    p, state = controller.apply(controller.init(), torch.ones(2, requires_grad=True))
    assert not p.requires_grad
    assert not any(x.requires_grad for x in state.values())
    for wrong, message in (
        ({"kimg": 0.0}, "kimg must be above 0, got 0.0"),
        ({"interval": 0}, "interval must be a number of steps, 1 or more, got 0"),
        ({"initial": -0.5}, "initial must be from 0 to largest"),
        ({"initial": 2.0, "largest": 1.0}, "initial must be from 0 to largest, got initial=2.0, largest=1.0"),
    ):
        with pytest.raises(ValueError, match=message):
            gan.AugmentationController(**wrong)
    with pytest.raises(TypeError, match="AugmentationController takes arrays, of one head, got a list"):
        controller.apply(controller.init(), [torch.ones(2)])
    for term in (gan.MINE(), gan.BEGAN()):
        with pytest.raises(TypeError, match="takes arrays, of one head, got a dict"):
            term.apply(term.init(), torch.ones(2), {"a": torch.ones(2)})
    with pytest.raises(ValueError, match=r"real must have a sample axis, got shape \(\)"):
        controller.apply(controller.init(), torch.tensor(1.0))


# The augmented Lagrangian


@FRAMEWORKS
def test_fisher_gan(framework):
    module, rho = framework.module, 0.3
    term = module.Multiplier(rho)
    state, alpha = term.init("float64"), 0.0
    for i in range(3):
        real, fake = 1.0 + numbers(i, 5), 2.0 * numbers(9 + i, 1 + i)

        def loss(at, state=state):
            constraint = module.drift(at[0], 0.5) + module.drift(at[1], 0.5) - 1.0
            return module.discriminator_loss("wgan", *at) + term.apply(state, constraint)[0]

        value, gradients = framework.differentiate(loss, [real, fake])
        expected, after = witnesses.fisher_gan(real, fake, rho, alpha)
        assert value == pytest.approx(expected, rel=DEEP, abs=DEEP)
        # The loss of that name has a multiplier that stays.
        fixed = module.discriminator_loss("fisher", *map(framework.array, (real, fake)), rho=rho, multiplier=alpha)
        assert framework.number(fixed) == pytest.approx(value, rel=DEEP, abs=DEEP)
        # By hand, with the multiplier a constant.
        constraint = 0.5 * (real**2).mean() + 0.5 * (fake**2).mean() - 1.0
        slope = alpha + rho * constraint
        for got, x, sign in zip(gradients, (real, fake), (-1.0, 1.0), strict=True):
            assert_within(got, (sign + slope * x) / x.size, 64)
        c = framework.array(np.array(constraint))
        _, state = term.apply(state, c)
        assert framework.number(state["multiplier"]) == pytest.approx(after, rel=DEEP)
        alpha = after


@FRAMEWORKS
def test_sobolev_gan(framework):
    module, rho = framework.module, 0.5
    W, v = numbers(0, 3, 4), numbers(1, 4)
    real, fake = numbers(2, 5, 3), numbers(3, 2, 3)
    term = module.Multiplier(rho, initial=-0.75)
    f = lambda x: np.tanh(x @ W) @ v
    slopes = lambda x: ((1.0 - np.tanh(x @ W) ** 2) * v) @ W.T
    critic = lambda x: framework.tanh(x @ framework.array(W)) @ framework.array(v)
    seen = module.observe(critic, real=framework.array(real), fake=framework.array(fake))
    loss, state = term.apply(term.init("float64"), module.r1(seen, 1.0) + module.r2(seen, 1.0) - 1.0)
    value = framework.number(module.discriminator_loss("wgan", seen.real, seen.fake) + loss)
    expected, after = witnesses.sobolev_gan(f(real), f(fake), slopes(real), slopes(fake), rho, -0.75)
    assert value == pytest.approx(expected, rel=DEEP)
    assert framework.number(state["multiplier"]) == pytest.approx(after, rel=DEEP)


def test_what_is_no_constraint():
    term = gan.Multiplier(0.5)
    with pytest.raises(ValueError, match=r"the constraint must be one number, such as a mean minus 1, got shape \(2,\)"):
        term.apply(term.init(), torch.ones(2))
    with pytest.raises(ValueError, match="rho must be 0 or more, got -1"):
        gan.Multiplier(-1.0)


# Mutual information


@FRAMEWORKS
def test_mine(framework):
    term = framework.module.MINE(decay=0.75, initial=0.5)
    state = term.init("float64")
    steps = [(numbers(i, 3), 1.0 + numbers(9 + i, *shape)) for i, shape in enumerate(((4,), (2, 3), (1,), (5,)))]
    for (joint, marginal), expected in zip(steps, witnesses.mine(steps, 0.75, 0.5), strict=True):
        bound, by_joint, by_marginal, average = expected
        value, gradients = framework.differentiate(lambda at, state=state: term.apply(state, *at)[0], [joint, marginal])
        assert value == pytest.approx(-bound, rel=DEEP, abs=DEEP)
        assert_within(gradients[0], -by_joint, 4)
        assert_within(gradients[1], -by_marginal, 64)
        _, state = term.apply(state, framework.array(joint), framework.array(marginal))
        assert np.exp(framework.number(state["log_average"])) == pytest.approx(average, rel=DEEP)


@FRAMEWORKS
def test_mine_beyond_what_an_exponential_can_hold(framework):
    """In 50 digits; the average of e^200 is no float32."""
    term = framework.module.MINE(decay=0.9)
    joint, marginal = np.array([190.0, 210.0]), np.array([200.0, 199.0, -300.0])
    with mpmath.workdps(50):
        mean = sum(map(mpmath.exp, map(float, marginal))) / 3
        average = mpmath.mpf(9) / 10 + mean / 10
        bound = 200 - mpmath.log(mean)
        slopes = [float(mpmath.exp(float(x)) / 3 / average) for x in marginal]
    loss = lambda at: term.apply(term.init(), *at)[0]
    value, (_, gradient) = framework.differentiate(loss, [joint, marginal], "float32")
    # The log of the mean and the average's are near 200, where an ulp is 2^-16; a slope is e to their difference, of a few.
    ulp = 2.0**-16
    assert value == pytest.approx(-float(bound), abs=4 * ulp)
    np.testing.assert_allclose(gradient, slopes, rtol=4 * ulp, atol=np.finfo(np.float32).tiny)
    _, state = term.apply(term.init(), framework.array(joint, "float32"), framework.array(marginal, "float32"))
    assert framework.number(state["log_average"]) == pytest.approx(float(mpmath.log(average)), rel=1e-6)


@FRAMEWORKS
def test_mine_where_nothing_has_weight(framework):
    term, x = framework.module.MINE(initial=3.0), np.array([1.0, np.nan])

    def loss(at):
        return term.apply(term.init("float64"), at[0], at[1], fake_weight=framework.array(np.zeros(2)))[0]

    value, gradients = framework.differentiate(loss, [np.ones(2), x])
    assert value == -1.0
    assert (gradients[1] == 0.0).all()
    _, state = term.apply(
        term.init("float64"), framework.array(np.ones(2)), framework.array(x), fake_weight=framework.array(np.zeros(2))
    )
    assert framework.number(state["log_average"]) == np.log(3.0)
    with pytest.raises(ValueError, match="initial must be above 0, got 0"):
        framework.module.MINE(initial=0.0)


# Kept like other states


@pytest.mark.parametrize(
    "term",
    [
        pytest.param(lambda g: g.AugmentationController(interval=2, kimg=0.1), id="augmentation"),
        pytest.param(lambda g: g.Multiplier(0.5), id="multiplier"),
        pytest.param(lambda g: g.MINE(), id="mine"),
        pytest.param(lambda g: g.GradientNormalizer(debias=True), id="normalizer"),
    ],
)
def test_a_module_and_jax_keep_the_same_state(term):
    in_torch, in_jax, module = term(gan), term(ganloss_jax), gan.StatefulModule(term(gan))
    state, of_jax, step = in_torch.init("float64"), in_jax.init("float64"), jax.jit(in_jax.apply)
    module.double()
    n = 2 if isinstance(in_torch, gan.MINE) else 1
    shape = () if isinstance(in_torch, gan.Multiplier) else (4, 2)
    for i in range(5):
        x = [np.asarray(numbers(3 * i + k, *shape)) for k in range(n)]
        value, state = in_torch.apply(state, *map(torch.tensor, x))
        also, of_jax = step(of_jax, *map(jnp.asarray, x))
        np.testing.assert_allclose(np.asarray(also), value.numpy(), rtol=DEEP)
        if not isinstance(in_torch, gan.GradientNormalizer):
            assert torch.equal(module(*map(torch.tensor, x)), value)
    for name, kept in state.items():
        assert float(of_jax[name]) == pytest.approx(kept.item(), rel=DEEP)
        if not isinstance(in_torch, gan.GradientNormalizer):
            assert torch.equal(module.get_buffer(name), kept)
