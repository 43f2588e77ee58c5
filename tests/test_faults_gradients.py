"""Whose gradient is whose, in the backends that differentiate by the contract of the words."""

import numpy as np
import pytest

from ganloss_core.backends import array_api, exact, reference

WAYS = pytest.mark.parametrize(
    "value_and_grad", [reference.value_and_grad, exact.value_and_grad, array_api.Library(np).value_and_grad]
)
X, Y = np.linspace(-1.0, 2.0, 16).reshape(2, 2, 4), np.array([0, 1])


@WAYS
def test_reals_alone(value_and_grad):
    value, by = value_and_grad("contragan_2c", X, None, real_labels=Y)
    whole, both = value_and_grad("contragan_2c", X, X, real_labels=Y)
    assert value == whole
    assert by.fake is None
    np.testing.assert_array_equal(by.real, both.real)
    assert (both.fake == 0.0).all()


@WAYS
@pytest.mark.parametrize("name", ["hinge", "contragan_2c"])
def test_fakes_alone(value_and_grad, name):
    labels = {"fake_labels": Y} if name == "contragan_2c" else {}
    value, by = value_and_grad(name, None, X, player="generator", **labels)
    whole, both = value_and_grad(name, X, X, player="generator", **labels)
    assert value == whole
    assert by.real is None
    np.testing.assert_array_equal(by.fake, both.fake)


@WAYS
@pytest.mark.parametrize("form", [list, dict])
def test_several_heads(value_and_grad, form):
    heads = [np.array([1.0, 0.5]), np.array([0.25, -2.0, 0.5])]
    of = lambda xs: dict(zip("ab", xs, strict=True)) if form is dict else xs
    value, by = value_and_grad("rasgan", of(heads), of(heads[::-1]))
    alone = [value_and_grad("rasgan", *pair) for pair in zip(heads, heads[::-1], strict=True)]
    np.testing.assert_allclose(float(value), np.mean([float(v) for v, _ in alone]), rtol=2.0**-22)
    for side in ("real", "fake"):
        got = getattr(by, side)
        assert type(got) is form
        for g, (_, one) in zip(got.values() if form is dict else got, alone, strict=True):
            np.testing.assert_allclose(g.astype(float), 0.5 * getattr(one, side).astype(float), rtol=2.0**-22)
    _, by = value_and_grad("hinge", None, of(heads), player="generator")
    assert by.real is None
    assert type(by.fake) is form
