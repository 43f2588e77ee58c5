"""What a loss is the sum of: its parts, and what each head's loss is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from adapters import ONE_OF_EACH, RULES, draw
from ganloss_core import Sides

WHOLE = 16 * 2.0**-52
"""A sum of a few rounded parts."""


@pytest.mark.parametrize("name", sorted(ONE_OF_EACH))
def test_the_generators_terms_make_its_loss(adapter, name):
    real, fake, labels = draw(name, 4, seed=3)
    real, fake = adapter.array(abs(real)), adapter.array(abs(fake))
    given = {key: adapter._weight(y) for key, y in labels.items()}
    for rule in (None, "saturating") if "mmd" not in name and "2c" not in name else (None,):
        if rule and not RULES[name].terms:
            continue
        loss = adapter.loss(name, generator=rule)
        terms = loss.generator_terms(fake, real=real, **given)
        assert type(terms) is Sides
        total = sum(float(part) for part in terms if part is not None)
        np.testing.assert_allclose(total, float(loss.generator(fake, real=real, **given)), rtol=WHOLE)
    assert (terms.real is None and terms.pair is None) or RULES[name].generator.needs_real


def test_terms_take_weights_and_reductions(adapter):
    x, y, w = adapter.array([1.0, -2.0, 0.5]), adapter.array([0.25, 3.0, -1.0]), adapter.array([1.0, 0.0, 3.0])
    loss = adapter.loss("rasgan", reduction="sum")
    terms = loss.generator_terms(y, real=x, fake_weight=w)
    np.testing.assert_allclose(
        float(terms.real) + float(terms.fake), float(loss.generator(y, real=x, fake_weight=w)), rtol=WHOLE
    )
    each = adapter.loss("logistic", top_k=2, reduction="none").generator_terms(y)
    assert (tuple(each.fake.shape), float(each.fake[2])) == ((3,), 0.0)
    with pytest.raises(TypeError, match="compares fakes with reals in the generator's loss too"):
        loss.generator_terms(y)
    with pytest.raises(TypeError, match=r"real by keyword: generator\(fake, real=...\)"):
        loss.generator_terms(y, x)


@pytest.mark.parametrize("form", [list, dict])
def test_what_each_head_is(adapter, form):
    heads = [adapter.array(v) for v in ([1.0, 0.5], [0.25, -2.0, 0.5])]
    of = lambda xs: dict(zip("ab", xs, strict=True)) if form is dict else xs
    real, fake = of(heads), of(heads[::-1])
    apart, alone = adapter.loss("rasgan", heads="none"), adapter.loss("rasgan")
    for got, one in (
        (apart.discriminator(real, fake), lambda r, f: alone.discriminator(r, f)),
        (apart.discriminator_terms(real, fake), lambda r, f: alone.discriminator_terms(r, f)),
        (apart.generator(fake, real=real), lambda r, f: alone.generator(f, real=r)),
        (apart.generator_terms(fake, real=real), lambda r, f: alone.generator_terms(f, real=r)),
    ):
        assert got == of([one(r, f) for r, f in zip(heads, heads[::-1], strict=True)])
    total = adapter.loss("rasgan", heads="sum").discriminator(real, fake)
    each = apart.discriminator(real, fake)
    assert sum(each.values() if form is dict else each) == total
    # One head is no list.
    assert apart.discriminator(heads[0], heads[0]) == alone.discriminator(heads[0], heads[0])
    assert adapter.module.discriminator_loss("rasgan", real, fake, heads="none") == each


def test_a_loss_may_be_written_with_what_it_returns_alone():
    assert str(ganloss_torch.GANLoss[torch.Tensor]).startswith("ganloss_torch.GANLoss[torch.Tensor")


def test_one_side_of_each_head(adapter):
    x = adapter.array([0.5, -3.0])
    assert adapter.loss("hinge", heads="none")([x, 2.0 * x], True, True) == [2.25, 3.5]


def test_heads_apart_in_what_is_compiled():
    x, y = torch.linspace(-1.0, 2.0, 4), torch.linspace(0.5, -3.0, 4)
    loss = ganloss_torch.GANLoss("lsgan", heads="none")
    compiled = torch.compile(lambda r, f: loss.discriminator_terms(r, f), backend="eager", fullgraph=True)
    assert compiled([x, y], [y, x]) == loss.discriminator_terms([x, y], [y, x])
    of_jax = ganloss_jax.GANLoss("lsgan", heads="none")
    r, f = ({"a": jnp.asarray(v.numpy())} for v in (x, y))
    terms = jax.jit(of_jax.generator_terms)(f)
    assert terms["a"].fake == of_jax.generator(f)["a"]
    assert jax.tree.structure(terms) == jax.tree.structure({"a": Sides(fake=0.0)})
    gradient = jax.grad(lambda r, f: sum(jax.tree.leaves(of_jax.discriminator_terms(r, f))))(r, f)
    assert gradient["a"].shape == (4,)
