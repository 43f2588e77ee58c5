"""The loss classes of MMagic and BasicSR, which are called once for each side, on the tables of those codebases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic

from ganloss_core.dialects import reader
from ganloss_core.engine.backend import Backend
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ops import A


class OneSided(Generic[A]):
    """The one-sided loss of MMagic and BasicSR, with their meaning of every argument.

    Arguments:
        gan_type: one of the codebase's types; `GANLossComps` of MMagic has "vanilla", "lsgan", "wgan", "wgan-logistic-ns" and
            "hinge".
        real_label_val, fake_label_val: the labels of "vanilla", "lsgan" and "l1", for the generator too; the others have none.
        loss_weight: multiplies the loss unless `is_disc`.
        group: the processes whose logits are one batch, in JAX `axis_name`, as in `GANLoss`.

    Call it as `(input, target_is_real, is_disc=False)`; it returns the mean over all elements of the term that
    `target_is_real` chooses, except that hinge's generator loss is -mean(input) whatever the target.

    Raises NotImplementedError for another `gan_type`.

    >>> import torch, ganloss_torch as gan
    >>> criterion = gan.GANLossComps("lsgan", loss_weight=0.5)
    >>> criterion(torch.zeros(4), True).item(), criterion(torch.zeros(4), True, is_disc=True).item()
    (0.5, 1.0)
    """

    _backend: ClassVar[Backend[Any]]
    _codebase: ClassVar[str]
    _types: ClassVar[tuple[str, ...]]
    _devices: tuple[str, Any] | None = None

    def __init__(
        self,
        gan_type: str,
        real_label_val: float = 1.0,
        fake_label_val: float = 0.0,
        loss_weight: float = 1.0,
        **devices: Any,
    ) -> None:
        super().__init__()
        self._devices = self._backend.several(devices)
        for name in devices:
            raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {name!r}")
        self.gan_type: str = gan_type
        self.loss_weight: float = loss_weight
        self.real_label_val: float = real_label_val
        self.fake_label_val: float = fake_label_val
        self._bind()

    def _entry(self) -> str:
        return f"{self._codebase}/{self.gan_type}"

    def _bind(self) -> None:
        name = self._entry()
        labels = {"real_label_val": self.real_label_val, "fake_label_val": self.fake_label_val}
        known = reader.definition(name).entry.parameters
        given = {key: float(value) for key, value in labels.items() if key in known}
        settings = Settings.of(name, None, "mean", None, given, devices=self._devices)
        bound = bind(settings, self._backend)
        self._generator: Callable[[Any], A] = bound.generator
        self._one_sided: Callable[[Any, bool, bool], A] = bound.one_sided

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get_target_label" in vars(cls):
            raise TypeError(f"{cls.__name__}: there is no get_target_label, and nothing would call it: set real_label_val")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "gan_type" and value not in self._types:
            raise NotImplementedError(f"GAN type {value!r} is not implemented: use {', '.join(map(repr, self._types))}")
        super().__setattr__(name, value)
        # A training script may move a label, which these classes read in each call.
        if name in ("gan_type", "real_label_val", "fake_label_val") and "_one_sided" in self.__dict__:
            self._bind()

    def _loss(self, input: Any, target_is_real: bool, is_disc: bool = False) -> A:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        if is_disc:
            return self._one_sided(input, target_is_real, True)
        if self.gan_type == "hinge":
            return self._generator(input) * self.loss_weight
        return self._one_sided(input, target_is_real, True) * self.loss_weight

    def extra_repr(self) -> str:
        """The arguments, for the printed form."""
        devices = "" if self._devices is None else f", {self._devices[0]}={self._devices[1]!r}"
        return (
            f"{self.gan_type!r}, real_label_val={self.real_label_val}, fake_label_val={self.fake_label_val}, "
            f"loss_weight={self.loss_weight}{devices}"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_generator", "_one_sided")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()


COMPS = ("vanilla", "lsgan", "wgan", "wgan-logistic-ns", "hinge")
"""The types of MMagic's GANLossComps."""
