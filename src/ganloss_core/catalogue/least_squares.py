"""Distances of a logit from a label."""

from __future__ import annotations

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops


@register(aliases=("least_squares", "ls", "mse"))
def lsgan(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0) -> Loss[A]:
    """Least squares.

    D: E (r - real_label)^2 + E (f - fake_label)^2; G: E (f - generator_label)^2. The paper's factor 1/2 is left out.

    Mao et al. 2017, arXiv:1611.04076, equation 2.
    """
    return Loss(
        real=lambda t: ops.square(t - real_label),
        fake=lambda t: ops.square(t - fake_label),
        generator=lambda t: ops.square(t - generator_label),
    )


@register
def l1(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0) -> Loss[A]:
    """Absolute distance, as in MMagic's GANLoss(gan_type='l1').

    D: E |r - real_label| + E |f - fake_label|; G: E |f - generator_label|. The derivative on a label is 0.
    """
    return Loss(
        real=lambda t: ops.abs(t - real_label),
        fake=lambda t: ops.abs(t - fake_label),
        generator=lambda t: ops.abs(t - generator_label),
    )
