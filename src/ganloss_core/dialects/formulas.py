"""Formulas that one codebase has and nobody should choose anew: tables name them, the catalogue does not."""

from __future__ import annotations

import math
from dataclasses import replace

from ganloss_core.catalogue.logistic import cross_entropy
from ganloss_core.catalogue.relativistic import (
    relativistic_average_lsgan_unbiased,
    relativistic_centered_lsgan_unbiased,
    variance_of_mean,
)
from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


def hinge_of_two_margins(ops: Ops[A], *, real_margin: float = 1.0, fake_margin: float = 1.0) -> Loss[A]:
    """D: E relu(real_margin - r) + E relu(fake_margin + f); G: -E f."""
    return Loss(real=lambda t: ops.relu(real_margin - t), fake=lambda t: ops.relu(fake_margin + t), generator="linear")


def minimax_with_a_real_logit_of_one(ops: Ops[A], *, real_label: float = 1.0, generator_label: float = 1.0) -> Loss[A]:
    """D: E ce(r, real_label) + E softplus(f); G: -E softplus(f) - ce(1, generator_label); ce(t, y) is the cross-entropy.

    G's second term is a constant: D's loss with 1 in place of the real logits.
    """
    constant = generator_label * math.log1p(math.exp(-1.0)) + (1.0 - generator_label) * math.log1p(math.e)
    return Loss(
        real=cross_entropy(ops, real_label),
        fake=ops.softplus,
        generator=lambda t: -ops.softplus(t) - constant,
        constant=constant,
    )


def logistic_with_epsilon(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0) -> Loss[A]:
    """D: E ce(r, real_label) + E ce(f, fake_label); G: -E log(sigmoid(f) + 1e-8); ce(t, y) is the cross-entropy.

    G's gradient fades where sigmoid(f) nears 1e-8, from logits of -18 down.
    """
    return Loss(
        real=cross_entropy(ops, real_label),
        fake=cross_entropy(ops, fake_label),
        generator=lambda t: -ops.log(ops.sigmoid(t) + 1e-8),
        constant=1.0,
    )


def hinge_of_tanh(ops: Ops[A]) -> Loss[A]:
    """D: E relu(1 - tanh r) + E relu(1 + tanh f); G: E relu(1 - tanh f).

    The hinge never reaches its corner: relu(1 - tanh t) is 2 sigmoid(-2 t), which does not cancel.
    """
    return Loss(real=lambda t: 2.0 * ops.sigmoid(-2.0 * t), fake=lambda t: 2.0 * ops.sigmoid(2.0 * t))


def average_hinge_with_a_mean_generator(ops: Ops[A]) -> BatchLoss[A]:
    """D: E relu(1 - (r - E f)) + E relu(1 + (f - E r)); G: relu(1 + (c - E f)) + E relu(1 - (f - c)), c = E r a constant."""

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(real=ops.relu(1.0 - (r - E.fake(f))), fake=ops.relu(1.0 + (f - E.real(r))))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        c = E.hold(E.real(r))
        return Sides(fake=ops.relu(1.0 - (f - c)), batch=ops.relu(1.0 + (c - E.fake(f))))

    return BatchLoss(discriminator=discriminator, generator=generator, generator_needs_real=True, constant=1.0)


def average_lsgan_unbiased_in_d(ops: Ops[A]) -> BatchLoss[A]:
    """Our `ralsgan_unbiased`, with var(r) / n, which no gradient of G's reaches, left out of G's loss."""
    return _without_variance_of_reals(ops, relativistic_average_lsgan_unbiased(ops), -1.0)


def centered_lsgan_unbiased_in_d(ops: Ops[A]) -> BatchLoss[A]:
    """Our `rclsgan_unbiased`, with var(r) / n, which no gradient of G's reaches, left out of G's loss."""
    return _without_variance_of_reals(ops, relativistic_centered_lsgan_unbiased(ops), 0.5)


def _without_variance_of_reals(ops: Ops[A], loss: BatchLoss[A], variances: float) -> BatchLoss[A]:
    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        fake, real, *_ = loss.discriminator(f, r, E.swapped())
        return Sides(real=real, fake=fake, batch=variances * variance_of_mean(ops, f, E.fake))

    return replace(loss, generator=generator, generator_needs_real=True)
