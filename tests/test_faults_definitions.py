"""Mistakes in a loss of the user's own, which must not pass for a loss without the part that went missing."""

import functools

import numpy as np
import pytest

from adapters import RULES, draw
from cases import each
from ganloss_core import BatchLoss, Loss, Sides, Variant, all_pairs, get, names
from ganloss_core.backends import array_api, exact, reference
from ganloss_core.spec.checked import with_checked_parts
from ganloss_core.spec.game import game

X = np.array([[1.0], [0.25], [-2.0]])


def batch(discriminator, **given):
    return lambda ops: BatchLoss(discriminator=discriminator, **given)


def nothing(*_):
    """A function whose `return` was forgotten."""


def both(r, f, E):
    return Sides(real=-r, fake=f)


FORGOTTEN = {
    "discriminator": (batch(nothing), "discriminator must return ganloss_core.Sides, got NoneType"),
    "the real part": (batch(lambda r, f, E: Sides(real=nothing(r), fake=f)), "Sides without a real part"),
    "the fake part": (batch(lambda r, f, E: Sides(real=r, fake=nothing(f))), "Sides without a fake part"),
    "both parts": (batch(lambda r, f, E: Sides(nothing(r), nothing(f))), "Sides without any part"),
    "of vectors": (batch(lambda r, f, E: Sides(real=E.sum(r), fake=nothing(f)), sample="vector"), "without a fake part"),
    "of one side": (batch(lambda r, f, E: Sides(nothing(r)), one_side=True), "Sides without any part"),
    "a coupling": (
        lambda ops: Loss(real=ops.relu, fake=ops.relu, coupling=lambda *, real, fake: nothing),
        "a coupling must return ganloss_core.Sides, got NoneType",
    ),
    "a coupling's function": (
        lambda ops: Loss(real=ops.relu, fake=ops.relu, coupling=lambda *, real, fake: nothing(real)),
        r"a coupling must return a function of \(real, fake, E\), got NoneType",
    ),
    "a coupling's part": (
        lambda ops: Loss(
            real=ops.relu,
            fake=ops.relu,
            coupling=lambda *, real, fake: lambda r, f, E: Sides(real=nothing(real(r)), fake=fake(f)),
        ),
        "a coupling returned Sides without a real part",
    ),
    "pairs_mean": (
        lambda ops: Loss(real=ops.relu, fake=ops.relu, coupling=all_pairs, pairs_mean=nothing),
        "pairs_mean returned None",
    ),
    "a variant's loss": (lambda ops: Variant(discriminator=Loss(real=nothing, fake=ops.relu)), "the real term returned None"),
    "an activation": (
        lambda ops: Variant(discriminator=Loss(real=ops.relu, fake=ops.relu), activation=nothing),
        "the activation returned None",
    ),
}

SHAPES = {
    "one number": (
        batch(lambda r, f, E: Sides(real=E.real(r), fake=f)),
        r"one real value a sample, shape \(3, 1\), got shape \(\)",
    ),
    "sliced": (
        batch(lambda r, f, E: Sides(real=r, fake=f[:1])),
        r"one fake value a sample, shape \(3, 1\), got shape \(1, 1\)",
    ),
    "a vector": (batch(lambda r, f, E: Sides(real=r, fake=f), sample="vector"), r"shape \(3,\), got shape \(3, 1\)"),
    "a Python number": (
        batch(lambda r, f, E: Sides(real=r, fake=f, batch=1.0)),
        r"one number for the batch, shape \(\), got float",
    ),
    "the batch": (batch(lambda r, f, E: Sides(batch=r - f)), r"one number for the batch, shape \(\), got shape \(3, 1\)"),
    "pairs": (batch(lambda r, f, E: Sides(pair=(r - f)[:2])), r"one value a pair, shape \(3, 3\), got shape \(2, 1\)"),
    "paired": (batch(lambda r, f, E: Sides(pair=E.real(r - f)), paired="always"), r"one value a pair, .* got shape \(\)"),
    "pairs_mean": (
        lambda ops: Loss(real=ops.relu, fake=ops.relu, coupling=all_pairs, pairs_mean=lambda r, f, E: r - f),
        r"pairs_mean must return one number, shape \(\), got shape \(3, 1\)",
    ),
}
MISTAKES = {**{f"no {k}": (v, TypeError) for k, v in FORGOTTEN.items()}, **{k: (v, ValueError) for k, v in SHAPES.items()}}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_part_that_went_missing(adapter, name):
    (definition, match), error = MISTAKES[name]
    x = adapter.array(X)
    calls = (
        lambda: adapter.loss(definition).discriminator(x, x),
        lambda: adapter.loss(definition).discriminator_terms(x, x),
        lambda: adapter.loss(definition).discriminator([x], [x]),
        lambda: adapter.loss(definition).generator(x, real=x),
    )
    for call in calls:
        with pytest.raises(error, match=match):
            call()


def test_every_other_way_to_call_says_so_too():
    definition, match = FORGOTTEN["the real part"]
    for value_and_grad in (reference.value_and_grad, exact.value_and_grad, array_api.Library(np).value_and_grad):
        with pytest.raises(TypeError, match=match):
            value_and_grad(definition, X, X)
    with pytest.raises(TypeError, match=match):
        reference.discriminator_loss(definition, X, X)


def test_the_generators_function(adapter):
    x = adapter.array(X)
    of_g = lambda function, **given: adapter.loss(batch(both, generator=function, **given))
    with pytest.raises(TypeError, match=r"generator must return ganloss_core\.Sides, got NoneType"):
        of_g(nothing).generator(x)
    with pytest.raises(TypeError, match="generator returned Sides without any part"):
        of_g(lambda r, f, E: Sides(fake=nothing(f))).generator(x)
    with pytest.raises(TypeError, match="generator returned Sides without a fake part"):
        of_g(lambda r, f, E: Sides(real=r, fake=nothing(f)), generator_needs_real=True).generator(x, real=x)


@pytest.mark.parametrize(
    "discriminator",
    [
        lambda r, f, E: Sides(real=E.fake.log_sum_exp(f) - r),
        lambda r, f, E: Sides(fake=f - E.real(r)),
        lambda r, f, E: Sides(batch=E.fake(f) - E.real(r)),
    ],
    ids=["reals against fakes", "fakes against reals", "batch"],
)
def test_a_part_that_a_loss_does_without(adapter, discriminator):
    x = adapter.array(X)
    loss = adapter.loss(batch(discriminator))
    assert np.isfinite(float(loss.discriminator(x, x)) + float(loss.generator(x, real=x)))


@each("name", names())
def test_the_catalogue_is_held_to_the_same(name):
    given = RULES[name]
    real, fake, labels = draw(name, 5, fake_shape=(4,))
    real, fake = (abs(x) for x in (real, fake))
    plain = reference.GANLoss(name)

    @functools.wraps(get(name))
    def held(ops, **hyperparameters):
        return with_checked_parts(get(name)(ops, **hyperparameters), name)

    loss = reference.GANLoss(held)
    assert game(held(reference.backend.ops)).sample == given.sample
    assert loss.discriminator(real, fake, **labels) == plain.discriminator(real, fake, **labels)
    assert loss.generator(fake, real=real, **labels) == plain.generator(fake, real=real, **labels)


def test_a_word_that_there_is_not():
    def mine(ops):
        return Loss(real=lambda t: ops.sofplus(-t), fake=ops.softplus)

    with pytest.raises(AttributeError, match=r"'sofplus' is no word of the vocabulary: did you mean 'softplus'\? It has"):
        reference.GANLoss(mine).discriminator(np.ones(2), np.ones(2))


@pytest.mark.parametrize("term", [lambda t: t if t > 0 else -t, lambda t: t**2, lambda t: t[:1]])
def test_what_a_formula_does_besides_words(term):
    with pytest.raises(TypeError, match=r"a formula is written in words and \+ - \* / alone"):
        reference.value_and_grad(lambda ops: Loss(real=term, fake=ops.softplus), np.ones(2), np.ones(2))
