"""`Objective`: samples of each critic, heads that terms are of, settings that are parameters, conditions that do not match."""

from dataclasses import replace

import numpy as np
import pytest

from frameworks import JAX, TORCH, ULP
from ganloss_core.recipes import Recipe, Term

FRAMEWORKS = pytest.mark.parametrize("fw", [TORCH, JAX], ids=["torch", "jax"])
DRAW = np.random.default_rng(5)
REAL, FAKE = DRAW.normal(size=(2, 4, 5))
W, FIRST, OTHER = (DRAW.normal(size=s) for s in ((5, 6), (6, 2), (6, 3)))
ONE = Recipe(
    title="Mine",
    paper="",
    source="",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
)


def heads(fw):
    def critic(x, shift=0.0):
        h = fw.tanh(x @ fw.array(W) + shift)
        return [h @ fw.array(FIRST), h @ fw.array(OTHER), h * h]

    return critic


@FRAMEWORKS
def test_critics_may_have_samples_and_arguments_of_their_own(fw):
    terms = {"of_a": Term("adversarial", critic="a"), "of_b": Term("adversarial", critic="b")}
    objective = fw.module.Objective(replace(ONE, critics=("a", "b"), discriminator=terms, generator=terms))
    critics = {"a": lambda x, y: y * x[:, 0], "b": lambda x, y: y * x[:, 1]}
    x, y = fw.array(REAL), fw.array(FAKE)
    given = {"fake": {"a": x, "b": y}, "fake_args": {"a": (2.0,), "b": (3.0,)}}
    expected = {"of_a": -2.0 * REAL[:, 0].mean(), "of_b": -3.0 * FAKE[:, 1].mean()}
    losses = objective.generator(critics, **given)
    assert {name: fw.number(value) for name, value in losses.terms.items()} == pytest.approx(expected, rel=64 * ULP)
    losses = objective.discriminator(critics, real={"a": y, "b": x}, real_args=(1.0,), **given)
    by_hand = {
        "of_a": fw.module.discriminator_loss("hinge", y[:, 0], 2.0 * x[:, 0]),
        "of_b": fw.module.discriminator_loss("hinge", x[:, 1], 3.0 * y[:, 1]),
    }
    assert {name: fw.number(v) for name, v in losses.terms.items()} == {name: fw.number(v) for name, v in by_hand.items()}


@FRAMEWORKS
def test_terms_of_the_first_head_and_of_the_others(fw):
    terms = {"first": Term("adversarial", settings={"of": "first"}), "others": Term("adversarial", settings={"of": "others"})}
    recipe = replace(
        ONE,
        settings={"heads": "sum"},
        discriminator={**terms, "r2": Term("r2", 3.0, settings={"of": "share"})},
        generator=terms,
        parameters={"share": 0.25},
    )
    objective, critic, real, fake = fw.module.Objective(recipe, share=0.5), heads(fw), fw.array(REAL), fw.array(FAKE)
    r, f = critic(real), critic(fake)
    d, g = fw.module.discriminator_loss, fw.module.generator_loss
    found = objective.discriminator(critic, real=real, fake=fake).terms
    assert fw.number(found["first"]) == pytest.approx(fw.number(d("hinge", r[0], f[0])), rel=64 * ULP)
    assert fw.number(found["others"]) == pytest.approx(fw.number(d("hinge", r[1:], f[1:], heads="sum")), rel=64 * ULP)
    slope = lambda x: (1.0 - np.tanh(x @ W) ** 2, np.tanh(x @ W))
    of_tanh, h = slope(FAKE)
    gradient = (of_tanh * (FIRST.sum(1) + 0.5 * (OTHER.sum(1) + 2.0 * h))) @ W.T
    assert fw.number(found["r2"]) == pytest.approx(1.5 * (gradient**2).sum(1).mean(), rel=256 * ULP)
    found = objective.generator(critic, fake=fake).terms
    assert fw.number(found["others"]) == pytest.approx(fw.number(g("hinge", f[1:], heads="sum")), rel=64 * ULP)


@FRAMEWORKS
@pytest.mark.parametrize("low", [False, True])
def test_conditions_that_do_not_match_make_fakes(fw, low):
    settings = {"loss": "logistic", "low_for_real": low, "of": "first"}
    recipe = replace(ONE, discriminator={"mismatched": Term("mismatched", 0.5, settings)})
    objective, critic = fw.module.Objective(recipe), heads(fw)
    given = {"real": fw.array(REAL), "fake": fw.array(FAKE), "mismatched_args": (0.3,)}
    logits = lambda x, shift: np.tanh(x @ W + shift) @ FIRST * (-1.0 if low else 1.0)
    of = lambda *each: sum(0.5 * np.log1p(np.exp(logits(*one))).mean() for one in each)
    losses = objective.discriminator(critic, **given)
    assert fw.number(losses.total) == pytest.approx(of((REAL, 0.3), (FAKE, 0.3)), rel=64 * ULP)
    losses = objective.discriminator(critic, **given, mismatched_fake_args={"shift": 0.7})
    assert fw.number(losses.total) == pytest.approx(of((REAL, 0.3), (FAKE, 0.7)), rel=64 * ULP)


@FRAMEWORKS
def test_a_setting_may_be_a_parameter_and_a_term_of_d_a_function_of_what_was_observed(fw):
    recipe = replace(
        ONE,
        discriminator={
            "penalty": Term("wgan_gp", settings={"target": "norm", "at": "real"}),
            "restored": Term("given", 2.0),
            "p": Term("augmentation", settings={"target": "ada_target", "interval": 1, "kimg": 0.008}),
        },
        parameters={"norm": 1.0, "ada_target": 0.6},
    )
    objective, x = fw.module.Objective(recipe, norm=3.0, ada_target=-0.5), fw.array(REAL)
    critic = lambda x: (5.0 * x[:, 0], x * x)
    restored = lambda seen: seen.real_features.mean()
    losses = objective.discriminator(critic, real=abs(x), fake=x, restored=restored, state=objective.init())
    assert {name: fw.number(value) for name, value in losses.terms.items()} == pytest.approx(
        {"penalty": 4.0, "restored": 2.0 * (REAL**2).mean(), "p": 0.5}, rel=64 * ULP
    )
    assert objective.parts["discriminator"]["penalty"].keywords["target"] == 3.0
