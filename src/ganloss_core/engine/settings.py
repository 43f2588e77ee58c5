"""A loss with everything that a user chooses about it: hashable, comparable, picklable, and bound once per backend."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ganloss_core.engine.heads import Heads, check_heads
from ganloss_core.engine.side import REDUCTIONS, Reduction
from ganloss_core.spec import registry
from ganloss_core.spec.arguments import whole
from ganloss_core.spec.checked import with_checked_parts
from ganloss_core.spec.definition import AnyLoss, LossLike, checked
from ganloss_core.spec.loss import RULES, BatchLoss, Loss, Rule
from ganloss_core.spec.variant import Variant
from ganloss_core.words.ops import A, Ops


@dataclass(frozen=True)
class Settings:
    """The arguments of a GANLoss, checked.

    >>> from ganloss_core.check import Settings
    >>> Settings.of("rpgan", None, "mean", None, {}).name
    'relativistic_paired_logistic'
    """

    loss: LossLike
    definition: Callable[..., AnyLoss[Any]]
    """What `loss` named when the settings were made: a name may be registered anew."""
    hyperparameters: tuple[tuple[str, Any], ...]
    generator: Rule | None
    reduction: Reduction
    heads: Any
    top_k: int | None = None
    devices: tuple[str, Any] | None = None
    """Those whose logits are one batch: what the backend calls the argument, and what was given."""

    @classmethod
    def of(
        cls,
        loss: LossLike,
        generator: Rule | None,
        reduction: Reduction,
        heads: Heads | None,
        hyperparameters: Mapping[str, Any],
        top_k: int | None = None,
        devices: tuple[str, Any] | None = None,
    ) -> Settings:
        if not callable(loss):
            loss = registry.canonical(loss)
        definition = loss if callable(loss) else registry.get(loss)
        if generator is not None and generator not in RULES:
            raise ValueError(f"generator must be one of {', '.join(map(repr, RULES))}, got {generator!r}")
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be one of {', '.join(map(repr, REDUCTIONS))}, got {reduction!r}")
        if top_k is not None:
            top_k = whole("top_k", top_k, 1, "how many of the largest fake logits count")
        name = loss if isinstance(loss, str) else _name(loss)
        values = tuple(checked(definition, name, hyperparameters).items())
        heads = own_heads(definition) if heads is None else check_heads(heads)
        frozen = tuple(heads.items()) if isinstance(heads, dict) else heads if isinstance(heads, str) else tuple(heads)
        return cls(loss, definition, values, generator, reduction, (type(heads), frozen), top_k, devices)

    @property
    def name(self) -> str:
        return self.loss if isinstance(self.loss, str) else _name(self.loss)

    @property
    def of_the_user(self) -> bool:
        """Whether the definition is the user's; tests hold our own."""
        return not (getattr(self.definition, "__module__", None) or "").startswith("ganloss_core.")

    @property
    def fixed(self) -> frozenset[str]:
        """The names that say what the loss is, which nobody may set on it later."""
        return frozenset(
            (
                *self.arguments(),
                "group",
                "axis_name",
                "discriminator",
                "discriminator_terms",
                "generator_terms",
                "name",
                "hyperparameters",
            )
        )

    @property
    def about(self) -> str:
        """The loss in its own words, for who asks for help."""
        return f"GANLoss({self})\n\n{inspect.getdoc(self.definition) or 'A loss of your own.'}"

    def build(self, ops: Ops[A], **labels: Any) -> AnyLoss[A]:
        """The loss in the given words; `labels` are hyperparameters that are arrays, one number for each logit."""
        loss = self.definition(ops, **{**dict(self.hyperparameters), **labels})
        if not isinstance(loss, (Loss, BatchLoss, Variant)):
            raise TypeError(f"{self.name} must return a ganloss_core.Loss or BatchLoss, got {type(loss).__name__}")
        if self.of_the_user:
            loss = with_checked_parts(loss, self.name)
        return loss if self.generator is None else replace(loss, generator=self.generator)

    def thawed_heads(self) -> Heads:
        """How several heads combine, in the form of the argument."""
        kind, frozen = self.heads
        heads: Heads = frozen if kind is str else kind(frozen)
        return heads

    def plain(self) -> tuple[LossLike, dict[str, Any], dict[str, Any]]:
        """The loss, what was chosen about it, and its hyperparameters, in Python's own types: what `of` takes."""
        chosen = {
            "generator": self.generator,
            "reduction": self.reduction,
            "heads": self.thawed_heads(),
            "top_k": self.top_k,
            "devices": self.devices,
        }
        return self.loss, chosen, dict(self.hyperparameters)

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments that make the same settings again."""
        _, chosen, hyperparameters = self.plain()
        del chosen["devices"]
        return {**chosen, **dict([self.devices] if self.devices else []), **hyperparameters}

    def __str__(self) -> str:
        defaults = {"generator": None, "reduction": "mean", "heads": own_heads(self.definition), "top_k": None}
        shown = [f"{key}={value!r}" for key, value in self.arguments().items() if key not in defaults or defaults[key] != value]
        return ", ".join([repr(self.name), *shown])


def own_heads(definition: Callable[..., Any]) -> Heads:
    """How the heads of a loss combine unless the caller says: the mean, or what the definition's `heads` says."""
    return getattr(definition, "heads", "mean")


def _name(definition: Callable[..., Any]) -> str:
    return getattr(definition, "__name__", type(definition).__name__)
