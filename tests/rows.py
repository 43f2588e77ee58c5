"""Arguments for the words of rows, the exact result, and the sums of the absolute values of what is summed."""

from typing import Any, NamedTuple

import mpmath
import numpy as np
import torch

from ganloss_core.backends import exact
from ganloss_core.backends.tape import Var, gradients
from ganloss_torch._backend import backend

INF = np.inf


class Case(NamedTuple):
    word: str
    what: str
    arrays: tuple[Any, ...]
    """What is differentiated."""
    others: tuple[Any, ...] = ()
    """Labels, or a mask."""

    def of(self, dtype):
        """With numbers of that type."""
        arrays = tuple(np.asarray(x, dtype) for x in self.arrays)
        return self._replace(arrays=arrays)

    def upstream(self, value):
        alone = self.word == "squared_distances" and len(self.arrays) == 1
        return upstream(np.shape(value), self.arrays[0].dtype, alone)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def near_duplicates(n=4, d=3):
    x = normal(n, d)
    return np.concatenate([x, x * (1 + 1e-6 * normal(n, d, seed=1)), x[:1]])


def outlier(n=5, d=3):
    x = normal(n, d)
    x[2] *= 1e6
    return x


def common_level(n=4, d=3, seed=0):
    return 1e4 + 1e-2 * normal(n, d, seed=seed)


MATRICES = {
    "two matrices": (normal(4, 3), normal(5, 3, seed=1)),
    "one matrix": (normal(4, 3),),
    "one row each": (normal(1, 3), normal(1, 3, seed=1)),
    "one row": (normal(1, 3),),
    "one column": (normal(3, 1), normal(2, 1, seed=1)),
    "a common level": (common_level(), common_level(5, seed=1)),
    "a common level of one": (common_level(),),
    "coincident rows": (np.ones((3, 2)), np.ones((2, 2))),
    "near duplicates": (near_duplicates(), near_duplicates()[::-1].copy()),
    "near duplicates in one": (near_duplicates(),),
    "an outlier": (outlier(), normal(3, 3, seed=1)),
    "an outlier in one": (outlier(),),
}
ROWS = {
    "a matrix": normal(3, 5) * 3,
    "leading axes": normal(2, 2, 4),
    "a vector": normal(4),
    "one column": normal(3, 1),
    "nearly everything": np.array([[0.0, 50.0, 3.0], [0.0, 500.0, -300.0], [20.0, 1.0, -2.0], [0.0, 17.0, 3.0]]),
    "ties": np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [-1.0, 0.5, 0.5], [-90.0, 30.0, 30.0]]),
    "a common level": 1e4 + normal(2, 4),
    "some -inf": np.array([[0.0, -INF, 1.0], [-INF, -INF, 2.0]]),
}
NOTHING = np.array([[-INF, -INF, -INF], [0.0, 1.0, -INF]])
INFINITE = np.array([[INF, 1.0, 2.0], [-INF, 0.0, INF]])
NAN = np.array([[np.nan, 1.0, 2.0], [0.0, 3.0, 2.0]])
MASK = np.array([[True, False, True], [False, False, False], [True, True, True], [False, True, False]])
UNDER_MASK = np.array([[0.5, np.nan, -1.0], [np.nan, 2.0, INF], [1.0, -INF, 0.0], [INF, -INF, np.nan]])


def labels(x, seed=3):
    return np.random.default_rng(seed).integers(0, x.shape[-1], x.shape[:-1])


def _cases():
    for what, arrays in MATRICES.items():
        yield Case("products", what, arrays)
        yield Case("squared_distances", what, arrays)
    for what, x in ROWS.items():
        for word in ("log_sum_exp", "softmax", "largest"):
            yield Case(word, what, (x,))
        for word in ("at", "against", "cross_entropy", "without"):
            yield Case(word, what, (x,), (labels(x),))
        for word in ("at", "against", "cross_entropy"):
            yield Case(word, f"{what}, the first", (x,), (0,))
            yield Case(word, f"{what}, the last", (x,), (x.shape[-1] - 1,))
    for what, x in {"nothing": NOTHING, "+inf": INFINITE, "NaN": NAN}.items():
        yield Case("log_sum_exp", what, (x,))
        for which in ([0, 2], [1, 1]):
            # The cross-entropy is NaN beside +inf, and of nothing so is all of its gradient.
            for word in ("at", "against", "without", *(["cross_entropy"] if what == "NaN" else [])):
                yield Case(word, f"{what} at {which}", (x,), (np.array(which),))
    for word in ("against", "cross_entropy"):
        yield Case(word, "nothing else", (np.array([[0.0, -INF, -INF], [0.0, 1.0, -INF]]),), (np.array([0, 1]),))
    far = np.array([[90.0, 0.0, -3.0], [0.0, 12.0, 9.0], [-700.0, 0.0, 1.0], [16.0, 0.0, 0.1]])
    yield Case("cross_entropy", "nearly 0, and large", (far,), (np.array([0, 1, 0, 0]),))
    yield Case("cross_entropy", "nearly 0", (far[[0, 1, 3]],), (np.array([0, 1, 0]),))
    for what, x in {
        "a vector": normal(7),
        "one": normal(1),
        "ties": np.array([1.0, 0.5, 1.0, -2.0, 0.5]),
        "+inf": INFINITE[1],
    }.items():
        yield Case("sorted", what, (x,))
    yield Case("softmax", "NaN", (NAN,))
    yield Case("softmax", "times a number", (normal(3, 5),), (3,))
    yield Case("largest", "nothing", (NOTHING,))
    for what, x in {
        "a mask": normal(4, 3),
        "a mask, far apart": 300 * normal(4, 3),
        "anything under a mask": UNDER_MASK,
    }.items():
        yield Case("log_sum_exp", what, (x,), (MASK,))
    yield Case("log_sum_exp", "NaN and -inf in a mask", (np.concatenate([NAN, NOTHING]),), (MASK[::-1].copy(),))
    yield Case("log_sum_exp", "a mask and leading axes", (normal(2, 2, 3),), (MASK.reshape(2, 2, 3),))


CASES = list(_cases())
"""Of each word that is differentiated."""

TWICE = [
    *(case for case in CASES if case.what in ("two matrices", "one matrix", "leading axes", "a mask and leading axes")),
    Case("squared_distances", "large", (normal(9, 10), normal(7, 10, seed=1))),
    *(case for case in CASES if case.what in ("a mask", "nothing", "nothing else", "nearly everything")),
]


def upstream(shape, dtype="float64", alone=False):
    """A gradient of the value; of distances of rows from themselves, which do not change, a large one."""
    g = np.random.default_rng(7).normal(size=shape)
    return np.asarray(g + 2.0**20 * np.eye(len(g)) if alone else g, dtype)


def exactly(case, g=None):
    """Value and gradients, as arrays of mpmath numbers."""
    with mpmath.workprec(300), np.errstate(all="ignore"):
        rows = exact.backend().rows
        at = [Var(np, exact.array(x)) for x in case.arrays]
        others = [Var(np, y if y.dtype == bool else exact.array(y)) if isinstance(y, np.ndarray) else y for y in case.others]
        value = getattr(rows, case.word)(*at, *others)
        g = case.upstream(value) if g is None else g
        return value.array, gradients(value, at, exact.array(g))


def _size(x):
    return np.where(np.isfinite(x), np.abs(x), 0.0)


def _shares(x):
    """The softmax, and how sensitive it is: |x| and 1, of an exponential and what it is relative to."""
    top = x.max(-1, keepdims=True)
    e = np.exp(x - np.where(np.isfinite(top), top, 0.0))
    return e / np.maximum(e.sum(-1, keepdims=True), 1e-300), 1.0 + _size(x) + _size(top)


def _of_products(g, x, y=None):
    x, g, z = abs(x), abs(g), abs(x if y is None else y)
    return x @ z.T, [g @ z + g.T @ x] if y is None else [g @ z, g.T @ x]


def _of_squared_distances(g, x, y=None):
    z = x if y is None else y
    g = g * (1.0 - np.eye(len(g))) if y is None else g
    each = 2.0 * abs(g)[:, :, None] * (abs(x)[:, None] + abs(z)[None])
    # Nothing cancels.
    distances = np.square(x[:, None] - z[None]).sum(-1)
    return distances, [each.sum(1) + each.sum(0)] if y is None else [each.sum(1), each.sum(0)]


def _of_log_sum_exp(g, x, mask=True):
    p, size = _shares(np.where(mask, x, -INF))
    return size.max(-1), [abs(g)[..., None] * p * size]


def _of_softmax(g, x, times=1):
    # p_i (g_i - sum_j p_j g_j) is p_i times the sum of p_j (g_i - g_j) over the others.
    (p, size), g, apart = _shares(x), abs(g), ~np.eye(x.shape[-1], dtype=bool)
    others = p[..., None, :] * (g[..., :, None] + g[..., None, :]) * (size[..., :, None] + size[..., None, :])
    return times * p * size, [times * p * np.where(apart, others, 0.0).sum(-1)]


def _of_against(g, x, label):
    own = np.arange(x.shape[-1]) == np.asarray(label)[..., None]
    value, (slope,) = _of_log_sum_exp(g, x, ~own)
    return value + np.where(own, _size(x), 0.0).sum(-1), [slope + own * abs(g)[..., None]]


def _of_cross_entropy(g, x, label):
    # A share of all that it is made of: log(1 + e^a) changes by the sigmoid of a.
    own = np.arange(x.shape[-1]) == np.asarray(label)[..., None]
    p, size = _shares(x)
    others = np.where(own, 0.0, p * size).sum(-1)
    at = np.where(own, _size(x), 0.0).sum(-1)
    return others * (1.0 + at), [abs(g)[..., None] * np.where(own, (others * (1.0 + at))[..., None], p * size)]


SCALES = {
    "products": _of_products,
    "squared_distances": _of_squared_distances,
    "log_sum_exp": _of_log_sum_exp,
    "softmax": _of_softmax,
    "largest": lambda g, x: (0.0 * g, [abs(g)[..., None] + 0.0 * _size(x)]),
    "at": lambda g, x, label: (0.0 * g, [0.0 * _size(x)]),
    "without": lambda g, x, label: (0.0 * g, [0.0 * _size(x)]),
    "against": _of_against,
    "cross_entropy": _of_cross_entropy,
    "sorted": lambda g, x: (0.0 * g, [0.0 * _size(x)]),
}


def scales(case, g):
    with np.errstate(all="ignore"):
        value, slopes = SCALES[case.word](g.astype(float), *(x.astype(float) for x in case.arrays), *case.others)
    return [value, *slopes]


# Two or three roundings of each number, and of the sums of few.
MOST = 3.0


def ulps(got, true, scale, dtype):
    """The largest error of an element, in eps times its scale; 4 smallest normal numbers are free of charge."""
    limits, worst = np.finfo(dtype), 0.0
    got, true = np.asarray(got, float), np.asarray(true, object)
    assert got.shape == true.shape
    for a, b, size in zip(got.ravel(), true.ravel(), np.broadcast_to(scale, got.shape).ravel(), strict=True):
        if not (mpmath.isfinite(b) and np.isfinite(a)):
            off = 0.0 if a == float(b) or (np.isnan(a) and mpmath.isnan(b)) else INF
        else:
            off = float(max(abs(mpmath.mpf(float(a)) - b) - 4 * float(limits.tiny), 0))
            off = off / (size * limits.eps) if off and size else INF if off else 0.0
        worst = max(worst, off)
    return worst


def tensors(numbers):
    """Arrays as tensors, and other numbers as they are."""
    return [torch.tensor(x) if isinstance(x, np.ndarray) else x for x in numbers]


def pulled(word, others, at, g):
    """Value and gradients in PyTorch, as torch.func has them."""
    value, pull = torch.func.vjp(lambda *at: getattr(backend.rows, word)(*at, *others), *at)
    return value, *pull(g)
