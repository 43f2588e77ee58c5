"""MONAI's adversarial loss (Project-MONAI/MONAI, monai/losses/adversarial_loss.py)."""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor

from ganloss_torch._losses import GANLoss as _Loss
from ganloss_torch._module import Module

__all__ = ["PatchAdversarialLoss"]


class PatchAdversarialLoss(Module):
    """MONAI's PatchAdversarialLoss, which applies an activation of its own to the logits.

    Arguments:
        reduction: "mean", "sum" or "none", over the elements of a map and over the maps; "none" returns one loss for each map.
        criterion: "bce" (of the sigmoid), "hinge" (of the tanh, for G too; always the mean of a map) or "least_squares" (of
            leaky_relu with slope 0.05).
        no_activation_leastsq: least squares of the logits themselves.
        group: the processes whose logits are one batch, as in `ganloss_torch.GANLoss`.

    Call it as `(input, target_is_real, for_discriminator)`, where `input` is an array or a list of them. For G the target is
    real, whatever is said.

    Raises ValueError for another `criterion` or `reduction`.
    """

    def __init__(
        self,
        reduction: str = "mean",
        criterion: str = "least_squares",
        no_activation_leastsq: bool = False,
        *,
        group: Any = None,
    ) -> None:
        super().__init__()
        reduction, criterion = str(getattr(reduction, "value", reduction)), str(getattr(criterion, "value", criterion))
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
        if criterion.lower() not in ("bce", "hinge", "least_squares"):
            raise ValueError(f"criterion must be 'bce', 'hinge' or 'least_squares', got {criterion!r}")
        self.reduction: str = reduction
        self.criterion: str = criterion.lower()
        without = "_no_activation" if self.criterion == "least_squares" and no_activation_leastsq else ""
        of_map: Any = "mean" if self.criterion == "hinge" else reduction
        of_maps: Any = reduction
        self._loss = _Loss(f"monai/{self.criterion}{without}", reduction=of_map, heads=of_maps, group=group)

    @property
    def real_label(self) -> float:
        """The label of reals."""
        return 1.0

    @property
    def fake_label(self) -> float:
        """The label of fakes, on the other side of 0 for "hinge"."""
        return -1.0 if self.criterion == "hinge" else 0.0

    def forward(self, input: Tensor | list[Tensor], target_is_real: bool, for_discriminator: bool) -> Tensor | list[Tensor]:
        """The loss of one side; warns if it is G's and the target is said to be fake."""
        if not for_discriminator and not target_is_real:
            target_is_real = True
            warnings.warn("G's target is real: target_is_real=False is ignored with for_discriminator=False", stacklevel=2)
        maps = input if isinstance(input, list) else [input]
        loss: Tensor | list[Tensor] = self._loss(maps, target_is_real, is_disc=True)
        return loss
