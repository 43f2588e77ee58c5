"""Every number of half precision, through every loss that is a term for each logit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from adapters import SEPARABLE

TERMS = {"real": lambda loss, x: loss.discriminator(x, x).real, "fake": lambda loss, x: loss.discriminator(x, x).fake}
TERMS["generator"] = lambda loss, x: loss.generator(x).fake
BITS = np.arange(2**16, dtype=np.uint16).view(np.int16)


def in_torch(loss, term, dtype):
    """The term and its derivative at every number, and at the same numbers in float32; the numbers last."""
    half = torch.from_numpy(BITS).view(getattr(torch, dtype))
    results = []
    for x in (half.clone(), half.float()):
        value = TERMS[term](loss, x.requires_grad_())
        (slope,) = torch.autograd.grad(value.sum(), x, allow_unused=True, materialize_grads=True)
        results += [value.detach(), slope]
    value, slope, wide_value, wide_slope = results
    assert (value.dtype, slope.dtype) == (torch.float32, half.dtype)
    return [x.double().numpy() for x in (value, slope, wide_value, wide_slope.to(half.dtype), half)]


def in_jax(loss, term, dtype):
    half = jax.lax.bitcast_convert_type(jnp.asarray(BITS), dtype)
    results = []
    for x in (half, half.astype("float32")):
        results += [TERMS[term](loss, x), jax.grad(lambda x: TERMS[term](loss, x).sum())(x)]
    value, slope, wide_value, wide_slope = results
    assert (value.dtype, slope.dtype) == (jnp.float32, half.dtype)
    return [np.asarray(x, np.float64) for x in (value, slope, wide_value, wide_slope.astype(dtype), half)]


@pytest.mark.long
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", SEPARABLE)
@pytest.mark.parametrize(("module", "evaluate"), [(ganloss_torch, in_torch), (ganloss_jax, in_jax)], ids=["torch", "jax"])
def test_every_half_is_computed_in_float32(module, evaluate, name, dtype):
    loss = module.GANLoss(name, reduction="none")
    for term in TERMS:
        value, slope, wide_value, wide_slope, x = evaluate(loss, term, dtype)
        assert len(np.unique(x[~np.isnan(x)])) > 63000
        np.testing.assert_array_equal(value, wide_value, err_msg=term)
        np.testing.assert_array_equal(slope, wide_slope, err_msg=term)
        assert np.isnan(value[np.isnan(x)]).all(), term
