"""Losses of a logit read as log-odds."""

from __future__ import annotations

from dataclasses import replace

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops, Term


def cross_entropy(ops: Ops[A], label: float) -> Term[A]:
    """Binary cross-entropy of logit t with a soft label y: y softplus(-t) + (1 - y) softplus(t)."""
    # A label may be an array too, of one number for each logit.
    if isinstance(label, float) and label in (0.0, 1.0):
        return ops.softplus if label == 0.0 else lambda t: ops.softplus(-t)
    return lambda t: label * ops.softplus(-t) + (1.0 - label) * ops.softplus(t)


@register(
    aliases=(
        "vanilla", "nsgan", "ns", "non_saturating", "non_saturated", "softplus", "wgan_logistic_ns", "wgan_softplus",
        "bce", "dcgan", "gan", "sgan", "cross_entropy",
    )
)  # fmt: skip
def logistic(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0) -> Loss[A]:
    """The original GAN's discriminator with the non-saturating generator.

    D: E softplus(-r) + E softplus(f); G: E softplus(-f), for labels 1, 0, 1. In general each term is the cross-entropy
    y softplus(-t) + (1 - y) softplus(t) with its label y. One-sided label smoothing is `real_label=0.9`: it touches neither
    fakes nor G (Salimans et al. 2016, arXiv:1606.03498, section 3.4).

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1, and the paragraph after it for G.
    """
    return Loss(
        real=cross_entropy(ops, real_label),
        fake=cross_entropy(ops, fake_label),
        generator=cross_entropy(ops, generator_label),
    )


@register(aliases=("saturating", "mmgan"))
def minimax(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0) -> Loss[A]:
    """The original GAN's zero-sum game: G maximises what D minimises on fakes, and saturates where D is sure.

    D: E softplus(-r) + E softplus(f); G: -E softplus(f).

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """
    return replace(logistic(ops, real_label=real_label, fake_label=fake_label), generator="saturating")
