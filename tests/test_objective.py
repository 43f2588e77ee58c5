"""`Objective`: which terms are computed when, what they keep, what is refused, in both frameworks."""

import copy
import pickle
from dataclasses import replace
from functools import partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from frameworks import JAX, TORCH, ULP, assert_within
from ganloss_core import recipes
from ganloss_core.recipes import Adaptive, Recipe, Term
from ganloss_core.recipes.names import RecipeName

FRAMEWORKS = pytest.mark.parametrize("fw", [TORCH, JAX], ids=["torch", "jax"])
DRAW = np.random.default_rng(3)
REAL, FAKE, HIDDEN = DRAW.normal(size=(3, 4, 5))
W, V, LAST = (DRAW.normal(size=s) for s in ((5, 6), (6,), (5, 5)))


def critic_of(fw, features=False):
    w, v = fw.array(W), fw.array(V)

    def critic(x):
        h = fw.tanh(x @ w)
        return (h @ v, [[h]]) if features else h @ v

    return critic


def numbers(fw, values):
    return {name: fw.number(value) for name, value in values.items()}


def test_editors_know_every_name():
    assert list(get_args(RecipeName)) == recipes.names()


MINE = Recipe(
    title="Mine",
    paper="",
    source="",
    loss="hinge",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("r1", "gamma", every="interval", apart=True),
        "lecam": Term("lecam", 0.1, {"decay": 0.5}),
    },
    generator={"adversarial": Term("adversarial", "weight", start=3), "pixel": Term("given", 2.0, about="a distance")},
    parameters={"gamma": 4.0, "interval": 3, "weight": 0.5},
)


@FRAMEWORKS
def test_the_total_is_the_sum_of_what_the_terms_are_by_hand(fw):
    g, objective, critic = fw.module, fw.module.Objective(MINE, gamma=1.5), critic_of(fw)
    real, fake, state = fw.array(REAL), fw.array(FAKE), objective.init()
    losses = objective.discriminator(critic, real=real, fake=fake, state=state)
    seen, lecam = g.observe(critic, real=real, fake=fake), g.LeCam(0.1, decay=0.5)
    of_lecam, kept = lecam.apply(lecam.init(), seen.real, seen.fake)
    by_hand = {
        "adversarial": g.GANLoss("hinge").discriminator(seen.real, seen.fake),
        "r1": g.r1(seen, 3 * 1.5),
        "lecam": of_lecam,
    }
    assert numbers(fw, losses.terms) == pytest.approx(numbers(fw, by_hand), rel=4 * ULP)
    assert fw.number(losses.total) == pytest.approx(sum(numbers(fw, by_hand).values()), rel=4 * ULP)
    assert numbers(fw, losses.state["lecam"]) == numbers(fw, kept)
    assert numbers(fw, state["lecam"]) == numbers(fw, objective.init()["lecam"])


@FRAMEWORKS
def test_lazy_terms_and_first_steps_go_by_the_number_of_the_step(fw):
    objective, critic = fw.module.Objective(MINE), critic_of(fw)
    given = {"real": fw.array(REAL), "fake": fw.array(FAKE), "state": objective.init()}
    assert [list(objective.discriminator(critic, **given, step=i).terms) for i in range(4)] == [
        ["adversarial", "lecam", "r1"],
        ["adversarial", "lecam"],
        ["adversarial", "lecam"],
        ["adversarial", "lecam", "r1"],
    ]
    assert objective.due(3).discriminator == (("adversarial", "lecam"), ("r1",))
    assert objective.due(4).generator == (("adversarial", "pixel"),)
    whole = objective.discriminator(critic, **given)
    groups = [objective.discriminator(critic, **given, terms=group) for group in objective.due(0).discriminator]
    assert fw.number(whole.total) == pytest.approx(sum(fw.number(each.total) for each in groups), rel=4 * ULP)
    given = {"fake": given["fake"], "pixel": 1.0, "state": given["state"]}
    of_steps = [objective.generator(critic, **given, step=i).terms["adversarial"] for i in (2, 3)]
    expected = 0.5 * fw.module.generator_loss("hinge", critic(given["fake"]))
    assert [fw.number(x) for x in of_steps] == [0.0, fw.number(expected)]


def test_a_step_in_jit_is_an_array_beside_terms_or_static():
    objective, critic = ganloss_jax.Objective(MINE), critic_of(JAX)
    given = {"real": jnp.asarray(REAL), "fake": jnp.asarray(FAKE), "state": objective.init()}

    @partial(jax.jit, static_argnames="terms")
    def traced(step, terms):
        return objective.discriminator(critic, **given, step=step, terms=terms).total

    static = jax.jit(lambda step: objective.discriminator(critic, **given, step=step).total, static_argnums=0)
    (group, _) = objective.due(3).discriminator
    of_group = objective.discriminator(critic, **given, step=3, terms=group).total
    assert float(traced(3, group)) == pytest.approx(float(of_group), rel=4 * ULP)
    assert float(static(3)) == pytest.approx(float(objective.discriminator(critic, **given, step=3).total), rel=4 * ULP)
    with pytest.raises(TypeError, match="must be a Python int"):
        traced(3, None)
    g = jax.jit(lambda step: objective.generator(critic, fake=given["fake"], pixel=0.0, state=given["state"], step=step).total)
    assert float(g(2)) == 0.0 != float(g(3))


@FRAMEWORKS
def test_a_weight_may_move(fw):
    objective, critic = fw.module.Objective("r3gan"), critic_of(fw)
    given = {"real": fw.array(REAL), "fake": fw.array(FAKE)}
    fixed = fw.module.Objective("r3gan", gamma=0.5).discriminator(critic, **given)
    moved = objective.discriminator(critic, **given, gamma=fw.array(np.asarray(0.5)))
    assert numbers(fw, moved.terms) == numbers(fw, fixed.terms)


def test_d_does_not_train_g_and_the_log_holds_no_graph():
    objective, critic = ganloss_torch.Objective("r3gan"), critic_of(TORCH)
    weight = torch.tensor(LAST, requires_grad=True)
    real, fake = torch.tensor(REAL), torch.tensor(HIDDEN) @ weight
    objective.discriminator(critic, real=real, fake=fake).total.backward()
    assert weight.grad is None
    losses = objective.generator(critic, real=real, fake=fake)
    losses.total.backward()
    assert weight.grad is not None
    assert not any(value.requires_grad for value in losses.terms.values())


@FRAMEWORKS
def test_a_weight_that_adapts_to_other_terms(fw):
    recipe = replace(
        MINE,
        generator={
            "pixel": Term("given", 0.3),
            "adversarial": Term("adversarial", "weight", start=1, adaptive=Adaptive(to=("pixel",), settings={"epsilon": 0.1})),
        },
    )
    objective, critic, hidden, real = fw.module.Objective(recipe), critic_of(fw), fw.array(HIDDEN), fw.array(REAL)
    pixel = lambda x: ((x - real) ** 2).mean()
    adversarial = lambda x: fw.module.generator_loss("hinge", critic(x))

    def total(step):
        def of(parameters):
            (last,) = parameters
            fake, layer = hidden @ last, last
            if fw is JAX:
                fake, layer = jax.vjp(lambda w: hidden @ w, last)
            given = {"fake": fake, "pixel": pixel, "last_layer": layer, "state": objective.init()}
            losses = objective.generator(critic, **given, step=step)
            logged.append(losses.terms["adversarial_weight"])
            return losses.total

        return of

    logged = []
    norms = [
        np.linalg.norm(fw.differentiate(lambda p, f=f: f(hidden @ p[0]), [LAST])[1][0])
        for f in (lambda x: 0.3 * pixel(x), adversarial)
    ]
    ratio = norms[0] / (norms[1] + 0.1)
    for step in (0, 1):
        by_hand = lambda p, step=step: 0.3 * pixel(hidden @ p[0]) + step * 0.5 * ratio * adversarial(hidden @ p[0])
        value, gradient = fw.differentiate(total(step), [LAST])
        expected, of_expected = fw.differentiate(by_hand, [LAST])
        assert value == pytest.approx(expected, rel=64 * ULP)
        assert_within(gradient[0], of_expected[0], 64)
    if fw is TORCH:
        assert fw.number(logged[-1]) == pytest.approx(ratio, rel=64 * ULP)


@FRAMEWORKS
def test_a_balancer_has_the_gradient_by_the_fakes(fw):
    recipe = replace(
        MINE,
        generator={"adversarial": Term("adversarial", 3.0), "pixel": Term("given", 1.0), "rest": Term("given", 0.5)},
        balancer={"decay": 0.9},
        balanced=("adversarial", "pixel"),
    )
    objective, critic, hidden, real = fw.module.Objective(recipe), critic_of(fw), fw.array(HIDDEN), fw.array(REAL)
    pixel = lambda x: ((x - real) ** 2).mean()

    def total(parameters):
        fake, rest = hidden @ parameters[0], (parameters[0] ** 2).sum()
        given = {"fake": fake, "pixel": pixel, "rest": rest, "state": objective.init()}
        return objective.generator(critic, **given).total

    of_losses = [lambda p: fw.module.generator_loss("hinge", critic(p[0])), lambda p: pixel(p[0])]
    made = HIDDEN @ LAST
    gradients = [fw.differentiate(f, [made])[1][0] for f in of_losses]
    balancer = fw.module.Balancer({"adversarial": 3.0, "pixel": 1.0}, decay=0.9)
    combined, _ = balancer.apply(balancer.init(), dict(zip(("adversarial", "pixel"), map(fw.array, gradients), strict=True)))
    _, gradient = fw.differentiate(total, [LAST])
    expected = HIDDEN.T @ fw.numpy(combined) + LAST
    assert_within(gradient[0], expected, 64)


@FRAMEWORKS
def test_a_dict_of_critics(fw):
    recipe = replace(
        MINE,
        critics=("a", "b"),
        discriminator={"of_a": Term("adversarial", critic="a"), "of_b": Term("adversarial", 2.0, critic="b")},
        generator={"of_a": Term("adversarial", critic="a"), "features": Term("feature_matching", critic="b")},
    )
    objective, real, fake = fw.module.Objective(recipe), fw.array(REAL), fw.array(FAKE)
    critics = {"a": critic_of(fw), "b": lambda x: (x[:, 0], [[x]])}
    losses = objective.discriminator(critics, real=real, fake=fake)
    of_b = fw.module.discriminator_loss("hinge", real[:, 0], fake[:, 0])
    assert fw.number(losses.terms["of_b"]) == 2.0 * fw.number(of_b)
    losses = objective.generator(critics, real=real, fake=fake)
    assert fw.number(losses.terms["features"]) == pytest.approx(np.abs(REAL - FAKE).mean(), rel=4 * ULP)
    with pytest.raises(TypeError, match="has several critics: give a dict of a, b"):
        objective.generator(critics["a"], real=real, fake=fake)


def test_two_processes_of_a_batch_are_one():
    """As `vmap` over a named axis: the mean of the gradients is that of the whole batch."""
    whole, parts = ganloss_jax.Objective("r3gan"), ganloss_jax.Objective("r3gan", axis_name="devices")

    def loss(objective, w, real, fake):
        return objective.discriminator(lambda x: jnp.tanh(x @ w) @ V, real=real, fake=fake).total

    @jax.jit
    def both(w, real, fake):
        graded = jax.vmap(jax.value_and_grad(partial(loss, parts)), (None, 0, 0), axis_name="devices")
        of_parts = graded(w, real.reshape(2, 2, 5), fake.reshape(2, 2, 5))
        return of_parts, jax.value_and_grad(partial(loss, whole))(w, real, fake)

    (value, gradient), (expected, of_expected) = both(W, REAL, FAKE)
    assert np.asarray(value) == pytest.approx(float(expected), rel=64 * ULP)
    assert_within(np.asarray(gradient.mean(0)), np.asarray(of_expected), 64)


def test_a_compiled_step_is_one_graph():
    objective, critic = ganloss_torch.Objective(MINE), critic_of(TORCH)
    state = objective.init()

    def step(real, fake):
        losses = objective.discriminator(critic, real=real, fake=fake, state=state, step=3)
        return losses.total, losses.terms

    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    total, terms = torch.compile(step, fullgraph=True, backend="eager")(real, fake)
    expected, of_terms = step(real, fake)
    assert numbers(TORCH, {"total": total, **terms}) == pytest.approx(
        numbers(TORCH, {"total": expected, **of_terms}), rel=64 * ULP
    )


@pytest.mark.parametrize("module", [ganloss_torch, ganloss_jax])
def test_an_objective_can_be_copied_and_pickled(module):
    objective = module.Objective("encodec")
    for other in (pickle.loads(pickle.dumps(objective)), copy.deepcopy(objective)):
        assert other.parameters == objective.parameters
        assert repr(other) == repr(objective)


def test_parts_are_the_pieces():
    parts, seen = ganloss_torch.Objective(MINE).parts, ganloss_torch.observe(critic_of(TORCH), real=torch.tensor(REAL))
    assert parts["discriminator"]["r1"](seen).item() == ganloss_torch.r1(seen, 4.0).item()
    assert parts["generator"]["adversarial"].name == "hinge"
    assert parts["discriminator"]["lecam"] == ganloss_torch.LeCam(0.1, decay=0.5)


CALLS = {
    "recipe": (lambda o, k: k["g"].Objective("r4gan"), KeyError, "did you mean 'r3gan'"),
    "no recipe": (lambda o, k: k["g"].Objective(3), TypeError, "a recipe is a name or a Recipe, got int"),
    "parameter": (lambda o, k: k["g"].Objective("r3gan", gama=1.0), TypeError, "no parameter 'gama': it has gamma"),
    "a text": (lambda o, k: k["g"].Objective("r3gan", gamma="1"), TypeError, "gamma must be a number"),
    "missing": (
        lambda o, k: o.generator(**of(k)),
        TypeError,
        "needs pixel= for its term 'pixel', a distance",
    ),
    "too much": (
        lambda o, k: o.discriminator(**of(k), foo=1),
        TypeError,
        "fake, and for this step gamma; got 'foo'",
    ),
    "no state": (lambda o, k: o.discriminator(**{**of(k), "state": None}), TypeError, "keeps a state of lecam"),
    "terms": (
        lambda o, k: o.discriminator(**of(k), terms=["r2"]),
        ValueError,
        "the terms adversarial, r1, lecam, each once; got 'r2'",
    ),
    "step": (lambda o, k: o.discriminator(**of(k), step=-1), ValueError, "step must be the number of a step, 0 or more"),
    "weight": (lambda o, k: o.discriminator(**of(k), gamma="1"), TypeError, "gamma must be a number"),
    "kind": (lambda o, k: k["g"].Objective(with_term(Term("r3"))), ValueError, "the kind of Mine's term 'x' .* got 'r3'"),
    "number": (
        lambda o, k: k["g"].Objective(with_term(Term("r1", "lambda"))),
        ValueError,
        "one of 'gamma', .* 'lambda'",
    ),
    "critic": (lambda o, k: k["g"].Objective(with_term(Term("r1", critic="a"))), ValueError, "the critic of .* got 'a'"),
    "balanced": (
        lambda o, k: k["g"].Objective(replace(MINE, balancer={"decay": 0.5}, balanced=("x",))),
        ValueError,
        "what Mine balances .* got 'x'",
    ),
    "no terms": (lambda o, k: k["g"].Objective(replace(MINE, generator={})), ValueError, "Mine has no term for the generator"),
}


def of(given):
    return {name: value for name, value in given.items() if name != "g"}


def with_term(term):
    return replace(MINE, discriminator={"x": term})


@FRAMEWORKS
@pytest.mark.parametrize("name", CALLS)
def test_what_is_wrong_is_said(fw, name):
    call, error, message = CALLS[name]
    objective = fw.module.Objective(MINE)
    given = {"critic": critic_of(fw), "real": fw.array(REAL), "fake": fw.array(FAKE), "state": objective.init()}
    with pytest.raises(error, match=message):
        call(objective, {"g": fw.module, **given})


def test_gradients_that_cannot_be_are_refused():
    balanced = replace(MINE, generator={"pixel": Term("given")}, balancer={"decay": 0.5}, balanced=("pixel",))
    for module, fw, message in (
        (ganloss_torch, TORCH, "pixel does not depend on the fakes"),
        (ganloss_jax, JAX, "pixel= must be a function of the fakes"),
    ):
        objective = module.Objective(balanced)
        with pytest.raises((RuntimeError, TypeError), match=message):
            objective.generator(critic_of(fw), fake=fw.array(FAKE), pixel=fw.array(np.asarray(1.0)), state=objective.init())
    adaptive = {"pixel": Term("given"), "adversarial": Term("adversarial", adaptive=Adaptive(to=("pixel",)))}
    objective = ganloss_jax.Objective(replace(MINE, generator=adaptive))
    given = {"fake": jnp.asarray(FAKE), "pixel": lambda x: x.mean(), "state": objective.init()}
    with pytest.raises(TypeError, match="in JAX last_layer is the function"):
        objective.generator(critic_of(JAX), **given, last_layer=jnp.asarray(LAST))
