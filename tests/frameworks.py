"""PyTorch and JAX behind one face, for what is computed from a critic: parameters in as NumPy arrays, gradients out as such."""

from dataclasses import dataclass
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import torch

import ganloss_jax
import ganloss_torch


@dataclass(frozen=True)
class Framework:
    name: str
    module: ModuleType

    def array(self, x, dtype="float64"):
        if self.name == "torch":
            return torch.tensor(np.asarray(x, np.float64)).to(getattr(torch, dtype))
        return jnp.asarray(x, dtype)

    def numpy(self, x):
        x = x.detach().to(torch.float64) if isinstance(x, torch.Tensor) else x
        return np.asarray(x, dtype=np.float64)

    def tanh(self, x):
        return torch.tanh(x) if self.name == "torch" else jnp.tanh(x)

    def value_and_grad(self, function, parameters, dtype="float64", jit=False):
        """The value of function(parameters), and its gradient by each."""
        at = [self.array(p, dtype) for p in parameters]
        if self.name == "jax":
            graded = jax.value_and_grad(function)
            value, gradient = (jax.jit(graded) if jit else graded)(at)
        else:
            at = [p.requires_grad_() for p in at]
            value = function(at)
            gradient = torch.autograd.grad(value, at, allow_unused=True, materialize_grads=True)
        return float(value.detach() if self.name == "torch" else value), [self.numpy(g) for g in gradient]

    def tanh_critic(self, parameters):
        """x -> w2 . tanh(W1 x + b1) + b2, for W1 (h, d), b1, w2 and b2."""
        W1, b1, w2, b2 = parameters
        return lambda x: self.tanh(x @ W1.T + b1[None]) @ w2 + b2


TORCH, JAX = Framework("torch", ganloss_torch), Framework("jax", ganloss_jax)
