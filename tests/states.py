"""What the tests of terms with state share."""

import numpy as np
import pytest

from frameworks import JAX, TORCH

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
EPS = np.finfo(np.float64).eps
DEEP = 64 * EPS
"""A term of a few dozen operations in sums that do not cancel."""


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def run(framework, term, steps):
    """What each step gives, and each state, as numbers; steps are tuples of NumPy arrays."""
    state, found = term.init("float64"), []
    for arrays in steps:
        value, state = term.apply(state, *(framework.array(x) for x in arrays))
        found.append((framework.numpy(value), {name: framework.number(x) for name, x in state.items()}))
    return found
