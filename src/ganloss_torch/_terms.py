"""Terms besides losses and gradient penalties, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import torch
from torch import Tensor

from ganloss_core.terms import augmentation, balancer, began, gradient_normalizer, lecam, mine, multiplier, path_length
from ganloss_core.terms.drifting import Drifting
from ganloss_core.terms.rewards import Rewards
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.stateless import Terms
from ganloss_torch._backend import backend
from ganloss_torch._features import mean_distances
from ganloss_torch._losses import generator_loss
from ganloss_torch._module import Module
from ganloss_torch._normalized import normalized
from ganloss_torch._observe import calculus

_terms: Final[Terms[Tensor]] = Terms(backend, mean_distances)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight
pulling_away: Final = _terms.pulling_away
gradient_reversal: Final = _terms.gradient_reversal
reversal_coefficient: Final = _terms.reversal_coefficient
_drifting: Final[Drifting[Tensor]] = Drifting(backend)
drifting: Final = _drifting.drifting
_rewards: Final[Rewards[Tensor]] = Rewards(backend, generator_loss)
# As in `_losses`: looked up when a step is traced.
_rewards.found.look_up._dynamo_marked_constant = True  # type: ignore[attr-defined]
reward: Final = _rewards.reward
density_ratio: Final = _rewards.density_ratio
f_weight: Final = _rewards.f_weight


def adaptive_weight_of_losses(
    reconstruction_loss: Tensor,
    generator_loss: Tensor,
    last_layer: Tensor,
    *,
    epsilon: float = 1e-4,
    smallest: float = 0.0,
    largest: float = 1e4,
    root: Literal[1, 2] = 1,
    group: Any = None,
) -> Tensor:
    """VQGAN's weight of G's loss from the two losses: `adaptive_weight` of their gradients by the decoder's last layer.

    |d reconstruction_loss / d last_layer| / (|d generator_loss / d last_layer| + epsilon), within bounds, a constant for
    differentiation.

    Arguments:
        reconstruction_loss: what it is weighed against, of shape (), with its graph, which is kept; without a loss scale.
        generator_loss: G's loss, likewise, without any weight.
        last_layer: the weight of the decoder's last layer, a parameter that both losses depend on.
        epsilon: added to the norm of G's gradient.
        smallest, largest: bounds of the weight.
        root: 2 for the square root of the weight within its bounds.
        group: the devices whose samples are one batch, as in `observe`.

    Raises TypeError for what are no losses of shape (), RuntimeError for one that does not depend on the layer, as it cannot
    under `torch.no_grad()`; else as `adaptive_weight`.

    Esser et al. 2021, arXiv:2012.09841, equation 7, as in CompVis/taming-transformers.

    >>> import torch, ganloss_torch as gan
    >>> layer = torch.nn.Linear(3, 2)
    >>> images = layer(torch.ones(1, 3))
    >>> round(gan.adaptive_weight_of_losses(3.0 * images.sum(), images.sum(), layer.weight, epsilon=0.0).item(), 4)
    3.0
    """
    if not isinstance(last_layer, Tensor) or not last_layer.requires_grad:
        got = "one that is frozen" if isinstance(last_layer, Tensor) else type(last_layer).__name__
        raise TypeError(f"last_layer must be the layer's weight, a parameter, got {got}: layer.weight")
    gradients = []
    for name, loss in (("reconstruction_loss", reconstruction_loss), ("generator_loss", generator_loss)):
        if not isinstance(loss, Tensor) or loss.shape:
            got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise TypeError(f"{name} must be a loss, a tensor of shape (), got {got}; for gradients there is adaptive_weight")
        (g,) = torch.autograd.grad(loss, last_layer, retain_graph=True, allow_unused=True) if loss.requires_grad else (None,)
        if g is None:
            raise RuntimeError(
                f"{name} does not depend on last_layer: under no_grad, detached, or is it another layer's weight?"
            )
        gradients.append(g)
    return adaptive_weight(*gradients, epsilon=epsilon, smallest=smallest, largest=largest, root=root, group=group)


@dataclass(frozen=True)
class _Term(Stateful[Tensor]):
    group: Any = field(default=None, kw_only=True)

    _calculus = calculus

    def __post_init__(self) -> None:
        super().__post_init__()
        # One that is wrong is refused here.
        _ = self._devices


@dataclass(frozen=True)
class LeCam(_Term, lecam.LeCam[Tensor]):
    __doc__ = lecam.LeCam.__doc__


@dataclass(frozen=True)
class PathLength(_Term, path_length.PathLength[Tensor]):
    __doc__ = path_length.PathLength.__doc__


@dataclass(frozen=True)
class Balancer(_Term, balancer.Balancer[Tensor]):
    __doc__ = balancer.Balancer.__doc__


@dataclass(frozen=True)
class BEGAN(_Term, began.BEGAN[Tensor]):
    __doc__ = began.BEGAN.__doc__


@dataclass(frozen=True)
class AugmentationController(_Term, augmentation.AugmentationController[Tensor]):
    __doc__ = augmentation.AugmentationController.__doc__


@dataclass(frozen=True)
class GradientNormalizer(_Term, gradient_normalizer.GradientNormalizer[Tensor]):
    __doc__ = gradient_normalizer.GradientNormalizer.__doc__

    def layer(self, state: State[Tensor], images: Tensor) -> Tensor:
        """The images; what comes back through them is normalised, and moves the state's tensors in place."""
        if any(wide is not state[name] for name, wide in self._checked(state).items()):
            raise TypeError("the state's tensors, which the backward pass moves, must be float32 or float64")
        return normalized(self, state, images)


@dataclass(frozen=True)
class Multiplier(_Term, multiplier.Multiplier[Tensor]):
    __doc__ = multiplier.Multiplier.__doc__


@dataclass(frozen=True)
class MINE(_Term, mine.MINE[Tensor]):
    __doc__ = mine.MINE.__doc__


class StatefulModule(Module):
    """A term that keeps state, as a module: the state is in its buffers, and so in its `state_dict`, and moves with `.to`.

    `StatefulModule(LeCam(0.3))(real, fake)` is the loss of `LeCam(0.3).apply(state, real, fake)`, and keeps the next state,
    unless the module is in evaluation mode. The buffers stay float32 or wider however the model is cast.

    Arguments:
        term: what keeps state.
        skip_nonfinite: keep the last state in a step whose loss or next state is not finite, as a `GradScaler` skips such a
            step for the parameters. Without it an average of infinities stays infinite.

    Raises TypeError for anything but a term that keeps state.

    >>> import torch, ganloss_torch as gan
    >>> lecam = gan.StatefulModule(gan.LeCam(1.0, decay=0.5))
    >>> lecam(torch.ones(4), -torch.ones(4)).item(), lecam.state_dict()["real"].item()
    (4.5, 0.5)
    """

    def __init__(self, term: Stateful[Tensor], *, skip_nonfinite: bool = False) -> None:
        super().__init__()
        if not isinstance(term, Stateful):
            got = f"the class {term.__name__}" if isinstance(term, type) else type(term).__name__
            raise TypeError(f"a StatefulModule holds a term with init and apply, such as LeCam(0.3), got {got}")
        self.term: Stateful[Tensor] = term
        self.skip_nonfinite: bool = skip_nonfinite
        self._names: tuple[str, ...] = tuple(term.init())
        for name, value in term.init().items():
            self.register_buffer(_buffer(name), value)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The term's `apply` without the state, to its loss; of a `GradientNormalizer`, its `layer`."""
        if isinstance(self.term, GradientNormalizer):
            return self._layer(self.term, *args, **kwargs)
        # The graph of the loss holds the state as it was: buffers change in place.
        kept = {name: self.get_buffer(_buffer(name)) for name in self._names}
        last = {name: buffer.clone() for name, buffer in kept.items()}
        loss, state = self.term.apply(last, *args, **kwargs)
        if self.training:
            with torch.no_grad():
                for name, value in last.items():
                    # What holds the module may have put in other buffers than its own.
                    if value.dtype in (torch.float16, torch.bfloat16):
                        setattr(self, _buffer(name), value.float())
                kept = {name: self.get_buffer(_buffer(name)) for name in self._names}
                if self.skip_nonfinite:
                    finite = torch.stack([torch.isfinite(x).all() for x in (loss, *state.values())]).all()
                    state = self.term.select(finite, state, last)
                for name, buffer in kept.items():
                    buffer.copy_(state[name])
        return loss

    def _layer(self, normalizer: GradientNormalizer, images: Tensor) -> Tensor:
        for name in map(_buffer, self._names):
            if self.get_buffer(name).dtype in (torch.float16, torch.bfloat16):
                setattr(self, name, self.get_buffer(name).float())
        state = {name: self.get_buffer(_buffer(name)) for name in self._names}
        return normalized(normalizer, state, images, keep=self.training, skip_nonfinite=self.skip_nonfinite)

    def reset_parameters(self) -> None:
        """The state before the first step, also where `to_empty` left none."""
        for name, value in self.term.init().items():
            self.get_buffer(_buffer(name)).copy_(value)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> StatefulModule:
        def wide(x: Tensor) -> Tensor:
            moved = fn(x)
            narrow = moved.is_floating_point() and torch.finfo(moved.dtype).bits < 32
            return x.to(moved.device) if narrow else moved

        super()._apply(wide, recurse)  # type: ignore[no-untyped-call]
        return self

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        # `assign=True` puts in what was saved, in its own type.
        for name in map(_buffer, self._names):
            if torch.finfo(self.get_buffer(name).dtype).bits < 32:
                setattr(self, name, self.get_buffer(name).float())

    def extra_repr(self) -> str:
        """The term, for the printed module tree."""
        return repr(self.term)


def _buffer(name: str) -> str:
    # A buffer's name has no dot.
    return name.replace(".", "/")
