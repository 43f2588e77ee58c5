"""The two functions for who wants no object, the same in every adapter."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import count
from threading import Lock
from typing import Any, Generic, Literal, Never, overload

from ganloss_core.engine.backend import Backend, named_as_called
from ganloss_core.engine.bind import bind
from ganloss_core.engine.heads import Heads
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.side import Reduction
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A, Logits

Chosen = tuple[Any, ...]
"""(loss, generator, reduction, heads, top_k, devices)."""
LookUp = Callable[[str, Chosen, dict[str, Any]], str]
"""(field of `Functions`, chosen, hyperparameters) to the name of the attribute that holds the function."""

LARGEST = 256
"""How many functions are held before all are let go."""


@named_as_called
class Functional(Generic[A]):
    """The two functions for who wants no object."""

    def __init__(self, backend: Backend[A]) -> None:
        self.found: Found = Found(lambda settings, field: getattr(bind(settings, backend), field))
        self._several = backend.several

    @overload
    def discriminator_loss(
        self, loss: LossLike, real: Logits[A], fake: Logits[A], *, heads: Literal["none"], **arguments: Any
    ) -> Any: ...
    @overload
    def discriminator_loss(
        self, loss: LossLike, real: Logits[A], fake: Logits[A], *, reduction: Literal["none"], **arguments: Any
    ) -> Sides[A]: ...
    @overload
    def discriminator_loss(
        self,
        loss: LossLike,
        real: Logits[A],
        fake: Logits[A],
        *,
        reduction: Literal["mean", "sum"] = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        **hyperparameters: Any,
    ) -> A: ...
    def discriminator_loss(
        self,
        loss: LossLike,
        real: Logits[A],
        fake: Logits[A],
        *,
        reduction: Reduction = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        **hyperparameters: Any,
    ) -> A | Sides[A]:
        """What D minimises: `GANLoss(loss, ...).discriminator(real, fake)`, with the arguments and errors of `GANLoss`.

        >>> import torch, ganloss_torch as gan
        >>> real, fake = torch.asarray([2.0, 0.5]), torch.asarray([-1.0, 0.0])
        >>> gan.discriminator_loss("hinge", real, fake).item()
        0.75
        """
        found, devices = self.found, self._several(hyperparameters)
        chosen = (loss, None, reduction, heads, None, devices)
        discriminator = getattr(found, found.look_up("discriminator", chosen, hyperparameters))
        value: A | Sides[A] = discriminator(
            real, fake, real_weight=real_weight, fake_weight=fake_weight, real_labels=real_labels, fake_labels=fake_labels
        )
        return value

    @overload
    def generator_loss(self, loss: LossLike, fake: Logits[A], *, heads: Literal["none"], **arguments: Any) -> Any: ...
    @overload
    def generator_loss(self, loss: LossLike, fake: Logits[A], *, reduction: Literal["none"], **arguments: Any) -> Sides[A]: ...
    @overload
    def generator_loss(
        self,
        loss: LossLike,
        fake: Logits[A],
        *,
        real: Logits[A] | None = None,
        generator: Rule | None = None,
        reduction: Literal["mean", "sum"] = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        top_k: int | None = None,
        **hyperparameters: Any,
    ) -> A: ...
    def generator_loss(
        self,
        loss: LossLike,
        fake: Logits[A],
        *by_keyword: Never,
        real: Logits[A] | None = None,
        generator: Rule | None = None,
        reduction: Reduction = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        top_k: int | None = None,
        **hyperparameters: Any,
    ) -> A | Sides[A]:
        """What G minimises: `GANLoss(loss, ...).generator(fake, real=real)`, with the arguments and errors of `GANLoss`.

        `real` is by keyword, so that swapped sides cannot pass unnoticed.

        >>> import torch, ganloss_torch as gan
        >>> real, fake = torch.asarray([2.0, 0.5]), torch.asarray([-1.0, 0.0])
        >>> gan.generator_loss("hinge", fake).item(), gan.generator_loss("ralsgan", fake, real=real).item()
        (0.5, 15.9375)
        """
        if by_keyword:
            raise TypeError("gan.generator_loss takes reals by keyword: gan.generator_loss(loss, fake, real=...)")
        found, devices = self.found, self._several(hyperparameters)
        chosen = (loss, generator, reduction, heads, top_k, devices)
        of_generator = getattr(found, found.look_up("generator", chosen, hyperparameters))
        value: A | Sides[A] = of_generator(
            fake,
            real=real,
            real_weight=real_weight,
            fake_weight=fake_weight,
            real_labels=real_labels,
            fake_labels=fake_labels,
        )
        return value


class Found:
    """What was looked up of losses, as attributes: what a compiler reads here it need not look up."""

    def __init__(self, make: Callable[[Settings, str], Any]) -> None:
        """`make` gives the field of a loss of these settings."""
        self.look_up: LookUp = _look_up_in(make, self)
        self.let_go: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        # Looked up in one thread just before another let all go.
        try:
            return self.__dict__["let_go"][name]
        except KeyError:
            raise AttributeError(name) from None


def _look_up_in(make: Callable[[Settings, str], Any], found: Found) -> LookUp:
    @cache
    def by_settings(settings: Settings, field: str) -> str:
        function = make(settings, field)
        with changing:
            if len(vars(found)) > LARGEST:
                by_settings.cache_clear()
                by_arguments.cache_clear()
                found.let_go = {name: of for name, of in vars(found).items() if name not in ("look_up", "let_go")}
                for name in found.let_go:
                    delattr(found, name)
            name = f"loss_{next(counter)}"
            setattr(found, name, function)
        return name

    @lru_cache(maxsize=None, typed=True)
    def by_arguments(changes: int, field: str, *chosen: Any, **hyperparameters: Any) -> str:
        return by_settings(_settings(chosen, hyperparameters), field)

    def look_up(field: str, chosen: Chosen, hyperparameters: dict[str, Any]) -> str:
        try:
            return by_arguments(registry.changes(), field, *chosen, **hyperparameters)
        except TypeError:
            # Something cannot be hashed, or is wrong: then the error says what.
            return by_settings(_settings(chosen, hyperparameters), field)

    counter, changing = count(), Lock()
    return look_up


def _settings(chosen: Chosen, hyperparameters: dict[str, Any]) -> Settings:
    loss, generator, reduction, heads, top_k, devices = chosen
    return Settings.of(loss, generator, reduction, heads, hyperparameters, top_k, devices)
