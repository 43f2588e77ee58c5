"""What users call, the same in every adapter."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import Functions
from ganloss_core.engine.heads import Heads
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.side import Reduction
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A

Out = TypeVar("Out", covariant=True)


class DiscriminatorLoss(Protocol[Out]):
    """(real, fake) logits to what D minimises."""

    def __call__(
        self,
        real: Any,
        fake: Any,
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Out: ...


class DiscriminatorTerms(Protocol[A]):
    """(real, fake) logits to the `Sides` that D's loss is the sum of."""

    def __call__(
        self,
        real: Any,
        fake: Any,
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Sides[A]: ...


class GeneratorLoss(Protocol[Out]):
    """Fake logits, and real ones where the loss compares both, to what G minimises."""

    def __call__(
        self,
        fake: Any,
        *,
        real: Any = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Out: ...


class BoundLoss(Generic[A]):
    """An adversarial loss, by name or by your own function.

    Arguments:
        loss: a name or alias of the catalogue (`ganloss_core.names()`), or a function `(ops, *, ...) -> ganloss_core.Loss` (or
            `BatchLoss`).
        generator: "nonsaturating", "saturating" or "linear" instead of the loss's own rule for the generator.
        reduction: "mean" (default), "sum", or "none", which makes the functions return the terms per element as a
            `ganloss_core.Sides` (with several heads, one for each).
        heads: how several heads combine: "mean", "sum", or one weight per head. The default is the mean, and for another
            codebase's loss, that codebase's rule.
        top_k: the generator's loss is the mean over this many of the largest fake logits (Sinha et al. 2020, arXiv:2002.06224);
            for losses that compare nothing. Logits that tie for the last places share them.
        hyperparameters: the loss's own, as Python numbers.

    Attributes:
        discriminator: `(real, fake, *, real_weight=None, fake_weight=None, real_labels=None, fake_labels=None)` to the scalar
            that D minimises.
        generator: `(fake, *, real=None, ...)` with the same keywords to the scalar that G minimises; `real` is needed where the
            loss compares both sides, and ignored elsewhere.
        discriminator_terms: as `discriminator`, to the `ganloss_core.Sides` whose parts it is the sum of.

    Logits are floating-point arrays of any shape and any number of elements per side, high for real; a list or a dict of them
    is several heads. float16 and bfloat16 are computed, and the loss returned, in float32; gradients have the input's dtype.
    Weights have the shape of their logits, bool or number, and are normalised by their sum, in every mean of the loss: False
    leaves an element out, 2 counts it twice. A side without weight adds 0 to a loss that does not compare sides, and makes the
    mean of one that does NaN. With reduction="none" each term is multiplied by its weight, or a pair's by both. Where a formula
    counts elements or sums over them (softmax_gan, dual_contrastive, the unbiased and the contrastive losses), and for top_k,
    weights are counts: give 0 or 1, or how often an element occurs.

    For losses of vectors (see the loss's own docstring) a sample's vector runs along the last axis, and weights and labels have
    one number for each sample: the logits' shape without that axis. Labels are integers. A wrong label raises where it can be
    seen without waiting for a device or breaking a trace, and makes the loss NaN elsewhere; what is masked may have any label.

    Raises:
        KeyError: unknown loss; the message suggests the nearest name.
        TypeError: unknown, missing or non-number hyperparameter; logits that are no array of this library, not floating point,
            or a tuple; `real` or labels missing where the loss needs them.
        ValueError: a hyperparameter, rule or reduction out of range; empty logits; shapes that would broadcast; weights not of
            the logits' shape; labels of another shape or out of range; unequal sides of a paired loss; another reduction than
            the mean for a function of the whole batch.
    """

    _backend: ClassVar[Backend[Any]]
    discriminator: DiscriminatorLoss[A]
    generator: GeneratorLoss[A]
    discriminator_terms: DiscriminatorTerms[A]
    _one_sided: Any
    _settings: Settings

    def __init__(
        self,
        loss: LossLike,
        *,
        generator: Rule | None = None,
        reduction: Reduction = "mean",
        heads: Heads | None = None,
        top_k: int | None = None,
        **hyperparameters: Any,
    ) -> None:
        super().__init__()
        self.__setstate__({"_settings": Settings.of(loss, generator, reduction, heads, hyperparameters, top_k)})

    def _held(self) -> dict[str, Any]:
        """The functions held as attributes: Dynamo cannot trace a property that binds, and jit would trace a new closure."""
        bound = self._settings.bind(self._backend)
        return {
            "discriminator": bound.discriminator,
            "generator": bound.generator,
            "discriminator_terms": bound.discriminator_terms,
            "_one_sided": bound.one_sided,
        }

    @property
    def name(self) -> str:
        """The registered name, or the name of your function."""
        return self._settings.name

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """All hyperparameters, defaults included."""
        return dict(self._settings.hyperparameters)

    def __getstate__(self) -> dict[str, Any]:
        held = self._held()
        return {key: value for key, value in self.__dict__.items() if key not in held}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__.update(self._held())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings})"


class CallableLoss(BoundLoss[A]):
    """A `BoundLoss` that is a value: equal to another of the same settings, and immutable; a call is the one-sided form."""

    def __call__(self, logits: Any, target_is_real: bool, is_disc: bool = False) -> A:
        """The one-sided form of MMagic and BasicSR: D's term on one side with `is_disc=True`, else G's loss.

        Raises TypeError for a loss that compares both sides, ValueError for G with `target_is_real=False`.
        """
        loss: A = self._one_sided(logits, target_is_real, is_disc)
        return loss

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._settings == other._settings

    def __hash__(self) -> int:
        return hash(self._settings)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be deleted")


class Functional(Generic[A]):
    """The two functions for who wants no object."""

    def __init__(self, backend: Backend[A]) -> None:
        self._backend = backend

    def discriminator_loss(
        self,
        loss: LossLike,
        real: Any,
        fake: Any,
        *,
        reduction: Reduction = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        **hyperparameters: Any,
    ) -> A:
        """What D minimises: `GANLoss(loss, ...).discriminator(real, fake)`, with the arguments and errors of `GANLoss`.

        Inside a function for torch.compile use a `GANLoss` made outside: Dynamo cannot trace the look-up.
        """
        bound = self._bound(loss, None, reduction, heads, None, hyperparameters)
        value: A = bound.discriminator(
            real, fake, real_weight=real_weight, fake_weight=fake_weight, real_labels=real_labels, fake_labels=fake_labels
        )
        return value

    def generator_loss(
        self,
        loss: LossLike,
        fake: Any,
        *,
        real: Any = None,
        generator: Rule | None = None,
        reduction: Reduction = "mean",
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        heads: Heads | None = None,
        top_k: int | None = None,
        **hyperparameters: Any,
    ) -> A:
        """What G minimises: `GANLoss(loss, ...).generator(fake, real=real)`, with the arguments and errors of `GANLoss`.

        `real` is by keyword, so that swapped sides cannot pass unnoticed. In torch.compile use a `GANLoss` made outside.
        """
        bound = self._bound(loss, generator, reduction, heads, top_k, hyperparameters)
        value: A = bound.generator(
            fake,
            real=real,
            real_weight=real_weight,
            fake_weight=fake_weight,
            real_labels=real_labels,
            fake_labels=fake_labels,
        )
        return value

    def _bound(
        self,
        loss: LossLike,
        generator: Rule | None,
        reduction: Reduction,
        heads: Heads | None,
        top_k: int | None,
        hyperparameters: dict[str, Any],
    ) -> Functions[A]:
        try:
            return _look_up(self._backend, registry.changes(), loss, generator, reduction, heads, top_k, **hyperparameters)
        except TypeError:
            # Something cannot be hashed, or is wrong: without the cache, the error says what.
            return Settings.of(loss, generator, reduction, heads, hyperparameters, top_k).bind(self._backend)


@lru_cache(maxsize=4096, typed=True)
def _look_up(
    backend: Backend[Any],
    changes: int,
    loss: LossLike,
    generator: Rule | None,
    reduction: Reduction,
    heads: Heads | None,
    top_k: int | None,
    /,
    **hyperparameters: Any,
) -> Functions[Any]:
    return Settings.of(loss, generator, reduction, heads, hyperparameters, top_k).bind(backend)
