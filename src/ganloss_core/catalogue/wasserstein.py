"""Differences of means of a critic that something else keeps Lipschitz."""

from __future__ import annotations

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops


@register(aliases=("wgan", "w"))
def wasserstein(ops: Ops[A]) -> Loss[A]:
    """The critic's difference of means; the Lipschitz constraint (clipping, a gradient penalty) is not part of it.

    D: -E r + E f; G: -E f.

    Arjovsky et al. 2017, arXiv:1701.07875, equation 3.
    """
    return Loss(real=lambda t: -t, fake=lambda t: t)
