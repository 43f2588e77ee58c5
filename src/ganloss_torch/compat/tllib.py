"""Domain-adversarial training of the Transfer Learning Library (thuml/Transfer-Learning-Library).

Read in tllib/modules/grl.py and tllib/alignment/dann.py. The coefficient there is `np.float`, which NumPy has no more.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganloss_torch._backend import backend
from ganloss_torch._module import Module
from ganloss_torch._terms import gradient_reversal, reversal_coefficient

__all__ = ["DomainAdversarialLoss", "GradientReverseFunction", "GradientReverseLayer", "WarmStartGradientReverseLayer"]


class GradientReverseFunction:
    """The input, whose gradient is -coeff times the one that comes back, as `GradientReverseFunction.apply(input, coeff)`."""

    @staticmethod
    def apply(input: Tensor, coeff: float = 1.0) -> Tensor:
        """`ganloss_torch.gradient_reversal` with the coefficient `coeff`."""
        return gradient_reversal(input, coeff)


class GradientReverseLayer(Module):
    """The input, whose gradient is reversed; as `(input, coeff=1.0)`."""

    def forward(self, *input: Any) -> Tensor:
        """The input."""
        return GradientReverseFunction.apply(*input)


class WarmStartGradientReverseLayer(Module):
    """The input, whose gradient is reversed, times a coefficient that grows from `lo` towards `hi`.

    The coefficient of step i is 2 (hi - lo) / (1 + e^(-alpha i / max_iters)) - (hi - lo) + lo.

    Arguments:
        alpha: how steep it is.
        lo, hi: the first coefficient, and the bound of later ones.
        max_iters: how many steps `alpha` is for; it goes on after them.
        auto_step: a step is each forward; else it is a call of `step`.

    The step is `iter_num`, a number that is not in `state_dict`, as in the original: set it where training goes on.

    Ganin et al. 2016, arXiv:1505.07818, section 5.2.2.
    """

    def __init__(
        self, alpha: float = 1.0, lo: float = 0.0, hi: float = 1.0, max_iters: float = 1000.0, auto_step: bool = False
    ) -> None:
        super().__init__()
        self.alpha: float = alpha
        self.lo: float = lo
        self.hi: float = hi
        self.iter_num: int = 0
        self.max_iters: float = max_iters
        self.auto_step: bool = auto_step

    def forward(self, input: Tensor) -> Tensor:
        """The input."""
        rate = self.alpha / self.max_iters
        coeff = reversal_coefficient(self.iter_num, 1, alpha=rate, lowest=self.lo, highest=self.hi)
        if self.auto_step:
            self.step()
        return GradientReverseFunction.apply(input, coeff)

    def step(self) -> None:
        """Count one step."""
        self.iter_num += 1


class DomainAdversarialLoss(Module):
    """DANN's loss: half of the cross-entropies of source and target behind a gradient reversal.

    Arguments:
        domain_discriminator: called with features of shape (n, d), the source's and then the target's; it returns the
            probability of the source, of shape (n, 1), or with `sigmoid=False` two logits, of target and source.
        reduction: "mean", "sum" or "none".
        grl: what reverses the gradient; by default a `WarmStartGradientReverseLayer` of 1000 steps, which counts forwards.
        sigmoid: see `domain_discriminator`.

    Call it with features of source and target, and a weight for each sample of both if wanted; a mean is of losses times
    weights, not over the weights' sum. With probabilities it is half of the sum of both means, with logits one mean over all.
    What share of the samples is told apart, in percent, is `domain_discriminator_accuracy` afterwards. A probability that is
    rounded to 0 or 1 costs up to 100 and has no gradient, as there; `GANLoss("logistic")` of logits has both. In several
    processes each has its own samples' loss. Raises ValueError for another `reduction`.

    Ganin et al. 2016, arXiv:1505.07818, equation 18.
    """

    def __init__(
        self, domain_discriminator: nn.Module, reduction: str = "mean", grl: nn.Module | None = None, sigmoid: bool = True
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
        self.grl: nn.Module = WarmStartGradientReverseLayer(auto_step=True) if grl is None else grl
        self.domain_discriminator: nn.Module = domain_discriminator
        self.sigmoid: bool = sigmoid
        self.reduction: str = reduction
        self.domain_discriminator_accuracy: Any = None

    def forward(self, f_s: Tensor, f_t: Tensor, w_s: Tensor | None = None, w_t: Tensor | None = None) -> Tensor:
        """The loss of features of source and target."""
        d: Any = backend.logits(self.domain_discriminator(self.grl(torch.cat((f_s, f_t)))), "the discriminator's outputs")
        of_source, of_target = d[: len(f_s)], d[len(f_s) :]
        weights = [_weight(w, x) for w, x in ((w_s, of_source), (w_t, of_target))]
        return (
            self._of_probabilities(of_source, of_target, *weights) if self.sigmoid else self._of_logits(d, len(f_s), *weights)
        )

    def _of_probabilities(self, of_source: Tensor, of_target: Tensor, w_s: Tensor, w_t: Tensor) -> Tensor:
        if self.reduction == "none" and of_source.shape != of_target.shape:
            raise ValueError(f"reduction='none' adds sample i of both sides, got {len(of_source)} and {len(of_target)} samples")
        told = [of_source >= 0.5, of_target < 0.5]
        self.domain_discriminator_accuracy = 50.0 * sum(x.float().mean() for x in told)
        sides = ((of_source, torch.ones_like, w_s), (of_target, torch.zeros_like, w_t))
        losses = [F.binary_cross_entropy(x, label(x), w.reshape(x.shape), reduction=self.reduction) for x, label, w in sides]
        return 0.5 * (losses[0] + losses[1])

    def _of_logits(self, logits: Tensor, n: int, w_s: Tensor, w_t: Tensor) -> Tensor:
        labels = (torch.arange(len(logits), device=logits.device) < n).long()
        self.domain_discriminator_accuracy = [100.0 * (logits.argmax(1) == labels).float().mean().reshape(1)]
        each = F.cross_entropy(logits, labels, reduction="none") * torch.cat([w_s, w_t])
        return each if self.reduction == "none" else each.mean() if self.reduction == "mean" else each.sum()


def _weight(weight: Tensor | None, outputs: Tensor) -> Tensor:
    if weight is None:
        return torch.ones_like(outputs[:, 0])
    if weight.numel() != len(outputs):
        raise ValueError(f"there must be one weight for each of {len(outputs)} samples, got {weight.numel()}")
    return weight.reshape(-1).to(outputs.dtype)
