"""A player's loss and its gradient against one logit."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganloss_core import facts
from ganloss_core.backends import reference
from ganloss_core.spec.definition import LossLike

PANELS = (("discriminator", "real"), ("discriminator", "fake"), ("generator", "fake"))
"""The players, and the side whose logit moves."""


def curve(loss: LossLike, player: str, side: str, t: Any) -> tuple[Any, Any]:
    """One player's loss and its gradient by one logit of a side, at each of t, an array.

    A loss that is a term for each logit is that term. Another is that of one moving logit and all others 0, one to a side or as
    few as it takes. Raises ValueError for a loss of vectors, and the errors of `GANLoss`.

    >>> import numpy as np
    >>> from ganloss_core.pictures import curve
    >>> values, slopes = curve("hinge", "discriminator", "fake", np.array([-2.0, 1.0]))
    >>> values.tolist(), slopes.tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """
    rules = facts.rules_of(loss)
    if rules.sample.axes:
        name = loss if isinstance(loss, str) else loss.__name__
        raise ValueError(f"{name} is a loss of vectors, which has no curve against a logit")
    if rules.terms is not None:
        each = reference.GANLoss(loss, reduction="none")
        values = each.discriminator(t, t) if player == "discriminator" else each.generator(t)
        _, gradient = reference.value_and_grad(loss, t, t, player=player)
        return getattr(values, side), len(t) * getattr(gradient, side)
    values, slopes = np.empty_like(t), np.empty_like(t)
    for i, x in enumerate(t):
        logits = {"real": np.zeros(rules.sample.least), "fake": np.zeros(rules.sample.least)}
        logits[side][0] = x
        value, gradient = reference.value_and_grad(loss, logits["real"], logits["fake"], player=player)
        values[i], slopes[i] = value, getattr(gradient, side)[0]
    return values, slopes


def with_steps(loss: LossLike, player: str, side: str, t: Any) -> tuple[Any, Any, Any]:
    """The same at t and at both ends of each jump of the gradient between them: the logits, sorted, values and slopes."""
    values, slopes = curve(loss, player, side, t)
    change = np.abs(np.diff(slopes))
    around = np.maximum(np.append(change[1:], 0.0), np.append(0.0, change[:-1]))
    jumps = np.flatnonzero(change > 10.0 * around + 1e-6)
    if not len(jumps):
        return t, values, slopes
    low, high = t[jumps], t[jumps + 1]
    of_low, of_high = slopes[jumps], slopes[jumps + 1]
    for _ in range(50):
        middle = 0.5 * (low + high)
        _, at = curve(loss, player, side, middle)
        left = np.abs(at - of_low) < np.abs(at - of_high)
        low, high = np.where(left, middle, low), np.where(left, high, middle)
        of_low, of_high = np.where(left, at, of_low), np.where(left, of_high, at)
    ends = np.concatenate([low, high])
    t, order = np.unique(np.concatenate([t, ends]), return_index=True)
    of_ends, _ = curve(loss, player, side, ends)
    return t, np.concatenate([values, of_ends])[order], np.concatenate([slopes, of_low, of_high])[order]
