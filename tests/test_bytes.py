"""What XLA reads, writes and computes for a loss and its gradients, against the plain JAX that people write for it."""

from math import log

import jax
import jax.numpy as jnp
import pytest
from jax.nn import logsumexp, relu, softplus

import ganloss_jax as gan

LOGITS = 2**12


def separable(real, fake, generator=None):
    return lambda r, f: real(r).mean() + fake(f).mean(), lambda r, f: (generator or real)(f).mean()


def swapped(discriminator):
    """G's loss is D's with the sides swapped: the same program."""
    return (discriminator,)


def average(real, fake):
    return swapped(lambda r, f: real(r - f.mean()).mean() + fake(f - r.mean()).mean())


def centered(real, fake):
    def discriminator(r, f):
        c = (r.mean() + f.mean()) / 2
        return real(r - c).mean() + fake(f - c).mean()

    return swapped(discriminator)


def paired(real, _):
    return swapped(lambda r, f: real(r - f).mean())


def log_mean_exp(f):
    return logsumexp(f) - log(f.size)


LOGISTIC = (lambda t: softplus(-t), softplus)
HINGE = (lambda t: relu(1 - t), lambda t: relu(1 + t))
LSGAN = (lambda t: (t - 1) ** 2, lambda t: (t + 1) ** 2)

# Not here: fgan_pearson, whose plain form t^2 / 4 + t is NaN at -inf.
PLAIN = {
    "logistic": separable(*LOGISTIC),
    "minimax": separable(*LOGISTIC, lambda t: -softplus(t)),
    "alpha_gan": separable(*LOGISTIC),
    "bgan": separable(*LOGISTIC, jnp.square),
    "hinge": separable(*HINGE, lambda t: -t),
    "hinge2": separable(*HINGE),
    "ebgan": separable(lambda t: t, lambda t: relu(1 - t)),
    "lsgan": separable(lambda t: (t - 1) ** 2, jnp.square),
    "l1": separable(lambda t: jnp.abs(t - 1), jnp.abs),
    "wasserstein": separable(lambda t: -t, lambda t: t),
    "fgan_kl": separable(lambda t: -t, lambda t: jnp.exp(t - 1)),
    "fgan_reverse_kl": separable(lambda t: jnp.exp(-t), lambda t: t - 1),
    "fgan_neyman": separable(lambda t: jnp.expm1(-t), lambda t: -2 * jnp.expm1(-t / 2)),
    "fgan_squared_hellinger": separable(lambda t: jnp.expm1(-t), jnp.expm1),
    "fgan_jensen_shannon": separable(lambda t: softplus(-t) - log(2), lambda t: softplus(t) - log(2)),
    "fgan_total_variation": separable(lambda t: -0.5 * jnp.tanh(t), lambda t: 0.5 * jnp.tanh(t)),
    "fgan_alpha": separable(lambda t: -t, lambda t: (relu(t + 1) ** 2 - 1) / 2),
    "rpgan": paired(*LOGISTIC),
    "rplsgan": paired(*LSGAN),
    "rphinge": paired(*HINGE),
    "rasgan": average(*LOGISTIC),
    "ralsgan": average(*LSGAN),
    "rahinge": average(*HINGE),
    "rcsgan": centered(*LOGISTIC),
    "rclsgan": centered(*LSGAN),
    "rchinge": centered(*HINGE),
    "rplsgan_mvue": swapped(lambda r, f: (r.mean() - f.mean() - 1) ** 2 + r.var() + f.var()),
    "dual_contrastive": swapped(lambda r, f: softplus(logsumexp(f) - r).mean() + softplus(f + logsumexp(-r)).mean()),
    "donsker_varadhan": (lambda r, f: log_mean_exp(f) - r.mean(), lambda r, f: -log_mean_exp(f)),
}


# A step that passes NaN on is a product, where the plain one selects; 1 - tanh^2, which is one operation less, cancels.
MORE_OPERATIONS = {name: 1.16 for name in PLAIN if "hinge" in name or name == "ebgan"} | {"fgan_total_variation": 2.0}
# The step is the sign of what relu gave: XLA computes it again, and stores nothing for it.
FEWER_BYTES = {name: 0.95 for name in PLAIN if "hinge" in name or name == "ebgan"}


def cross_entropy(scores, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], 1)[:, 0]


def oasis(r, f, labels):
    weights = 1 / jnp.maximum(jnp.bincount(labels, length=SCORES[1] - 1), 1)
    balanced = (cross_entropy(r, labels + 1) * weights[labels]).sum() / (weights > 0).sum()
    return balanced + cross_entropy(f, jnp.zeros_like(labels)).mean()


def masked_hinge(r, f, mask):
    terms = [jnp.where(mask, relu(x), 0).sum() for x in (1 - r, 1 + f)]
    return sum(terms) / mask.sum()


def kl_wgan(r, f):
    return relu(1 - r).mean() + relu(1 + jax.nn.softmax(f) * f.size * f).mean()


def tprls(r, f):
    d = r - f
    m = jnp.sort(d)[(d.size - 1) // 2]
    below = d < m
    return 0.04 - relu(0.04 - jnp.where(below, jnp.square(d - m), 0).sum() / below.sum())


def contragan(embedding, proxy, labels):
    e, p = (x / jnp.linalg.norm(x, axis=1, keepdims=True) for x in (embedding, proxy))
    same = labels[:, None] == labels[None]
    s, to_proxy = jnp.exp(e @ e.T) * ~jnp.eye(len(e), dtype=bool), jnp.exp((e * p).sum(1))
    return -jnp.log((to_proxy + (s * same).sum(1)) / (to_proxy + s.sum(1))).mean()


def mmd(r, f):
    def mean(x, y):
        d = jnp.square(x[:, None] - y[None]).sum(-1)
        return sum(jnp.exp(-d / (2 * s * s)) for s in (1, 2, 4, 8, 16)).mean()

    return 2 * mean(r, f) - mean(r, r) - mean(f, f)


SCORES, EMBEDDINGS, VECTORS = (2**11, 12), (256, 64), (128, 32)
# Plain code, shapes (of labels and masks last), what to call of ours, and at most so many times the bytes and operations: what
# keeps digits selects and compares, and takes the largest out; every mask that it selects with is stored.
OTHERS = {
    "nplus1_ce": (oasis, (SCORES, SCORES), lambda loss: lambda r, f, y: loss.discriminator(r, f, real_labels=y), 1.05, 1.65),
    "acgan": (
        lambda x, y: cross_entropy(x, y).mean(),
        (SCORES,),
        lambda loss: lambda x, y: loss.generator(x, fake_labels=y),
        1.05,
        1.65,
    ),
    "hinge": (
        masked_hinge,
        ((LOGITS,), (LOGITS,)),
        lambda loss: lambda r, f, m: loss.discriminator(r, f, real_weight=m, fake_weight=m),
        1.05,
        1.45,
    ),
    "kl_wgan": (kl_wgan, ((LOGITS,), (LOGITS,)), lambda loss: loss.discriminator, 1.15, 1.3),
    # Of elements that tie for the median each has a share.
    "tprls": (tprls, ((LOGITS,), (LOGITS,)), lambda loss: loss.discriminator, 1.2, 1.45),
    "contragan_2c": (
        contragan,
        (EMBEDDINGS, EMBEDDINGS),
        lambda loss: lambda e, p, y: loss.generator(jnp.stack((e, p), 1), fake_labels=y),
        1.35,
        1.05,
    ),
    "mmd_gaussian": (mmd, (VECTORS, VECTORS), lambda loss: loss.discriminator, 1.05, 1.15),
}


def counted(program, *arrays, **options):
    """The bytes and operations of a program."""
    analysis = jax.jit(program).lower(*arrays).compile(options).cost_analysis()
    return analysis["bytes accessed"], analysis["flops"]


def of_others():
    def cost(function, shapes, *more):
        arrays = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
        graded = jax.value_and_grad(function, tuple(range(len(shapes))))
        # What is fused by default.
        return counted(graded, *arrays, *more, xla_cpu_use_fusion_emitters=True)

    found = {}
    for name, (plain, shapes, of, *_) in OTHERS.items():
        kind = {"hinge": (jnp.bool_,), "kl_wgan": (), "tprls": (), "mmd_gaussian": ()}.get(name, (jnp.int32,))
        more = [jax.ShapeDtypeStruct(shapes[0][:1], dtype) for dtype in kind]
        costs = [cost(function, shapes, *more) for function in (of(gan.GANLoss(name)), plain)]
        found[name] = [ours / theirs for ours, theirs in zip(*costs, strict=True)]
    return found


def test_labels_masks_and_vectors_take_about_what_plain_code_does():
    with jax.enable_x64(False):
        ratios = of_others()
    assert {name: of for name, of in ratios.items() if of[0] > OTHERS[name][3] or of[1] > OTHERS[name][4]} == {}


def cost(losses):
    """The bytes and operations of a program of the players' losses and gradients, each at fakes of its own."""

    def program(real, *fakes):
        return [jax.value_and_grad(loss, (0, 1))(real, fake) for loss, fake in zip(losses, fakes, strict=True)]

    # As XLA compiles in these tests the counts are those of its defaults.
    return counted(program, *[jax.ShapeDtypeStruct((LOGITS,), jnp.float32)] * (1 + len(losses)))


def costs():
    def ours(name):
        loss = gan.GANLoss(name)
        return loss.discriminator, lambda r, f: loss.generator(f, real=r)

    return {name: (cost(ours(name)[: len(plain)]), cost(plain)) for name, plain in PLAIN.items()}


def test_no_more_than_plain_code():
    ratios = {name: (ours[0] / plain[0], ours[1] / plain[1]) for name, (ours, plain) in costs().items()}
    assert {
        name: of for name, of in ratios.items() if of[0] > FEWER_BYTES.get(name, 1.05) or of[1] > MORE_OPERATIONS.get(name, 1.1)
    } == {}


@pytest.mark.long
def test_the_counts_are_those_of_the_defaults(as_for_users):
    assert as_for_users(costs) == costs()
