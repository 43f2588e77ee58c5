"""What a table of another codebase's losses says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.variant import Activation

Heads = Literal["mean", "sum"]
Ours = Callable[..., Loss[Any] | BatchLoss[Any]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """An argument that users of a codebase give: its default, and which of ours become `offset + slope * value`.

    `of` are hyperparameters of our loss, "discriminator" for the factor of D's loss, or "generator" for that of G's.

    >>> from ganloss_core.dialects import Parameter
    >>> Parameter(default=0.5, of=("discriminator",)).slope
    1.0
    """

    default: float
    of: tuple[str, ...]
    offset: float = 0.0
    slope: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One loss of a codebase, in terms of ours.

    `loss` is a name of ours, or a formula of `dialects.formulas` that only this codebase has; `generator` a rule, or the loss
    whose G it has. `discriminator_factor` and `generator_factor` are what they minimise as multiples of ours. `activation`,
    `of_means` and `detached` are those of `Variant`. `note` is what its users should know.

    >>> from ganloss_core import dialects
    >>> dialects.codebase("taming").entries["vanilla"].generator
    'linear'
    """

    loss: str | Ours
    hyperparameters: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    generator: str | None = None
    discriminator_factor: float = 1.0
    generator_factor: float = 1.0
    activation: Activation = "none"
    of_means: Literal["none", "G", "both"] = "none"
    detached: bool = False
    aliases: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Codebase:
    """A codebase's losses: where they were read, how its heads combine, and what its users write before and after.

    `spellings` are its other names, and those of codebases that have the same losses. `drop_in` is the module, of
    `ganloss_torch` or `ganloss_jax`, whose classes have the codebase's names and arguments. `same` says what
    stays, or changes, for somebody who moves here, and `better` what they gain.

    >>> from ganloss_core import dialects
    >>> dialects.codebase("hifigan").heads
    'sum'
    """

    repository: str
    file: str
    entries: Mapping[str, Entry]
    before: str
    after: str
    same: str
    better: str
    heads: Heads = "mean"
    spellings: tuple[str, ...] = ()
    drop_in: str = ""
