"""NaN gives NaN: in every value and in the same elements of every gradient, whichever the backend."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

import ganloss_torch._backend
import laws
from adapters import ADAPTERS, ONE_OF_EACH, draw
from ganloss_core import names
from ganloss_core.check import check_words
from ganloss_torch import ops
from ganloss_torch.check import TorchRunner
from laws import graded

NAN = float("nan")


# What takes the largest of a row is a kind of its own here.
KINDS = sorted({*ONE_OF_EACH, "multi_hinge"})
OTHERS = [name for name in names() if name not in KINDS]


@pytest.mark.parametrize(
    ("adapter", "losses"),
    [("torch", names()), ("jax", KINDS), pytest.param("jax", OTHERS, marks=pytest.mark.long)],
    ids=["torch", "jax", "jax, the others"],
)
def test_a_nan_is_in_the_same_gradients_everywhere(adapter, losses):
    ours, reference, wrong = ADAPTERS[adapter], ADAPTERS["numpy"], []
    for side in (0, 1):
        calls = []
        for name, player in itertools.product(losses, ("discriminator", "generator")):
            *sides, labels = draw(name, 4)
            sides[side][1 + side] = NAN
            calls.append((name, player, sides, labels))
        answers = laws.answers(ours, [graded(ours.loss(name), player, *x, **labels) for name, player, x, labels in calls])
        for (name, player, x, labels), got in zip(calls, answers, strict=True):
            expected = reference.value_and_grad(reference.loss(name), player, *x, **labels)
            if not all(np.array_equal(np.isnan(g), np.isnan(e)) for g, e in zip(got, expected, strict=True)):
                wrong.append((name, player, side))
    assert wrong == []


@pytest.mark.parametrize("name", ["hinge", "l1", "rahinge"])
def test_a_nan_logit_has_a_nan_gradient(adapter, name):
    # The kinks beside it are as ever.
    loss = adapter.loss(name)
    value, real, fake = adapter.value_and_grad(loss, "discriminator", np.array([NAN, 0.5, 2.0, 1.0]), np.array([0.5, 0.0]))
    assert np.isnan(value)
    expected = {
        "hinge": ([NAN, -0.25, 0.0, 0.0], [0.5, 0.5]),
        "l1": ([NAN, -0.25, 0.25, 0.0], [0.5, 0.0]),
        "rahinge": ([NAN] * 4, [NAN] * 2),
    }[name]
    np.testing.assert_array_equal(real, expected[0])
    np.testing.assert_array_equal(fake, expected[1])


@pytest.mark.parametrize("side", [0, 1])
def test_a_nan_among_all_pairs_is_in_the_gradients_of_its_pairs(adapter, side):
    # In closed form, by comparisons, which see no NaN.
    loss = adapter.loss("relativistic_all_pairs_hinge")
    logits = [np.array([0.5, 0.3, 2.0, 1.0, 0.1]), np.array([0.5, 0.0, 0.3, 0.2, 1.0])]
    logits[side][1] = NAN
    # JAX compiled, too.
    compiled = [replace(adapter, jit=True)] if adapter.name == "jax" else []
    for run, player in itertools.product([adapter, *compiled], ("discriminator", "generator")):
        value, *gradients = run.value_and_grad(loss, player, *logits)
        assert np.isnan(value)
        assert np.isnan(gradients[side]).tolist() == [False, True, False, False, False]
        assert np.isnan(gradients[1 - side]).all()
    # A mask hides it.
    weight = {("real_weight", "fake_weight")[side]: np.array([True, False, True, True, True])}
    value, *gradients = adapter.value_and_grad(loss, "discriminator", *logits, **weight)
    assert np.isfinite([value, *gradients[0], *gradients[1]]).all()


@pytest.mark.parametrize("name", ["rahinge", "rchinge"])
def test_a_side_that_a_mask_empties_makes_the_gradient_nan(adapter, name):
    nothing = np.zeros(3, dtype=bool)
    value, _, fake = adapter.value_and_grad(adapter.loss(name), "generator", np.ones(3), np.ones(3), real_weight=nothing)
    assert np.isnan(value)
    assert np.isnan(fake).all()


def test_large_tensors(monkeypatch):
    monkeypatch.setattr(ganloss_torch._backend, "_LARGE", 0)
    report = check_words(TorchRunner(), words=["relu", "abs", "square"])
    assert report.ok, report.failures


SLOPES = {"relu": [0.0, 0.0, 0.0, 1.0, 1.0, NAN], "abs": [-1.0, -1.0, 0.0, 1.0, 1.0, NAN]}


@pytest.mark.parametrize("large", [0, 100])
@pytest.mark.parametrize("word", SLOPES)
def test_kinks_under_every_transform(monkeypatch, word, large):
    monkeypatch.setattr(ganloss_torch._backend, "_LARGE", large)
    function = getattr(ops, word)
    x = torch.tensor([-float("inf"), -1.0, 0.0, 2.0, float("inf"), NAN], dtype=torch.float64)
    leaf = x.clone().requires_grad_()
    with torch.autograd.forward_ad.dual_level():
        dual = function(torch.autograd.forward_ad.make_dual(x, torch.ones_like(x)))
        forward = torch.autograd.forward_ad.unpack_dual(dual).tangent
    (eager,) = torch.autograd.grad(function(leaf).sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(eager[:5].sum(), leaf)
    assert second[:5].tolist() == [0.0] * 5
    for got in (
        forward,
        eager.detach(),
        torch.autograd.grad(function(leaf).sum(), leaf)[0],
        torch.autograd.grad(function(leaf), leaf, torch.ones(2, 6).double(), is_grads_batched=True)[0][1],
        torch.autograd.grad(torch.compile(function, backend="aot_eager", fullgraph=True)(leaf).sum(), leaf)[0],
        torch.func.grad(lambda x: function(x).sum())(x),
        torch.vmap(torch.func.grad(function))(x),
        torch.func.jvp(function, (x,), (torch.ones_like(x),))[1],
    ):
        torch.testing.assert_close(got, torch.tensor(SLOPES[word], dtype=torch.float64), rtol=0, atol=0, equal_nan=True)
    # Numbers alone, of which a processor takes the sign.
    finite = x[1:4].requires_grad_()
    for seeds in (torch.ones(3).double(), torch.ones(2, 3).double()):
        (got,) = torch.autograd.grad(function(finite), finite, seeds, is_grads_batched=seeds.ndim == 2)
        assert torch.equal(got, seeds * torch.tensor(SLOPES[word][1:4]))
