"""Feature matching in PyTorch over many layers at once: its kernels and memory, and that it is the loop over layers."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import ganloss_torch as gan
from ganloss_core.terms.stateless import Terms
from ganloss_torch import _features
from ganloss_torch._backend import backend
from ganloss_torch.compat import audiocraft, hifigan, parallel_wavegan
from kernels import Kernels

loop = Terms(backend).feature_matching
NAN, INF = math.nan, math.inf
EPS = torch.finfo(torch.float64).eps
# The same three factors of a gradient, multiplied in another order: three roundings on either side, and that by the cosine.
ULPS = 4
DISTANCES = pytest.mark.parametrize("distance", ["l1", "l2"])
# A layer alone has its own way there and back: all at once, one after the other, and groups of both.
SIZES = pytest.mark.parametrize("sizes", [(1000, 1000), (0, 0), (60, 150)], ids=["at once", "alone", "groups"], indirect=True)


@pytest.fixture
def sizes(request, monkeypatch):
    monkeypatch.setattr(_features, "_LARGE", request.param[0])
    monkeypatch.setattr(_features, "_AT_ONCE", request.param[1])


def features(n=6, dtype=torch.float32, seed=0, rows=3):
    draw = np.random.default_rng(seed)
    of = lambda: [torch.tensor(draw.normal(size=(1 + i % 4, rows, 5 + i)), dtype=dtype) for i in range(n)]
    return of(), [x.requires_grad_() for x in of()]


def is_one_node(loss):
    return "MeanDistances" in loss.grad_fn.name()


def gradients(loss, by, g=1.0):
    return torch.autograd.grad(loss, by, torch.full_like(loss, g))


@DISTANCES
@pytest.mark.parametrize("detach", [True, False])
def test_kernels_and_what_is_kept_of_48_layers(distance, detach):
    real, fake = features(48)
    by = fake if detach else [*fake, *(x.requires_grad_() for x in real)]
    saved = []
    with Kernels() as forward, torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x) or x, lambda x: x):
        loss = gan.feature_matching(real, fake, distance=distance, detach_real=detach)
    with Kernels() as backward:
        torch.autograd.grad(loss, by, torch.ones(()))
    assert len(forward.names) == 6
    assert backward.names.pop(0) == "ones"
    assert len(backward.names) == (5 if distance == "l1" else 3) + (not detach)
    assert {x.data_ptr() for x in saved} == {x.data_ptr() for x in (*real, *fake)}


@DISTANCES
def test_large_layers_go_alone_and_others_in_groups(monkeypatch, distance):
    monkeypatch.setattr(_features, "_LARGE", 20)
    monkeypatch.setattr(_features, "_AT_ONCE", 45)
    of = lambda: [torch.linspace(-1.0, i, n) for i, n in enumerate([10, 21, 20, 10, 15, 22, 18])]
    real, fake = of(), [-x.requires_grad_() for x in of()]
    with Kernels() as kernels:
        loss = gan.feature_matching(real, fake, distance=distance)
        torch.autograd.grad(loss, fake, torch.ones(()))
    # 10, 10 and 15, 18 and 20, two alone; the sum of all, and the gradient's 1.
    assert len(kernels.names) == 2 * (10 if distance == "l1" else 8) + 2 * 6 + 3 + 1
    torch.testing.assert_close(loss, loop(real, fake, distance=distance), rtol=4e-7, atol=0)


@SIZES
@DISTANCES
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_gradients_are_the_formulas(sizes, distance, dtype):
    real, fake = features(9, dtype)
    fake[2] = fake[2].detach().transpose(0, 2).contiguous().transpose(0, 2).requires_grad_()
    real[3] = real[3][:, :, :1].expand_as(real[3])
    real = [x.requires_grad_() for x in real]
    match = {"distance": distance, "layers": "sum", "detach_real": False}
    heads = ([real[:4], real[4:]], [fake[:4], fake[4:]])
    loss = gan.feature_matching(*heads, 3.0, **match)
    assert "MeanDistances" in loss.grad_fn.next_functions[0][0].name()
    eps, expected = torch.finfo(dtype).eps, []
    for r, f in zip(real, fake, strict=True):
        d = (f.detach() - r.detach()).double().numpy()
        expected.append((math.fsum((abs(d) if distance == "l1" else d * d).ravel()) / d.size, d))
    assert loss.item() == pytest.approx(3.0 * sum(value for value, _ in expected) / 2, rel=4 * eps)
    found = gradients(loss, [*real, *fake], -7.0)
    of_reals, of_fakes = found[:9], found[9:]
    for (_, d), r, f in zip(expected, of_reals, of_fakes, strict=True):
        slope = -21.0 / 2 / d.size * (np.sign(d) if distance == "l1" else 2.0 * d)
        # Roundings: the difference, which is seen here, the factor, two products.
        np.testing.assert_allclose(f.numpy(), slope, rtol=2 * eps, atol=0)
        assert torch.equal(r, -f)


@SIZES
@DISTANCES
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_infinity_and_nothing(sizes, distance, dtype):
    for special in ([0.0, 0.0, 0.0, 0.0], [INF, -INF, 0.0, 1.0], [NAN, INF, 0.0, -1.0]):
        for weight in (1.0, 0.0, -2.0):
            real, fake = features(6, dtype)
            with torch.no_grad():
                for i in (0, 3):
                    real[i].view(-1)[:4], fake[i].view(-1)[:4] = 0.0, torch.tensor(special)
            real[4] = fake[4].detach()
            ours, loops = (m(real, fake, weight, distance=distance) for m in (gan.feature_matching, loop))
            near = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 0, "equal_nan": True}
            torch.testing.assert_close(ours, loops, **near)
            for a, b in zip(gradients(ours, fake), gradients(loops, fake), strict=True):
                torch.testing.assert_close(a, b, **near)


@pytest.mark.parametrize("tiny", [1e-30, torch.finfo(torch.float32).tiny])
@SIZES
def test_a_small_difference_has_its_sign(sizes, tiny):
    fake = [torch.tensor([[[tiny, -tiny]]] * (i + 1)).requires_grad_() for i in range(4)]
    found = gradients(gan.feature_matching([torch.zeros_like(x) for x in fake], fake), fake)
    for i, x in enumerate(found):
        np.testing.assert_allclose(x, np.tile([1.0, -1.0], (i + 1, 1, 1)) / (8 * (i + 1)), rtol=np.finfo(np.float32).eps)


def test_only_what_is_asked_for_has_a_gradient():
    real, fake = features()
    fake[1], real[2] = fake[1].detach(), real[2].requires_grad_()
    by = [real[2], *fake[:1], *fake[2:]]
    ours, loops = (gradients(m(real, fake, detach_real=False), by) for m in (gan.feature_matching, loop))
    for a, b in zip(ours, loops, strict=True):
        torch.testing.assert_close(a, b, rtol=4e-7, atol=0)
    assert not gan.feature_matching(real, [x.detach() for x in fake]).requires_grad


# Layers a third as large, in the same groups.
@pytest.mark.parametrize("sizes", [(1000, 1000), (0, 0), (20, 50)], ids=["at once", "alone", "groups"], indirect=True)
@DISTANCES
def test_every_derivative_of_a_derivative(sizes, distance):
    real, fake = features(5, torch.float64, rows=1)
    loss = lambda *x: gan.feature_matching(real, [y.sin() for y in x], distance=distance)
    assert is_one_node(loss(*fake))
    assert torch.autograd.gradcheck(loss, fake)
    assert torch.autograd.gradgradcheck(loss, fake)
    # Twice, of a graph that is kept; and many at once.
    value, x = loss(*fake), fake[0]
    (first,) = torch.autograd.grad(value, x, retain_graph=True)
    (batched,) = torch.autograd.grad(value, x, torch.tensor([1.0, 2.0]).double(), is_grads_batched=True)
    torch.testing.assert_close(batched, torch.stack([first, 2.0 * first]), rtol=ULPS * EPS, atol=0)
    (by_func,) = torch.func.grad(lambda x: (loss(x, *fake[1:]),)[0], argnums=(0,))(x)
    torch.testing.assert_close(by_func, first, rtol=ULPS * EPS, atol=0)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x.detach(), torch.ones_like(x))
        tangent = torch.autograd.forward_ad.unpack_dual(loss(dual, *fake[1:])).tangent
    # And a rounding for each number that is summed.
    atol = (ULPS + first.numel()) * EPS * first.abs().sum()
    torch.testing.assert_close(tangent, first.sum(), rtol=0, atol=atol.item())


class Subclass(torch.Tensor):
    pass


def under_inference(x):
    with torch.inference_mode():
        return x + 0.0


@pytest.mark.parametrize(
    "other",
    [torch.Tensor.half, torch.Tensor.double, lambda x: x.as_subclass(Subclass), under_inference, lambda x: x + 0j],
    ids=["half", "double", "subclass", "inference", "complex"],
)
def test_what_the_loop_is_for(other):
    real, fake = features()
    real[1] = other(real[1])
    ours, loops = (m(real, fake) for m in (gan.feature_matching, loop))
    assert not is_one_node(ours)
    assert torch.equal(ours, loops)
    assert is_one_node(gan.feature_matching(*features()))
    assert not is_one_node(gan.feature_matching(*features(dtype=torch.bfloat16)))


def test_nothing_is_broadcast():
    real, fake = features()
    with pytest.raises(ValueError, match="must have one shape"):
        gan.feature_matching([x[:1] for x in real], fake)


@pytest.mark.filterwarnings("ignore")  # tracing is deprecated, and warns of each shape
def test_a_trace_sees_the_loop():
    real, fake = features()
    traced = torch.jit.trace(lambda *x: gan.feature_matching(real, list(x)), [x.detach() for x in fake])
    other = features(seed=1)[1]
    torch.testing.assert_close(traced(*other), loop(real, other), rtol=4e-7, atol=0)


def test_what_changes_in_between_is_found():
    real, fake = features()
    loss = gan.feature_matching(real, fake)
    real[0].zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        gradients(loss, fake)


def test_the_drop_ins_match_all_at_once():
    real, fake = features(8)
    for loss in (
        hifigan.feature_loss([real[:4], real[4:]], [fake[:4], fake[4:]]).grad_fn.next_functions[0][0],
        parallel_wavegan.FeatureMatchLoss()([fake[:4], fake[4:]], [real[:4], real[4:]]).grad_fn,
        audiocraft.FeatureMatchingLoss()(fake, real).grad_fn,
        audiocraft.FeatureMatchingLoss(nn.MSELoss())(fake, real).grad_fn,
    ):
        assert "MeanDistances" in loss.name()
    # Another loss of features is called as ever.
    summed = audiocraft.FeatureMatchingLoss(nn.L1Loss(reduction="sum"), normalize=False)(fake, real)
    expected = sum((f - r).abs().sum() for f, r in zip(fake, real, strict=True))
    torch.testing.assert_close(summed, expected, rtol=4e-7, atol=0)
