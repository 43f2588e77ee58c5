"""What a loss is before any call, and what one call has so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.heads import Heads
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.side import Labels, Reduction
from ganloss_core.spec.definition import AnyLoss
from ganloss_core.spec.game import Game, Player
from ganloss_core.spec.loss import TwoSided
from ganloss_core.words.ops import A


class Extras(NamedTuple):
    """The optional arguments of a call; None is what was not given."""

    real_weight: Any = None
    fake_weight: Any = None
    real_labels: Any = None
    fake_labels: Any = None

    @classmethod
    def labelled(cls, player: Player[Any], real: Any, fake: Any) -> Extras | None:
        """The labels of the sides that the player's loss looks at."""
        real, fake = real if player.needs_real else None, fake if player.needs_fake else None
        return None if real is None and fake is None else cls(real_labels=real, fake_labels=fake)


@dataclass(frozen=True, kw_only=True, eq=False)
class Made(Generic[A]):
    """Everything about a loss but the arrays."""

    name: str
    game: Game[A]
    backend: Backend[A]
    reduction: Reduction
    heads: Heads = "mean"
    top_k: int | None = None
    as_data: Game[Any] | None = None
    """The game with terms that are expressions."""
    devices: Any = None
    """Those whose logits are one batch, as the backend has them; None for this one alone."""
    loss: AnyLoss[A] | None = None
    """What the game was made of."""
    settings: Settings | None = None
    """What the loss was made of."""
    a_share: bool = False
    """Whether the logits are a part of a batch, which may be empty."""


class Call(Generic[A]):
    """What one call has so far: both sides, at the end as the formula takes them, and their expectations."""

    real_weight: Any = None
    fake_weight: Any = None
    real_labels: Labels | None = None
    fake_labels: Labels | None = None
    real_samples: tuple[int, ...] | None = None
    fake_samples: tuple[int, ...] | None = None
    """The shape of the samples, as the caller has them."""
    sides: TwoSided[A] | None = None
    """The formula with the labels of this call, where it has any."""

    def __init__(self, real: Any, fake: Any, extras: Extras | None, E: Expectation[A]) -> None:
        self.real: Any = real
        self.fake: Any = fake
        self.extras: Extras | None = extras
        self.E: Expectation[A] = E


Step = Callable[[Call[A]], None]
