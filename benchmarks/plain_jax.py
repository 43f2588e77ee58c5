"""Losses in JAX in the way that people write them."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.nn import logsumexp, relu, softmax, softplus
from row import Function

import ganloss_jax as gan

BANDWIDTHS, ALPHAS = (1.0, 2.0, 4.0, 8.0, 16.0), (0.2, 0.5, 1.0, 2.0, 5.0)
Term = Callable[[Array], Array]
mean, square, exp = jnp.mean, jnp.square, jnp.exp


# Losses of logits.

TERMS: dict[str, tuple[Term, Term]] = {
    "logistic": (lambda r: softplus(-r), softplus),
    "lsgan": (lambda r: square(r - 1), square),
    "l1": (lambda r: jnp.abs(r - 1), jnp.abs),
    "hinge": (lambda r: relu(1 - r), lambda f: relu(1 + f)),
    "wasserstein": (lambda r: -r, lambda f: f),
    "ebgan": (lambda r: r, lambda f: relu(1 - f)),
    "fgan_kl": (lambda r: -r, lambda f: exp(f - 1)),
    "fgan_reverse_kl": (lambda r: exp(-r), lambda f: f - 1),
    "fgan_pearson": (lambda r: -r, lambda f: f**2 / 4 + f),
    "fgan_neyman": (lambda r: jnp.expm1(-r), lambda f: -2 * jnp.expm1(-f / 2)),
    "fgan_squared_hellinger": (lambda r: jnp.expm1(-r), jnp.expm1),
    "fgan_jensen_shannon": (lambda r: softplus(-r) - math.log(2), lambda f: softplus(f) - math.log(2)),
    "fgan_total_variation": (lambda r: -jnp.tanh(r) / 2, lambda f: jnp.tanh(f) / 2),
    "fgan_alpha": (lambda r: -r, lambda f: (relu(f + 1) ** 2 - 1) / 2),
    "alpha_gan": (lambda r: softplus(-r), softplus),
    "bgan": (lambda r: softplus(-r), softplus),
}
OF_G: dict[str, Function] = {
    "logistic": lambda r, f: mean(softplus(-f)),
    "minimax": lambda r, f: -mean(softplus(f)),
    "lsgan": lambda r, f: mean(square(f - 1)),
    "l1": lambda r, f: mean(jnp.abs(f - 1)),
    "hinge2": lambda r, f: mean(relu(1 - f)),
    "fgan_kl": lambda r, f: -mean(f),
    "fgan_neyman": lambda r, f: mean(jnp.expm1(-f)),
    "bgan": lambda r, f: mean(square(f)),
    "kl_wgan": lambda r, f: -mean(softmax(f) * f.size * f),
    "softmax_gan": lambda r, f: logsumexp(jnp.concatenate([r, f])) - (jnp.sum(r) + jnp.sum(f)) / (r.size + f.size),
}
"""G's loss, where it is another function than any of D's."""
COMPARED: dict[str, tuple[Term, Term]] = {
    "logistic": TERMS["logistic"],
    "lsgan": (lambda d: square(d - 1), lambda d: square(d + 1)),
    "hinge": TERMS["hinge"],
}


def separable(real: Term, fake: Term) -> Function:
    return lambda r, f: mean(real(r)) + mean(fake(f))


def paired(real: Term, fake: Term) -> Function:
    return lambda r, f: mean(real(r - f))


def average(real: Term, fake: Term) -> Function:
    return lambda r, f: mean(real(r - mean(f))) + mean(fake(f - mean(r)))


def centered(real: Term, fake: Term) -> Function:
    def loss(r: Array, f: Array) -> Array:
        c = (mean(r) + mean(f)) / 2
        return mean(real(r - c)) + mean(fake(f - c))

    return loss


def all_pairs(real: Term, fake: Term) -> Function:
    return lambda r, f: mean(real(r[:, None] - f))


def variances(r: Array, f: Array) -> Array:
    return jnp.var(r, ddof=1) / r.size + jnp.var(f, ddof=1) / f.size


def kl_wgan(r: Array, f: Array) -> Array:
    return mean(relu(1 - r)) + mean(relu(1 + softmax(f) * f.size * f))


def softmax_gan(r: Array, f: Array) -> Array:
    return logsumexp(jnp.concatenate([r, f])) - mean(r)


def dual_contrastive(r: Array, f: Array) -> Array:
    return mean(softplus(logsumexp(f) - r)) + mean(softplus(logsumexp(-r) + f))


def tprls(r: Array, f: Array) -> Array:
    d = r - f
    m = jnp.sort(d)[(d.size - 1) // 2]
    below = d < m
    return 0.04 - relu(0.04 - jnp.sum(jnp.where(below, square(d - m), 0)) / jnp.sum(below))


OF_BATCH: dict[str, Function] = {
    "kl_wgan": kl_wgan,
    "softmax_gan": softmax_gan,
    "dual_contrastive": dual_contrastive,
    "donsker_varadhan": lambda r, f: logsumexp(f) - math.log(f.size) - mean(r),
    "tprls": tprls,
    "relativistic_average_lsgan_unbiased": lambda r, f: average(*COMPARED["lsgan"])(r, f) - variances(r, f),
    "relativistic_centered_lsgan_unbiased": lambda r, f: centered(*COMPARED["lsgan"])(r, f) + variances(r, f) / 2,
}


def hinge_with_masks(r: Array, f: Array, r_mask: Array, f_mask: Array) -> Array:
    def selected(x: Array, mask: Array) -> Array:
        return jnp.sum(jnp.where(mask, x, 0)) / jnp.sum(mask)

    return selected(relu(1 - r), r_mask) + selected(relu(1 + f), f_mask)


# Losses of scores and vectors.


def cross_entropy(scores: Array, labels: Array) -> Array:
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[..., None], -1)[..., 0]


def oasis(r: Array, f: Array, labels: Array) -> Array:
    counts = jnp.bincount(labels.ravel(), length=r.shape[-1] - 1)
    weight = labels.size / (counts * jnp.sum(counts > 0))
    return mean(weight[labels] * cross_entropy(r, labels + 1)) + mean(-jax.nn.log_softmax(f)[..., 0])


def acgan(r: Array, f: Array, real_labels: Array, fake_labels: Array) -> Array:
    return mean(cross_entropy(r, real_labels)) + mean(cross_entropy(f, fake_labels))


def multi_hinge(r: Array, f: Array, labels: Array) -> Array:
    def hinge(scores: Array, own: Array) -> Array:
        others = jnp.where(jax.nn.one_hot(own, scores.shape[-1], dtype=bool), -jnp.inf, scores)
        return relu(1 + jnp.max(others, -1) - jnp.take_along_axis(scores, own[..., None], -1)[..., 0])

    return mean(hinge(r, labels)) + mean(hinge(f, jnp.full_like(labels, f.shape[-1] - 1)))


REALNESS = gan.GANLoss("realness")


def realness(r: Array, f: Array) -> Array:
    of_real, of_fake = (jnp.asarray(REALNESS.hyperparameters[key], r.dtype) for key in ("real_anchor", "fake_anchor"))
    log_softmax = jax.nn.log_softmax
    return -mean(jnp.sum(of_real * log_softmax(r), -1)) - mean(jnp.sum(of_fake * log_softmax(f), -1))


def unit(x: Array) -> Array:
    return x / jnp.linalg.norm(x, axis=-1, keepdims=True)


def contragan(embedding: Array, proxy: Array, labels: Array) -> Array:
    e, p = unit(embedding), unit(proxy)
    others = ~jnp.eye(len(e), dtype=bool)
    similar, to_proxy = exp(e @ e.T), exp(jnp.sum(e * p, -1))
    near = to_proxy + jnp.sum(similar * ((labels[:, None] == labels) & others), -1)
    return -mean(jnp.log(near / (to_proxy + jnp.sum(similar * others, -1))))


def reacgan(embedding: Array, proxy: Array, labels: Array) -> Array:
    e, p = unit(embedding), unit(proxy)
    far = jnp.sum(exp(relu(e @ e.T - 0.02) / 0.5) * (labels[:, None] != labels), -1)
    near = jnp.minimum(jnp.sum(e * p, -1) - 0.98, 0) / 0.5
    return mean(jnp.log(exp(near) + far) - near)


def distances(x: Array, y: Array) -> Array:
    return jnp.sum(x * x, -1)[:, None] + jnp.sum(y * y, -1) - 2 * x @ y.T


def gaussian(d: Array) -> Array:
    return sum(exp(-d / (2 * s * s)) for s in BANDWIDTHS)


def rational_quadratic(d: Array) -> Array:
    return sum((1 + d / (2 * a)) ** -a for a in ALPHAS)


def of_others(k: Array) -> Array:
    n = len(k)
    return jnp.sum(k * ~jnp.eye(n, dtype=bool)) / (n * (n - 1))


def mmd(kernel: Term, within: Callable[[Array], Array]) -> Function:
    def loss(r: Array, f: Array) -> Array:
        across, of_reals, of_fakes = (kernel(distances(x, y)) for x, y in ((r, f), (r, r), (f, f)))
        return 2 * mean(across) - within(of_reals) - within(of_fakes)

    return loss


def repulsive(r: Array, f: Array) -> Array:
    return of_others(exp(-distances(r, r) / 2)) - of_others(exp(-distances(f, f) / 2))


OF_DISTANCES: dict[str, Function] = {
    "mmd_gaussian": mmd(gaussian, mean),
    "mmd_rational_quadratic": mmd(rational_quadratic, of_others),
    "mmd_repulsive": repulsive,
}
