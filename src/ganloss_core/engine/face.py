"""What users call, the same in every adapter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import Functions, bind
from ganloss_core.engine.heads import Heads
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.side import Reduction
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A, Logits

F = TypeVar("F", bound=Callable[..., Any])
if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    Out = TypeVarWithDefault("Out", default=Any)
    Terms = TypeVarWithDefault("Terms", default=Sides[Any])
else:
    Out, Terms = TypeVar("Out"), TypeVar("Terms")


class Declared(Protocol):
    """A decorator that changes no type."""

    def __call__(self, declared: F, /) -> F: ...


def made_with_the_loss(field: str) -> Declared:
    """A method that is declared here, for checkers and editors, and is the function of that name of `Functions`.

    It is a property, which a subclass may override by a method. Each loss has functions with code of their own: torch.compile
    keeps at most 8 variants of one piece of code.
    """

    index = Functions._fields.index(field)

    def declare(declared: F) -> F:
        return cast(F, property(lambda loss: loss._functions[index], doc=declared.__doc__))

    return declare


class BoundLoss(Generic[A, Out, Terms]):
    """An adversarial loss, by name or by your own function.

    Arguments:
        loss: a name or alias of the catalogue (`ganloss_core.names()`), or a function `(ops, *, ...) -> ganloss_core.Loss` (or
            `BatchLoss`).
        generator: "nonsaturating", "saturating" or "linear" instead of the loss's own rule for the generator.
        reduction: "mean" (default), "sum", or "none", which makes the functions return the terms per element as a
            `ganloss_core.Sides` (with several heads, a list or dict of them).
        heads: how several heads combine: "mean", "sum", or one weight per head; or "none", which makes the functions return a
            list or dict of what each head's loss is. The default is the mean, and for another codebase's loss, that codebase's
            rule.
        top_k: the generator's loss is the mean over this many of the largest fake logits (Sinha et al. 2020, arXiv:2002.06224);
            for losses that compare nothing. Logits that tie for the last places share them.
        group: in PyTorch, the devices whose logits are one batch: a `ProcessGroup`, a `DeviceMesh` of one dimension, "world".
            Every process computes the loss of all, and the average of their gradients, as DDP takes it, is that of one process.
        axis_name: in JAX the same inside `shard_map`, `pmap` or `vmap`: a name, or a tuple of names.
        hyperparameters: the loss's own, as Python numbers.

    Logits are floating-point arrays of any shape and any number of elements per side, high for real; a list or a dict of them
    is several heads. float16 and bfloat16 are computed, and the loss returned, in float32; gradients have the input's dtype.
    Weights have the shape of their logits, bool or number, and are normalised by their sum, in every mean of the loss: False
    leaves an element out, 2 counts it twice, and a common factor drops out, also of float64 weights beyond float32. A side
    without weight adds 0 to a loss that does not compare sides, and makes the mean of one that does NaN. Weights of both signs,
    as simulated events have, are allowed; a mean over those whose sum is 0 is infinite or NaN. Weights have gradients too.
    With reduction="none" each term is multiplied by its weight, or a pair's by both.
    Where a formula counts elements or sums over them (softmax_gan, dual_contrastive, the unbiased and the contrastive losses),
    and for top_k, weights are counts: give 0 or 1, or how often an element occurs. Counts of fewer samples than the loss needs
    raise where they can be seen without waiting for a device or breaking a trace, and make the loss infinite or NaN elsewhere.

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

    >>> import torch, ganloss_torch as gan
    >>> real, fake = torch.asarray([2.0, 0.5]), torch.asarray([-1.0, 0.0])
    >>> loss = gan.GANLoss("hinge")
    >>> loss.discriminator(real, fake).item(), loss.generator(fake).item()
    (0.75, 0.5)
    >>> gan.GANLoss("hinge", margin=0.5, reduction="sum").discriminator(real, fake).item()
    0.5
    """

    _backend: ClassVar[Backend[Any]]
    _settings: Settings
    _functions: Functions

    if not TYPE_CHECKING:

        def __class_getitem__(cls, given: Any) -> Any:
            # Type variables have defaults from Python 3.13 on.
            given = given if isinstance(given, tuple) else (given,)
            return super().__class_getitem__((*given, *cls.__parameters__[len(given) :]))

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
        devices = self._backend.several(hyperparameters)
        chosen = {"generator": generator, "reduction": reduction, "heads": heads, "top_k": top_k, "devices": devices}
        self.__setstate__({"_settings": (loss, chosen, hyperparameters)})

    @made_with_the_loss("discriminator")
    def discriminator(
        self,
        real: Logits[A],
        fake: Logits[A],
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Out:
        """What D minimises, a scalar, from real and fake logits."""
        raise NotImplementedError

    @made_with_the_loss("discriminator_terms")
    def discriminator_terms(
        self,
        real: Logits[A],
        fake: Logits[A],
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Terms:
        """The arguments of `discriminator` to the `ganloss_core.Sides` whose parts it is the sum of."""
        raise NotImplementedError

    @made_with_the_loss("generator")
    def generator(
        self,
        fake: Logits[A],
        *,
        real: Logits[A] | None = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Out:
        """What G minimises, a scalar, from fake logits; and from real ones where the loss compares both sides."""
        raise NotImplementedError

    @made_with_the_loss("generator_terms")
    def generator_terms(
        self,
        fake: Logits[A],
        *,
        real: Logits[A] | None = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Terms:
        """The arguments of `generator` to the `ganloss_core.Sides` whose parts it is the sum of."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The registered name, or the name of your function."""
        return self._settings.name

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """All hyperparameters, defaults included."""
        return dict(self._settings.hyperparameters)

    def _bound(self) -> Functions:
        return bind(self._settings, self._backend)

    def __getstate__(self) -> dict[str, Any]:
        # Plain data: a checkpoint names no class but the caller's own.
        state = {key: value for key, value in self.__dict__.items() if key != "_functions"}
        return {**state, "_settings": self._settings.plain()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        loss, chosen, hyperparameters = state["_settings"]
        self.__dict__.update(state, _settings=Settings.of(loss, **chosen, hyperparameters=hyperparameters))
        # Held: what is bound anew would be traced anew.
        self.__dict__["_functions"] = self._bound()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings})"


class Documented:
    """The docstring of a class, and of its instance: what the loss is, before it."""

    def __get__(self, loss: Any, owner: Any = None) -> str | None:
        return BoundLoss.__doc__ if loss is None else f"{loss._settings.about}\n\n{BoundLoss.__doc__}"


# What Python's own errors name.
BoundLoss.__init__.__qualname__ = "GANLoss.__init__"


class CallableLoss(BoundLoss[A, Out, Terms]):
    """A `BoundLoss` that is a value: equal to another of the same settings, and immutable; a call is the one-sided form."""

    def __call__(self, logits: Logits[A], target_is_real: bool, is_disc: bool = False) -> Out:
        """The one-sided form of MMagic and BasicSR: D's term on one side with `is_disc=True`, else G's loss.

        Raises TypeError for a loss that compares both sides, ValueError for G with `target_is_real=False`.
        """
        loss: Out = self._functions.one_sided(logits, target_is_real, is_disc)
        return loss

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._settings == other._settings

    def __hash__(self) -> int:
        return hash(self._settings)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name!r} cannot be deleted")


CallableLoss.__call__.__qualname__ = "GANLoss.__call__"
# The function that is called says what is missing.
CallableLoss.__call__.__defaults__ = (None, False)
