"""`Objective` refuses what would be another number: contradictions of tables, steps, masks, vectors, what is shared."""

import copy
import pickle
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from flax import nnx

import ganloss_jax
import ganloss_torch
from frameworks import JAX, TORCH, ULP, assert_within
from ganloss_core import recipes
from ganloss_core.recipes import Adaptive, Recipe, Term

FRAMEWORKS = pytest.mark.parametrize("fw", [TORCH, JAX], ids=["torch", "jax"])
DRAW = np.random.default_rng(8)
REAL, FAKE, W, V = DRAW.normal(size=(6, 3)), DRAW.normal(size=(6, 3)), DRAW.normal(size=(3, 4)), DRAW.normal(size=4)
HINGE = Recipe.of_loss("hinge")


def critic_of(fw):
    return lambda x: fw.tanh(x @ fw.array(W)) @ fw.array(V)


def sides(fw):
    return {"real": fw.array(REAL), "fake": fw.array(FAKE)}


def of_d(**terms):
    return replace(HINGE, discriminator={**HINGE.discriminator, **terms})


def of_g(**terms):
    return replace(HINGE, generator={**HINGE.generator, **terms})


TABLES = {
    "an interval": (of_d(r1=Term("r1", every=-1)), "interval of 'r1' must be a number of steps, 1 or more, got -1"),
    "half an interval": (of_d(r1=Term("r1", every=1.5)), "interval of 'r1' must be"),
    "a start": (of_d(r1=Term("r1", start=-5)), "first step of 'r1' must be the number of a step, 0 or more"),
    "a setting": (of_d(gp=Term("wgan_gp", settings={"targt": 1.0})), "a setting of hinge's term 'gp' .* got 'targt'"),
    "a weight": (of_d(r1=Term("r1", float("nan"))), "must be finite, got nan"),
    "what is observed": (replace(HINGE, observe={"jont": True}), "what hinge observes must be one of 'joint'"),
    "whose is first": (replace(HINGE, observe={"first": "nobody"}), "first must be one of 'real', 'fake'"),
    "a balancer of nothing": (replace(HINGE, balancer={"decay": 0.5}), "must say what goes through its balancer"),
    "two ways": (
        replace(HINGE, balancer={"decay": 0.5}, normalizer={"decay": 0.5}, balanced=("adversarial",)),
        "the gradients go through one of them",
    ),
    "a late balanced term": (
        replace(of_g(mel=Term("given", start=9)), balancer={"decay": 0.5}, balanced=("adversarial", "mel")),
        "whose weight cannot change besides",
    ),
    "adapted to nothing": (of_g(adversarial=Term("adversarial", adaptive=Adaptive(to=()))), "adapted to other terms"),
    "adapted to itself": (of_g(adversarial=Term("adversarial", adaptive=Adaptive(to=("adversarial",)))), "to other terms"),
    "a name": (of_g(fake=Term("given")), "needs another: fake is an argument, or a parameter"),
    "a name that is drawn": (of_d(mix=Term("given"), gp=Term("wgan_gp")), "mix is an argument"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_contradicts_itself(name):
    table, message = TABLES[name]
    with pytest.raises(ValueError, match=message):
        ganloss_torch.Objective(table)


@pytest.mark.parametrize("interval", [-16, 0, 2.5])
def test_intervals_are_whole(interval):
    with pytest.raises(ValueError, match="the interval of 'r1' must be a number of steps, 1 or more"):
        ganloss_jax.Objective("stylegan2", d_reg_interval=interval)


@FRAMEWORKS
@pytest.mark.parametrize("terms", [None, ("adversarial",)])
def test_a_step_is_a_whole_number(fw, terms):
    objective, given = fw.module.Objective(of_d(r1=Term("r1"))), sides(fw)
    for step in (-1, True, 1.5, "a", None, fw.array(np.asarray(1.5)), fw.array(np.asarray([1.0, 2.0]))):
        with pytest.raises((TypeError, ValueError), match="step must be"):
            objective.discriminator(critic_of(fw), **given, step=step, terms=terms)
    a, b = (objective.discriminator(critic_of(fw), **given, step=step, terms=terms).total for step in (3, np.int64(3)))
    assert fw.number(a) == fw.number(b)


@FRAMEWORKS
@pytest.mark.parametrize("terms", [(), ("r1", "r1")])
def test_terms_are_named_once(fw, terms):
    with pytest.raises(ValueError, match="has the terms adversarial, r1, each once"):
        fw.module.Objective(of_d(r1=Term("r1"))).discriminator(critic_of(fw), **sides(fw), terms=terms)


@FRAMEWORKS
def test_a_masked_sample_has_no_part_in_a_penalty_either(fw):
    """Padding of a last batch: the terms are those of the samples that are there."""
    recipe = of_d(r1=Term("r1"), r2=Term("r2"), gp=Term("wgan_gp"), drift=Term("drift", 0.1, {"of": "both"}))
    objective, there = fw.module.Objective(recipe), np.arange(6) < 4
    mix = np.linspace(0.1, 0.9, 6)
    some = objective.discriminator(critic_of(fw), real=fw.array(REAL[:4]), fake=fw.array(FAKE[:4]), mix=fw.array(mix[:4]))
    padded = [np.where(there[:, None], x, 1e3) for x in (REAL, FAKE)]
    weights = dict.fromkeys(("real_weight", "fake_weight"), fw.array(there, "bool"))
    masked = objective.discriminator(
        critic_of(fw), real=fw.array(padded[0]), fake=fw.array(padded[1]), mix=fw.array(mix), **weights
    )
    for name, value in some.terms.items():
        assert fw.number(masked.terms[name]) == pytest.approx(fw.number(value), rel=64 * ULP)


@FRAMEWORKS
def test_weights_of_patches_weigh_no_penalty(fw):
    objective, given = fw.module.Objective(of_d(r1=Term("r1"))), sides(fw)
    weights = dict.fromkeys(("real_weight", "fake_weight"), fw.array(np.ones((6, 3))))
    with pytest.raises(ValueError, match="a penalty weighs samples, of which there are 6"):
        objective.discriminator(lambda x: x * x, **given, **weights)


@FRAMEWORKS
def test_a_term_is_one_number(fw):
    objective = fw.module.Objective(of_g(mel=Term("given")))
    for mel in (fw.array(np.ones(6)), lambda x: (x * x).mean(1)):
        with pytest.raises(ValueError, match=r"hinge's term 'mel' must be one number, got shape \(6,\)"):
            objective.generator(critic_of(fw), fake=fw.array(FAKE), mel=mel)


@FRAMEWORKS
def test_noise_of_differences_is_a_dict_by_side(fw):
    objective, given = fw.module.Objective("apt"), sides(fw)
    for noise in (fw.array(REAL), {"reel": fw.array(REAL)}):
        with pytest.raises(TypeError, match="noise of finite differences is a dict by side"):
            objective.discriminator(critic_of(fw), **given, noise=noise)


@FRAMEWORKS
def test_a_mask_that_would_broadcast(fw):
    """Images and scores of one size and as many classes: the mask of one has the shape of no mask of the other."""
    images, mask = DRAW.normal(size=(2, 2, 3, 3)), DRAW.uniform(size=(2, 1, 3, 3)) < 0.5
    scores = lambda x: (x[:, 0] + 2.0 * x[:, 1])[..., None] * fw.array(np.reshape([1.0, -1.0, 0.5], (1, 1, 1, 3)))
    given = {"real": fw.array(images), "fake": fw.array(images + 1.0), "mask": fw.array(mask, "bool")}
    labels = fw.array(np.zeros((2, 3, 3)), "int32")
    objective = fw.module.Objective("oasis")
    with pytest.raises(ValueError, match="give mask_of_logits="):
        objective.discriminator(scores, **given, real_labels=labels)
    last = fw.array(np.moveaxis(mask, 1, -1), "bool")
    assert np.isfinite(fw.number(objective.discriminator(scores, **given, real_labels=labels, mask_of_logits=last).total))
    given["mask"] = fw.array(mask[:, :, :1], "bool")
    with pytest.raises(ValueError, match="the shape of the images with one channel"):
        objective.discriminator(scores, **given, real_labels=labels, mask_of_logits=last)


@FRAMEWORKS
def test_what_weighed_terms_need_is_named(fw):
    objective = fw.module.Objective("vqgan")
    given = {"fake": fw.array(FAKE), "last_layer": fw.array(W) if fw is TORCH else lambda g: g}
    with pytest.raises(ValueError, match="is adapted to pixel, perceptual: name pixel and perceptual in terms as well"):
        objective.generator(critic_of(fw), **given, terms=("adversarial",))
    objective = fw.module.Objective("encodec")
    with pytest.raises(ValueError, match="are balanced together"):
        objective.generator(critic_of(fw), **sides(fw), terms=("adversarial",), state=objective.init())


@FRAMEWORKS
def test_features_that_are_not_there(fw):
    with pytest.raises(TypeError, match=r"needs a critic that returns \(logits, features\)"):
        fw.module.Objective("hifigan").generator(critic_of(fw), **sides(fw), mel=0.0)


@FRAMEWORKS
def test_arguments_of_a_critic_are_a_tuple(fw):
    with pytest.raises(TypeError, match="is a tuple, or a dict by name, got"):
        fw.module.Objective("sngan").discriminator(lambda x, y: x[:, 0], **sides(fw), real_args=fw.array(REAL))


def test_the_last_layer_is_a_parameter():
    layer, given = torch.nn.Linear(3, 3), {"pixel": 1.0, "perceptual": 1.0, "codebook": 1.0}
    with pytest.raises(TypeError, match=r"got Linear: its \.weight"):
        ganloss_torch.Objective("vqgan").generator(lambda x: x[:, 0], fake=layer(torch.ones(2, 3)), last_layer=layer, **given)


def test_reals_have_no_gradient_in_g_s_step():
    objective = ganloss_jax.Objective("r3gan")
    of_reals = jax.grad(lambda real: objective.generator(critic_of(JAX), real=real, fake=FAKE).total)
    assert not np.any(of_reals(jnp.asarray(REAL)))


def test_tables_are_shared_and_do_not_change():
    table = recipes.recipe("r3gan")
    mine = replace(table, title="mine")
    for of in (table.discriminator, mine.parameters, table.discriminator["r1"].settings):
        with pytest.raises(TypeError, match="a table does not change"):
            of["gamma"] = 77.0
    given = {"gamma": 1.0}
    mine = replace(table, parameters=given)
    given["gamma"] = 77.0
    assert mine.parameters == {"gamma": 1.0}
    for other in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        assert other == mine
        with pytest.raises(TypeError, match="a table does not change"):
            other.parameters.update(gamma=77.0)


@pytest.mark.parametrize("module", [ganloss_torch, ganloss_jax])
def test_an_objective_is_fixed_when_it_is_made(module):
    objective = module.Objective("r3gan")
    for name in ("gamma", "parameters", "loss"):
        with pytest.raises(AttributeError, match=f"make a new one instead of setting '{name}'"):
            setattr(objective, name, 3.0)
    with pytest.raises(TypeError, match="a table does not change"):
        objective.parameters["gamma"] = 3.0


def test_states_that_are_none():
    with pytest.raises(TypeError, match="R3GAN keeps no state, got one of lecam"):
        ganloss_torch.Objective("r3gan").discriminator(critic_of(TORCH), **sides(TORCH), state={"lecam": {}})


@pytest.mark.parametrize("name", ["vqgan", "encodec"])
def test_modules_of_nnx_that_change_are_weighed_too(name):
    """What batch norm keeps is moved once for the fakes, and once for the reals where a term looks at them."""

    class Critic(nnx.Module):
        def __init__(self, rngs):
            self.first, self.norm = nnx.Linear(3, 4, rngs=rngs), nnx.BatchNorm(4, rngs=rngs, momentum=0.5)
            self.last = nnx.Linear(4, 1, rngs=rngs)

        def __call__(self, x):
            h = jnp.tanh(self.norm(self.first(x)))
            return self.last(h), [[h]]

    objective, real = ganloss_jax.Objective(name), jnp.asarray(REAL, "float32")
    gap = lambda x: jnp.abs(x - real).mean()
    given = (
        {"pixel": gap, "perceptual": gap, "codebook": 0.0}
        if name == "vqgan"
        else {"waveform": gap, "mel": gap, "commitment": 0.0}
    )
    hidden = jnp.asarray(FAKE, "float32")

    @nnx.jit
    def step(critic, weight):
        def of(weight, critic):
            fake, pull = jax.vjp(lambda w: hidden @ w, weight)
            more = {"last_layer": pull} if name == "vqgan" else {"real": real}
            return objective.generator(critic, fake=fake, **given, **more, state=objective.init()).total

        return nnx.value_and_grad(of)(weight, critic)

    weight, critic = jnp.eye(3, dtype="float32"), Critic(nnx.Rngs(0))
    value, gradient = step(critic, weight)
    plain = Critic(nnx.Rngs(0))
    for x in ([real] if name == "encodec" else []) + [hidden @ weight]:
        plain(x)
    assert_within(np.asarray(critic.norm.mean[...]), np.asarray(plain.norm.mean[...]), 16, "float32")
    assert np.isfinite(value)
    assert np.abs(gradient).max() > 1e-3
