"""One real logit and its K fakes: the coupling `each`, and losses of rows."""

import numpy as np
import pytest

from ganloss_core import Loss, each, paired

REAL = np.array([[2.0], [4.0]])
FAKE = np.array([[1.0, 0.0, 3.0], [0.0, 4.5, 2.0]])


def squares(ops):
    return Loss(real=lambda t: ops.square(t - 1.0), fake=ops.square, coupling=each)


def with_linear_g(ops):
    return Loss(real=lambda t: ops.square(t - 1.0), fake=ops.square, coupling=each, generator="linear")


def of_pairs(ops):
    return Loss(real=lambda t: ops.square(t - 1.0), fake=ops.square, coupling=paired)


def test_each_real_with_its_own_fakes(adapter):
    value, by_real, by_fake = adapter.value_and_grad(adapter.loss(squares), "discriminator", REAL, FAKE, upstream=2.0)
    d = REAL - FAKE - 1.0
    assert value == pytest.approx((d**2).mean(), rel=1e-15)
    np.testing.assert_allclose(by_fake, -2.0 * 2.0 * d / 6, rtol=1e-15)
    np.testing.assert_allclose(by_real, (2.0 * 2.0 * d / 6).sum(1, keepdims=True), rtol=1e-14)


def test_generators(adapter):
    value, _by_real, by_fake = adapter.value_and_grad(adapter.loss(squares), "generator", REAL, FAKE)
    d = FAKE - REAL - 1.0
    assert value == pytest.approx((d**2).mean(), rel=1e-15)
    np.testing.assert_allclose(by_fake, 2.0 * d / 6, rtol=1e-15)
    linear = adapter.loss(with_linear_g)
    value, _, by_fake = adapter.value_and_grad(linear, "generator", REAL, FAKE)
    assert value == pytest.approx(-FAKE.mean(), rel=1e-15)
    np.testing.assert_allclose(by_fake, np.full((2, 3), -1 / 6), rtol=1e-15)


def test_one_fake_each_is_paired(adapter):
    one = adapter.value_and_grad(adapter.loss(squares), "discriminator", REAL, FAKE[:, :1])
    pair = adapter.value_and_grad(adapter.loss(of_pairs), "discriminator", REAL, FAKE[:, :1])
    for a, b in zip(one, pair, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


@pytest.mark.parametrize("name", ["nre_b", squares])
def test_masks_and_more_axes_and_no_reduction(adapter, name):
    loss = adapter.loss(name)
    alone = adapter.value_and_grad(loss, "discriminator", REAL[1:], FAKE[1:])
    masked = adapter.value_and_grad(
        loss, "discriminator", REAL, np.where([[True], [False]], np.nan, FAKE), fake_weight=np.array([False, True])
    )
    assert masked[0] == pytest.approx(alone[0], rel=1e-15)
    np.testing.assert_allclose(masked[2], np.concatenate([np.zeros((1, 3)), alone[2]]), rtol=1e-14)
    more = adapter.value_and_grad(loss, "discriminator", REAL[None], FAKE[None])
    assert more[0] == adapter.value_and_grad(loss, "discriminator", REAL, FAKE)[0]
    parts = adapter.loss(name, reduction="none").discriminator_terms(adapter.array(REAL), adapter.array(FAKE))
    assert tuple(parts.pair.shape) == (2,)


@pytest.mark.parametrize("name", ["nre_b", "nre_c", squares])
def test_shapes_that_are_refused(adapter, name):
    loss = adapter.loss(name)
    with pytest.raises(ValueError, match=r"shapes \(batch, ..., 1\) and \(batch, ..., K\), got \(2, 1\) and \(1, 3\)"):
        loss.discriminator(adapter.array(REAL), adapter.array(FAKE[:1]))
    # One logit without its axis, sides exchanged, and a matrix of all pairs.
    for real, fake in ((REAL[:, 0], FAKE), (FAKE, REAL), (FAKE, FAKE)):
        with pytest.raises(
            ValueError, match=r"compares the one real logit of each row with the fakes of its row.*the diagonal"
        ):
            loss.discriminator(adapter.array(real), adapter.array(fake))


def test_nre_at_extremes(adapter):
    # Far apart nothing overflows, and the answer is sure, one way or the other.
    loss = adapter.loss("nre_b")
    for lead, expected in ((1e4, 0.0), (-1e4, 1e4 + np.log(3.0))):
        value, by_real, _ = adapter.value_and_grad(loss, "discriminator", np.array([[lead]]), np.zeros((1, 3)))
        assert value == pytest.approx(expected, rel=1e-15)
        assert np.isfinite(by_real).all()
