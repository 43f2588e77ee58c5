"""`Objective`: weights that are products, and terms whose gradients are combined, in both frameworks."""

from dataclasses import replace

import numpy as np
import pytest

from frameworks import JAX, TORCH, ULP, assert_within
from ganloss_core.recipes import Recipe, Term, rows

FRAMEWORKS = pytest.mark.parametrize("fw", [TORCH, JAX], ids=["torch", "jax"])
DRAW = np.random.default_rng(5)
REAL, FAKE, HIDDEN = DRAW.normal(size=(3, 4, 5))
W, LAST = DRAW.normal(size=5), DRAW.normal(size=(5, 5))
MINE = Recipe(
    title="Mine",
    paper="",
    source="",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial"), "r1": Term("r1", (2.0, "all", "gamma"))},
    generator={"adversarial": Term("adversarial", "all"), "pixel": Term("given", 0.5, about="a distance")},
    parameters={"all": 0.25, "gamma": 4.0},
)


def critic_of(fw):
    w = fw.array(W)
    return lambda x: fw.tanh(x) @ w


@FRAMEWORKS
def test_a_weight_is_a_product(fw):
    objective, given = fw.module.Objective(MINE), {"real": fw.array(REAL), "fake": fw.array(FAKE)}
    seen = fw.module.observe(critic_of(fw), real=given["real"])
    r1 = lambda **numbers: fw.number(objective.discriminator(critic_of(fw), **given, **numbers).terms["r1"])
    # The factors are powers of two.
    assert r1() == fw.number(fw.module.r1(seen, 2.0))
    assert r1(gamma=8.0) == fw.number(fw.module.r1(seen, 4.0))
    assert fw.number(objective.parts["discriminator"]["r1"](seen)) == r1()
    assert rows(MINE)[1].weight == "2.0 times all = 0.25 times gamma = 4.0"


@FRAMEWORKS
def test_a_gradient_goes_through_a_normalizer(fw):
    recipe = replace(MINE, normalizer={"target": 0.5, "decay": 0.75}, balanced=("adversarial",))
    objective, critic, hidden = fw.module.Objective(recipe), critic_of(fw), fw.array(HIDDEN)
    adversarial = fw.differentiate(lambda p: 0.25 * fw.module.generator_loss("hinge", critic(p[0])), [HIDDEN @ LAST])
    normalizer = fw.module.GradientNormalizer(0.5, decay=0.75)
    kept, state = normalizer.init(), objective.init()

    def total(parameters, state):
        fake = hidden @ parameters[0]
        return objective.generator(critic, fake=fake, pixel=(fake**2).sum(), state=state)

    for _ in range(2):
        by_fakes, kept = normalizer.apply(kept, fw.array(adversarial[1][0]))
        expected = HIDDEN.T @ (fw.numpy(by_fakes) + HIDDEN @ LAST)
        value, gradient = fw.differentiate(lambda p, state=state: total(p, state).total, [LAST])
        # The normalised gradient and the other's, of 20 products each, summed in another order.
        assert_within(gradient[0], expected, 256)
        assert value == pytest.approx(adversarial[0] + 0.5 * ((HIDDEN @ LAST) ** 2).sum(), rel=64 * ULP)
        # Outside of a transformation, where JAX has no traced state.
        last = fw.array(LAST)
        state = total([last.requires_grad_() if fw is TORCH else last], state).state
        assert fw.number(state["normalizer"]["square"]) == pytest.approx(fw.number(kept["square"]), rel=8 * 2.0**-23)


@FRAMEWORKS
def test_a_balancer_is_that_of_g(fw):
    objective = fw.module.Objective(replace(MINE, balancer={"decay": 0.5}, balanced=("adversarial", "pixel")))
    given = {"real": fw.array(REAL), "fake": fw.array(FAKE), "state": objective.init()}
    of_d = objective.discriminator(critic_of(fw), **given).terms["adversarial"]
    expected = fw.module.discriminator_loss("hinge", critic_of(fw)(given["real"]), critic_of(fw)(given["fake"]))
    assert fw.number(of_d) == fw.number(expected)
    # Its weights are those that it was made with.
    with pytest.raises(TypeError, match="all is fixed when the objective is made"):
        objective.generator(critic_of(fw), fake=given["fake"], pixel=lambda x: (x**2).sum(), state=given["state"], all=1.0)


def test_what_looks_at_no_critic_need_not_name_one():
    recipe = replace(
        MINE,
        critics=("a", "b"),
        discriminator={"adversarial": Term("adversarial", critic="a")},
        generator={"adversarial": Term("adversarial", critic="b"), "pixel": Term("given")},
    )
    assert TORCH.module.Objective(recipe).needs("generator") == ("fake", "pixel")
    with pytest.raises(ValueError, match=r"the critic of .* must be one of 'a', 'b', got ''"):
        TORCH.module.Objective(replace(recipe, generator=MINE.generator))
