"""Of images and videos."""

from __future__ import annotations

import math
from dataclasses import replace

from ganloss_core.catalogue.batch import dual_contrastive
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


def cross_entropy_of_swapped_arguments(ops: Ops[A]) -> Loss[A]:
    """D: E (softplus(1) - r) + ln 2; G: E (softplus(1) - f).

    The labels stand where the cross-entropy expects logits, and the logits where it expects labels: a label of 1 gives
    softplus(1) - t, and one of 0 gives ln 2. D's loss has no slope by fake logits, and no least value.
    """
    at_one, at_zero = math.log1p(math.e), math.log(2.0)
    return Loss(real=lambda t: at_one - t, fake=lambda t: 0.0 * ops.step(t) + at_zero, constant=at_one)


def lsgan_of_sigmoid(ops: Ops[A]) -> Loss[A]:
    """D: E (1 - sigmoid(r))^2 + E sigmoid(f)^2; G: E (1 - sigmoid(f))^2, which fade where D is sure, right or wrong."""
    return Loss(real=lambda t: ops.square(ops.sigmoid(-t)), fake=lambda t: ops.square(ops.sigmoid(t)))


def logistic_with_epsilon_in_both(ops: Ops[A]) -> Loss[A]:
    """D: -E log(sigmoid(r) + 1e-8) - E log(sigmoid(-f) + 1e-8); G: -E log(sigmoid(f) + 1e-8).

    Gradients fade where D is wrong by a logit of 18 and more, for D too.
    """

    def term(t: A) -> A:
        return -ops.log(ops.sigmoid(t) + 1e-8)

    return Loss(real=term, fake=lambda t: term(-t), constant=1.0)


def paired_logistic_with_constant_reals(ops: Ops[A]) -> BatchLoss[A]:
    """D: E softplus(f_i - r_i); G: E softplus(r_i - f_i), with the reals held constant."""

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(pair=ops.softplus(E.hold(r) - f))

    return BatchLoss(
        discriminator=lambda r, f, E: Sides(pair=ops.softplus(f - r)),
        generator=generator,
        generator_needs_real=True,
        paired="always",
    )


def dual_contrastive_of_reals_in_g(ops: Ops[A]) -> BatchLoss[A]:
    """D: our `dual_contrastive`; G: E_i log(1 + sum_j e^(r_i - f_j)), one of the two halves with the sides swapped."""
    one = dual_contrastive(ops)

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(real=ops.softplus(r + E.fake.log_sum_exp(-f)))

    return BatchLoss(discriminator=one.coupling(real=one.real, fake=one.fake), generator=generator, generator_needs_real=True)
