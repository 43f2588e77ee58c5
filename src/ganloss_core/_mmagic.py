"""MMagic's GANLossComps, in terms of our losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic

from ganloss_core._backend import Backend
from ganloss_core._ops import A
from ganloss_core._settings import Settings

# gan_type -> (our loss, whether the two label values apply)
_TYPES: dict[str, tuple[str, bool]] = {
    "vanilla": ("logistic", True),
    "lsgan": ("lsgan", True),
    "wgan": ("wasserstein", False),
    "wgan-logistic-ns": ("logistic", False),
    "hinge": ("hinge", False),
}


class Comps(Generic[A]):
    """MMagic's one-sided loss, with its meaning of every argument (open-mmlab/mmagic, GANLossComps).

    Arguments:
        gan_type: "vanilla", "lsgan", "wgan", "wgan-logistic-ns" or "hinge".
        real_label_val, fake_label_val: the labels of vanilla and lsgan, for the generator too; the others have none.
        loss_weight: multiplies the loss unless `is_disc`.

    Call it as `(input, target_is_real, is_disc=False)`; it returns the mean over all elements of the term that
    `target_is_real` chooses, except that hinge's generator loss is -mean(input) whatever the target.

    Raises NotImplementedError for another `gan_type`.
    """

    _backend: ClassVar[Backend[Any]]

    def __init__(
        self, gan_type: str, real_label_val: float = 1.0, fake_label_val: float = 0.0, loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        if gan_type not in _TYPES:
            raise NotImplementedError(f"GAN type {gan_type!r} is not implemented: use {', '.join(map(repr, _TYPES))}")
        loss, labelled = _TYPES[gan_type]
        labels = {"real_label": real_label_val, "fake_label": fake_label_val} if labelled else {}
        bound = Settings.of(loss, None, "mean", "mean", labels).bind(self._backend)
        self._generator: Callable[[Any], A] = bound.generator
        self._one_sided: Callable[[Any, bool, bool], A] = bound.one_sided
        self.gan_type, self.loss_weight = gan_type, loss_weight
        self.real_label_val, self.fake_label_val = real_label_val, fake_label_val

    def _loss(self, input: Any, target_is_real: bool, is_disc: bool = False) -> A:
        """The loss of one side, times `loss_weight` unless `is_disc`."""
        if is_disc:
            return self._one_sided(input, target_is_real, True)
        if self.gan_type == "hinge":
            return self._generator(input) * self.loss_weight
        return self._one_sided(input, target_is_real, True) * self.loss_weight

    def extra_repr(self) -> str:
        """The arguments, for the printed form."""
        return (
            f"{self.gan_type!r}, real_label_val={self.real_label_val}, fake_label_val={self.fake_label_val}, "
            f"loss_weight={self.loss_weight}"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    def __reduce__(self) -> Any:
        return type(self), (self.gan_type, self.real_label_val, self.fake_label_val, self.loss_weight)
