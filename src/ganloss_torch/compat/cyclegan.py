"""The losses of CycleGAN, pix2pix and CUT (junyanz/pytorch-CycleGAN-and-pix2pix, models/networks.py)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganloss_core import dialects
from ganloss_torch._losses import GANLoss as _Loss
from ganloss_torch._module import Module
from ganloss_torch.compat._slopes import between, per_sample, slope

__all__ = ["GANLoss", "cal_gradient_penalty"]


class GANLoss(Module):
    """The GANLoss of CycleGAN and pix2pix: "lsgan", "vanilla" or "wgangp"; and CUT's "nonsaturating".

    Arguments:
        gan_mode: one of these modes; "wgangp" has no penalty of its own.
        target_real_label, target_fake_label: the labels of "lsgan" and "vanilla", for G too. They are buffers, and those of a
            checkpoint count.
        group: the processes whose logits are one batch, as in `ganloss_torch.GANLoss`.

    Call it as `(prediction, target_is_real)`; it returns a scalar, without the 1/2 of the training code, or for "nonsaturating"
    one number for each sample.

    Raises NotImplementedError for another `gan_mode`.
    """

    real_label: Tensor
    fake_label: Tensor
    _group: Any = None

    def __init__(
        self, gan_mode: str, target_real_label: float = 1.0, target_fake_label: float = 0.0, *, group: Any = None
    ) -> None:
        super().__init__()
        self._group = group
        modes = [name.split("/")[1] for name in dialects.names("cut")]
        if gan_mode not in modes:
            raise NotImplementedError(f"gan mode {gan_mode!r} is not implemented: use {', '.join(map(repr, modes))}")
        self.gan_mode = gan_mode
        self.register_buffer("real_label", torch.tensor(target_real_label))
        self.register_buffer("fake_label", torch.tensor(target_fake_label))
        self._bind()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get_target_tensor" in vars(cls):
            raise TypeError(f"{cls.__name__}: there is no get_target_tensor, and nothing would call it: set the labels")

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()

    def _labels(self) -> tuple[int, ...]:
        """Which buffers, and how often each was changed in place."""
        return id(self.real_label), self.real_label._version, id(self.fake_label), self.fake_label._version

    def _bind(self) -> None:
        self._bound_to = self._labels()
        if self.real_label.is_meta:
            return
        labels: dict[str, Any] = {"target_real_label": float(self.real_label), "target_fake_label": float(self.fake_label)}
        given = labels if self.gan_mode in ("lsgan", "vanilla") else {}
        reduction: Any = "none" if self.gan_mode == "nonsaturating" else "mean"
        self._loss = _Loss(f"cut/{self.gan_mode}", reduction=reduction, discriminator_weight=1.0, group=self._group, **given)

    def forward(self, prediction: Tensor, target_is_real: bool) -> Tensor:
        """The loss of one side."""
        # A label is read from its buffer where that has changed: by a checkpoint, by hand, by a move to another type.
        if not torch.compiler.is_compiling() and self._bound_to != self._labels():
            self._bind()
        loss: Tensor = self._loss(prediction, target_is_real, is_disc=True)
        return loss.flatten(1).mean(1) if self.gan_mode == "nonsaturating" and loss.ndim > 1 else loss


def cal_gradient_penalty(
    netD: Any,
    real_data: Tensor,
    fake_data: Tensor,
    device: Any,
    type: str = "mixed",
    constant: float = 1.0,
    lambda_gp: float = 10.0,
) -> tuple[Tensor | float, Tensor | None]:
    """The gradient penalty: (lambda_gp times the mean of (|g| - constant)^2, g of shape (batch, -1)), or (0.0, None).

    g is the critic's gradient at reals ("real"), fakes ("fake") or between them ("mixed"). `device` is not used: what is drawn
    is where the reals are. Raises NotImplementedError for another `type`.
    """
    if lambda_gp <= 0.0:
        return 0.0, None
    if type not in ("real", "fake", "mixed"):
        raise NotImplementedError(f"type must be 'real', 'fake' or 'mixed', got {type!r}")
    x = between(real_data, fake_data) if type == "mixed" else real_data if type == "real" else fake_data
    # Fakes that have a graph keep it, as there.
    x = x if x.requires_grad else x.detach().requires_grad_()
    gradient = slope(netD(x), x)
    return (per_sample(gradient) - constant).square().mean() * lambda_gp, gradient.flatten(1)
