"""The replacements of TF-GAN's losses (tfgan.losses.wargs): same calls, same numbers, same gradients, in JAX."""

import ast
import inspect
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganloss_jax.compat import tfgan
from ganloss_jax.compat.tfgan import Reduction

REDUCTIONS = ["NONE", "SUM", "MEAN", "SUM_OVER_BATCH_SIZE", "SUM_BY_NONZERO_WEIGHTS"]
# Shapes of the terms, and of their weights: none, a number, one for each sample, one for each term.
SHAPES = [((1, 1), None), ((4,), (4,)), ((2, 5), ()), ((2, 5), (2, 1)), ((2, 4, 3, 1), (2, 4, 3, 1))]
TF_ONLY = {"scope": "name", "loss_collection": "losses", "add_summaries": True}
LABELS = np.array([0, 2, 1, 2])

GENERATOR, DISCRIMINATOR = "discriminator_gen_outputs", "discriminator_real_outputs discriminator_gen_outputs"
WEIGHTS = "real_weights=1.0 generated_weights=1.0"
CLASSES = "discriminator_real_classification_logits discriminator_gen_classification_logits one_hot_labels"
SIGNATURES = {
    "wasserstein_generator_loss": f"{GENERATOR} weights=1.0",
    "wasserstein_discriminator_loss": f"{DISCRIMINATOR} {WEIGHTS}",
    "wasserstein_hinge_generator_loss": f"{GENERATOR} weights=1.0",
    "wasserstein_hinge_discriminator_loss": f"{DISCRIMINATOR} {WEIGHTS} real_hinge=1.0 generated_hinge=1.0",
    "minimax_generator_loss": f"{GENERATOR} label_smoothing=0.0 weights=1.0",
    "minimax_discriminator_loss": f"{DISCRIMINATOR} label_smoothing=0.25 {WEIGHTS}",
    "modified_generator_loss": f"{GENERATOR} label_smoothing=0.0 weights=1.0",
    "modified_discriminator_loss": f"{DISCRIMINATOR} label_smoothing=0.25 {WEIGHTS}",
    "least_squares_generator_loss": f"{GENERATOR} real_label=1 weights=1.0",
    "least_squares_discriminator_loss": f"{DISCRIMINATOR} real_label=1 fake_label=0 {WEIGHTS}",
    "acgan_generator_loss": "discriminator_gen_classification_logits one_hot_labels weights=1.0",
    "acgan_discriminator_loss": f"{CLASSES} label_smoothing=0.0 {WEIGHTS}",
}
PARAMETERS = {
    name: {word: ast.literal_eval(value) if value else inspect.Parameter.empty for word, _, value in parts}
    for name, parts in ((name, [word.partition("=") for word in words.split()]) for name, words in SIGNATURES.items())
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# Formulas, each with its derivative.


def linear(x, sign):
    return sign * x, np.full_like(x, sign)


def hinge(x, sign, margin):
    return np.maximum(margin + sign * x, 0), np.where(margin + sign * x > 0, sign, 0.0)


def bce(x, target):
    return target * np.logaddexp(-x, 0) + (1 - target) * np.logaddexp(x, 0), sigmoid(x) - target


def minimax(x, real_target):
    """Minus the discriminator's loss; it takes a logit of 1 for the real ones, which adds a constant."""
    return -bce(x, 0)[0] - bce(1.0, real_target)[0], -sigmoid(x)


def square(x, label):
    return (x - label) ** 2 / 2, x - label


def softmax(x, smoothing):
    labels = one_hot(x) * (1 - smoothing) + smoothing / x.shape[-1]
    log = x - np.log(np.exp(x).sum(-1, keepdims=True))
    return -(labels * log).sum(-1), np.exp(log) - labels


def one_hot(x):
    return np.eye(x.shape[-1])[np.resize(LABELS, x.shape[:-1])]


# Function, its settings, and the terms of each argument. A smoothing s moves the label by s / 2, of real ones only.
CASES = [
    ("wasserstein_generator_loss", {}, [(linear, -1)]),
    ("wasserstein_discriminator_loss", {}, [(linear, -1), (linear, 1)]),
    ("wasserstein_hinge_generator_loss", {}, [(linear, -1)]),
    ("wasserstein_hinge_discriminator_loss", {}, [(hinge, -1, 1), (hinge, 1, 1)]),
    ("wasserstein_hinge_discriminator_loss", {"real_hinge": 0.5, "generated_hinge": 2.0}, [(hinge, -1, 0.5), (hinge, 1, 2)]),
    ("minimax_generator_loss", {}, [(minimax, 1)]),
    ("minimax_generator_loss", {"label_smoothing": 0.5}, [(minimax, 0.75)]),
    ("minimax_discriminator_loss", {}, [(bce, 0.875), (bce, 0)]),
    ("minimax_discriminator_loss", {"label_smoothing": 0.0}, [(bce, 1), (bce, 0)]),
    ("modified_generator_loss", {}, [(bce, 1)]),
    ("modified_generator_loss", {"label_smoothing": 0.5}, [(bce, 0.75)]),
    ("modified_discriminator_loss", {}, [(bce, 0.875), (bce, 0)]),
    ("modified_discriminator_loss", {"label_smoothing": 0.5}, [(bce, 0.75), (bce, 0)]),
    ("least_squares_generator_loss", {}, [(square, 1)]),
    ("least_squares_generator_loss", {"real_label": 0.75}, [(square, 0.75)]),
    ("least_squares_discriminator_loss", {}, [(square, 1), (square, 0)]),
    ("least_squares_discriminator_loss", {"real_label": 0.75, "fake_label": -0.5}, [(square, 0.75), (square, -0.5)]),
    ("acgan_generator_loss", {}, [(softmax, 0)]),
    ("acgan_discriminator_loss", {}, [(softmax, 0), (softmax, 0)]),
    ("acgan_discriminator_loss", {"label_smoothing": 0.25}, [(softmax, 0.25), (softmax, 0)]),
]


DEFAULT = "SUM_BY_NONZERO_WEIGHTS"
# All reduce their terms by one function: each has the default and one of the others here, and all in the long tests.
REDUCED = [
    pytest.param(*case, how, marks=[pytest.mark.long] * (how not in (DEFAULT, REDUCTIONS[i % 4])))
    for i, case in enumerate(CASES)
    for how in REDUCTIONS
]


def logits(*shape, seed=0):
    """Within ±12, and at least 1/20 from every multiple of 1/8: the margins of the hinges are such multiples."""
    return (np.floor(24 * np.random.default_rng(seed).standard_normal(shape)) + 0.53) / 8


def reduced(terms, slopes, weights, reduction):
    """Σ w l over: nothing, Σ w, the number of terms, or that of weights other than 0. Also its gradient."""
    weights = np.broadcast_to(weights, terms.shape)
    over = {"MEAN": weights.sum(), "SUM_OVER_BATCH_SIZE": terms.size, "SUM_BY_NONZERO_WEIGHTS": np.count_nonzero(weights)}
    factors = weights / over.get(reduction, 1)
    value = factors * terms
    return value if reduction == "NONE" else value.sum(), factors.reshape(
        factors.shape + (1,) * (slopes.ndim - terms.ndim)
    ) * slopes


def close(actual, expected, eps, largest=0.0, ulp=64):
    """A few ulp of the largest number that was added up: the sums have at most some hundred terms."""
    assert np.shape(actual) == np.shape(expected)
    scale = max(np.max(np.abs(expected)), largest)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=ulp * eps * scale)


def agree(function, inputs, expected, gradients, largest=0.0, ulp=64):
    """Same value, and same gradient of the sum of the values times an upstream gradient that is not 1.

    TF-GAN computes in float32, whatever it is given: a result may be as accurate as its own type.
    """
    value, pull = jax.vjp(function, *jax.device_put(inputs))
    eps = jnp.finfo(value.dtype).eps
    close(value, expected, eps, largest, ulp)
    for actual, gradient in zip(pull(np.full(value.shape, 2.5, value.dtype)), gradients, strict=True):
        close(actual, 2.5 * gradient, eps, 0.0, ulp)


def prepare(name, settings, formulas, shape, weights_shape, reduction):
    """The logits, the other arguments by name, the expected value and gradients, and the largest number added up."""
    parameters, parts, largest, acgan = PARAMETERS[name], [], 0.0, name.startswith("acgan")
    inputs = [logits(*shape, *([3] if acgan else []), seed=seed) for seed in range(len(formulas))]
    arguments = settings | ({"one_hot_labels": one_hot(inputs[0])} if acgan else {})
    for x, (formula, *constants), word in zip(inputs, formulas, [w for w in parameters if "weights" in w], strict=True):
        weights = np.asarray(1.0)
        if weights_shape is not None:  # quarters, some of them 0
            weights = np.asarray(np.random.default_rng(len(word)).integers(0, 5, weights_shape) / 4)
            weights.flat[0] = 1.75
            arguments[word] = weights if weights.ndim else weights.item()
        terms, slopes = formula(x, *constants)
        parts.append(reduced(terms, slopes, weights, reduction))
        largest = max(largest, np.abs(terms).max() * weights.max() * (terms.size if reduction == "SUM" else 1))
    return inputs, arguments, sum(value for value, _ in parts), [gradient for _, gradient in parts], largest


@pytest.mark.parametrize(("name", "settings", "formulas", "reduction"), REDUCED)
def test_value_and_gradient(name, settings, formulas, reduction):
    function, how = getattr(tfgan, name), getattr(Reduction, reduction)
    for shape, weights_shape in SHAPES:
        if "label_smoothing" in settings and name.startswith("acgan") and len(shape) > 1:
            continue  # when it smooths, TF1 takes the second axis for the classes
        inputs, arguments, *expected = prepare(name, settings, formulas, shape, weights_shape, reduction)
        words = list(PARAMETERS[name])[: len(inputs)]
        others = list((PARAMETERS[name] | arguments).values())[len(inputs) :]
        calls = [
            lambda *xs: function(**dict(zip(words, xs, strict=True)), **arguments, reduction=how, **TF_ONLY),  # noqa: B023
            lambda *xs: function(*xs, *others, reduction=how),  # noqa: B023
            lambda *xs: function(*xs, **arguments),  # noqa: B023
        ]
        # One shape is enough for the ways to call; without `reduction` it is the default one.
        ways = calls if reduction == DEFAULT else calls[:2]
        for call in ways if weights_shape == () else ways[:1]:
            agree(call, inputs, *expected)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    parameters = dict(inspect.signature(getattr(tfgan, name)).parameters)
    assert parameters.pop("reduction").default == Reduction.SUM_BY_NONZERO_WEIGHTS
    assert parameters.pop("axis_name").kind is inspect.Parameter.KEYWORD_ONLY
    own = {word: p.default for word, p in parameters.items() if word not in TF_ONLY and p.kind is not p.VAR_KEYWORD}
    assert list(own) == list(PARAMETERS[name])
    assert own == PARAMETERS[name]


def test_reductions():
    assert len({getattr(Reduction, reduction) for reduction in REDUCTIONS}) == 5
    with pytest.raises(ValueError, match="no such reduction"):
        tfgan.wasserstein_generator_loss(jnp.ones(3), reduction="no such reduction")


# The numbers in TF-GAN's own tests.
OUTPUTS = {"discriminator_real_outputs": [-5.0, 1.4, 12.5, 2.7], "discriminator_gen_outputs": [10.0, 4.4, -5.5, 3.6]}
SAME = [1.1, 2.4, -3.5, 5.6]
CLASS_LOGITS = {
    "discriminator_gen_classification_logits": [[10, 4.4, -5.5, 3.6], [-4, 4.4, 5.2, 4.6], SAME, SAME],
    "discriminator_real_classification_logits": [[-2, 0.4, 12.5, 2.7], [-1.2, 1.9, 12.3, 2.6], [-2.4, -1.7, 2.5, 2.7], SAME],
    "one_hot_labels": [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]],
}
THEIRS = {
    "least_squares": (17.69625, 41.73375),
    "modified": (1.38582, 6.19637),
    "minimax": (-4.82408, 6.19637),
    "wasserstein": (-3.125, 0.225),
    "wasserstein_hinge": (-3.125, 6.75),
    "acgan": (3.84974, 9.43950),
}


@pytest.mark.parametrize("patch", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numbers_of_the_original(dtype, patch):
    def given(name, side):
        arrays = {word: np.asarray(x, dtype) for word, x in (CLASS_LOGITS if name == "acgan" else OUTPUTS).items()}
        arrays = {word: x.reshape(2, 2, *x.shape[1:]) for word, x in arrays.items()} if patch else arrays
        return {word: x for word, x in arrays.items() if side == "discriminator" or "real" not in word}

    sides = ("generator", "discriminator")
    found = jax.jit(
        lambda inputs, factor: [
            (
                getattr(tfgan, f"{name}_{side}_loss")(**arrays),
                getattr(tfgan, f"{name}_{side}_loss")(
                    **arrays, **{w: factor for w in PARAMETERS[f"{name}_{side}_loss"] if "weights" in w}
                ),
            )
            for (name, side), arrays in zip(product(THEIRS, sides), inputs, strict=True)
        ]
    )([given(name, side) for name, side in product(THEIRS, sides)], 2.5)
    numbers = [number for of_both in THEIRS.values() for number in of_both]
    for what, number, (plain, weighted) in zip(product(THEIRS, sides), numbers, found, strict=True):
        # Half a unit of the last of the five digits that they print, and one ulp of the result.
        tolerance = 0.5e-5 + np.finfo(dtype).eps * abs(number)
        np.testing.assert_allclose(plain, number, rtol=0, atol=tolerance, err_msg=str(what))
        np.testing.assert_allclose(weighted, 2.5 * number, rtol=0, atol=2.5 * tolerance, err_msg=str(what))


@pytest.mark.parametrize(("name", "settings", "formulas", "reduction"), REDUCED)
def test_weights_of_zero(name, settings, formulas, reduction):
    """The value is 0 and so is the gradient: no 0 / 0."""
    inputs, arguments, *_ = prepare(name, settings, formulas, (4,), (4,), reduction)
    arguments |= {word: np.zeros(4) for word in arguments if "weights" in word}
    call = lambda *xs: getattr(tfgan, name)(*xs, **arguments, reduction=getattr(Reduction, reduction))
    agree(call, inputs, np.zeros(4 if reduction == "NONE" else ()), [np.zeros_like(x) for x in inputs])


@pytest.mark.parametrize("name", SIGNATURES)
def test_shapes_that_do_not_fit(name):
    words = [word for word, default in PARAMETERS[name].items() if default is inspect.Parameter.empty]
    shape = (4, 3) if name.startswith("acgan") else (4,)
    loss, arrays, weights = (
        getattr(tfgan, name),
        [jnp.ones(shape) for _ in words],
        [w for w in PARAMETERS[name] if "weights" in w],
    )
    for word in weights:  # the rank is that of the terms, or 0
        with pytest.raises(ValueError):  # noqa: PT011
            loss(*arrays, **{word: jnp.ones((4, 1))})
    if len(words) == 2 and name.startswith(("wasserstein", "least")):
        with pytest.raises(ValueError):  # noqa: PT011
            loss(jnp.ones((4, 1)), jnp.ones((3, 1)))


@pytest.mark.parametrize("name", ["minimax_discriminator_loss", "modified_discriminator_loss"])
def test_minimax_takes_batches_of_two_sizes(name):
    real, fake = logits(3, 2), logits(5, 2, seed=1)
    parts = [reduced(*bce(x, target), 1.0, "MEAN") for x, target in ((real, 0.875), (fake, 0))]
    agree(jax.jit(getattr(tfgan, name)), [real, fake], sum(p[0] for p in parts), [p[1] for p in parts], 12)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (6, 4)])
@pytest.mark.parametrize(("name", "targets"), [("discriminator", (1, 0)), ("generator", (0, 1))])
def test_relativistic_average(name, targets, n, m):
    """BCE(r - mean f) + BCE(f - mean r): a sum, not half of it; the gradient goes through the means."""
    loss, real, fake = getattr(tfgan, f"relativistic_{name}_loss"), logits(n, 2), logits(m, 2, seed=1)
    (a, da), (b, db) = bce(real - fake.mean(), targets[0]), bce(fake - real.mean(), targets[1])
    expected = a.mean() + b.mean(), [(da - db.mean()) / real.size, (db - da.mean()) / fake.size], max(a.max(), b.max())
    agree(jax.jit(loss), [real, fake], *expected)
    by_name = lambda r, f: loss(discriminator_gen_outputs=f, discriminator_real_outputs=r, scope="name")
    assert str(jax.make_jaxpr(by_name)(real, fake)) == str(jax.make_jaxpr(loss)(real, fake))


def penalty(*args, seed=0, **settings):
    return tfgan.wasserstein_gradient_penalty(*args, key=jax.random.key(seed), **settings)


def penalty_of(slope, epsilon=1e-10, target=1.0, one_sided=False):
    """(|slope| / target - 1)², and its derivative with respect to the slope."""
    norm = np.sqrt((slope**2).sum() + epsilon)
    excess = max(norm / target - 1, 0) if one_sided else norm / target - 1
    return excess**2, 2 * excess / target * slope / norm


@pytest.mark.parametrize(
    ("settings", "shape", "aux"),
    [
        *(({}, shape, aux) for shape in [(1, 4), (3, 4), (3, 4, 2, 1)] for aux in (False, True)),
        *((more, (3, 4), False) for more in ({"target": 2.0}, {"epsilon": 0.5})),
        *((more, (3, 4), False) for more in ({"one_sided": True}, {"one_sided": True, "target": 8.0})),
    ],
    ids=str,
)
def test_penalty_of_a_linear_critic(settings, shape, aux):
    """One slope everywhere. A critic may return more: its first output counts."""
    real, fake, slope = logits(*shape), logits(*shape, seed=1), logits(*shape[1:], seed=2)
    value, gradient = penalty_of(slope, **settings)

    def loss(w, **more):
        critic = lambda x, *_: (x * w[None]).sum(tuple(range(1, x.ndim)))
        return penalty(real, fake, (lambda x, *_: (critic(x), x)) if aux else critic, **settings, **more)

    weights = np.arange(len(real)) / 2.0  # of samples; the first one is 0
    of_weights = [{"weights": weights, "reduction": getattr(Reduction, reduction), **TF_ONLY} for reduction in REDUCTIONS]
    by_reduction = jax.jit(lambda w: [loss(w, **more) for more in of_weights])(slope)
    agree(jax.jit(loss), [slope], value, [gradient])
    for reduction, result in zip(REDUCTIONS, by_reduction, strict=True):
        expected, _ = reduced(np.full(len(real), value), np.zeros(len(real)), weights, reduction) if len(real) > 1 else (0.0, 0)
        expected = np.zeros(1) if len(real) == 1 and reduction == "NONE" else expected
        close(result, expected, jnp.finfo(result.dtype).eps, value)


def test_penalty_at_one_point():
    """Real and generated data are the same: a curved critic has one slope for each sample. A map of logits is added up."""
    x, w = logits(3, 4, 2), logits(2, seed=1) / 4

    def loss(w):
        return penalty(x, x, lambda x, *_: jnp.tanh(x * w[None, None] / 8), reduction=Reduction.NONE)

    def expected(w):
        slopes = (1 - jnp.tanh(x * w[None, None] / 8) ** 2) * w[None, None] / 8
        return (jnp.sqrt((slopes**2).sum((1, 2)) + 1e-10) - 1) ** 2

    value, gradient = jax.jit(lambda w: (expected(w), jax.grad(lambda w: expected(w).sum())(w)))(w)
    agree(jax.jit(loss), [w], value, [gradient], 1.0)


def test_where_the_penalty_looks():
    """From 0 to x, the critic |x|² / 2 has the slope a x: the penalty tells the ratio a, one for each sample, from 0 to 1."""
    n = 4096
    fake = np.full((n, 2, 2), 500.0)  # of length 1000
    squared = lambda x, *_: (x**2).sum((1, 2)) / 2
    find = jax.jit(lambda seed: penalty(0 * fake, fake, squared, seed=seed, reduction=Reduction.NONE))
    ratios = (np.sqrt(find(0)) + 1) / 1000  # below 1/1000, where the root has two signs, they are off by as much
    assert ratios.min() > 0
    assert ratios.max() < 1.002
    assert abs(ratios.mean() - 0.5) < 6 / np.sqrt(12 * n)
    assert abs(ratios.std() - np.sqrt(1 / 12)) < 0.02
    assert np.array_equal(find(0), find(0))
    assert not np.array_equal(find(0), find(1))
    parameters = inspect.signature(tfgan.wasserstein_gradient_penalty).parameters
    assert list(parameters)[:3] == ["real_data", "generated_data", "discriminator_fn"]
    defaults = {"epsilon": 1e-10, "target": 1.0, "one_sided": False, "weights": 1.0}
    assert {word: parameters[word].default for word in defaults} == defaults
    assert parameters["reduction"].default == Reduction.SUM_BY_NONZERO_WEIGHTS


def test_arguments_by_position_are_those_of_the_original():
    x = jnp.asarray(logits(4))
    assert tfgan.wasserstein_generator_loss(x, 1.0, "scope", "losses", Reduction.SUM, True) == -x.sum()


def test_acgan_of_half_precision_and_of_wrong_labels():
    many, one_hot = np.zeros((70000, 2), np.float16), np.eye(2)[np.zeros(70000, int)]
    value = jax.jit(tfgan.acgan_generator_loss)(many, one_hot)
    assert value.dtype == jnp.float32
    assert abs(value - np.log(2)) < 70000 * np.finfo(np.float32).eps  # a sum of 70000 terms
    with pytest.raises(ValueError, match="one_hot_labels must have the shape of the logits"):
        tfgan.acgan_generator_loss(jnp.ones((2, 2)), jnp.array([0, 1]))
