"""Heads of a loss that is a term for each logit: one node in PyTorch, which is what the loop over the heads is."""

import pytest
import torch

import ganloss_torch as gan
import ganloss_torch._heads as of_heads
from cases import each
from kernels import of_step

SIZES = {"equal": [5] * 5, "unequal": [1, 7, 3, 5, 12]}
HEADS = {"mean": "mean", "sum": "sum", "weights": [0.5, 2.0, 0.0, -1.0, 1.0]}
WAYS = {"one array": 2**12, "one by one": 0}


def logits(sizes, seed, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 1, n, generator=generator, dtype=torch.float64).to(dtype).requires_grad_() for n in sizes]


def nodes(value):
    """How many nodes of ours the graph has."""
    seen, stack = set(), [value.grad_fn]
    while stack:
        if (node := stack.pop()) is not None and node not in seen:
            seen.add(node)
            stack.extend(of for of, _ in node.next_functions)
    return sum(type(node).__name__ in ("_NodeBackward", "_ApartBackward") for node in seen)


def both_ways(monkeypatch, call, leaves):
    """(value, gradients, second derivatives) at once, and head by head."""
    results = []
    for is_plain in (of_heads.is_plain, lambda *_: False):
        with monkeypatch.context() as patch:
            patch.setattr(of_heads, "is_plain", is_plain)
            value = call()
        assert bool(nodes(value)) == (not results)
        first = torch.autograd.grad(value, leaves, torch.tensor(-1.5, dtype=value.dtype), retain_graph=True)
        again = torch.autograd.grad(value, leaves, create_graph=True)
        second = torch.autograd.grad(sum(g.square().sum() for g in again), leaves)
        results.append((value, *first, *again, *second))
    return results


@each("way", WAYS)
@each("heads", HEADS)
@each("sizes", SIZES)
@each("name", ["lsgan", "fgan_kl"])
def test_it_is_the_loop(monkeypatch, name, sizes, heads, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    real, fake = logits(SIZES[sizes], 0), logits(SIZES[sizes][::-1], 1)
    for reduction in ("mean", "sum"):
        loss = gan.GANLoss(name, heads=HEADS[heads], reduction=reduction)
        for call, leaves in (
            (lambda loss=loss: loss.discriminator(real, fake), [*(real if name == "lsgan" else []), *fake]),
            (lambda loss=loss: loss.discriminator_terms(real, fake).fake, fake),
            (lambda loss=loss: loss(fake, False, is_disc=True), fake),
        ):
            at_once, loop = both_ways(monkeypatch, call, leaves)
            for a, b in zip(at_once, loop, strict=True):
                # A sum of 56 in another order.
                torch.testing.assert_close(a, b, rtol=2.0**-50, atol=2.0**-48)


@pytest.mark.parametrize("way", WAYS)
def test_generators_dicts_and_types(monkeypatch, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    for dtype in (torch.float32, torch.bfloat16):
        fake = dict(zip("abcde", logits(SIZES["unequal"], 0, dtype), strict=True))
        loss = gan.GANLoss("lsgan", heads=dict.fromkeys("edcba", 0.25))
        for call in (loss.generator, lambda x, loss=loss: loss(x, True), lambda x, loss=loss: loss.generator_terms(x).fake):
            at_once, loop = both_ways(monkeypatch, lambda call=call, fake=fake: call(fake), list(fake.values()))
            assert at_once[0].dtype is torch.float32
            for a, b in zip(at_once, loop, strict=True):
                eps = torch.finfo(a.dtype).eps
                torch.testing.assert_close(a, b, rtol=4 * eps, atol=0)


@pytest.mark.parametrize("way", WAYS)
def test_nan_is_in_its_own_elements(monkeypatch, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    fake = logits(SIZES["unequal"], 0)
    with torch.no_grad():
        fake[1][0, 0, 2] = float("nan")
    value = gan.GANLoss("hinge2", heads="sum").generator(fake)
    assert value.isnan()
    gradients = torch.autograd.grad(value, fake)
    assert [int(g.isnan().sum()) for g in gradients] == [0, 1, 0, 0, 0]
    assert gradients[1][0, 0, 2].isnan()


def test_where_it_is_the_loop():
    real, fake = logits(SIZES["unequal"], 0), logits(SIZES["unequal"], 1)
    loss = gan.GANLoss("lsgan")
    weights = [torch.ones_like(x) for x in fake]
    mixed = [*fake[:4], fake[4].detach().float().requires_grad_()]
    of_two_types = [*real[:4], real[4].detach().float().requires_grad_()]
    for value in (
        loss.discriminator(real, fake, fake_weight=weights),
        loss.discriminator(real, mixed),
        loss.discriminator(of_two_types, mixed),
        loss.discriminator(real[:1], fake[:1]),
        gan.GANLoss("ralsgan").discriminator(real, fake),
        gan.GANLoss("lsgan", top_k=2).generator(fake),
    ):
        assert nodes(value) == 0
    assert all(nodes(value) == 0 for value in gan.GANLoss("ralsgan", heads="none").discriminator(real, fake))
    with pytest.raises(ValueError, match="the same number of dimensions"):
        loss.discriminator(real, [x.flatten() for x in fake])
    with pytest.raises(ValueError, match="fake logits are empty"):
        loss.discriminator(real, [*fake[:4], fake[4][:0]])
    with pytest.raises(ValueError, match="must have the same heads, got 5 heads and 4 heads"):
        loss.discriminator(real, fake[:4])
    with pytest.raises(ValueError, match="heads must be a list of 5 weights"):
        gan.GANLoss("lsgan", heads=[1.0]).discriminator(real, fake)


# The loop of HiFi-GAN has 129.
@pytest.mark.parametrize(("sizes", "most"), [([6] * 8, 14), (range(3, 11), 20)])
def test_kernels_of_eight_heads(sizes, most):
    real, fake = logits(sizes, 0), logits(sizes, 1)
    names = of_step(lambda: gan.GANLoss("lsgan").discriminator(real, fake), [*real, *fake])
    assert len(names) <= most, names


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["lsgan", "fgan_kl", "hinge2"])
def test_each_head_is_that_of_the_loop(monkeypatch, name, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    sizes = SIZES["unequal"]
    real, fake = logits(sizes, 0), logits(sizes, 1)
    named = dict(zip("abcde", fake, strict=True))
    for reduction in ("mean", "sum"):
        apart = gan.GANLoss(name, heads="none", reduction=reduction)
        for call in (
            lambda apart=apart: apart.discriminator(real, fake),
            lambda apart=apart: [s.fake for s in apart.discriminator_terms(real, fake)],
            lambda apart=apart: apart(fake, False, is_disc=True),
            lambda apart=apart: list((apart.generator(named) if name == "lsgan" else apart(named, False, True)).values()),
        ):
            at_once, loop = both_ways(
                monkeypatch, lambda call=call: torch.stack(call()) @ (torch.arange(5.0).double() - 2.0), fake
            )
            for a, b in zip(at_once, loop, strict=True):
                torch.testing.assert_close(a, b, rtol=2.0**-50, atol=2.0**-48)


@pytest.mark.parametrize("way", WAYS)
def test_a_head_that_nobody_looks_at_has_no_gradient(monkeypatch, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    fake = logits(SIZES["unequal"], 0, torch.float16)
    with torch.no_grad():
        fake[1][:] = float("nan")
    parts = gan.GANLoss("lsgan", heads="none").generator(fake)
    assert [bool(part.isnan()) for part in parts] == [False, True, False, False, False]
    parts[0].data += 1.0
    gradients = torch.autograd.grad(parts[0] + parts[4], fake, allow_unused=True)
    assert [g is None for g in gradients] == [False, True, True, True, False]
    assert all(g.dtype is torch.float16 and g.isfinite().all() for g in gradients if g is not None)


@pytest.mark.parametrize("way", WAYS)
def test_gradients_that_are_none(monkeypatch, way):
    monkeypatch.setattr(of_heads, "FLAT", WAYS[way])
    fake, loss = logits([1, 2, 3, 4], 0), gan.GANLoss("lsgan", heads="none")
    # What follows may have no gradient for any head.
    assert torch.autograd.gradcheck(lambda *heads: tuple(loss.generator(list(heads))), fake)


def test_large_heads_are_kept_as_they_are():
    real, fake = logits([2**12] * 4, 0), logits([2**12] * 4, 1)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (saved.append(t.data_ptr()), t)[1], lambda t: t):
        gan.GANLoss("lsgan").discriminator(real, fake)
    assert sorted(saved) == sorted(x.data_ptr() for x in [*real, *fake])
