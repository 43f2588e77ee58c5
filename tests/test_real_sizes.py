"""Losses at sizes at which they are used: value and gradient in single and half precision, against the reference.

A float computation is as far off as one whose logits and terms are rounded anew, and that is what a budget counts: eps times
the size of a number in each part of the loss, and how much it changes when every logit, and by its weight every term, is moved
by one eps, up or down at random.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch
from adapters import RULES
from ganloss_core.backends import reference

DTYPES = ("float32", "bfloat16")
PLAYERS = ("discriminator", "generator")
EPS, STEP, DRAWS = 2.0**-23, 2.0**-20, 4
# A few roundings of each logit and term; of half a million numbers the one that is furthest off.
MOST = 8.0


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def labels(*shape, n, seed=2):
    return np.random.default_rng(seed).integers(0, n, shape)


def embeddings():
    return (
        normal(256, 2, 256),
        normal(256, 2, 256, seed=1),
        {"real_labels": labels(256, n=10), "fake_labels": labels(256, n=10)},
    )


def scores(n, classes, spread=3.0):
    y = labels(n, n=classes - 1)
    return spread * normal(n, classes), spread * normal(n, classes, seed=1), {"real_labels": y, "fake_labels": y[::-1].copy()}


def segmented():
    y = labels(2, 64, 64, n=35)
    real, fake = (np.moveaxis(3.0 * normal(2, 36, 64, 64, seed=s), 1, -1) for s in range(2))
    return real, fake, {"real_labels": y, "fake_labels": y[::-1].copy()}


def vectors():
    # Distances are of the size of the bandwidths.
    return 0.5 * normal(256, 256), 0.1 + 0.5 * normal(256, 256, seed=1), {}


SIZES = {
    "contragan_2c": embeddings,
    "d2d_ce": embeddings,
    "mmd_gaussian": vectors,
    "nplus1_ce": segmented,
    "acgan": lambda: scores(2048, 100),
    "multi_hinge": lambda: scores(2048, 11),
    "kl_wgan": lambda: (normal(2**17), normal(2**17, seed=1), {}),
    # Sums of equal numbers are where a sum that is taken one by one is worst.
    "softmax_gan": lambda: (0.5 + 1e-3 * normal(2**20), 0.5 + 1e-3 * normal(2**20, seed=1), {}),
}


def in_torch(name, player, real, fake, given, dtype="float64", parts=False):
    """The value and its gradients, or those of every part of it."""
    at = [torch.from_numpy(x).to(getattr(torch, dtype)).requires_grad_() for x in (real, fake)]
    given, loss = {key: torch.from_numpy(y) for key, y in given.items()}, ganloss_torch.GANLoss(name)
    if player == "discriminator":
        value = (loss.discriminator_terms if parts else loss.discriminator)(*at, **given)
    else:
        value = (loss.generator_terms if parts else loss.generator)(at[1], real=at[0], **given)
    found = []
    for part in [part for part in value if part is not None] if parts else [value]:
        slopes = torch.autograd.grad(part, at, retain_graph=parts, allow_unused=True, materialize_grads=True)
        found.append([part.item(), *(g.double().numpy() for g in slopes)])
    return found if parts else found[0]


def in_jax(name, real, fake, given):
    """For both types and players, in one program."""
    loss = ganloss_jax.GANLoss(name)
    of = {
        "discriminator": lambda r, f, given: loss.discriminator(r, f, **given),
        "generator": lambda r, f, given: loss.generator(f, real=r, **given),
    }

    @jax.jit
    def program(at, given):
        graded = {player: jax.value_and_grad(function, (0, 1)) for player, function in of.items()}
        return {(dtype, player): graded[player](*at[dtype], given) for dtype in DTYPES for player in PLAYERS}

    # Converted by NumPy: JAX would compile each conversion.
    found = program({dtype: [np.asarray(x, jnp.dtype(dtype)) for x in (real, fake)] for dtype in DTYPES}, given)
    return {key: [float(value), *(np.asarray(g, float) for g in gs)] for key, (value, gs) in found.items()}


def rounded(x, dtype):
    return torch.from_numpy(x).to(getattr(torch, dtype)).double().numpy()


def budgets(name, player, real, fake, given, truth):
    """What an eps of float32 in every logit and term makes of value and gradients."""
    draw, moves = np.random.default_rng(0), [0.0] * 3
    samples = [x.shape[: len(x.shape) - RULES[name].sample.axes] for x in (real, fake)]
    weights = dict(zip(("real_weight", "fake_weight"), samples, strict=True))
    signs = lambda shape: 1.0 + STEP * draw.choice([-1.0, 1.0], shape)
    for _ in range(DRAWS):
        moved = [x * signs(x.shape) for x in (real, fake)]
        there = in_torch(name, player, *moved, given | {key: signs(shape) for key, shape in weights.items()})
        moves = [move + np.square((b - a) / STEP) / DRAWS for move, a, b in zip(moves, truth, there, strict=True)]
    parts = in_torch(name, player, real, fake, given, parts=True)
    sizes = [sum(abs(part[i]) for part in parts) for i in range(3)]
    # Few draws may be small by chance.
    return [EPS * (size + np.sqrt(move) + np.sqrt(np.mean(move))) for size, move in zip(sizes, moves, strict=True)]


@pytest.mark.parametrize("name", SIZES)
def test_value_and_gradient(name):
    real, fake, given = SIZES[name]()
    results = in_jax(name, real, fake, given)
    for player in PLAYERS:
        budget = None
        for dtype in DTYPES:
            r, f = rounded(real, dtype), rounded(fake, dtype)
            value, by = reference.value_and_grad(name, r, f, player=player, **given)
            truth = [
                float(value),
                *(np.zeros_like(x) if g is None else g for x, g in zip((r, f), (by.real, by.fake), strict=True)),
            ]
            # Logits that are rounded once more, to bfloat16, have the same to some digits.
            budget = budget or budgets(name, player, r, f, given, truth)
            for library, got in (("torch", in_torch(name, player, r, f, given, dtype)), ("jax", results[dtype, player])):
                for i, (a, b, unit) in enumerate(zip(got, truth, budget, strict=True)):
                    # A gradient is rounded to the type of the logits.
                    stored = 2.0**-8 * abs(b) if i and dtype == "bfloat16" else 0.0
                    off = np.max(np.maximum(abs(a - b) - stored, 0.0) / np.where(unit == 0.0, 1e-300, unit))
                    assert off <= MOST, (dtype, player, library, ["value", "real", "fake"][i], off)
