"""Losses of scores, one for each class, along the last axis; and of a critic that says how real in a histogram."""

from __future__ import annotations

import math
from typing import Any, Literal

from ganloss_core.spec.loss import BatchLoss
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.words.ops import A, Ops


@register(aliases=("auxiliary_classifier",))
def acgan(ops: Ops[A], *, classify_fakes: bool = True) -> BatchLoss[A]:
    """The auxiliary classifier's part of AC-GAN, to be added to a loss of logits: D and G both learn to show the label.

    D: E ce(r, y) + E ce(f, y); G: E ce(f, y). ce is the cross-entropy of scores, shape (batch, ..., classes), with labels. D's
    fake part is the paper's; several codebases leave it out, as `classify_fakes=False` does.

    Odena et al. 2016, arXiv:1610.09585, section 3.
    """

    def side(scores: A, on: Side[A], E: E[A]) -> A:
        return E.cross_entropy(scores, on.labels(E.classes(scores)))

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(side(r, E.real, E), side(f, E.fake, E) if classify_fakes else None),
        generator=lambda r, f, E: Sides(fake=side(f, E.fake, E)),
        sample="scores",
    )


@register(aliases=("crammer_singer",))
def multi_hinge(ops: Ops[A], *, margin: float = 1.0) -> BatchLoss[A]:
    """Crammer and Singer's multi-class hinge with one more class, the last score, for what is fake.

    D: E h(r, y) + E h(f, fake); G: E h(f, y); h(s, y) = relu(margin + max_(j != y) s_j - s_y). Scores have shape
    (batch, ..., classes + 1). Where several scores are the largest, the gradient is shared among them.

    Kavalerov et al. 2019, arXiv:1912.04216.
    """
    if margin <= 0.0:
        raise ValueError(f"multi_hinge: margin must be positive, got {margin}")

    def hinge(scores: A, labels: Any, E: E[A]) -> A:
        return ops.relu(margin + E.largest(E.without(scores, labels)) - E.at(scores, labels))

    def labelled(scores: A, on: Side[A], E: E[A]) -> A:
        return hinge(scores, on.labels(E.classes(scores) - 1), E)

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(labelled(r, E.real, E), hinge(f, E.classes(f) - 1, E)),
        generator=lambda r, f, E: Sides(fake=labelled(f, E.fake, E)),
        sample="scores",
    )


@register(aliases=("margin_disparity_discrepancy",))
def mdd(ops: Ops[A], *, gamma: float = 4.0) -> BatchLoss[A]:
    """Margin disparity discrepancy: an adversarial classifier agrees with the main one on the source, and not on the target.

    D: gamma E ce(r, y) - E log(1 - p_y(f)); G: minus that, which features get through a gradient reversal. Scores of the source
    are real and those of the target fake, shape (batch, ..., classes); labels are what the main classifier says of each.

    Zhang et al. 2019, arXiv:1904.05801, section 4.
    """
    if gamma <= 0.0:
        raise ValueError(f"mdd: gamma must be positive, got {gamma}")

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        agreed = E.cross_entropy(r, E.real.labels(E.classes(r)))
        # 1 - p is the share of the others.
        return Sides(gamma * agreed, ops.softplus(-E.against(f, E.fake.labels(E.classes(f)))))

    return BatchLoss(discriminator=discriminator, generator="saturating", sample="scores")


@register(aliases=("oasis", "n_plus_1_cross_entropy"))
def nplus1_ce(ops: Ops[A], *, fake_class: Literal["first", "last"] = "first", balanced: bool = True) -> BatchLoss[A]:
    """Cross-entropy over the classes and one more for what is fake, for a critic that segments; by default that of OASIS.

    D: E w_y ce(r, y) + E ce(f, fake); G: E w_y ce(f, y). Scores have shape (batch, ..., classes + 1); that of the fake class is
    the first or the last, and labels count the true classes from 0 in both cases. D asks for labels of the reals, G for those
    of the fakes. If `balanced`, every class that occurs among the labels of a side has the same total weight: w_y = 1 /
    (classes that occur * share of y); else w is 1.

    Sushko et al. 2020, arXiv:2012.04781.
    """
    first = 1 if fake_class == "first" else 0

    def labelled(scores: A, on: Side[A], E: E[A]) -> A:
        labels = on.labels(E.classes(scores) - 1, first)
        term = E.cross_entropy(scores, labels)
        return term / on.balance(labels, E.classes(scores), term) if balanced else term

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(labelled(r, E.real, E), E.cross_entropy(f, 0 if first else E.classes(f) - 1))

    return BatchLoss(discriminator=discriminator, generator=lambda r, f, E: Sides(fake=labelled(f, E.fake, E)), sample="scores")


@register(aliases=("realness_gan",))
def realness(
    ops: Ops[A],
    *,
    real_anchor: tuple[float, ...] = (0, 0, 0, 0, 0.0504, 0.1003, 0.0998, 0.0998, 0.0998, 0.5499),
    fake_anchor: tuple[float, ...] = (0.617505, 0.197495, 0.117259, 0.049283, 0.015236, 0.003222, 0, 0, 0, 0),
    relativistic: bool = True,
) -> BatchLoss[A]:
    """Realness as a distribution over outcomes, p = softmax of the scores, against an anchor distribution of each side.

    D: E H(A1, p_r) + E H(A0, p_f); G: E H(p_r, p_f) - E H(A0, p_f), with partners p_r of p_f and nothing detached, or
    E H(A1, p_f) - E H(A0, p_f) if not `relativistic`. H(A, p) = -sum A log p; A1 is `real_anchor` and A0 `fake_anchor`, of as
    many numbers as scores. The default anchors are the expectation of the authors' random ones, for 10 outcomes: histograms of
    1000 uniform (A1) and normal (A0) numbers, moved to either end as in a C51 projection.

    Xiangli et al. 2020, arXiv:2002.05512, as in kam1107/RealnessGAN.
    """
    if len(real_anchor) != len(fake_anchor):
        raise ValueError(f"realness: both anchors need as many outcomes, got {len(real_anchor)} and {len(fake_anchor)}")
    for key, anchor in (("real_anchor", real_anchor), ("fake_anchor", fake_anchor)):
        if min(anchor) < 0.0 or abs(math.fsum(anchor) - 1.0) > 1e-5:
            raise ValueError(f"realness: {key} must be probabilities that sum to 1, got {anchor}")

    def mean(anchor: tuple[float, ...], scores: A, E: E[A]) -> A:
        return E.sum(E.row(anchor, scores) * scores)

    def entropy(anchor: tuple[float, ...], scores: A, E: E[A]) -> A:
        return E.log_sum_exp(scores) - mean(anchor, scores, E)

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        # The log of the normaliser is in both entropies, and drops out.
        if relativistic:
            return Sides(pair=mean(fake_anchor, f, E) - E.sum(E.softmax(r) * f))
        return Sides(fake=mean(fake_anchor, f, E) - mean(real_anchor, f, E))

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(entropy(real_anchor, r, E), entropy(fake_anchor, f, E)),
        generator=generator,
        generator_needs_real=relativistic,
        paired="generator" if relativistic else "never",
        sample="scores",
        length=len(real_anchor),
    )
