"""The rows of the table in JAX: value and gradient, jitted."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import plain_jax as plain
from jax import Array
from row import Function, Row

import ganloss_jax as gan

N = 2**16
EXACTLY = {"relativistic_paired_logistic", "relativistic_average_logistic", "l1", "kl_wgan"}
"""Whose bytes were far from plain code's."""


# Inputs. A maker is called with a shape; labels(n, *shape) makes integers.


def logits(*shape: int, scale: float = 1.0, apart: float = 0.0) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: (scale * make(*shape) + apart, scale * make(*shape))


def scored(*shape: int, classes: int, occurring: int, labelled: int) -> Callable[[Any], tuple[Any, ...]]:
    labels = (occurring, *shape)
    return lambda make: (make(*shape, classes), make(*shape, classes), *(make.labels(*labels) for _ in range(labelled)))


def embeddings(n: int, length: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda make: (make(n, length), make(n, length), make.labels(10, n))


# Ours.


def of_labels(name: str) -> Function:
    loss = gan.GANLoss(name)

    def ours(r: Array, f: Array, real_labels: Array, fake_labels: Array | None = None) -> Array:
        return loss.discriminator(r, f, real_labels=real_labels, fake_labels=fake_labels)

    return ours


def of_masked(name: str) -> Function:
    loss = gan.GANLoss(name)
    return lambda r, f, r_mask, f_mask: loss.discriminator(r, f, real_weight=r_mask, fake_weight=f_mask)


def of_embeddings(name: str) -> Function:
    loss = gan.GANLoss(name)
    return lambda embedding, proxy, labels: loss.generator(jnp.stack((embedding, proxy), 1), fake_labels=labels)


def player(name: str, generator: bool) -> Function:
    loss = gan.GANLoss(name)
    return (lambda r, f: loss.generator(f, real=r)) if generator else loss.discriminator


def of_logits(name: str, loss: Function, shape: tuple[int, ...] = (N,), *, generator: bool = False, **others: Any) -> Row:
    return Row(
        work=f"{name}{', G' if generator else ''}, 2 x {' x '.join(map(str, shape))}",
        plain={"plain": loss},
        ours=player(name, generator),
        **{"inputs": logits(*shape), "costs": 1.05 if name in EXACTLY else 1.1, **others},
    )


ROWS = [
    Row(
        work="contragan_2c, 512 x 256",
        inputs=embeddings(512, 256),
        plain={"one product": plain.contragan},
        ours=of_embeddings("contragan_2c"),
        goal=1.2,
        costs=1.1,
    ),
    Row(
        work="d2d_ce, 512 x 256",
        inputs=embeddings(512, 256),
        plain={"one product": plain.reacgan},
        ours=of_embeddings("d2d_ce"),
        costs=1.1,
    ),
    Row(
        work="nplus1_ce, 2 x 128 x 256 x 36",
        # Of 35 classes 5 do not occur.
        inputs=scored(2, 128, 256, classes=36, occurring=30, labelled=1),
        plain={"log_softmax, bincount": plain.oasis},
        ours=of_labels("nplus1_ce"),
        goal=1.1,
        costs=1.1,
    ),
    *(
        Row(
            work=f"{name}, 4096 x 11",
            inputs=scored(4096, classes=11, occurring=10, labelled=labelled),
            plain={"plain": loss},
            ours=of_labels(name),
            costs=1.1,
        )
        for name, loss, labelled in (("acgan", plain.acgan, 2), ("multi_hinge", plain.multi_hinge, 1))
    ),
    Row(
        work=f"hinge, bool masks, 2 x {N}",
        inputs=lambda make: (make(N), make(N), make.mask(N), make.mask(N)),
        plain={"where": plain.hinge_with_masks},
        ours=of_masked("hinge"),
        costs=1.1,
    ),
    Row(
        work="feature_matching, 4 maps of 64 k",
        inputs=lambda make: [[make(N) for _ in range(4)] for _ in range(2)],
        plain={"plain": lambda r, f: sum(jnp.mean(jnp.abs(x - y)) for x, y in zip(r, f, strict=True))},
        ours=lambda r, f: gan.feature_matching(r, f, layers="sum", detach_real=False),
        costs=1.05,
    ),
    of_logits("realness", plain.realness, (4096, 10)),
    *(
        # The products cancel. Were the sides alike, so would the means.
        of_logits(name, loss, (256, 64), plain_tolerance=1e-4, inputs=logits(256, 64, scale=0.25, apart=0.25))
        for name, loss in plain.OF_DISTANCES.items()
    ),
    *(of_logits(name, plain.separable(*terms)) for name, terms in plain.TERMS.items()),
    *(of_logits(name, loss, generator=True) for name, loss in plain.OF_G.items()),
    *(
        of_logits(f"relativistic_{coupling}_{name}", how(*terms))
        for coupling, how in (("paired", plain.paired), ("average", plain.average), ("centered", plain.centered))
        for name, terms in plain.COMPARED.items()
    ),
    *(of_logits(f"relativistic_all_pairs_{name}", plain.all_pairs(*terms), (2**10,)) for name, terms in plain.COMPARED.items()),
    *(
        # The mean square of what is below the median is less than tprls' bound.
        of_logits(name, loss, inputs=logits(N, scale=0.1 if name == "tprls" else 1.0))
        for name, loss in plain.OF_BATCH.items()
    ),
]
