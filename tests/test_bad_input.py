"""What is wrong is said early, with what was got and what would be right."""

import jax
import numpy as np
import pytest

from adapters import RULES, draw
from ganloss_core import Loss, UnknownLoss, names
from ganloss_core.backends import reference


def fails(error, *words):
    """The error, with all the words in its message."""
    return pytest.raises(error, match=".*".join(words))


def test_integer_logits(adapter):
    x = adapter.array([1, 2], "int32")
    with fails(TypeError, "real logits must be floating point", "int32"):
        adapter.loss("hinge").discriminator(x, adapter.array([1.0, 2.0]))
    with fails(TypeError, "fake logits must be floating point", "int32"):
        adapter.loss("hinge").generator(x)


def test_complex_logits(adapter):
    x = adapter.array([1.0, 2.0]) + 0j * adapter.array([1.0, 2.0])
    with fails(TypeError, "fake logits must be floating point", "complex"):
        adapter.loss("hinge").generator(x)


@pytest.mark.parametrize("what", [None, "1.0", 1.0, object()])
def test_logits_that_are_no_array(adapter, what):
    with fails(TypeError, "real logits must be a", type(what).__name__):
        adapter.loss("hinge").discriminator(what, adapter.array([1.0]))


@pytest.mark.parametrize("name", ["hinge", "relativistic_average_hinge", "relativistic_paired_logistic"])
def test_a_column_against_a_row(adapter, name):
    with fails(ValueError, name, r"\(4, 1\)", r"\(4,\)", "same number of dimensions"):
        adapter.loss(name).discriminator(adapter.array(np.ones((4, 1))), adapter.array(np.ones(4)))


def test_unequal_pairs(adapter):
    real, fake = adapter.array(np.ones(4)), adapter.array(np.ones(3))
    loss = adapter.loss("rpgan")
    with fails(ValueError, "pairs real_i with fake_i", r"\(4,\) and \(3,\)"):
        loss.discriminator(real, fake)
    with fails(ValueError, "pairs real_i with fake_i", r"\(4,\) and \(3,\)"):
        loss.generator(fake, real=real)


@pytest.mark.parametrize("name", ["hinge", "relativistic_average_hinge", "relativistic_paired_logistic"])
def test_empty_batch(adapter, name):
    empty, one = adapter.array(np.ones((0, 1))), adapter.array(np.ones((1, 1)))
    loss = adapter.loss(name)
    with fails(ValueError, "logits are empty", r"\(0, 1\)"):
        loss.discriminator(empty, empty)
    with fails(ValueError, "logits are empty" if "paired" in name else "real logits are empty"):
        loss.discriminator(empty, one)
    with fails(ValueError, "fake logits are empty"):
        adapter.loss("hinge").generator(empty)


def test_a_tuple_is_no_heads(adapter):
    x = adapter.array([1.0])
    with fails(TypeError, "tuple", r"\(logits, features\)"):
        adapter.loss("hinge").generator((x, x))
    with fails(TypeError, "real is a tuple of logits and fake is not"):
        adapter.loss("hinge").discriminator((x, x), x)
    with fails(TypeError, "tuple", r"\(logits, features\)"):
        adapter.loss("hinge").discriminator((x, x), (x, x))


def test_heads_that_do_not_match(adapter):
    x = adapter.array([1.0])
    loss = adapter.loss("hinge")
    with fails(ValueError, "same heads", "2 heads and 1 head"):
        loss.discriminator([x, x], [x])
    with fails(ValueError, "same heads", "a", "b"):
        loss.discriminator({"a": x}, {"b": x})
    with fails(TypeError, "real is a list and fake a dict"):
        loss.discriminator([x], {"a": x})
    with fails(TypeError, "real is a list of logits and fake is not", "both must be"):
        loss.discriminator([x], x)
    with fails(TypeError, "real must be a list or dict of arrays"):
        loss.discriminator(x, [x])
    with fails(ValueError, "no heads"):
        loss.generator([])
    with fails(ValueError, "the logits have 3 heads, so heads must be a list of 3 weights"):
        adapter.loss("hinge", heads=[1.0, 2.0]).generator([x, x, x])
    with fails(ValueError, "the logits have 1 head, so heads must be a list", r"got \{'a': 1.0\}"):
        adapter.loss("hinge", heads={"a": 1.0}).generator([x])
    with fails(ValueError, "so heads must be a dict with keys", "a"):
        adapter.loss("hinge", heads=[1.0]).generator({"a": x})


@pytest.mark.parametrize(
    ("heads", "error", "message"),
    [
        ("median", ValueError, "'mean', 'sum', 'none' or one weight per head, got 'median'"),
        (2.0, TypeError, "'mean', 'sum', 'none' or one weight per head, got 2.0"),
        (b"ab", TypeError, "one weight per head"),
        (["a"], TypeError, "a head's weight must be a Python number.*got str"),
        ({"a": float("nan")}, ValueError, "must be finite"),
    ],
)
def test_bad_heads(adapter, heads, error, message):
    with pytest.raises(error, match=message):
        adapter.loss("hinge", heads=heads)


def test_heads_that_do_not_nest(adapter):
    x = adapter.array([1.0])
    with fails(TypeError, "fake has a list as one of its heads", "do not nest"):
        adapter.loss("hinge").generator({"a": [x]})


def test_head_weights_without_heads(adapter):
    x = adapter.array([1.0])
    for call in (lambda loss: loss.generator(x), lambda loss: loss.discriminator(x, x), lambda loss: loss(x, True)):
        with fails(TypeError, "heads or another argument says several heads", "must be a list or dict of arrays"):
            call(adapter.loss("hinge", heads=[1.0, 2.0]))


def test_real_missing(adapter):
    with fails(TypeError, "relativistic_paired_logistic", r"generator\(fake, real=...\)"):
        adapter.loss("rpgan").generator(adapter.array([1.0]))


def test_real_is_by_keyword(adapter):
    x = adapter.array([1.0])
    with pytest.raises(TypeError):
        adapter.module.generator_loss("rpgan", x, x)
    with fails(TypeError, r"real by keyword: generator\(fake, real=...\)"):
        adapter.loss("rpgan").generator(x, x)


def test_unknown_name(adapter):
    with fails(UnknownLoss, "unknown loss 'hinged'", "did you mean 'hinge'"):
        adapter.loss("hinged")
    with fails(KeyError, "'WGAN-GP' is the loss 'wgan' with the penalty gan.wgan_gp"):
        adapter.loss("WGAN-GP")
    with fails(KeyError, "'r3gan' is the loss 'rpgan' with the penalties gan.r1 and gan.r2"):
        adapter.loss("r3gan")
    with fails(KeyError, "'relativistic' is said of several: 'rpgan' of pairs"):
        adapter.loss("relativistic")
    with fails(KeyError, "unknown loss 'qqqq'", "the losses are .*, hinge,"):
        adapter.loss("qqqq")
    with fails(TypeError, "a loss is a name or a function", "int"):
        adapter.loss(3)


def test_unknown_hyperparameter(adapter):
    with fails(TypeError, "hinge has no hyperparameter 'marginn'", "it has margin"):
        adapter.loss("hinge", marginn=1.0)
    with fails(TypeError, "wasserstein has no hyperparameter 'margin'", "it has none"):
        adapter.module.discriminator_loss("wgan", adapter.array([1.0]), adapter.array([1.0]), margin=1.0)


@pytest.mark.parametrize("value", [0.0, -1.0])
@pytest.mark.parametrize("name", ["hinge", "hinge2", "relativistic_average_hinge"])
def test_a_margin_must_be_positive(adapter, name, value):
    with fails(ValueError, "margin must be positive", f"got {value}"):
        adapter.loss(name, margin=value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_hyperparameter_must_be_finite(adapter, value):
    with fails(ValueError, "lsgan: real_label must be finite"):
        adapter.loss("lsgan", real_label=value)


@pytest.mark.parametrize("value", ["1", None, True, [1.0]])
def test_a_hyperparameter_must_be_a_number(adapter, value):
    with fails(TypeError, "lsgan: real_label must be a Python float", type(value).__name__):
        adapter.loss("lsgan", real_label=value)


def test_a_tensor_as_hyperparameter(adapter):
    with fails(TypeError, "must be a Python float, fixed when the loss is made", "belongs outside the loss"):
        adapter.loss("hinge", margin=adapter.array(1.0))


def test_a_traced_hyperparameter():
    import ganloss_jax

    def loss(x, margin):
        return ganloss_jax.discriminator_loss("hinge", x, x, margin=margin)

    with fails(TypeError, "margin must be a Python float", "Tracer", "traced array"):
        jax.jit(loss)(np.ones(2), 1.0)


def test_bad_reduction(adapter):
    with fails(ValueError, "reduction must be one of 'mean', 'sum', 'none'", "'avg'"):
        adapter.loss("hinge", reduction="avg")


def test_bad_generator_rule(adapter):
    with fails(ValueError, "generator must be one of 'nonsaturating', 'saturating', 'linear'", "'ns'"):
        adapter.loss("hinge", generator="ns")


def test_weights_of_another_shape(adapter):
    real, fake = adapter.array(np.ones((4, 1))), adapter.array(np.ones((4, 1)))
    with fails(ValueError, "real_weight must be an array of the logits' shape", r"\(4, 1\)", r"got shape \(4,\)", "broadcast"):
        adapter.loss("hinge").discriminator(real, fake, real_weight=adapter.array(np.ones(4)))
    with fails(ValueError, "fake_weight must be an array", "got float"):
        adapter.loss("hinge").discriminator(real, fake, fake_weight=0.5)


def test_one_sided_calls_that_have_no_meaning(adapter):
    x = adapter.array([1.0])
    with fails(TypeError, "relativistic_paired_logistic", "compares reals with fakes", r"generator\(fake, real="):
        adapter.loss("rpgan")(x, True, is_disc=True)
    with fails(TypeError, "target_is_real must be True or False", "discriminator"):
        adapter.loss("hinge")(x, x)
    with fails(ValueError, "target_is_real=False means something else in every codebase", "is_disc=True"):
        adapter.loss("hinge")(x, False)


def test_a_loss_that_returns_no_loss(adapter):
    def broken(ops):
        return ops.relu

    with fails(TypeError, "broken must return a ganloss_core.Loss"):
        adapter.loss(broken)


def test_a_batch_loss_has_no_terms_per_element(adapter):
    from ganloss_core import Sides

    def whole(ops):
        return Loss(
            real=ops.relu, fake=ops.relu, coupling=lambda *, real, fake: lambda r, f, E: Sides(batch=E.real(r) - E.fake(f))
        )

    x = adapter.array([1.0, 2.0])
    with fails(ValueError, "whole is a function of the whole batch", "reduction='mean'"):
        adapter.loss(whole, reduction="none").discriminator(x, x)


def test_nan_propagates():
    # In NumPy; where it has NaN, so have the others in test_nan.
    for name in names():
        real, fake, labels = draw(name, 3)
        nan_real, nan_fake = real.copy(), fake.copy()
        nan_real[1] = nan_fake[1] = np.nan
        loss = reference.GANLoss(name)
        assert np.isnan(loss.discriminator(nan_real, fake, **labels)), name
        assert not RULES[name].discriminator.needs_fake or np.isnan(loss.discriminator(real, nan_fake, **labels)), name
        assert np.isnan(loss.generator(nan_fake, real=real, **labels)), name


def test_bad_player():
    with fails(ValueError, "player must be 'discriminator' or 'generator'", "'d'"):
        reference.value_and_grad("hinge", np.ones(1), np.ones(1), player="d")


def test_complex_weights(adapter):
    x = adapter.array([1.0])
    with fails(TypeError, "real_weight must be real or bool", "complex"):
        adapter.loss("hinge").discriminator(x, x, real_weight=x + 0j * x)


def test_a_part_on_pairs_of_another_shape(adapter):
    def mine(ops):
        from ganloss_core import Sides

        return Loss(real=ops.relu, fake=ops.relu, coupling=lambda *, real, fake: lambda r, f, E: Sides(pair=real(r - f)))

    with fails(ValueError, "mine: a coupling must return one value a pair", r"shape \(2, 1\), got shape \(2,\)"):
        adapter.loss(mine).discriminator(adapter.array([1.0, 2.0]), adapter.array([1.0]))
