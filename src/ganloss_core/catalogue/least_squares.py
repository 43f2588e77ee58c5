"""Distances of a logit from a label."""

from __future__ import annotations

from typing import Any

from ganloss_core.spec.loss import Loss
from ganloss_core.spec.registry import register
from ganloss_core.words.ops import A, Ops


def _from(t: A, label: Any) -> A:
    """t - label, where 0 costs nothing. A label may be an array."""
    return t if isinstance(label, (int, float)) and label == 0.0 else t - label


@register(aliases=("mse", "least_squares", "ls"))
def lsgan(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0) -> Loss[A]:
    """Least squares: the squared distance of each logit from a label.

    D: E (r - real_label)^2 + E (f - fake_label)^2; G: E (f - generator_label)^2. The paper's factor 1/2 is left out.

    Mao et al. 2017, arXiv:1611.04076, equation 2.
    """
    return Loss(
        real=lambda t: ops.square(_from(t, real_label)),
        fake=lambda t: ops.square(_from(t, fake_label)),
        generator=lambda t: ops.square(_from(t, generator_label)),
    )


@register
def huber(
    ops: Ops[A], *, delta: float = 1.0, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0
) -> Loss[A]:
    """Half the squared distance from a label up to delta, and linear beyond.

    D: E h(r - real_label) + E h(f - fake_label); G: E h(f - generator_label); h(d) = d^2 / 2 for |d| <= delta, and
    delta (|d| - delta / 2) beyond.

    As in muslll/neosr, with the loss of Huber 1964, doi:10.1214/aoms/1177703732.
    """
    if delta <= 0.0:
        raise ValueError(f"huber: delta must be positive, got {delta}")

    def term(d: A) -> A:
        # Beyond delta, relu(d - delta) and relu(-d - delta) are what the parabola has too much of the slope.
        beyond = ops.relu(ops.abs(d) - delta)
        within = d - ops.sign(d) * beyond
        return within * (0.5 * within) + delta * beyond

    return Loss(
        real=lambda t: term(t - real_label), fake=lambda t: term(t - fake_label), generator=lambda t: term(t - generator_label)
    )


@register
def l1(ops: Ops[A], *, real_label: float = 1.0, fake_label: float = 0.0, generator_label: float = 1.0) -> Loss[A]:
    """Absolute distance, as in MMagic's GANLoss(gan_type='l1').

    D: E |r - real_label| + E |f - fake_label|; G: E |f - generator_label|. The derivative on a label is 0.
    """
    return Loss(
        real=lambda t: ops.abs(_from(t, real_label)),
        fake=lambda t: ops.abs(_from(t, fake_label)),
        generator=lambda t: ops.abs(_from(t, generator_label)),
    )
