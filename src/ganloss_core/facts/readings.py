"""What a log reads of a loss, at critics that one meets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.facts.critic import BATCH, rules_of
from ganloss_core.spec.definition import LossLike

CRITICS: Mapping[str, tuple[float, float]] = {
    "at chance": (0.0, 0.0),
    "D is ahead": (2.0, -2.0),
    "D has won": (10.0, -10.0),
    "stuck at real": (5.0, 5.0),
    "stuck at fake": (-5.0, -5.0),
}
"""Real and fake logits of critics."""

ENERGIES: Mapping[str, tuple[float, float]] = {
    "at chance": (1.0, 1.0),
    "D has won": (0.0, 10.0),
}
"""The same for a loss of energies, which are low for real."""


class Reading(NamedTuple):
    """Both losses, and the logits where they are read.

    >>> from ganloss_core.facts import readings
    >>> readings("wgan")["D is ahead"]
    Reading(discriminator=-4.0, generator=2.0, real=2.0, fake=-2.0)
    """

    discriminator: float
    generator: float
    real: float
    fake: float


def readings(loss: LossLike, **hyperparameters: Any) -> dict[str, Reading]:
    """D's and G's loss where all real logits are one number, and all fake ones another, by what that means.

    Arguments and errors are those of `GANLoss`; ValueError for a loss of vectors. There are 64 logits on each side.

    >>> readings("logistic")["at chance"].generator
    0.6931471805599453
    """
    if rules_of(loss).sample.axes:
        raise ValueError("a loss of vectors has no reading at logits")
    settings = Settings.of(loss, None, "mean", "mean", hyperparameters)
    functions = bind(settings, reference.backend)
    found = {}
    for what, at in (ENERGIES if rules_of(loss).lowest == 0.0 else CRITICS).items():
        real, fake = (np.full(BATCH, logit) for logit in at)
        with np.errstate(all="ignore"):
            d, g = float(functions.discriminator(real, fake)), float(functions.generator(fake, real=real))
        found[what] = Reading(d, g, *at)
    return found
