"""What the tests of whole steps share: samples, small networks, and the comparison."""

import numpy as np

from frameworks import JAX, TORCH, assert_within

DRAW = np.random.default_rng(5)
REAL, OTHER, NOISE = DRAW.normal(size=(6, 5)), DRAW.normal(size=(6, 5)), DRAW.normal(size=(6, 3))


def drawn(*shapes):
    return [0.7 * DRAW.normal(size=shape) for shape in shapes]


def critic(d):
    return drawn((d, 4), (4,), (4, 3), (3,), (3, 1))


GENERATOR, CRITIC, OTHER_CRITICS = drawn((3, 4), (4,), (4, 5)), critic(5), [critic(5) for _ in range(2)]


def maps(fw, p, x):
    """A critic's two layers of features, and its logits, of shape (n, 1)."""
    first = fw.tanh(x @ p[0] + p[1][None])
    second = fw.tanh(first @ p[2] + p[3][None])
    return [first, second, second @ p[4]]


def logits(fw, p, x):
    return maps(fw, p, x)[-1]


def generated(fw, p):
    return fw.tanh(fw.array(NOISE) @ p[0] + p[1][None]) @ p[2]


def constants(fw, *arrays):
    """Of the other player, and samples: all that the step does not train."""
    return [[fw.array(x) for x in a] if isinstance(a, list) else fw.array(a) for a in arrays]


def agree(theirs, named, parameters, drop_in=None):
    """The sums have at most some hundred terms, and a norm is divided by another."""
    value, gradient = TORCH.differentiate(theirs, parameters)
    results = [TORCH.differentiate(lambda p: named(TORCH, p), parameters)]
    results.append(JAX.differentiate(lambda p: named(JAX, p), parameters, jit=True))
    if drop_in is not None:
        results.append(TORCH.differentiate(drop_in, parameters))
    assert max(np.abs(g).max() for g in gradient) > 1e-3
    for of_ours, ours in results:
        assert_within(of_ours, value, 64)
        for a, b in zip(ours, gradient, strict=True):
            assert_within(a, b, 256)


FAKE = TORCH.numpy(generated(TORCH, constants(TORCH, GENERATOR)[0]))
