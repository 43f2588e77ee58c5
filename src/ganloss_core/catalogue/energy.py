"""Losses of energies: the critic's output is low for real, and not negative."""

from __future__ import annotations

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops


@register(aliases=("energy_based", "magan"))
def ebgan(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """Energy-based GAN: what the critic returns is an energy, such as an auto-encoder's error, and is low for real.

    D: E r + E relu(margin - f), the hinge for each sample; G: E f. The derivative at the margin is 0.

    MAGAN's is this loss with a margin that falls from one epoch to the next: a new GANLoss for each.

    Zhao et al. 2016, arXiv:1609.03126, equations 1 and 2; Wang et al. 2017, arXiv:1704.03817, algorithm 1.
    """
    if margin <= 0.0:
        raise ValueError(f"ebgan: margin must be positive, got {margin}")
    return Loss(real=lambda t: t, fake=lambda t: ops.relu(margin - t), generator=lambda t: t, lowest=0.0)
