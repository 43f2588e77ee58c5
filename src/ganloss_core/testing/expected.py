"""What a user's own loss is compared with: a definition, or another function of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ganloss_core.backends.conditioning import FLOATS
from ganloss_core.backends.tape import gradients
from ganloss_core.engine.bind import reduced
from ganloss_core.engine.call import Extras, Made
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.game import Game, game
from ganloss_core.testing.batches import LARGEST
from ganloss_core.testing.framework import Arrays, Framework, Measured
from ganloss_core.testing.own import Function


class Loss(Protocol):
    """A loss of one or of two players, which can be measured."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def axes(self) -> int:
        """How many trailing axes of the logits are one sample."""
        ...

    def measure(self, player: str, batches: Sequence[Arrays]) -> list[Measured]:
        """The loss and its gradient at batches of one shape, in float64."""
        ...


@dataclass(frozen=True)
class Own:
    """Functions of a user's, and what evaluates them.

    >>> from ganloss_torch.testing import own
    >>> own(discriminator=lambda real, fake: 0.5 * (fake.mean() - real.mean()), name="half").name
    'half'
    """

    functions: Mapping[str, Function]
    framework: Framework
    name: str = "the other"
    axes: int = 0

    def measure(self, player: str, batches: Sequence[Arrays]) -> list[Measured]:
        """See `Loss`."""
        if player not in self.functions:
            raise TypeError(f"{self.name} has no {player}: nothing to compare with")
        return self.framework.measure(self.functions[player], batches, "float64")


class Defined:
    """A loss of the registry, or a definition, at some hyperparameters."""

    def __init__(self, loss: Any, hyperparameters: Mapping[str, Any]) -> None:
        self.settings: Settings = Settings.of(loss, None, "mean", None, hyperparameters)
        chosen = ", ".join(f"{key}={value!r}" for key, value in hyperparameters.items())
        self.name: str = f"{self.settings.name}({chosen})" if chosen else self.settings.name
        self.game: Game[Any] = game(self.settings.build(FLOATS.ops))
        self.axes: int = self.game.sample.axes
        # Past the furthest kink, which a margin may move.
        numbers = [abs(x) for _, x in self.settings.hyperparameters if isinstance(x, float)]
        self.largest: float = max([LARGEST, *(1.5 * x for x in numbers if x <= 40.0)])

    def measure(self, player: str, batches: Sequence[Arrays]) -> list[Measured]:
        """See `Loss`."""
        # Without what `bind` has for weights and heads: where a loss is looked for, many are built, and measured twice.
        of = self.game.discriminator if player == "discriminator" else self.game.generator
        run = reduced(Made(name=self.settings.name, game=self.game, backend=FLOATS, reduction="mean"), of, False, None)
        found = []
        with np.errstate(all="ignore"):
            for arrays in batches:
                real, fake = (FLOATS.logits(arrays[side], side) for side in ("real", "fake"))
                value = run(real, fake, Extras.labelled(of, arrays.get("real_labels"), arrays.get("fake_labels")))
                found.append(Measured(float(value.array), *gradients(value, [real, fake])))
        return found
