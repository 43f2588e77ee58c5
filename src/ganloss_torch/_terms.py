"""Terms besides losses and gradient penalties, in PyTorch."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from ganloss_core.terms import stateful
from ganloss_core.terms.stateless import Terms
from ganloss_torch._backend import backend
from ganloss_torch._observe import calculus

_terms: Final[Terms[Tensor]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight


class LeCam(stateful.LeCam[Tensor]):
    __doc__ = stateful.LeCam.__doc__

    _calculus = calculus


class PathLength(stateful.PathLength[Tensor]):
    __doc__ = stateful.PathLength.__doc__

    _calculus = calculus


class Balancer(stateful.Balancer[Tensor]):
    __doc__ = stateful.Balancer.__doc__

    _calculus = calculus


class BEGAN(stateful.BEGAN[Tensor]):
    __doc__ = stateful.BEGAN.__doc__

    _calculus = calculus


class StatefulModule(nn.Module):
    """A term that keeps state, as a module: the state is in its buffers, and so in its `state_dict`, and moves with `.to`.

    `StatefulModule(LeCam(0.3))(real, fake)` is the loss of `LeCam(0.3).apply(state, real, fake)`, and keeps the next state,
    unless the module is in evaluation mode.

    Raises TypeError for anything but a term that keeps state.
    """

    def __init__(self, term: stateful.Stateful[Tensor]) -> None:
        super().__init__()
        if not isinstance(term, stateful.Stateful):
            raise TypeError(f"a StatefulModule holds a term with init and apply, such as LeCam(0.3), got {type(term).__name__}")
        self.term = term
        for name, value in term.init().items():
            self.register_buffer(name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The term's `apply` without the state, to its loss."""
        kept = dict(self.named_buffers())
        # The graph of the loss holds the state as it was: buffers change in place.
        loss, state = self.term.apply({name: buffer.clone() for name, buffer in kept.items()}, *args, **kwargs)
        if self.training:
            with torch.no_grad():
                for name, buffer in kept.items():
                    buffer.copy_(state[name])
        return loss

    def extra_repr(self) -> str:
        """The term, for the printed module tree."""
        return repr(self.term)
