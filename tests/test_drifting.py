"""Drifting, against a transcription of its code and against the exact result."""

import jax
import mpmath
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch as gan
from ganloss_core.backends import exact
from ganloss_core.backends.tape import Var, gradients
from ganloss_core.terms.drifting import Drifting
from witnesses_ipm import drifting

TEMPERATURES = [(0.02, 0.05, 0.2), (0.3,), (0.1, 1.0)]
# Distances are at most some 10 times their mean, and divided by a temperature of 0.02: exponents of up to 500, whose error of
# an ulp or two the exponential multiplies by as much. Both computations have it.
MOST = 2 * 1024 * np.finfo(float).eps
SIZES = [(4, 5, 3), (1, 2, 2), (2, 1, 1), (7, 3, 4)]


def features(m, n, length, off=0.0):
    draw = np.random.default_rng(m + 10 * n)
    return draw.normal(size=(m, length)) + off, draw.normal(size=(n, length)) + 0.5 + off


def in_torch(f, r, **given):
    at = torch.tensor(f, requires_grad=True)
    value = gan.drifting(fake=at, real=torch.tensor(r), **given)
    (gradient,) = torch.autograd.grad(value, at, torch.tensor(-2.0, dtype=at.dtype))
    return value.item(), gradient.numpy() / -2.0


def in_jax(f, r, **given):
    value, gradient = jax.jit(jax.value_and_grad(lambda f: ganloss_jax.drifting(fake=f, real=r, **given)))(f)
    return float(value), np.asarray(gradient)


def exactly(f, r, **given):
    with mpmath.workprec(300):
        at = Var(np, exact.array(f))
        value = Drifting(exact.backend()).drifting(fake=at, real=exact.array(r), **given)
        (gradient,) = gradients(value, [at])
        return float(value.array), np.asarray(gradient, float)


@pytest.mark.parametrize("temperatures", TEMPERATURES)
@pytest.mark.parametrize("sizes", SIZES)
def test_as_the_code_has_it(sizes, temperatures):
    f, r = features(*sizes)
    value, gradient = drifting(temperatures)(r, f)
    got, slope = in_torch(f, r, temperatures=temperatures)
    np.testing.assert_allclose(got, value, rtol=MOST)
    np.testing.assert_allclose(slope, gradient, rtol=0, atol=MOST * np.abs(gradient).max())


@pytest.mark.parametrize("off", [0.0, 1e4])
@pytest.mark.parametrize("backend", [in_torch, in_jax])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_exact(backend, dtype, off):
    f, r = (np.asarray(x, dtype) for x in features(5, 4, 3, off))
    (value, gradient), (true, slope) = backend(f, r), exactly(f, r)
    most = 1024 * np.finfo(dtype).eps
    np.testing.assert_allclose(value, true, rtol=most)
    np.testing.assert_allclose(gradient, slope, rtol=0, atol=most * np.abs(slope).max())


def test_negatives_push_as_fakes_do():
    f, r = features(4, 5, 3)
    alone, with_none = exactly(f, r), exactly(f, r, negative=r[:1] + 50.0)
    assert alone[0] != with_none[0]
    for backend, array in ((in_torch, torch.tensor), (in_jax, jax.numpy.asarray)):
        value, gradient = backend(f, r, negative=array(r[:1] + 0.25))
        true, slope = exactly(f, r, negative=r[:1] + 0.25)
        np.testing.assert_allclose(value, true, rtol=MOST)
        np.testing.assert_allclose(gradient, slope, rtol=0, atol=MOST * np.abs(slope).max())


def test_a_step_along_the_force_goes_to_the_reals():
    f, r = features(12, 12, 2)
    nearest = lambda: np.mean([min(np.linalg.norm(x - y) for x in f) for y in r])
    f = f + 3.0
    before = nearest()
    for _ in range(120):
        f = f - 0.03 * len(f) * in_torch(f, r, temperatures=(0.2,))[1]
    assert nearest() < 0.4 * before


def test_compiled_and_narrow():
    f, r = (torch.tensor(x, dtype=torch.float32) for x in features(4, 5, 3))
    compiled = torch.compile(lambda f, r: gan.drifting(fake=f, real=r), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(f, r), gan.drifting(fake=f, real=r), rtol=1e-4, atol=0.0)
    assert gan.drifting(fake=f.bfloat16(), real=r.bfloat16()).dtype is torch.float32


@pytest.mark.parametrize("module", [gan, ganloss_jax])
def test_what_is_refused(module):
    array = torch.ones if module is gan else jax.numpy.ones
    with pytest.raises(ValueError, match=r"shape \(samples, length\).*real of shape \(4, 2\) beside fakes of shape \(4, 3\)"):
        module.drifting(fake=array((4, 3)), real=array((4, 2)))
    with pytest.raises(ValueError, match="got fake of shape"):
        module.drifting(fake=array((4,)), real=array((4,)))
    with pytest.raises(ValueError, match=r"temperatures must be positive numbers, such as .*, got \(0.1, 0.0\)"):
        module.drifting(fake=array((4, 3)), real=array((4, 3)), temperatures=(0.1, 0.0))
    with pytest.raises(TypeError, match="real features must be a"):
        module.drifting(fake=array((4, 3)), real=[[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"temperatures must be positive numbers, such as .*, got 0.1"):
        module.drifting(fake=array((4, 3)), real=array((4, 3)), temperatures=0.1)
    with pytest.raises(TypeError, match="keyword-only arguments: 'real' and 'fake'"):
        module.drifting(array((4, 3)), array((4, 3)))
