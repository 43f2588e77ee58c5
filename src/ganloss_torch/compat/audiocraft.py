"""AudioCraft's losses (facebookresearch/audiocraft, audiocraft/adversarial/losses.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ganloss_torch._losses import GANLoss
from ganloss_torch._module import Module
from ganloss_torch._terms import feature_matching

__all__ = ["AdversarialLoss", "FeatureMatchingLoss", "get_adv_criterion", "get_fake_criterion", "get_real_criterion"]

ADVERSARIAL_LOSSES = ["mse", "hinge", "hinge2"]
_MSE, _HINGE, _HINGE2 = (GANLoss(f"audiocraft/{name}") for name in ADVERSARIAL_LOSSES)


def _term(loss: GANLoss, x: Tensor, is_real: bool) -> Tensor:
    value: Tensor = loss(x, is_real, is_disc=True)
    return value


def mse_real_loss(x: Tensor) -> Tensor:
    """E (x - 1)^2."""
    return _term(_MSE, x, True)


def mse_fake_loss(x: Tensor) -> Tensor:
    """E x^2."""
    return _term(_MSE, x, False)


def hinge_real_loss(x: Tensor) -> Tensor:
    """E relu(1 - x)."""
    return _term(_HINGE, x, True)


def hinge_fake_loss(x: Tensor) -> Tensor:
    """E relu(1 + x)."""
    return _term(_HINGE, x, False)


def mse_loss(x: Tensor) -> Tensor:
    """G: E (x - 1)^2; [0] for an empty array."""
    return _generator(_MSE, x)


def hinge_loss(x: Tensor) -> Tensor:
    """G: -E x; [0] for an empty array."""
    return _generator(_HINGE, x)


def hinge2_loss(x: Tensor) -> Tensor:
    """G: E relu(1 - x); [0] for an empty array."""
    return _generator(_HINGE2, x)


def _generator(loss: GANLoss, x: Tensor) -> Tensor:
    return loss.generator(x) if x.numel() else torch.tensor([0.0], device=x.device)


def get_adv_criterion(loss_type: str, *, group: Any = None) -> Callable[[Tensor], Tensor]:
    """G's loss by its name, "mse", "hinge" or "hinge2": a function of the logits of fakes.

    `group` is that of `ganloss_torch.GANLoss`. Raises AssertionError for another name.
    """
    _check(loss_type)
    if group is not None:
        return GANLoss(f"audiocraft/{loss_type}", group=group).generator
    return {"mse": mse_loss, "hinge": hinge_loss, "hinge2": hinge2_loss}[loss_type]


def get_fake_criterion(loss_type: str, *, group: Any = None) -> Callable[[Tensor], Tensor]:
    """D's loss on fakes, as `get_adv_criterion`."""
    _check(loss_type)
    if group is not None:
        return partial(_term, GANLoss(f"audiocraft/{loss_type}", group=group), is_real=False)
    return mse_fake_loss if loss_type == "mse" else hinge_fake_loss


def get_real_criterion(loss_type: str, *, group: Any = None) -> Callable[[Tensor], Tensor]:
    """D's loss on reals, as `get_adv_criterion`."""
    _check(loss_type)
    if group is not None:
        return partial(_term, GANLoss(f"audiocraft/{loss_type}", group=group), is_real=True)
    return mse_real_loss if loss_type == "mse" else hinge_real_loss


def _check(loss_type: str) -> None:
    assert loss_type in ADVERSARIAL_LOSSES, f"{loss_type} is not supported: use one of {ADVERSARIAL_LOSSES}"


class AdversarialLoss(Module):
    """AudioCraft's wrapper of an adversary and its optimizer.

    Arguments:
        adversary: a module; called with samples it returns (a list of logits, a list of lists of features), one for each
            sub-discriminator.
        optimizer: the adversary's, whose state is in this module's state_dict.
        loss, loss_real, loss_fake: functions of the logits of one sub-discriminator: G's loss, and D's on reals and on fakes.
        loss_feat: a function of the features of fakes and of reals of one sub-discriminator, or None.
        normalize: divide by the number of sub-discriminators.

    `(fake, real)` gives G's loss and the feature loss, with no gradient for the adversary; `train_adv(fake, real)` makes one
    step of D. It is for one process: in several, synchronise gradients in a hook of the optimizer.
    """

    def __init__(
        self,
        adversary: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Callable[[Tensor], Tensor],
        loss_real: Callable[[Tensor], Tensor],
        loss_fake: Callable[[Tensor], Tensor],
        loss_feat: Callable[[Any, Any], Tensor] | None = None,
        normalize: bool = True,
    ) -> None:
        super().__init__()
        self.adversary: nn.Module = adversary
        self.optimizer: torch.optim.Optimizer = optimizer
        self.loss: Callable[[Tensor], Tensor] = loss
        self.loss_real: Callable[[Tensor], Tensor] = loss_real
        self.loss_fake: Callable[[Tensor], Tensor] = loss_fake
        self.loss_feat: Callable[[Any, Any], Tensor] | None = loss_feat
        self.normalize = normalize

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> Any:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[prefix + "optimizer"] = self.optimizer.state_dict()
        return destination

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any, **kwargs: Any) -> None:
        self.optimizer.load_state_dict(state_dict.pop(prefix + "optimizer"))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def get_adversary_pred(self, x: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """The adversary's logits and features, of the right form or an AssertionError."""
        logits, features = self.adversary(x)
        assert _is_list_of_arrays(logits), f"the adversary must return a list of logits first, got {type(logits)}"
        assert isinstance(features, list), f"the adversary must return a list of lists of features second, got {type(features)}"
        for each in features:
            assert _is_list_of_arrays(each), f"features of a sub-discriminator must be a list of arrays, got {type(each)}"
        return logits, features

    def train_adv(self, fake: Tensor, real: Tensor) -> Tensor:
        """One step of the adversary on detached samples; returns its loss."""
        (of_fake, _), (of_real, _) = (self.get_adversary_pred(x.detach()) for x in (fake, real))
        terms = [self.loss_fake(f) + self.loss_real(r) for f, r in zip(of_fake, of_real, strict=True)]
        loss = self._combined(terms, len(of_fake), fake)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self.optimizer.step()
        return loss

    def forward(self, fake: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """G's loss, and the feature loss, 0 without `loss_feat`."""
        with _readonly(self.adversary):
            (of_fake, features_of_fake), (_, features_of_real) = (self.get_adversary_pred(x) for x in (fake, real))
            adversarial = [self.loss(f) for f in of_fake]
            loss_feat = self.loss_feat
            matched = loss_feat and [loss_feat(f, r) for f, r in zip(features_of_fake, features_of_real, strict=True)]
        n = len(of_fake)
        return self._combined(adversarial, n, fake), self._combined(matched or [], n, fake)

    def _combined(self, losses: list[Tensor], n: int, like: Tensor) -> Tensor:
        total = torch.zeros((), device=like.device)
        for loss in losses:
            total = total + loss.squeeze()
        return total / n if self.normalize else total


def _is_list_of_arrays(x: Any) -> bool:
    return isinstance(x, list) and all(isinstance(t, Tensor) for t in x)


@contextmanager
def _readonly(module: nn.Module) -> Iterator[None]:
    """No parameter of the module has a gradient inside."""
    wanted = [p for p in module.parameters() if p.requires_grad]
    try:
        for p in wanted:
            p.requires_grad_(False)
        yield
    finally:
        for p in wanted:
            p.requires_grad_(True)


_DISTANCES: dict[type[nn.Module], Literal["l1", "l2"]] = {nn.L1Loss: "l1", nn.MSELoss: "l2"}


class FeatureMatchingLoss(Module):
    """The sum of `loss`, by default the mean absolute difference, over a list of features; their mean if `normalize`.

    Call it with the features of fakes and of reals of one sub-discriminator; reals are not detached. Raises AssertionError for
    lists or features of different lengths or shapes.
    """

    def __init__(self, loss: nn.Module | None = None, normalize: bool = True) -> None:
        super().__init__()
        self.loss: nn.Module = nn.L1Loss() if loss is None else loss
        self.normalize = normalize

    def forward(self, fmap_fake: list[Tensor], fmap_real: list[Tensor]) -> Tensor:
        """The loss of one sub-discriminator's features."""
        assert len(fmap_fake) == len(fmap_real) > 0, f"as many features of both, got {len(fmap_fake)} and {len(fmap_real)}"
        for fake, real in zip(fmap_fake, fmap_real, strict=True):
            assert fake.shape == real.shape, f"features must have one shape, got {fake.shape} and {real.shape}"
        distance = _DISTANCES.get(type(self.loss))
        if distance and self.loss.reduction == "mean":
            over: Any = "mean" if self.normalize else "sum"
            return feature_matching(list(fmap_real), list(fmap_fake), distance=distance, layers=over, detach_real=False)
        total = torch.zeros((), device=fmap_fake[0].device)
        for fake, real in zip(fmap_fake, fmap_real, strict=True):
            total = total + self.loss(fake, real)
        return total / len(fmap_fake) if self.normalize else total
