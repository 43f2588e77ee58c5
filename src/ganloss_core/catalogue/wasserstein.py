"""Differences of means of a critic that something else keeps Lipschitz."""

from __future__ import annotations

from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


@register(aliases=("wgan", "w"))
def wasserstein(ops: Ops[A]) -> Loss[A]:
    """The difference of the mean logits; the Lipschitz constraint (clipping, a gradient penalty) is not part of it.

    D: -E r + E f; G: -E f.

    Arjovsky et al. 2017, arXiv:1701.07875, equation 3.
    """
    return Loss(real=lambda t: -t, fake=lambda t: t)


@register(aliases=("fisher_gan",))
def fisher(ops: Ops[A], *, multiplier: float = 0.0, rho: float = 1e-6) -> BatchLoss[A]:
    """Fisher GAN: the difference of means of a critic whose second moment is held at 1 by an augmented Lagrangian.

    D: -E r + E f + multiplier c + rho c^2 / 2, c = (E r^2 + E f^2) / 2 - 1; G: -E f. A multiplier that is learned is a
    `Multiplier` beside the loss `wasserstein`.

    Mroueh & Sercu 2017, arXiv:1705.09675, equation 9, as in tomsercu/FisherGAN.
    """
    if rho < 0.0:
        raise ValueError(f"fisher: rho must be at least 0, got {rho}")

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        c = 0.5 * (E.real(ops.square(r)) + E.fake(ops.square(f))) - 1.0
        return Sides(real=-r, fake=f, batch=c * (multiplier + 0.5 * rho * c))

    return BatchLoss(discriminator=discriminator, generator="linear", constant=1.0)


@register(aliases=("hinge_kantorovich_rubinstein",))
def hkr(ops: Ops[A], *, alpha: float = 0.5, min_margin: float = 1.0) -> Loss[A]:
    """The difference of means of a 1-Lipschitz critic, and a hinge that makes it a robust classifier.

    D: a (E relu(m / 2 - r) + E relu(m / 2 + f)) / 2 - (1 - a) (E r - E f), a = alpha, m = min_margin; G: -E f. The derivative
    at the margin is 0.

    Serrurier et al. 2021, arXiv:2006.06520, as in deel-ai/deel-torchlip.
    """
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"hkr: alpha must be in 0..1, got {alpha}")
    if min_margin <= 0.0:
        raise ValueError(f"hkr: min_margin must be positive, got {min_margin}")

    def term(t: A) -> A:
        return (0.5 * alpha) * ops.relu(0.5 * min_margin - t) - (1.0 - alpha) * t

    return Loss(real=term, fake=lambda t: term(-t), generator="linear")
