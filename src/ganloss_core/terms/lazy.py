"""Penalties that are applied in every so many steps."""

from __future__ import annotations

from typing import NamedTuple

from ganloss_core.spec.arguments import real, whole


class Lazy(NamedTuple):
    """What lazy regularisation changes; see `lazy_regularization`.

    >>> from ganloss_core import lazy_regularization
    >>> lazy_regularization(1, lr=0.002, betas=(0.0, 0.25))
    Lazy(interval=1, factor=1.0, lr=0.001, betas=(0.0, 0.5))
    """

    interval: int
    factor: float
    lr: float
    betas: tuple[float, float]


def lazy_regularization(interval: int, *, lr: float, betas: tuple[float, float]) -> Lazy:
    """The numbers of a penalty that is applied in every `interval`-th step only.

    In these steps the penalty is multiplied by `factor`, which is the interval. Where they are additional optimiser steps, Adam
    takes `lr` * c and each beta to the power c, c = interval / (interval + 1), as StyleGAN2 does.

    R3GAN (Huang et al. 2025, arXiv:2501.05441) reports that its training fails to converge with an interval of 8: there, apply
    R1 and R2 in every step.

    Raises ValueError for an interval that is not a whole number, 1 or more.

    Karras et al. 2020, arXiv:1912.04958, section 3.1 and appendix B.

    >>> import ganloss_torch as gan
    >>> lazy = gan.lazy_regularization(3, lr=0.004, betas=(0.0, 0.99))
    >>> lazy.factor, lazy.lr  # every third step: lazy.factor * gan.r1(seen, 10.0)
    (3.0, 0.003)
    """
    interval = whole("interval", interval, 1, "a whole number of steps")
    first, second = (real("a beta", beta) for beta in betas)
    c = interval / (interval + 1)
    return Lazy(interval, float(interval), real("lr", lr) * c, (first**c, second**c))
