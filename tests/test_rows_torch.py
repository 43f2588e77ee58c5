"""The words of rows in what PyTorch has besides eager backward passes: autocast, batches of gradients, layouts, long rows."""

import torch

import ganloss_torch._rows
from ganloss_torch._backend import backend
from rows import MOST, TWICE, Case, exactly, normal, pulled, scales, tensors, ulps, upstream

EPS = torch.finfo(torch.float64).eps


def test_many_gradients_at_a_time():
    for case in (case.of("float64") for case in TWICE if case.what != "large"):
        at = [x.requires_grad_() for x in tensors(case.arrays)]
        value = getattr(backend.rows, case.word)(*at, *tensors(case.others))
        gs = torch.tensor(normal(3, *value.shape))
        batched = torch.autograd.grad(value, at, gs, retain_graph=True, is_grads_batched=True)
        for i, g in enumerate(gs):
            alone = torch.autograd.grad(value, at, g, retain_graph=True)
            for whole, one, scale in zip(batched, alone, scales(case, g.numpy())[1:], strict=True):
                # Either is within its budget of the exact one.
                assert ulps(whole[i], one, scale, "float64") <= 2 * MOST


def test_no_rows():
    """As a process has them that was given no sample."""
    for labels in ((), (0,), (torch.zeros(0, dtype=torch.long),)):
        words = ("at", "without", "against", "cross_entropy") if labels else ("log_sum_exp", "softmax", "largest")
        for word in words:
            x = torch.zeros(0, 3, dtype=torch.float64, requires_grad=True)
            value = getattr(backend.rows, word)(x, *labels)
            assert value.shape[0] == 0, word
            assert torch.autograd.grad(value.sum(), x)[0].shape == x.shape, word


def test_long_rows(monkeypatch):
    """Derivatives of any order, as of short ones, which the exact result is for."""
    x, g = 3 * normal(4, 5), torch.tensor(normal(4, 5, seed=1))

    def found(word):
        at = torch.tensor(x, requires_grad=True)
        value = words[word](at)
        (slope,) = torch.autograd.grad(value, at, g if value.ndim == 2 else g[:, 0], create_graph=True)
        (once,) = torch.autograd.grad(value, at, g if value.ndim == 2 else g[:, 0], retain_graph=True)
        many = torch.autograd.grad(value, at, torch.stack([value.detach()] * 2), retain_graph=True, is_grads_batched=True)
        return [value, slope, once, *many, *torch.autograd.grad(slope, at, g)]

    rows = backend.rows
    words = {"softmax": rows.softmax, "times": lambda x: rows.softmax(x, 8), "log_sum_exp": rows.log_sum_exp}
    short = {word: found(word) for word in words}
    monkeypatch.setattr(ganloss_torch._rows, "_LONG", 2)
    for word, expected in short.items():
        for a, b in zip(found(word), expected, strict=True):
            # Five shares of e^x, |x| < 10: ten eps of each argument, and a rounding for each that is summed.
            assert (a - b).abs().max() <= 16 * EPS * b.abs().max().clamp(min=1.0)


def test_channels_in_second_place():
    """Rows along the second dimension of what lies in memory so, as scores of a critic that segments."""
    scores, y = torch.tensor(3 * normal(2, 4, 3, 5)), torch.arange(30).reshape(2, 3, 5) % 4
    words = {
        "log_sum_exp": (),
        "softmax": (),
        "largest": (),
        "at": (y,),
        "without": (y,),
        "against": (y,),
        "cross_entropy": (y,),
    }
    for word, others in words.items():
        found = []
        for rows in (scores.requires_grad_().movedim(1, -1), scores.movedim(1, -1).contiguous()):
            value = getattr(backend.rows, word)(rows, *others)
            g = torch.tensor(upstream(value.shape), requires_grad=True)
            (first,) = torch.autograd.grad(value, scores, g, create_graph=True)
            at = [scores, g]
            second = torch.autograd.grad(first, at, scores.detach(), allow_unused=True, materialize_grads=True)
            found += [value, first, *second]
        for strided, whole in zip(found[:4], found[4:], strict=True):
            # The same four numbers of each row, summed in another order, twice.
            torch.testing.assert_close(strided, whole, rtol=8 * EPS, atol=8 * EPS)


def test_counts_beyond_what_float32_can_add_to():
    labels, x = torch.zeros(2**24 + 3, dtype=torch.int64), torch.ones(2)
    assert backend.rows.count(labels, 2, x, torch.ones(())[None].expand(len(labels)))[0] == 2**24 + 4


def test_products_under_autocast():
    """In the type of the logits, wherever the region begins and ends."""
    case = Case("products", "", (normal(8, 16), normal(8, 16, seed=1))).of("float32")
    g, at = torch.tensor(upstream((8, 8), "float32")), tensors(case.arrays)
    leaves = [x.clone().requires_grad_() for x in at]
    graph = torch.compile(lambda g: pulled("products", [], at, g), fullgraph=True, backend="aot_eager")

    def alone(value):
        return value.detach(), *torch.autograd.grad(value, leaves, g, retain_graph=True)

    before = backend.rows.products(*leaves)
    with torch.autocast("cpu", torch.bfloat16):
        inside = backend.rows.products(*leaves)
        found = [alone(before), alone(inside), pulled("products", [], at, g), graph(g)]
    found.append(alone(inside))
    value, slopes = exactly(case)
    for got in found:
        for each in zip(got, [value, *slopes], scales(case, g.numpy()), strict=True):
            assert ulps(*each, "float32") <= 3.0
