"""The contract of the words of rows, in every backend: values and derivatives of any order, and what is infinite or NaN."""

from dataclasses import replace
from functools import partial
from itertools import groupby

import array_api_strict
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import torch
from torch.autograd import forward_ad

import ganloss_torch._rows
from ganloss_core.backends import array_api
from ganloss_core.backends.tape import Var, gradients, taped
from ganloss_core.words.rows import ROWS
from ganloss_jax._backend import backend as of_jax
from ganloss_torch._backend import backend as of_torch
from rows import (
    CASES,
    MOST,
    NAN,
    TWICE,
    Case,
    common_level,
    exactly,
    near_duplicates,
    normal,
    outlier,
    pulled,
    scales,
    tensors,
    ulps,
    upstream,
)

DTYPES = ("float32", "float64")
SHAPES = ("leading axes", "a vector", "one column", "one row", "one row each")
BY_WORD = {word: list(cases) for word, cases in groupby(sorted(CASES, key=lambda c: c.word), key=lambda c: c.word)}


def in_torch(case, g):
    at = [x.requires_grad_() for x in tensors(case.arrays)]
    value = getattr(of_torch.rows, case.word)(*at, *tensors(case.others))
    return value.detach(), *torch.autograd.grad(value, at, torch.tensor(g))


def under_functorch(case, g):
    return pulled(case.word, tensors(case.others), tensors(case.arrays), torch.tensor(g))


def under_vmap(case, g):
    others = tensors(case.others)
    many = torch.func.vmap(lambda g, *at: pulled(case.word, others, at, g))
    return [x[1] for x in many(*(torch.stack([x, x]) for x in tensors([g, *case.arrays])))]


def pulled_in_jax(words, given):
    found = []
    for word, (at, others, g) in zip(words, given, strict=True):
        value, pull = jax.vjp(lambda *at, word=word, others=others: getattr(of_jax.rows, word)(*at, *others), *at)
        found.append((value, *pull(g)))
    return found


def in_jax(cases, gs, pulled=pulled_in_jax):
    # `jnp.asarray` would compile a program for each shape.
    array = lambda x: jax.device_put(x) if isinstance(x, np.ndarray) else x
    given = [(list(map(array, c.arrays)), list(map(array, c.others)), array(g)) for c, g in zip(cases, gs, strict=True)]
    return pulled([c.word for c in cases], given)


def compiled(words, given):
    # Labels that are one Python number are no arrays.
    numbers = [[y for y in others if isinstance(y, int)] for _, others, _ in given]
    arrays = [(at, [] if number else others, g) for (at, others, g), number in zip(given, numbers, strict=True)]

    def whole(arrays):
        return pulled_in_jax(words, [(at, [*o, *number], g) for (at, o, g), number in zip(arrays, numbers, strict=True)])

    return jax.jit(whole)(arrays)


def of_library(xp, tape=None):
    tape = tape or array_api.Library(xp)._tape
    array = lambda x: xp.asarray(x) if isinstance(x, np.ndarray) else x

    def call(case, g):
        at = [Var(xp, array(x)) for x in case.arrays]
        others = [Var(xp, array(y)) if isinstance(y, np.ndarray) else y for y in case.others]
        with np.errstate(all="ignore"):
            value = getattr(tape.rows, case.word)(*at, *others)
            return value.array, *gradients(value, at, array(g))

    return call


def by_the_derivatives():
    """NumPy's tape over a library that has all words, of which each is differentiated as its contract says."""
    library = array_api.backend(np)
    native = {name: partial(word.definition, library) for name, word in ROWS.items()}
    return taped(replace(library, native=native), np)


ONE_BY_ONE = {
    "torch": in_torch,
    "functorch": under_functorch,
    "vmap": under_vmap,
    "numpy": of_library(np),
    "array_api_strict": of_library(array_api_strict),
    "derivatives": of_library(np, by_the_derivatives()),
}


@pytest.mark.parametrize("word", BY_WORD)
def test_value_and_gradient(word):
    for dtype in DTYPES:
        cases = [case.of(dtype) for case in BY_WORD[word]]
        true = [(v, *g) for v, g in map(exactly, cases)]
        gs = [case.upstream(v) for case, (v, *_) in zip(cases, true, strict=True)]
        sizes = [scales(case, g) for case, g in zip(cases, gs, strict=True)]
        found = {name: [call(c, g) for c, g in zip(cases, gs, strict=True)] for name, call in ONE_BY_ONE.items()}
        # Of shapes, and of a label that is one Python number, JAX has the cases of one type.
        of_shapes = [c.what in SHAPES or any(isinstance(y, int) for y in c.others) for c in cases]
        some = [i for i, is_of_shapes in enumerate(of_shapes) if dtype == "float32" or not is_of_shapes]
        found["jax"] = in_jax([cases[i] for i in some], [gs[i] for i in some], compiled)
        for name, results in found.items():
            which = some if name == "jax" else range(len(cases))
            for i, got in zip(which, results, strict=True):
                off = [ulps(*each, dtype) for each in zip(got, true[i], sizes[i], strict=True)]
                assert max(off) <= MOST, f"{word} of {cases[i].what} in {name}, {dtype}: {off} ulp"


def test_every_word_that_is_differentiated_is_here():
    # Of the others, `parts` is a view and the rest are numbers.
    assert BY_WORD.keys() == {name for name, word in ROWS.items() if word.derivative} | {"against", "cross_entropy"}


def test_jax_operation_by_operation_and_torch_compiled():
    cases = [case.of("float32") for case in CASES if case.what in ("one matrix", "nearly everything", "a mask")]
    true = [(v, *g) for v, g in map(exactly, cases)]
    gs = [case.upstream(v) for case, (v, *_) in zip(cases, true, strict=True)]
    # Not the tensors of `cases`, which would be constants.
    given = [(c.word, tensors(c.others), tensors(c.arrays), torch.tensor(g)) for c, g in zip(cases, gs, strict=True)]
    graph = torch.compile(lambda given: [pulled(*each) for each in given], fullgraph=True, backend="aot_eager")
    for results in (graph(given), in_jax(cases, gs)):
        for case, g, expected, got in zip(cases, gs, true, results, strict=True):
            off = [ulps(*each, "float32") for each in zip(got, expected, scales(case, g), strict=True)]
            assert max(off) <= MOST, (case, off)


def directions(case):
    return [np.where(np.isfinite(x), normal(*x.shape, seed=11), 0.0) for x in case.arrays]


def exact_tangents(case, g):
    """How value and gradients change along `directions`."""
    with mpmath.workprec(300), np.errstate(all="ignore"):
        h = mpmath.mpf(2) ** -120
        moved = case._replace(arrays=tuple(x + h * v for x, v in zip(case.arrays, directions(case), strict=True)))
        (value, slopes), (there, slopes_there) = exactly(case, g), exactly(moved, g)
        change = np.frompyfunc(lambda a, b: (b - a) / h, 2, 1)
        return [change(a, b) for a, b in zip([value, *slopes], [there, *slopes_there], strict=True)]


def assert_tangents(case, got, true, what):
    assert len(got) == len(true)
    for a, b in zip(got, true, strict=True):
        a, b = np.asarray(a, float), np.asarray(b, float)
        # An infinite value does not change.
        a, b = a[np.isfinite(b)], b[np.isfinite(b)]
        # Second derivatives are sums of terms as large as the largest of them.
        off = abs(a - b).max() / (np.finfo(float).eps * max(abs(b).max(), 1e-290)) if a.size else 0.0
        assert off <= 32, (case.word, case.what, what, off)


def twice_in_torch(case, g):
    at, g = [x.requires_grad_() for x in tensors(case.arrays)], torch.tensor(g, requires_grad=True)
    value = getattr(of_torch.rows, case.word)(*at, *tensors(case.others))
    slopes = torch.autograd.grad(value, at, g, create_graph=True)
    # The gradient of <slopes, v> by g is what v makes of the value, and by x the second derivative times v, as it is symmetric.
    return torch.autograd.grad(slopes, [g, *at], tensors(directions(case)), allow_unused=True, materialize_grads=True)


def forward_in_torch(case, g):
    others = tensors(case.others)
    with forward_ad.dual_level():
        at = [forward_ad.make_dual(x, v) for x, v in zip(tensors(case.arrays), tensors(directions(case)), strict=True)]
        tangent = forward_ad.unpack_dual(getattr(of_torch.rows, case.word)(*at, *others)).tangent
    return [tangent]


def twice_in_jax(cases, gs):
    def tangents(given):
        return [
            jax.jvp(lambda *at, c=case, o=others, g=g: pulled_in_jax([c.word], [(at, o, g)])[0], at, v)[1]
            for case, (at, others, g, v) in zip(cases, given, strict=True)
        ]

    given = [(list(c.arrays), list(c.others), g, directions(c)) for c, g in zip(cases, gs, strict=True)]
    return jax.jit(tangents)(given)


@pytest.mark.parametrize("word", BY_WORD)
def test_second_derivatives(monkeypatch, word):
    # Between the small ones and the large one.
    monkeypatch.setattr(ganloss_torch._rows, "_FEW_DIFFERENCES", 2**9)
    cases = [case.of("float64") for case in TWICE if case.word == word]
    values = [getattr(of_torch.rows, word)(*tensors(case.arrays), *tensors(case.others)) for case in cases]
    gs = [case.upstream(value) for case, value in zip(cases, values, strict=True)]
    in_jax = twice_in_jax(cases, gs)
    for case, g, of_jax_ in zip(cases, gs, in_jax, strict=True):
        true = exact_tangents(case, g)
        assert_tangents(case, twice_in_torch(case, g), true, "reverse over reverse")
        assert_tangents(case, forward_in_torch(case, g), true[:1], "forward")
        assert_tangents(case, of_jax_, true, "forward over reverse in JAX")


LARGE = {
    "a common level": (common_level(70, 17), common_level(60, 17, seed=1)),
    "near duplicates": (near_duplicates(35, 17), near_duplicates(30, 17)),
    "an outlier": (outlier(70, 17), normal(60, 17, seed=1)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("alone", [False, True])
def test_many_squared_distances(monkeypatch, dtype, alone):
    """More than are subtracted one by one, and in slices; the exact ones of three rows."""
    monkeypatch.setattr(ganloss_torch._rows, "_AT_ONCE", 2**10)
    monkeypatch.setattr(array_api, "DIFFERENCES_AT_ONCE", 2**14)
    rows = np.array([0, 2, -1])
    for what, (x, y) in LARGE.items():
        case = Case("squared_distances", what, (x,) if alone else (x, y)).of(dtype)
        x, y = case.arrays[0], case.arrays[-1]
        assert len(x) * y.size > ganloss_torch._rows._FEW_DIFFERENCES
        g = upstream((len(x), len(y)), dtype)
        # The gradient of x_i among its own is that of it among others, twice.
        of_rows = (g.astype(float) + g.T if alone else g)[rows]
        some = Case("squared_distances", what, (x[rows], y))
        value, (slopes, _) = exactly(some, of_rows)
        sizes = scales(some, of_rows)
        for name, call in ONE_BY_ONE.items():
            if name != "vmap":
                got, of_x, *_ = call(case, g)
                for found, true, size in ((got, value, sizes[0]), (of_x, slopes, sizes[1])):
                    # As many terms, in the order that the library has.
                    assert ulps(np.asarray(found)[rows], true, size, dtype) <= 2 * MOST, (what, name)


def test_nan_in_the_largest():
    # Which of them is the largest cannot be said, of none in the row.
    case, g = Case("largest", "NaN", (NAN,)), np.ones(2)
    for value, slope in [*(call(case, g) for call in ONE_BY_ONE.values()), *in_jax([case], [g])]:
        np.testing.assert_array_equal(np.asarray(value), [np.nan, 3.0])
        np.testing.assert_array_equal(np.asarray(slope), [[np.nan] * 3, [0.0, 1.0, 0.0]])


BACKENDS = {"torch": of_torch, "jax": of_jax, "numpy": array_api.backend(np), "strict": array_api.backend(array_api_strict)}
ARRAYS = {"torch": torch.tensor, "jax": jnp.asarray, "numpy": np.asarray, "strict": array_api_strict.asarray}


@pytest.mark.parametrize("name", BACKENDS)
def test_words_of_labels_and_masks(name):
    backend, array = BACKENDS[name], ARRAYS[name]
    x, y, weight = normal(6, 4), np.array([2, 0, 2, 3, 2, 0]), np.array([0.5, 0.0, 1.0, 2.0, 0.25, 8.0])
    rows, at, w, mask = backend.rows, array(x), array(weight), x[:4] > 0
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"):
        labels = backend.index(array(y.astype(dtype)), at)
        np.testing.assert_array_equal(np.asarray(rows.at(at, labels)), x[range(6), y])
        np.testing.assert_array_equal(np.asarray(rows.count(labels, 5, at, None)), np.bincount(y, minlength=5))
        np.testing.assert_array_equal(np.asarray(rows.count(labels, 5, at, w)), np.bincount(y, weight, 5))
        np.testing.assert_array_equal(np.asarray(rows.look_up(array(x[0]), labels)), x[0][y])
    square = array(x[:4])
    np.testing.assert_array_equal(np.asarray(rows.apart(square, None)), ~np.eye(4, dtype=bool))
    among = array(mask)
    np.testing.assert_array_equal(np.asarray(rows.apart(square, among)), ~np.eye(4, dtype=bool) & mask)
    # What was given stays as it is.
    np.testing.assert_array_equal(np.asarray(among), mask)
    np.testing.assert_array_equal(
        np.stack([np.asarray(v) for v in rows.parts(array(x.reshape(3, 2, 4)))], 1), x.reshape(3, 2, 4)
    )
    for k in range(4):
        others = rows.without(at, k)
        np.testing.assert_array_equal(np.asarray(rows.largest(others)), np.delete(x, k, 1).max(1))
