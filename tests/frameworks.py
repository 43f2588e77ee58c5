"""PyTorch and JAX for what is computed from a critic: parameters in as NumPy arrays, gradients out as such."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

import ganloss_jax
import ganloss_torch
from adapters import Adapter, _to_numpy


class Framework(Adapter):
    numpy = staticmethod(_to_numpy)

    def number(self, x):
        return float(_to_numpy(x))

    def tanh(self, x):
        return torch.tanh(x) if self.name == "torch" else jnp.tanh(x)

    def computed(self, function):
        """What a function returns, which JAX compiles whole."""
        return jax.jit(function)() if self.name == "jax" else function()

    def differentiate(self, function, parameters, dtype="float64", jit=False):
        """The value of function(parameters), and its gradient by each."""
        at = [self.array(p, dtype) for p in parameters]
        if self.name == "jax":
            graded = jax.value_and_grad(function)
            value, gradient = (jax.jit(graded) if jit else graded)(at)
        else:
            at = [p.requires_grad_() for p in at]
            value = function(at)
            gradient = torch.autograd.grad(value, at, allow_unused=True, materialize_grads=True)
        return self.number(value), [_to_numpy(g) for g in gradient]

    def tanh_critic(self, parameters):
        """x -> w2 . tanh(W1 x + b1) + b2, for W1 (h, d), b1, w2 and b2."""
        W1, b1, w2, b2 = parameters
        return lambda x: self.tanh(x @ W1.T + b1[None]) @ w2 + b2


TORCH, JAX = Framework("torch", ganloss_torch), Framework("jax", ganloss_jax)


ULP = 2.0**-52
"""Of float64 numbers from 1 to 2. 4 for the same operations in another compilation, 64 for sums of some dozen terms in another
order, 256 where a gradient is squared and summed."""


def assert_within(got, expected, ulps, dtype="float64"):
    """Every element within so many ulp of the largest: what an element is summed from may be as large as that."""
    got, expected = _to_numpy(got), _to_numpy(expected)
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= ulps * np.finfo(dtype).eps * np.abs(expected).max()
