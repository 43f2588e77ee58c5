"""Large logits: a loss that is a term for each is one node of the graph, inside the contract like the words."""

import itertools
import math

import numpy as np
import pytest
import torch

import ganloss_torch as gan
import ganloss_torch._pointwise as pointwise
from adapters import ADAPTERS, SEPARABLE
from ganloss_core import WORDS, Loss
from ganloss_core.check import check
from ganloss_core.words.expression import SYMBOLS, X, as_expression, compiled, derivative, same
from ganloss_torch.check import TorchRunner
from kernels import of_step

NAN, INF = math.nan, math.inf
EPS = torch.finfo(torch.float64).eps
PLAYERS = ("discriminator", "generator")
CHANGED = {
    "hinge": {"margin": 0.5},
    "logistic": {"real_label": 0.9, "fake_label": 0.2},
    "l1": {"real_label": 0.7},
    "lsgan": {"real_label": 2.0, "fake_label": -1.0},
    "fgan_alpha": {"alpha": 0.5},
    "alpha_gan": {"alpha_d": 0.5, "alpha_g": 3.0},
    "bgan": {"log_z": 0.3},
    "cyclegan/lsgan": {},
    "parallel_wavegan/hinge": {},
    "ebgan": {"margin": 3.0},
}


@pytest.fixture
def always(monkeypatch):
    """The node for few logits too, in pieces of three."""
    monkeypatch.setattr(pointwise, "LARGE", 1)
    monkeypatch.setattr(pointwise, "AT_ONCE", 3)


def of_words(monkeypatch):
    monkeypatch.setattr(pointwise, "LARGE", 2**60)


def call(loss, player, real, fake, **weights):
    return (
        loss.discriminator(real, fake, **weights) if player == "discriminator" else loss.generator(fake, real=real, **weights)
    )


def is_node(value):
    return type(value.grad_fn).__name__ == "_NodeBackward"


@pytest.mark.parametrize("name", SEPARABLE)
def test_the_contract(always, name):
    report = check([name], [TorchRunner()])
    assert report.ok, report.failures


@pytest.mark.parametrize("name", [*SEPARABLE, *CHANGED])
def test_it_is_what_the_words_are(always, monkeypatch, name):
    loss = gan.GANLoss(name, reduction="sum", **CHANGED.get(name, {}))
    # Pieces, and a rest; not in the order of memory.
    real, fake = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).transpose(1, 2)
    for player in PLAYERS:
        got = []
        for _ in range(2):
            at = [real.clone().requires_grad_(), fake.clone().requires_grad_()]
            value = call(loss, player, *at)
            got.append(
                (
                    value,
                    torch.autograd.grad(
                        value, at, torch.tensor(-2.5, dtype=value.dtype), materialize_grads=True, allow_unused=True
                    ),
                )
            )
            of_words(monkeypatch)
        (value, gradients), (expected, of_these) = got
        monkeypatch.setattr(pointwise, "LARGE", 1)
        assert is_node(value)
        assert not is_node(expected)
        # The sum of 20 terms of either sign; a gradient of a few words.
        assert abs(value - expected) <= 64 * 2.0**-52 * (1.0 + abs(expected))
        for a, b in zip(gradients, of_these, strict=True):
            torch.testing.assert_close(a, b, rtol=16 * 2.0**-52, atol=2.0**-52)


@pytest.mark.parametrize("name", SEPARABLE)
def test_nan_and_second_derivatives(always, monkeypatch, name):
    loss = gan.GANLoss(name)
    finite = torch.tensor([-1.0, 0.0, 1.0, 3.0, -2.5, 0.25, -0.75], dtype=torch.float64)
    for player in PLAYERS:
        got = []
        for _ in range(2):
            at = [finite.clone().requires_grad_(), finite.flip(0).clone().requires_grad_()]
            first = torch.autograd.grad(
                call(loss, player, *at), at, create_graph=True, allow_unused=True, materialize_grads=True
            )
            upstream = torch.linspace(1.0, 2.0, 7, dtype=torch.float64)
            of_all = sum((upstream * g).sum() for g in first)
            second = (
                torch.autograd.grad(of_all, at, allow_unused=True, materialize_grads=True)
                if of_all.requires_grad
                else [torch.zeros_like(x) for x in at]
            )
            broken = finite.clone()
            broken[2] = NAN
            leaf = broken.requires_grad_()
            value = call(loss, player, leaf, leaf)
            (gradient,) = torch.autograd.grad(value, leaf)
            assert value.isnan()
            got.append((*first, *second, gradient))
            of_words(monkeypatch)
        monkeypatch.setattr(pointwise, "LARGE", 1)
        for a, b in zip(*got, strict=True):
            torch.testing.assert_close(a, b, rtol=16 * 2.0**-52, atol=8 * 2.0**-52, equal_nan=True)


@pytest.mark.parametrize("name", SEPARABLE)
def test_nothing_reaches_what_a_mask_hides(always, monkeypatch, name):
    kept = np.array([-1.0, 0.25, 3.0, 0.75, -0.5])
    logits, mask = np.array([INF, *kept[:2], NAN, *kept[2:], -INF]), np.array([0, 1, 1, 0, 1, 1, 1, 0], dtype=bool)
    weights = {"real_weight": mask, "fake_weight": mask}
    ours = ADAPTERS["torch"]
    for at_once, reduction, player in itertools.product((3, 100), ("mean", "sum"), PLAYERS):
        monkeypatch.setattr(pointwise, "AT_ONCE", at_once)
        loss = gan.GANLoss(name, reduction=reduction)
        value, *gradients = ours.value_and_grad(loss, player, logits, logits, upstream=1.5, **weights)
        expected, *of_kept = ours.value_and_grad(loss, player, kept, kept, upstream=1.5)
        assert value == pytest.approx(expected, rel=2.0**-50)
        for g, e in zip(gradients, of_kept, strict=True):
            np.testing.assert_array_equal(g[~mask], 0.0)
            np.testing.assert_allclose(g[mask], e, rtol=2.0**-51)
        nothing = {key: np.zeros(8, dtype=bool) for key in weights}
        value, *gradients = ours.value_and_grad(loss, player, logits, logits, **nothing)
        assert value == 0.0
        assert not np.any(gradients)


def test_second_derivatives_under_a_mask(always):
    leaf = torch.tensor([0.5, NAN, -1.0], dtype=torch.float64, requires_grad=True)
    value = gan.GANLoss("logistic").generator(leaf, fake_weight=torch.tensor([True, False, True]))
    assert is_node(value)
    (first,) = torch.autograd.grad(value, leaf, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), leaf)
    s = torch.sigmoid(leaf.detach())
    expected = torch.tensor([s[0] * (1 - s[0]) / 2, 0.0, s[2] * (1 - s[2]) / 2])
    # A sigmoid of either sign, and two products: four roundings on either side, of half an ulp.
    torch.testing.assert_close(second, expected.double(), rtol=4 * EPS, atol=0)


def test_large_logits_with_a_rest(monkeypatch):
    monkeypatch.setattr(pointwise, "AT_ONCE", 2**12)
    torch.manual_seed(0)
    real, fake = (torch.randn(3, 11003, requires_grad=True) for _ in range(2))
    mask = torch.rand(3, 11003) < 0.3
    loss = gan.GANLoss("logistic")
    value = loss.discriminator(real, fake, fake_weight=mask)
    assert is_node(value)
    assert value.dtype is torch.float32
    got = torch.autograd.grad(value, (real, fake))
    r, f = real.detach().double(), fake.detach().double()
    exact = torch.nn.functional.softplus(-r).mean() + torch.nn.functional.softplus(f)[mask].mean()
    # Each of the many is rounded, by chance up and down.
    assert abs(value.double() - exact) <= 4 * 2.0**-23 * exact
    for g, of in zip(got, (-torch.sigmoid(-r) / r.numel(), torch.sigmoid(f) * mask / mask.sum()), strict=True):
        torch.testing.assert_close(g.double(), of, rtol=4 * 2.0**-23, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_narrow_logits_are_kept_as_they_are(always, dtype):
    x = torch.linspace(-3, 3, 50, dtype=dtype).requires_grad_()
    sizes = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (sizes.append(t.numel() * t.element_size()), t)[1], lambda t: t):
        value = gan.GANLoss("logistic").discriminator(x, 2 * x.detach())
    assert value.dtype is torch.float32
    assert sizes == [100, 100]
    (gradient,) = torch.autograd.grad(value, x)
    wide = x.detach().float().requires_grad_()
    (expected,) = torch.autograd.grad(torch.nn.functional.softplus(-wide).mean(), wide)
    torch.testing.assert_close(gradient, expected.to(dtype), rtol=2.0**-7 if dtype is torch.bfloat16 else 2.0**-10, atol=1e-7)


# Forward and backward, with the seed of the backward pass.
KERNELS = {"logistic": 14, "hinge": 18, "lsgan": 12, "wasserstein": 7, "l1": 16, "fgan_neyman": 17}


@pytest.mark.parametrize("name", KERNELS)
def test_kernels(always, monkeypatch, name):
    monkeypatch.setattr(pointwise, "AT_ONCE", 100)
    real, fake = (torch.linspace(-1, 1, 20).requires_grad_() for _ in range(2))
    loss = gan.GANLoss(name)
    names = of_step(lambda: loss.discriminator(real, fake), (real, fake))
    assert len(names) == KERNELS[name], names
    # Of a side that nothing is asked of, its term alone.
    assert len(of_step(lambda: loss.discriminator(real.detach(), fake), fake)) < len(names)


def test_each_side_is_a_node_of_its_own(always):
    loss = gan.GANLoss("hinge2")
    real, fake = torch.linspace(-2, 2, 7).requires_grad_(), torch.linspace(-1, 3, 5).requires_grad_()
    of_real, of_fake, *rest = loss.discriminator_terms(real, fake)
    assert rest == [None, None]
    assert is_node(of_real)
    assert is_node(of_fake)
    assert torch.equal(of_real, loss(real, True, is_disc=True))
    assert torch.equal(of_fake, loss(fake, False, is_disc=True))
    assert torch.equal(loss.generator(fake), loss(fake, True))
    assert is_node(loss(fake, True))
    assert is_node(loss.generator_terms(fake).fake)
    # Of one side's mask, and of a side without a gradient.
    value = loss.discriminator(real.detach(), fake, fake_weight=torch.tensor([True] * 4 + [False]))
    assert is_node(value)
    assert torch.autograd.grad(value, fake)[0].tolist() == [0.0, 0.25, 0.25, 0.25, 0.0]


def test_what_is_wrong_is_said_as_ever(always):
    loss, x = gan.GANLoss("hinge"), torch.ones(4)
    for real, fake in ((x, torch.ones(0)), (torch.ones(0), x), (x, torch.ones(4, 1)), (x, x.int()), (x.numpy(), x)):
        with pytest.raises((TypeError, ValueError), match="logits"):
            loss.discriminator(real, fake)
    with pytest.raises(ValueError, match="fake_weight must be an array of the logits' shape"):
        loss.discriminator(x, x, fake_weight=torch.ones(4, 1, dtype=torch.bool))
    with pytest.raises(TypeError, match="takes no labels"):
        loss.discriminator(x, x, real_labels=torch.ones(4, dtype=torch.int64))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_where_it_is_the_words(always):
    x = torch.linspace(-1, 1, 4, requires_grad=True)
    loss = gan.GANLoss("hinge2")
    assert not is_node(loss.generator(x, fake_weight=torch.ones(4)))
    assert not is_node(gan.GANLoss("hinge2", top_k=2).generator(x))
    assert not is_node(gan.GANLoss("kl_wgan").discriminator(x, x))
    slopes = [torch.autograd.grad(loss.generator(x), x)[0], torch.func.grad(loss.generator)(x.detach())]
    with torch.autograd.forward_ad.dual_level():
        dual = loss.generator(torch.autograd.forward_ad.make_dual(x.detach(), torch.ones(4)))
        assert torch.autograd.forward_ad.unpack_dual(dual).tangent == slopes[0].sum()
    assert torch.equal(*slopes)
    assert "_Node" not in str(torch.jit.trace(loss.generator, x.detach()).graph)
    # Several seeds at once, over a graph that the node is in.
    seeds = torch.tensor([1.0, -2.0])
    (batched,) = torch.autograd.grad(loss.generator(x), x, seeds, is_grads_batched=True)
    assert torch.equal(batched, seeds[:, None] * slopes[0])
    value = loss.generator(x)
    mapped = torch.vmap(lambda seed: torch.autograd.grad(value, x, seed, retain_graph=True)[0])(seeds)
    assert torch.equal(mapped, batched)


def test_a_formula_that_looks_at_what_changes(always):
    scale = [1.0]

    def scheduled(ops):
        return Loss(real=lambda t: scale[0] * ops.relu(-t), fake=ops.relu)

    loss, x = gan.GANLoss(scheduled), torch.tensor([-1.0, -3.0], requires_grad=True)
    for scale[0] in (1.0, 3.0, 1.0):
        value = loss.generator(x)
        assert is_node(value)
        assert value == 2.0 * scale[0]
        assert torch.autograd.grad(value, x)[0].tolist() == [-0.5 * scale[0]] * 2


MORE_THAN_WORDS = {
    "a function of PyTorch's": lambda ops, t: torch.sin(t),
    "a method": lambda ops, t: t.sin(),
    "a comparison": lambda ops, t: torch.where(t == 0.5, t, 2.0 * t),
    "a number that is a comparison": lambda ops, t: t * (t == 0.5),
    "a power": lambda ops, t: t**2,
    "a branch": lambda ops, t: t * (2.0 if t.sum() > 0 else 1.0),
    "a tensor": lambda ops, t: ops.relu(torch.tensor(2.0) - t),
    "an array": lambda ops, t: ops.relu(t + np.ones(3, np.float32)) if isinstance(t, np.ndarray) else t * torch.ones(3),
    "a number": lambda ops, t: 1.0,
}


@pytest.mark.parametrize("term", list(MORE_THAN_WORDS.values())[:-1], ids=list(MORE_THAN_WORDS)[:-1])
def test_a_term_of_more_than_words_is_evaluated_as_it_is(always, term):
    def own(ops):
        return Loss(real=lambda t: term(ops, t), fake=ops.relu)

    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    value = gan.GANLoss(own).generator(x)
    assert not is_node(value)
    assert value == term(gan.ops, x).mean()


def test_an_expression_refuses_what_it_cannot_say():
    for term in (*[lambda t, term=term: term(SYMBOLS, t) for term in MORE_THAN_WORDS.values()], bool, lambda t: t != t, list):
        with pytest.raises((TypeError, AttributeError)):
            as_expression(term)
    assert as_expression(lambda t: np.float32(0.5) * t).args == (0.5, X)


@pytest.mark.parametrize("word", WORDS)
def test_the_derivative_of_a_word_is_that_of_its_contract(word):
    e = as_expression(getattr(SYMBOLS, word))
    assert same(derivative(e), WORDS[word].derivative(SYMBOLS, X))


def test_arithmetic_on_expressions():
    # Every rule, and what is left out of it.
    def term(t):
        u = 3.0 - t
        return (u * u - t / 4.0 + 2.0 / u) * (t * 0.5) / (1.0 + u) - 0.0 + (0.0 - 2.0 * (-3.0 * t))

    e = as_expression(term)
    x = torch.tensor([0.5, -1.25, 2.0], dtype=torch.float64, requires_grad=True)
    value = compiled(e, gan.ops)(x)
    # Fourteen operations, of which some are in another order; their derivative has some thirty, and sums that cancel a little.
    torch.testing.assert_close(value, term(x), rtol=8 * EPS, atol=0)
    (expected,) = torch.autograd.grad(term(x).sum(), x)
    torch.testing.assert_close(compiled(derivative(e), gan.ops)(x).detach(), expected, rtol=30 * EPS, atol=0)
    assert same(e, as_expression(term))
    assert not same(e, derivative(e))


def test_a_deep_expression_is_not_expanded():
    def term(t):
        for _ in range(60):
            t = 0.5 * (t * t) + 0.5
        return t

    e = as_expression(term)
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert same(e, as_expression(term))
    assert compiled(derivative(e), gan.ops)(x).tolist() == [0.0, 1.0]
