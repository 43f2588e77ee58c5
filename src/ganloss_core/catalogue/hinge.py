"""Losses with a margin, past which a logit no longer counts."""

from __future__ import annotations

from dataclasses import replace

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops


@register(aliases=("geometric", "hinge_linear"))
def hinge(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """The hinge for D, and minus the mean fake logit for G.

    D: E relu(margin - r) + E relu(margin + f); G: -E f. The derivative at the margin is 0.

    Lim & Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, equations 16 and 17.
    """
    if margin <= 0.0:
        raise ValueError(f"hinge: margin must be positive, got {margin}")
    return Loss(real=lambda t: ops.relu(margin - t), fake=lambda t: ops.relu(margin + t), generator="linear")


@register(aliases=("hinge_nonsaturating",))
def hinge2(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:
    """Hinge for both players, as in Vocos and in EnCodec's paper.

    D: E relu(margin - r) + E relu(margin + f); G: E relu(margin - f). The derivative at the margin is 0.

    Defossez et al. 2022, arXiv:2210.13438, section 3.4.
    """
    return replace(hinge(ops, margin=margin), generator="nonsaturating")
