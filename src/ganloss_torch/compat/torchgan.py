"""TorchGAN's losses (torchgan/torchgan, torchgan/losses), without its `train_ops`.

`group`, by keyword, is that of `ganloss_torch.GANLoss`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor

from ganloss_core.terms.gradient_penalty import norm
from ganloss_torch._backend import ops
from ganloss_torch._losses import GANLoss, discriminator_loss, generator_loss
from ganloss_torch._module import Module
from ganloss_torch.compat._slopes import slope

__all__ = [
    "EnergyBasedDiscriminatorLoss", "EnergyBasedGeneratorLoss", "LeastSquaresDiscriminatorLoss", "LeastSquaresGeneratorLoss",
    "MinimaxDiscriminatorLoss", "MinimaxGeneratorLoss", "WassersteinDiscriminatorLoss", "WassersteinGeneratorLoss",
    "auxiliary_classification_loss", "boundary_equilibrium_discriminator_loss", "boundary_equilibrium_generator_loss",
    "dragan_gradient_penalty", "energy_based_discriminator_loss", "energy_based_generator_loss",
    "energy_based_pulling_away_term", "least_squares_discriminator_loss", "least_squares_generator_loss",
    "minimax_discriminator_loss", "minimax_generator_loss", "wasserstein_discriminator_loss", "wasserstein_generator_loss",
    "wasserstein_gradient_penalty",
]  # fmt: skip


def _reduce(x: Tensor, reduction: str) -> Tensor:
    return x.mean() if reduction == "mean" else x.sum() if reduction == "sum" else x


def _of_d(name: str, real: Tensor, fake: Tensor, reduction: Any, **given: Any) -> Tensor:
    value: Any = discriminator_loss(f"torchgan/{name}", real, fake, reduction=reduction, **given)
    loss: Tensor = value.real + value.fake if reduction == "none" else value
    return loss


def _of_g(name: str, fake: Tensor, reduction: Any, **given: Any) -> Tensor:
    value: Any = generator_loss(f"torchgan/{name}", fake, reduction=reduction, **given)
    loss: Tensor = value.fake if reduction == "none" else value
    return loss


def minimax_generator_loss(dgz: Tensor, nonsaturating: bool = True, reduction: str = "mean", *, group: Any = None) -> Tensor:
    """G: E softplus(-f), or -E softplus(f) unless `nonsaturating`. `reduction` is "mean", "sum" or "none"."""
    return _of_g("minimax" if nonsaturating else "minimax_saturating", dgz, reduction, group=group)


def minimax_discriminator_loss(
    dx: Tensor, dgz: Tensor, label_smoothing: float = 0.0, reduction: str = "mean", *, group: Any = None
) -> Tensor:
    """D: the cross-entropy of reals with label 1 - label_smoothing, and E softplus(f)."""
    return _of_d("minimax", dx, dgz, reduction, label_smoothing=label_smoothing, group=group)


def least_squares_generator_loss(dgz: Tensor, c: float = 1.0, reduction: str = "mean", *, group: Any = None) -> Tensor:
    """G: half of E (f - c)^2."""
    return _of_g("least_squares", dgz, reduction, c=c, group=group)


def least_squares_discriminator_loss(
    dx: Tensor, dgz: Tensor, a: float = 0.0, b: float = 1.0, reduction: str = "mean", *, group: Any = None
) -> Tensor:
    """D: half of E (r - b)^2 + E (f - a)^2."""
    return _of_d("least_squares", dx, dgz, reduction, a=a, b=b, group=group)


def wasserstein_generator_loss(fgz: Tensor, reduction: str = "mean", *, group: Any = None) -> Tensor:
    """G: -E f."""
    return _of_g("wasserstein", fgz, reduction, group=group)


def wasserstein_discriminator_loss(fx: Tensor, fgz: Tensor, reduction: str = "mean", *, group: Any = None) -> Tensor:
    """D: E f - E r."""
    return _of_d("wasserstein", fx, fgz, reduction, group=group)


def energy_based_generator_loss(dgz: Tensor, reduction: str = "mean", *, group: Any = None) -> Tensor:
    """G: E f, of energies."""
    return _of_g("energy_based", dgz, reduction, group=group)


def energy_based_discriminator_loss(
    dx: Tensor, dgz: Tensor, margin: float, reduction: str = "mean", *, group: Any = None
) -> Tensor:
    """D: E r + E relu(margin - f), of energies."""
    return _of_d("energy_based", dx, dgz, reduction, margin=margin, group=group)


def energy_based_pulling_away_term(d_hid: Tensor) -> Tensor:
    """TorchGAN's term: normalised along the batch and with the diagonal, where the paper's is by sample and without it."""
    n = d_hid.shape[0]
    flat = F.normalize(d_hid, p=2.0, dim=0).reshape(n, -1)
    return (flat @ flat.T).square().sum() / (n * (n - 1))


def boundary_equilibrium_generator_loss(dgz: Tensor, reduction: str = "mean") -> Tensor:
    """G: E f, of energies."""
    return _reduce(dgz, reduction)


def boundary_equilibrium_discriminator_loss(
    dx: Tensor, dgz: Tensor, k: Any, reduction: str = "mean"
) -> tuple[Tensor, Tensor, Tensor]:
    """D: (E r - k E f, E r, E f), of energies; `ganloss_torch.BEGAN` has the state k."""
    real, fake = _reduce(dx, reduction), _reduce(dgz, reduction)
    return real - k * fake, real, fake


def auxiliary_classification_loss(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    """The cross-entropy of class logits with labels."""
    return F.cross_entropy(logits, labels, reduction=reduction)


def wasserstein_gradient_penalty(interpolate: Tensor, d_interpolate: Tensor, reduction: str = "mean") -> Tensor:
    """(|g| - 1)^2 with one norm of the *whole batch*, where the paper's is of each sample: `ganloss_torch.wgan_gp`."""
    return dragan_gradient_penalty(interpolate, d_interpolate, 1.0, reduction)


def dragan_gradient_penalty(interpolate: Tensor, d_interpolate: Tensor, k: float = 1.0, reduction: str = "mean") -> Tensor:
    """(|g| - k)^2 with one norm of the *whole batch*, where the paper's is of each sample: `ganloss_torch.dragan`."""
    return _reduce((norm(ops, slope(d_interpolate, interpolate).square().sum()) - k).square(), reduction)


class _Loss(Module):
    """What all loss modules of TorchGAN have: settings that can be read and changed, and a loss bound to them."""

    _ENTRY: ClassVar[str]
    _settings: ClassVar[tuple[str, ...]] = ()
    _group: Any = None

    def __init__(self, reduction: str = "mean", override_train_ops: Any = None, *, group: Any = None) -> None:
        super().__init__()
        self._group = group
        self.reduction: str = reduction
        self.override_train_ops: Any = override_train_ops
        self.arg_map: dict[str, str] = {}

    def _entry(self) -> str:
        return self._ENTRY

    def _bind(self) -> None:
        # Held, and not looked up in each call, which torch.compile could not trace.
        given: dict[str, Any] = {key: getattr(self, key) for key in self._settings}
        reduction: Any = self.reduction
        self._gan = GANLoss(f"torchgan/{self._entry()}", reduction=reduction, group=self._group, **given)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in ("reduction", "nonsaturating", *self._settings) and "_gan" in self._modules:
            self._bind()

    def set_arg_map(self, value: dict[str, str]) -> None:
        """Add to the names by which a trainer finds the arguments."""
        self.arg_map.update(value)


class _GeneratorLoss(_Loss):
    def forward(self, dgz: Tensor) -> Tensor:
        """G's loss."""
        value: Any = self._gan.generator(dgz)
        loss: Tensor = value.fake if self.reduction == "none" else value
        return loss


class _DiscriminatorLoss(_Loss):
    def forward(self, dx: Tensor, dgz: Tensor) -> Tensor:
        """D's loss."""
        value: Any = self._gan.discriminator(dx, dgz)
        loss: Tensor = value.real + value.fake if self.reduction == "none" else value
        return loss


class MinimaxGeneratorLoss(_GeneratorLoss):
    """`minimax_generator_loss` as a module called with the logits of fakes."""

    def __init__(
        self, reduction: str = "mean", nonsaturating: bool = True, override_train_ops: Any = None, *, group: Any = None
    ) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.nonsaturating = nonsaturating
        self._bind()

    def _entry(self) -> str:
        return "minimax" if self.nonsaturating else "minimax_saturating"


class MinimaxDiscriminatorLoss(_DiscriminatorLoss):
    """`minimax_discriminator_loss` as a module called with the logits of reals and of fakes."""

    _ENTRY = "minimax"
    _settings = ("label_smoothing",)

    def __init__(
        self, label_smoothing: float = 0.0, reduction: str = "mean", override_train_ops: Any = None, *, group: Any = None
    ) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.label_smoothing = label_smoothing
        self._bind()


class LeastSquaresGeneratorLoss(_GeneratorLoss):
    """`least_squares_generator_loss` as a module called with the logits of fakes."""

    _ENTRY = "least_squares"
    _settings = ("c",)

    def __init__(self, reduction: str = "mean", c: float = 1.0, override_train_ops: Any = None, *, group: Any = None) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.c = c
        self._bind()


class LeastSquaresDiscriminatorLoss(_DiscriminatorLoss):
    """`least_squares_discriminator_loss` as a module called with the logits of reals and of fakes."""

    _ENTRY = "least_squares"
    _settings = ("a", "b")

    def __init__(
        self, reduction: str = "mean", a: float = 0.0, b: float = 1.0, override_train_ops: Any = None, *, group: Any = None
    ) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.a: float = a
        self.b: float = b
        self._bind()


class WassersteinGeneratorLoss(_GeneratorLoss):
    """`wasserstein_generator_loss` as a module called with the logits of fakes."""

    _ENTRY = "wasserstein"

    def __init__(self, reduction: str = "mean", override_train_ops: Any = None, *, group: Any = None) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self._bind()

    def forward(self, fgz: Tensor) -> Tensor:
        """G's loss."""
        return super().forward(fgz)


class WassersteinDiscriminatorLoss(_DiscriminatorLoss):
    """`wasserstein_discriminator_loss` as a module called with the logits of reals and of fakes.

    `clip`, (low, high), is kept for your loop.
    """

    _ENTRY = "wasserstein"

    def __init__(self, reduction: str = "mean", clip: Any = None, override_train_ops: Any = None, *, group: Any = None) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.clip: Any = clip if isinstance(clip, (tuple, list)) and len(clip) > 1 else None
        self._bind()

    def forward(self, fx: Tensor, fgz: Tensor) -> Tensor:
        """D's loss."""
        return super().forward(fx, fgz)


class EnergyBasedGeneratorLoss(_GeneratorLoss):
    """`energy_based_generator_loss` as a module called with the energies of fakes."""

    _ENTRY = "energy_based"

    def __init__(self, reduction: str = "mean", override_train_ops: Any = None, *, group: Any = None) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self._bind()


class EnergyBasedDiscriminatorLoss(_DiscriminatorLoss):
    """`energy_based_discriminator_loss` as a module called with the energies of reals and of fakes."""

    _ENTRY = "energy_based"
    _settings = ("margin",)

    def __init__(
        self, reduction: str = "mean", margin: float = 80.0, override_train_ops: Any = None, *, group: Any = None
    ) -> None:
        super().__init__(reduction, override_train_ops, group=group)
        self.margin = margin
        self._bind()
