"""Terms besides losses and gradient penalties, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn

from ganloss_core.terms import balancer, began, lecam, path_length
from ganloss_core.terms.state import Stateful
from ganloss_core.terms.stateless import Terms
from ganloss_torch._backend import backend
from ganloss_torch._observe import calculus

_terms: Final[Terms[Tensor]] = Terms(backend)
feature_matching: Final = _terms.feature_matching
consistency: Final = _terms.consistency
drift: Final = _terms.drift
adaptive_weight: Final = _terms.adaptive_weight


class LeCam(lecam.LeCam[Tensor]):
    __doc__ = lecam.LeCam.__doc__

    _calculus = calculus


class PathLength(path_length.PathLength[Tensor]):
    __doc__ = path_length.PathLength.__doc__

    _calculus = calculus


class Balancer(balancer.Balancer[Tensor]):
    __doc__ = balancer.Balancer.__doc__

    _calculus = calculus


class BEGAN(began.BEGAN[Tensor]):
    __doc__ = began.BEGAN.__doc__

    _calculus = calculus


class StatefulModule(nn.Module):
    """A term that keeps state, as a module: the state is in its buffers, and so in its `state_dict`, and moves with `.to`.

    `StatefulModule(LeCam(0.3))(real, fake)` is the loss of `LeCam(0.3).apply(state, real, fake)`, and keeps the next state,
    unless the module is in evaluation mode. The buffers stay float32 or wider however the model is cast.

    Arguments:
        term: what keeps state.
        skip_nonfinite: keep the last state in a step whose loss or next state is not finite, as a `GradScaler` skips such a
            step for the parameters. Without it an average of infinities stays infinite.

    Raises TypeError for anything but a term that keeps state.
    """

    def __init__(self, term: Stateful[Tensor], *, skip_nonfinite: bool = False) -> None:
        super().__init__()
        if not isinstance(term, Stateful):
            raise TypeError(f"a StatefulModule holds a term with init and apply, such as LeCam(0.3), got {type(term).__name__}")
        self.term: Stateful[Tensor] = term
        self.skip_nonfinite: bool = skip_nonfinite
        self._names: tuple[str, ...] = tuple(term.init())
        for name, value in term.init().items():
            self.register_buffer(_buffer(name), value)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The term's `apply` without the state, to its loss."""
        # The graph of the loss holds the state as it was: buffers change in place.
        kept = {name: self.get_buffer(_buffer(name)) for name in self._names}
        last = {name: buffer.clone() for name, buffer in kept.items()}
        loss, state = self.term.apply(last, *args, **kwargs)
        if self.training:
            with torch.no_grad():
                if self.skip_nonfinite:
                    finite = torch.stack([torch.isfinite(x).all() for x in (loss, *state.values())]).all()
                    state = self.term.select(finite, state, last)
                for name, buffer in kept.items():
                    buffer.copy_(state[name])
        return loss

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

    def extra_repr(self) -> str:
        """The term, for the printed module tree."""
        return repr(self.term)


def _buffer(name: str) -> str:
    # A buffer's name has no dot.
    return name.replace(".", "/")
