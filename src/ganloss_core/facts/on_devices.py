"""What a loss is on several devices, without being told of them and with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.facts.comparison import batches
from ganloss_core.facts.critic import rules_of
from ganloss_core.spec.definition import LossLike

SUMS = 3
"""What is sent of a side whose terms are summed: their sum, what it is divided by, and whether that is anything."""


class OnDevices(NamedTuple):
    """One player's loss on several devices.

    `same`: whether the average of what each device has, without `group=` (in JAX `axis_name=`), is the loss of the whole batch,
    where all have as many samples and nothing has a weight. `sends`: of which sides something is sent with `group=`. `sums`:
    whether that is `SUMS` numbers of each; else it is the side itself, from all devices to all.

    >>> from ganloss_core import facts
    >>> facts.devices("rpgan", "discriminator").same
    True
    """

    same: bool
    sends: tuple[str, ...]
    sums: bool


def devices(loss: LossLike, player: str) -> OnDevices:
    """What a player's loss is on several devices, with default hyperparameters.

    `player` is "discriminator" or "generator". Raises the errors of `GANLoss`.

    >>> devices("hinge", "discriminator")
    OnDevices(same=True, sends=('real', 'fake'), sums=True)
    >>> devices("rasgan", "generator")
    OnDevices(same=False, sends=('real', 'fake'), sums=False)
    """
    rules = rules_of(loss)
    of_player = getattr(rules, player)
    sends = tuple(side for side, needed in (("real", of_player.needs_real), ("fake", of_player.needs_fake)) if needed)
    if of_player.terms is not None:
        return OnDevices(True, sends, True)
    return OnDevices(all(_of_halves(loss, player, *batch) for batch in batches(rules, rules)), sends, False)


def _of_halves(loss: LossLike, player: str, real: Any, fake: Any, labels: dict[str, Any]) -> bool:
    """Whether the mean of the losses of the two halves of a batch is the loss of the batch."""
    functions = reference.GANLoss(loss)

    def value(rows: slice) -> float:
        given = {key: y[rows] for key, y in labels.items()}
        if player == "discriminator":
            return float(functions.discriminator(real[rows], fake[rows], **given))
        return float(functions.generator(fake[rows], real=real[rows], **given))

    half = len(real) // 2
    whole, first, second = value(slice(None)), value(slice(half)), value(slice(half, None))
    return bool(np.abs(whole - 0.5 * (first + second)) <= 1e-9 * (1.0 + np.abs([whole, first, second]).max()))
