"""Of preference learning, of density ratios, of domain adaptation and of embeddings."""

from __future__ import annotations

from ganloss_core.catalogue.logistic import cross_entropy
from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.sides import E, Side, Sides
from ganloss_core.words.ops import A, Ops


def centered_rewards(ops: Ops[A], *, center: float = 0.0) -> BatchLoss[A]:
    """D: E softplus(f_i - r_i) + center E (r_i + f_i)^2; G: sides swapped.

    Eisenstein et al. 2023, arXiv:2312.09244, for the second term.
    """

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        pair = ops.softplus(f - r)
        return Sides(pair=pair + center * ops.square(r + f) if center else pair)

    return BatchLoss(discriminator=discriminator, paired="always")


def reversed_logistic(ops: Ops[A]) -> BatchLoss[A]:
    """D: E softplus(-r) + E softplus(f); G: minus that, of both sides, as behind a gradient reversal."""
    return BatchLoss(discriminator=lambda r, f, E: Sides(ops.softplus(-r), ops.softplus(f)), generator="saturating")


def mdd_with_floor(ops: Ops[A], *, gamma: float = 4.0) -> BatchLoss[A]:
    """D: gamma E ce(r, y) - E log(min(1 - p_y(f) + 1e-6, 1)); G: minus that. Our `mdd`, with fakes that cost at most 13.8."""

    def of_label(scores: A, on: Side[A], E: E[A]) -> A:
        return E.against(scores, on.labels(E.classes(scores)))

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        others = of_label(f, E.fake, E)
        p = ops.sigmoid(-others)
        return Sides(
            gamma * ops.softplus(of_label(r, E.real, E)),
            -ops.log(ops.sigmoid(others) + 1e-6 - ops.relu(1e-6 - p)),
        )

    return BatchLoss(discriminator=discriminator, generator="saturating", sample="scores", constant=1.0)


def logistic_with_one_smoothing(ops: Ops[A], *, smooth: float = 0.9) -> Loss[A]:
    """D: E ce(r, smooth) + E ce(f, 1 - smooth); G: E softplus(-f); ce(t, y) is the cross-entropy."""
    return Loss(real=cross_entropy(ops, smooth), fake=cross_entropy(ops, 1.0 - smooth), generator=lambda t: ops.softplus(-t))
