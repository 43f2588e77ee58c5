"""What a step of an objective returns, and which terms a step has."""

from __future__ import annotations

from typing import Generic, NamedTuple

from ganloss_core.words.ops import A


class Losses(NamedTuple, Generic[A]):
    """What a player minimises in one step.

    >>> import torch, ganloss_torch as gan
    >>> losses = gan.Objective("sngan").generator(lambda x: x[:, 0], fake=torch.ones((4, 3)))
    >>> losses.total.item(), losses.terms["adversarial"].item(), losses.state
    (-1.0, -1.0, {})
    """

    total: A
    """The sum of the terms, of shape ()."""
    terms: dict[str, A]
    """For the log: each term times its weight, and what goes with it, constants."""
    state: dict[str, dict[str, A]]
    """The next one, of all terms of both players that keep one."""


class Due(NamedTuple):
    """The terms of a step, in groups of which the original makes an optimiser step each.

    >>> import ganloss_torch as gan
    >>> gan.Objective("stylegan2").due(16).discriminator
    (('adversarial',), ('r1',))
    """

    discriminator: tuple[tuple[str, ...], ...]
    generator: tuple[tuple[str, ...], ...]
