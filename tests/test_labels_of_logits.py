"""Labels that are arrays, one number for each logit: soft, noisy and random ones."""

import jax
import numpy as np
import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

import ganloss_jax
import ganloss_torch
from adapters import ADAPTERS

KEYS = {
    "logistic": ("real_label", "fake_label", "generator_label"),
    "lsgan": ("real_label", "fake_label", "generator_label"),
    "l1": ("real_label", "fake_label", "generator_label"),
    "huber": ("real_label", "fake_label", "generator_label"),
    "minimax": ("real_label", "fake_label", "fake_label"),
}
REAL, FAKE = np.array([0.3, -0.7, 1.1]), np.array([0.9, -0.2])
OF_REAL, OF_FAKE = np.array([0.75, 1.0, 0.25]), np.array([0.125, 0.0])


@pytest.mark.parametrize("name", KEYS)
def test_each_logit_has_its_own_label(adapter, name):
    real_key, fake_key, generator_key = KEYS[name]
    of_labels = {"real_labels": OF_REAL, "fake_labels": OF_FAKE}
    loss = adapter.loss(name)
    got = [adapter.value_and_grad(loss, "discriminator", REAL, FAKE, upstream=-3.0, **of_labels)]
    got.append(adapter.value_and_grad(loss, "generator", REAL, FAKE, upstream=-3.0, fake_labels=OF_FAKE))
    value, by_real, by_fake = 0.0, [], []
    for x, y in zip(REAL, OF_REAL, strict=True):
        alone, slope, _ = adapter.value_and_grad(adapter.loss(name, **{real_key: y}), "discriminator", x[None], FAKE[:1])
        value += (alone - fake_part(adapter, name, FAKE[0], fake_key)) / 3
        by_real.append(-slope[0])
    for x, y in zip(FAKE, OF_FAKE, strict=True):
        value += fake_part(adapter, name, x, fake_key, y) / 2
        _, _, slope = adapter.value_and_grad(adapter.loss(name, **{fake_key: y}), "discriminator", REAL[:1], x[None])
        by_fake.append(-1.5 * slope[0])
    of_g = [
        adapter.value_and_grad(adapter.loss(name, **{generator_key: y}), "generator", REAL[:1], x[None])[0]
        for x, y in zip(FAKE, OF_FAKE, strict=True)
    ]
    eps = np.finfo(float).eps
    # Five terms of at most 4, added and taken away.
    assert abs(got[0][0] - value) <= 64 * eps
    assert abs(got[1][0] - np.mean(of_g)) <= 16 * eps
    np.testing.assert_allclose(got[0][1], by_real, rtol=4 * eps, atol=4 * eps)
    np.testing.assert_allclose(got[0][2], by_fake, rtol=4 * eps, atol=4 * eps)


def fake_part(adapter, name, x, key, label=None):
    """D's term of one fake logit: what the loss changes by from another's, whose term at 0 is known."""
    given = {} if label is None else {key: label}
    loss = adapter.loss(name, reduction="none", **given)
    terms = loss.discriminator_terms(adapter.array(REAL[:1]), adapter.array(x[None]))
    return float(np.asarray(terms.fake)[0])


@pytest.mark.parametrize("name", ["logistic", "lsgan"])
def test_equal_labels_are_the_hyperparameter(adapter, name):
    same = {"real_labels": np.full(3, 0.875), "fake_labels": np.full(2, 0.125)}
    got = adapter.value_and_grad(adapter.loss(name), "discriminator", REAL, FAKE, **same)
    expected = adapter.value_and_grad(adapter.loss(name, real_label=0.875, fake_label=0.125), "discriminator", REAL, FAKE)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("adapter", [ADAPTERS["torch"], ADAPTERS["jax"]], ids=["torch", "jax"])
def test_with_masks_heads_sums_and_other_types(adapter):
    loss, nan = adapter.loss("lsgan"), np.array([0.75, np.nan, 0.25])
    masked = {"real_labels": nan, "real_weight": np.array([True, False, True])}
    _, by_real, _ = adapter.value_and_grad(loss, "discriminator", REAL, FAKE, **masked)
    np.testing.assert_allclose(by_real, [0.3 - 0.75, 0.0, 1.1 - 0.25], rtol=1e-15)
    heads = adapter.loss("lsgan", heads="sum")
    together = adapter.value_and_grad(heads, "discriminator", [REAL, REAL], [FAKE, FAKE], real_labels=[OF_REAL, 1.0 - OF_REAL])[
        1
    ]
    for of_head, labels in zip(together, (OF_REAL, 1.0 - OF_REAL), strict=True):
        np.testing.assert_allclose(of_head, 2.0 / 3.0 * (REAL - labels), rtol=1e-15)
    whole = adapter.loss("lsgan", reduction="sum")
    flipped = adapter.value_and_grad(whole, "discriminator", REAL, FAKE, real_labels=np.array([1, 0, 1]))[0]
    assert flipped == pytest.approx(((REAL - [1, 0, 1]) ** 2).sum() + (FAKE**2).sum(), rel=1e-15)


def test_what_is_refused(adapter):
    real, fake, labels = (adapter.array(x) for x in (REAL, FAKE, OF_REAL))
    with pytest.raises(ValueError, match=r"real_labels must have the logits' shape \(3,\), got \(2,\)"):
        adapter.loss("lsgan").discriminator(real, fake, real_labels=adapter.array(OF_FAKE))
    with pytest.raises(TypeError, match="one number for all is the hyperparameter real_label"):
        adapter.loss("lsgan").discriminator(real, fake, real_labels=0.9)
    with pytest.raises(TypeError, match="hinge takes no labels, got real_labels"):
        adapter.loss("hinge").discriminator(real, fake, real_labels=labels)
    with pytest.raises(TypeError, match="lsgan takes no labels, got fake_labels"):
        adapter.loss("lsgan", generator="linear").generator(fake, fake_labels=fake)
    # Of what another codebase calls real_label, G would not know.
    for refuses in (
        lambda loss: loss.discriminator(real, fake, real_labels=labels),
        lambda loss: loss.generator(fake, fake_labels=fake),
    ):
        with pytest.raises(TypeError, match=r"tfgan/least_squares takes no labels, got \w+_labels: .* ours, such as 'lsgan'"):
            refuses(adapter.loss("tfgan/least_squares"))
    with pytest.raises(TypeError, match="G's loss looks at fakes alone, whose labels are fake_labels"):
        adapter.loss("lsgan").generator(fake, real_labels=labels)
    with pytest.raises(TypeError, match=r"given in the call: real_labels=\.\.\., fake_labels="):
        adapter.loss("lsgan", real_label=labels)


def test_what_a_moving_label_costs():
    torch._dynamo.reset()
    counter = CompileCounterWithBackend("eager")
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    compiled = torch.compile(lambda loss, y: loss.discriminator(real, fake, real_labels=y), fullgraph=True, backend=counter)
    loss = ganloss_torch.GANLoss("logistic")
    for label in (0.7, 0.8, 0.9):
        labels = torch.full((3,), label).double()
        assert compiled(loss, labels) == loss.discriminator(real, fake, real_labels=labels)
    assert counter.frame_count == 1
    anew = torch.compile(lambda loss: loss.discriminator(real, fake), backend=counter)
    for label in (0.7, 0.8, 0.9):
        anew(ganloss_torch.GANLoss("logistic", real_label=label))
    assert counter.frame_count == 1 + 3
    torch._dynamo.reset()


def test_and_in_jax():
    traced, loss = [], ganloss_jax.GANLoss("logistic")
    step = jax.jit(lambda loss, y: (traced.append(1), loss.discriminator(REAL, FAKE, real_labels=y))[1])
    for labels in (OF_REAL, 1.0 - OF_REAL):
        expected = loss.discriminator(REAL, FAKE, real_labels=labels)
        assert abs(step(loss, labels) - expected) <= 8 * np.finfo(float).eps
    assert len(traced) == 1


@pytest.mark.parametrize(("name", "margin"), [("hinge", 1.0), ("hinge2", 1.0)])
def test_a_margin_for_each_logit_is_a_shift(adapter, name, margin):
    of_real, of_fake = np.array([0.875, 1.0, 1.25]), np.array([0.75, 1.5])
    shifted = (adapter.array(x) for x in (REAL - (of_real - margin), FAKE + (of_fake - margin)))
    expected = np.maximum(of_real - REAL, 0).mean() + np.maximum(of_fake + FAKE, 0).mean()
    assert float(adapter.loss(name).discriminator(*shifted)) == pytest.approx(expected, rel=1e-15)
