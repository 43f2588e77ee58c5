"""What a table of an objective says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from ganloss_core.spec.definition import LossLike

T = TypeVar("T")


class _Frozen(dict[str, T]):
    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a table does not change: make another, dataclasses.replace(recipe, ...)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)


def frozen(table: Mapping[str, T]) -> Mapping[str, T]:
    """A copy that nobody changes: tables are shared by all objectives that are made of them."""
    return _Frozen(table)


def _freeze(table: Any) -> None:
    for one in fields(table):
        value = getattr(table, one.name)
        if isinstance(value, Mapping):
            object.__setattr__(table, one.name, frozen(value))


@dataclass(frozen=True, kw_only=True)
class Adaptive:
    """A weight that is a ratio of gradients' norms by the decoder's last layer: `adaptive_weight`.

    `to` are the terms whose weighted sum it is adapted to, `settings` the arguments of `adaptive_weight`.

    >>> from ganloss_core.recipes.table import Adaptive
    >>> Adaptive(to=("pixel", "perceptual")).settings
    {}
    """

    to: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class Term:
    """One term of a player's objective.

    Arguments:
        kind: which: "adversarial", a penalty, a term, or "given", which the user computes; see `recipes.kinds`.
        weight: a number, the name of a parameter of the recipe, or several of these, whose product it is.
        settings: arguments of the penalty or term, or names of parameters in their place.
        every: it is computed in every so many steps only: a number, or the name of a parameter.
        scaled: in these its weight is multiplied by that number.
        apart: the original makes it an optimiser step of its own.
        start: its weight is 0 before this step: a number, or the name of a parameter.
        critic: which critic it looks at, where the recipe has several.
        times: the argument of the call that its weight is multiplied by, one number for each sample.
        adaptive: what its weight is multiplied by besides.
        about: of a given term, what it is.

    >>> from ganloss_core.recipes.table import Term
    >>> Term("r1", "gamma", every=16).weight
    'gamma'
    """

    kind: str
    weight: float | str | tuple[float | str, ...] = 1.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    every: int | str = 1
    scaled: bool = True
    apart: bool = False
    start: int | str = 0
    critic: str = ""
    times: str = ""
    adaptive: Adaptive | None = None
    about: str = ""

    def __post_init__(self) -> None:
        _freeze(self)

    @property
    def factors(self) -> tuple[float | str, ...]:
        """Whose product its weight is."""
        return self.weight if isinstance(self.weight, tuple) else (self.weight,)

    def arguments(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Its settings, with the parameters that they name; "of" is for the recipe alone."""
        given = {key: value for key, value in self.settings.items() if key != "of"}
        return {key: parameters.get(value, value) if isinstance(value, str) else value for key, value in given.items()}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The objective of a paper.

    Arguments:
        title: what people call it.
        paper: authors, year and arXiv number.
        source: the repository and files whose training it is; "" where there is only the paper.
        loss: the adversarial loss, by name, or a function of the words.
        settings: of the loss: hyperparameters, `heads`, `generator`.
        discriminator: D's terms by the name that a log has.
        generator: G's terms likewise.
        parameters: the numbers that users change, and their defaults.
        critics: the names of several critics, which are then given in a dict.
        observe: arguments of `observe`.
        balancer: arguments of `Balancer`, which then combines the gradients of those of G's terms that are named in `balanced`.
        normalizer: arguments of `GradientNormalizer`, through which the sum of these gradients then goes.
        balanced: names of terms.
        notes: what belongs to the training, and not to the objective: networks, optimisers, how often which player trains.

    >>> from ganloss_core import recipes
    >>> recipes.recipe("r3gan").loss
    'relativistic_paired_logistic'
    """

    title: str
    paper: str
    source: str
    loss: LossLike
    settings: Mapping[str, Any] = field(default_factory=dict)
    discriminator: Mapping[str, Term]
    generator: Mapping[str, Term]
    parameters: Mapping[str, float] = field(default_factory=dict)
    critics: tuple[str, ...] = ()
    observe: Mapping[str, Any] = field(default_factory=dict)
    balancer: Mapping[str, Any] = field(default_factory=dict)
    normalizer: Mapping[str, Any] = field(default_factory=dict)
    balanced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze(self)

    @classmethod
    def of_loss(cls, loss: LossLike) -> Recipe:
        """The objective that is a loss, and no more.

        >>> from ganloss_core.recipes import Recipe
        >>> Recipe.of_loss("hinge").title
        'hinge'
        """
        title = loss if isinstance(loss, str) else getattr(loss, "__name__", "a loss")
        alone = {"adversarial": Term("adversarial")}
        return cls(title=title, paper="", source="", loss=loss, discriminator=alone, generator=alone)

    @property
    def combining(self) -> str:
        """What the gradients of the balanced terms go through: "balancer", "normalizer", or "", where there are none."""
        return ("normalizer" if self.normalizer else "balancer") if self.balanced else ""

    def terms(self, player: str) -> Mapping[str, Term]:
        """Those of "discriminator" or "generator"."""
        return self.discriminator if player == "discriminator" else self.generator
