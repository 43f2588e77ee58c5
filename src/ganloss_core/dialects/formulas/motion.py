"""Of imitation: demonstrations are real, the policy's motions fake, and G's loss is minus the mean of the policy's reward."""

from __future__ import annotations

import math

from ganloss_core.catalogue.logistic import logistic
from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops

_NEVER = 1e30


def logistic_with_truncated_reward(ops: Ops[A], *, fakes: float = 1.0) -> Loss[A]:
    """D: E softplus(-r) + fakes E softplus(f); G: E log(max(1 - sigmoid(f), 1e-4)), without slope from logits of 9.2 on."""
    largest = math.log(1e4)
    return Loss(
        real=lambda t: ops.softplus(-t),
        fake=lambda t: ops.softplus(t) if fakes == 1.0 else fakes * ops.softplus(t),
        # min(softplus, largest), without the digits that a difference of the largest would lose.
        generator=lambda t: ops.relu(ops.softplus(t) - largest) - ops.softplus(t),
        constant=largest,
    )


def wasserstein_of_tanh(ops: Ops[A], *, eta: float = 0.3) -> Loss[A]:
    """D: -E tanh(eta r) + E tanh(eta f); G: -E e^tanh(eta f)."""
    return Loss(
        real=lambda t: -ops.tanh(eta * t), fake=lambda t: ops.tanh(eta * t), generator=lambda t: -ops.exp(ops.tanh(eta * t))
    )


def sums_of_squares(ops: Ops[A]) -> BatchLoss[A]:
    """D: sum (r - 1)^2 + sum (f + 1)^2; G: -E relu(1 - (f - 1)^2 / 4). D's loss grows with the batch."""

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(batch=E.real.sum(ops.square(r - 1.0)) + E.fake.sum(ops.square(f + 1.0)))

    def generator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(fake=-ops.relu(1.0 - 0.25 * ops.square(f - 1.0)))

    return BatchLoss(discriminator=discriminator, generator=generator, constant=1.0)


def _entropy(ops: Ops[A], t: A) -> A:
    return ops.sigmoid(t) * ops.softplus(-t) + ops.sigmoid(-t) * ops.softplus(t)


def logistic_with_entropy(ops: Ops[A], *, entropy_coefficient: float = 0.0) -> Loss[A]:
    """D: E softplus(-r) + E softplus(f) - entropy_coefficient (E H(r) + E H(f)); G: -E f.

    H is the entropy of a coin that falls on one side with probability sigmoid(t).
    """
    one = logistic(ops)
    if entropy_coefficient == 0.0:
        return Loss(real=one.real, fake=one.fake, generator="linear")
    return Loss(
        real=lambda t: one.real(t) - entropy_coefficient * _entropy(ops, t),
        fake=lambda t: one.fake(t) - entropy_coefficient * _entropy(ops, t),
        generator="linear",
    )


def positive_unlabelled(
    ops: Ops[A], *, positive_class_prior: float = 0.5, entropy_coefficient: float = 0.0, pugail_beta: float = _NEVER
) -> BatchLoss[A]:
    """D: E p softplus(-r) + E max(softplus(f_i) - p softplus(r_i), -b) - c (E H(r) + E H(f)) / 2; G: -E f.

    p is `positive_class_prior`, the share of the policy's motions that are as good as demonstrations, b `pugail_beta` and c
    `entropy_coefficient`. H is the entropy of a coin that falls on one side with probability sigmoid(t).

    Xu & Denil 2019, arXiv:1911.00459.
    """
    p, b, c = positive_class_prior, pugail_beta, 0.5 * entropy_coefficient

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        negative = ops.softplus(f) - p * ops.softplus(r)
        return Sides(
            real=p * ops.softplus(-r) - (c * _entropy(ops, r) if c else 0.0),
            fake=-c * _entropy(ops, f) if c else None,
            pair=negative if b >= _NEVER else negative + ops.relu(-b - negative),
        )

    return BatchLoss(discriminator=discriminator, generator="linear", paired="always")
