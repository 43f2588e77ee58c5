"""Every recipe's step of D and of G beside the transcription of the original's trainer, in both frameworks.

Small networks in float64 with the same parameters: values, gradients of the critic's parameters and of the generator's, states.
"""

from dataclasses import fields, replace
from functools import cache, partial

import jax
import numpy as np
import pytest
import torch

from frameworks import JAX, TORCH, assert_within
from ganloss_core import recipes
from recipe_cases import CASES, both_sides, given, in_jax, witness

PLAYERS = ("discriminator", "generator")
SIGMAS = {"afm": 0.01, "apt": 0.1, "gat": 0.01}


def flat(arrays):
    return np.concatenate([np.ravel(np.asarray(a)) for a in arrays])


def ours(fw, recipe, name, player, x, step=None, **parameters):
    """A step of the Objective, from a state that has what the inputs have of it."""
    case, objective = CASES[name], fw.module.Objective(recipe, **{**CASES[name].parameters, **parameters})
    known, array = case.state(x), partial(torch.as_tensor, dtype=torch.float64) if fw is TORCH else fw.array
    state = {
        term: {key: array(known.get(term, {}).get(key, value)) for key, value in of.items()}
        for term, of in objective.init("float64").items()
    }
    play, arguments = (objective.discriminator, case.d) if player == "discriminator" else (objective.generator, case.g)
    named = {**both_sides(name, x), **arguments(x)}
    return play(case.critic(x), **named, state=state, step=case.step if step is None else step)


def by_torch(total, x, player):
    """The gradient of D's step by the critic; of G's by the fakes and by the generator's parameters."""
    at = [*x.of_critic.values()] if player == "discriminator" else [x.fake, *x.generator_parameters]
    gradients = torch.autograd.grad(total, at, allow_unused=True, materialize_grads=True)
    return [flat(gradients)] if player == "discriminator" else [flat(gradients[:1]), flat(gradients[1:])]


@cache
def theirs(name, player):
    x = given(name)
    found = witness(name, player, x)
    total = sum(value for key, value in found.items() if not key.startswith("state:"))
    stateful = any(key.startswith("state:") for key in found)
    return total.item(), by_torch(total, x, player), CASES[name].after(found) if stateful else {}


def in_pytorch(name):
    """Of each player the value, gradients and state of a step."""
    for player in PLAYERS:
        x = given(name)
        losses = ours(TORCH, name, name, player, x)
        yield losses.total.item(), by_torch(losses.total, x, player), losses.state


def compiled_in_jax(name):
    """The same; both players' steps are one program."""
    x = given(name)
    of_critic, of_generator = (
        {key: value.detach().numpy() for key, value in parameters.items()}
        for parameters in (x.of_critic, dict(x.generator.named_parameters()) if hasattr(x, "generator") else {})
    )

    def total(player, at):
        weights, fake, of_generator = (at, None, None) if player == "discriminator" else (of_critic, *at)
        arrays = in_jax(x, weights, of_generator or {})
        arrays.fake = arrays.fake if fake is None else fake
        losses = ours(JAX, name, name, player, arrays)
        return losses.total, losses.state

    graded = [jax.value_and_grad(partial(total, player), has_aux=True) for player in PLAYERS]
    at = of_critic, (x.fake.detach().numpy(), of_generator)
    of_d, of_g = jax.jit(lambda *at: [step(of) for step, of in zip(graded, at, strict=True)])(*at)
    (value, state), gradient = of_d
    yield float(value), [flat(gradient[key] for key in of_critic)], state
    (value, state), (by_fakes, by_generator) = of_g
    through = torch.autograd.grad(x.fake, x.generator_parameters, torch.from_numpy(np.array(by_fakes)))
    direct = [by_generator[key] for key in of_generator] or [0.0] * len(through)
    yield float(value), [flat([by_fakes]), flat(a.numpy() + b for a, b in zip(through, direct, strict=True))], state


def ways(name):
    """Of a recipe's table what has code of its own: kinds of terms, with what else is said of each, and of the whole."""
    recipe = recipes.recipe(name)
    found = {(field, bool(getattr(recipe, field))) for field in ("balancer", "normalizer", "balanced", "observe", "critics")}
    for player in PLAYERS:
        for term in recipe.terms(player).values():
            said = {field.name for field in fields(term) if getattr(term, field.name) not in (field.default, None, (), {}, "")}
            found |= {(player, term.kind, what) for what in said - {"kind", "weight"} | set(term.settings)}
            found.add((player, term.kind))
    return found


# A table is the same in both frameworks: JAX has all ways that tables have, and the other recipes in the long tests.
IN_JAX, had = [], set()
for name in sorted(recipes.names(), key=lambda name: -len(ways(name))):
    if not ways(name) <= had:
        IN_JAX.append(name)
        had |= ways(name)


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        pytest.param(steps, name, marks=[pytest.mark.long] * (steps is compiled_in_jax and name not in IN_JAX))
        for name in recipes.names()
        for steps in (in_pytorch, compiled_in_jax)
    ],
)
def test_a_step_is_that_of_the_original(steps, name):
    for player, (value, gradients, state) in zip(PLAYERS, steps(name), strict=True):
        expected, of_expected, after = theirs(name, player)
        # Squares of differences lose what these cancel: 1 / sigma of the roundings.
        lost = 1.0 / SIGMAS.get(name, 1.0) if player == "discriminator" else 1.0
        assert_within(value, expected, 64 * lost)
        for a, b in zip(gradients, of_expected, strict=True):
            assert np.abs(b).max() > 0.0
            assert_within(a, b, 256 * lost)
        for term, kept in after.items():
            for key, number in kept.items():
                assert_within(state[term][key], number, 64)


def seen(recipe, name, steps, **parameters):
    """All that a user sees of some steps."""
    objective = TORCH.module.Objective(recipe, **{**CASES[name].parameters, **parameters})
    found = [float(len(group)) for i in range(33) for groups in objective.due(i) for group in groups]
    for player in PLAYERS:
        for step in steps:
            losses = ours(TORCH, recipe, name, player, given(name), step, **parameters)
            found += [losses.total.item(), *(value.item() for of in losses.state.values() for value in of.values())]
    return found


@pytest.mark.parametrize("name", recipes.names())
def test_every_number_counts(name):
    """With another one the test above would fail."""
    recipe = recipes.recipe(name)
    terms = [(player, key, term) for player in PLAYERS for key, term in recipe.terms(player).items()]
    numbers = {**recipe.parameters, **CASES[name].parameters}
    # Also those at which something starts.
    steps = sorted({CASES[name].step, *(int(numbers[term.start]) for *_, term in terms if isinstance(term.start, str))})
    before = seen(recipe, name, steps)
    # A target that doubles would be no mean of signs.
    others = [(recipe, {key: -value if key == "ada_target" else 2 * value or 1}) for key, value in numbers.items()]
    for player, key, term in terms:
        if term.kind != "augmentation":
            doubled = {**recipe.terms(player), key: replace(term, weight=(2.0, *term.factors))}
            others.append((replace(recipe, **{player: doubled}), {}))
    for other, parameters in others:
        after = seen(other, name, steps, **parameters)
        assert len(after) != len(before) or not np.allclose(after, before, rtol=1e-9, atol=0.0), (other.generator, parameters)


@pytest.mark.parametrize("name", ["llamagen", "vqgan"])
@pytest.mark.parametrize("step", [19_999, 20_000])
def test_d_starts_late(name, step):
    for player in PLAYERS:
        x = given(name)
        losses = ours(TORCH, name, name, player, x, step, disc_start=20_000)
        x.step, x.disc_start = step, 20_000
        assert_within(losses.total, sum(witness(name, player, x).values()), 64)
