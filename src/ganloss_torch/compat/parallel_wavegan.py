"""ParallelWaveGAN's and ESPnet's losses (kan-bayashi/ParallelWaveGAN, parallel_wavegan/losses)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_torch._losses import GANLoss
from ganloss_torch._module import Module
from ganloss_torch._terms import feature_matching

__all__ = ["DiscriminatorAdversarialLoss", "FeatureMatchLoss", "GeneratorAdversarialLoss"]


class _Adversarial(Module):
    """A loss by ParallelWaveGAN's name, on one output or several, each of which may be a list whose last element counts."""

    _group: Any = None

    def __init__(self, average_by_discriminators: bool = True, loss_type: str = "mse", *, group: Any = None) -> None:
        super().__init__()
        assert loss_type in ("mse", "hinge"), f"{loss_type} is not supported: use 'mse' or 'hinge'"
        self.average_by_discriminators: bool = average_by_discriminators
        self.loss_type: str = loss_type
        self._group = group
        self._bind()

    def _bind(self) -> None:
        heads: Any = "mean" if self.average_by_discriminators else "sum"
        self._loss: GANLoss = GANLoss(f"parallel_wavegan/{self.loss_type}", heads=heads, group=self._group)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "average_by_discriminators" and "_loss" in self._modules:
            self._bind()


def _heads(outputs: Any) -> Any:
    if not isinstance(outputs, (list, tuple)):
        return outputs
    return [each[-1] if isinstance(each, (list, tuple)) else each for each in outputs]


class GeneratorAdversarialLoss(_Adversarial):
    """G's loss of ParallelWaveGAN: "mse" or "hinge", averaged by discriminators or summed.

    Call it with the outputs of D on fakes: an array, a list or tuple of them, or of lists whose last array counts. `group` is
    that of `ganloss_torch.GANLoss`. Raises AssertionError for another `loss_type`.
    """

    def forward(self, outputs: Any) -> Tensor:
        """The loss of one or several outputs."""
        return self._loss.generator(_heads(outputs))


class DiscriminatorAdversarialLoss(_Adversarial):
    """D's loss of ParallelWaveGAN in its two parts: "mse" or "hinge", averaged by discriminators or summed.

    Call it with the outputs on *fakes* first and those on reals second, as `GeneratorAdversarialLoss`; it returns the parts
    (real, fake). Raises AssertionError for another `loss_type`.
    """

    def forward(self, outputs_hat: Any, outputs: Any) -> tuple[Tensor, Tensor]:
        """Both parts of the loss; fakes come first, and reals are returned first."""
        several = [len(x) for x in (outputs_hat, outputs) if isinstance(x, (list, tuple))]
        if several and several != [several[0]] * 2:
            raise ValueError(f"as many outputs of fakes as of reals, got {several}: an array, or lists of one length, for both")
        # Each side by itself: reals and fakes may differ in shape.
        real, fake = (self._loss(_heads(x), is_real, is_disc=True) for x, is_real in ((outputs, True), (outputs_hat, False)))
        return real, fake


class FeatureMatchLoss(Module):
    """The mean absolute difference of features, reals detached.

    Arguments:
        average_by_layers: divide by the number of layers of a discriminator.
        average_by_discriminators: divide by the number of discriminators.
        include_final_outputs: whether a discriminator's last array is a feature; else it is left out.
        group: the processes whose features are one batch, as in `ganloss_torch.feature_matching`.

    Call it with the features of fakes and of reals: a list, one for each discriminator, of lists of arrays. Raises TypeError or
    ValueError for lists or arrays that do not match.
    """

    _group: Any = None

    def __init__(
        self,
        average_by_layers: bool = True,
        average_by_discriminators: bool = True,
        include_final_outputs: bool = False,
        *,
        group: Any = None,
    ) -> None:
        super().__init__()
        self.average_by_layers: bool = average_by_layers
        self.average_by_discriminators: bool = average_by_discriminators
        self.include_final_outputs = include_final_outputs
        self._group = group

    def forward(self, feats_hat: Any, feats: Any) -> Tensor:
        """The loss; the features of fakes come first."""
        last = None if self.include_final_outputs else -1
        real, fake = ([list(each)[:last] for each in side] for side in (feats, feats_hat))
        layers: Any = "mean" if self.average_by_layers else "sum"
        heads: Any = "mean" if self.average_by_discriminators else "sum"
        return feature_matching(real, fake, layers=layers, heads=heads, group=self._group)
