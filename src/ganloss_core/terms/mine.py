"""MINE: a bound on mutual information whose gradient a moving average makes less biased."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import size
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import finished, moved, side_of, unmasked
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class MINE(Stateful[A]):
    """Mutual information neural estimation: minus Donsker and Varadhan's bound, with the gradient of a moving average.

    The value is -E r + log E e^f, of which the critic's mutual information is the negative. The gradient is that of -E r + E
    e^f / average, where the average of E e^f, this step's included, is a constant; it is kept as a logarithm, which does not
    overflow.

    Arguments:
        decay: the average moves by 1 - decay of the way to the batch's E e^f in each step.
        initial: the average before the first step.

    `apply(state, real, fake, *, real_weight=None, fake_weight=None)`: the critic's scores of joint pairs, and of pairs that are
    drawn apart, arrays of any shape, to the loss and the next state. Weights as in the losses; without any on the fakes the
    average stays, and their part is 0. With `group`, in JAX `axis_name`, the batches of several devices are one, as in
    `observe`.

    Raises ValueError for an argument out of range, or a state that is not this term's.

    Belghazi et al. 2018, arXiv:1801.04062, section 3.2 and algorithm 1; the code of ermongroup/smile-mi-estimator hands on the
    batch's E e^f in place of the average.

    >>> import torch, ganloss_torch as gan
    >>> mine = gan.MINE(decay=0.5)
    >>> loss, state = mine.apply(mine.init(), torch.ones(4), torch.zeros(4))
    >>> loss.item(), state["log_average"].item()
    (-1.0, 0.0)
    """

    decay: float = field(default=0.9, kw_only=True)
    initial: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        check_decay(self.decay)
        if not real_number("initial", self.initial) > 0.0:
            raise ValueError(f"initial must be above 0, got {self.initial}")

    def _initial(self) -> dict[str, float]:
        return {"log_average": math.log(self.initial)}

    def apply(
        self, state: State[A], real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None
    ) -> tuple[A, State[A]]:
        """The loss of one step, and the next state."""
        state, backend, devices = self._checked(state), self._calculus.backend, self._devices
        ops, last = backend.ops, state["log_average"]
        r, f = self._of_one_head(real=real, fake=fake)
        reals = side_of(backend, r, real_weight, "real_weight", devices=devices)
        fakes = side_of(backend, f, fake_weight, "fake_weight", devices=devices)
        (r,), (f,) = unmasked(backend, reals, r), unmasked(backend, fakes, f)
        top: Any = _largest(backend, devices, fakes, f)
        on_real, of_exp = finished(devices, [(reals, r), (fakes, ops.exp(f - top))])
        of_exp = moved(backend, fakes, of_exp, 1.0)
        log_mean = top + ops.log(backend.hold(of_exp))
        # log(decay e^last + (1 - decay) e^log_mean)
        step = backend.like(log_mean, last) - last
        new = last + ops.relu(step) + ops.log(_mixed(self.decay, ops, step))
        average = moved(backend, fakes, new, last)
        share = ops.exp(top - backend.like(average, top)) * (of_exp - backend.hold(of_exp))
        loss: A = moved(backend, fakes, log_mean + share, 0.0) - on_real
        return loss, self._kept(state, log_average=average)


def _mixed(decay: float, ops: Any, step: Any) -> Any:
    """decay + (1 - decay) e^step, over e^step where that is above 1."""
    return decay * ops.exp(-ops.relu(step)) + (1.0 - decay) * ops.exp(-ops.relu(-step))


def _largest(backend: Any, devices: Any, side: Any, x: Any) -> Any:
    """The largest element that has weight, on all devices; 0 where none has."""
    # Of a device without samples there is none.
    top = backend.max(x if side.weight is None else backend.masked(side.weight, x, -math.inf)) if size(x) else None
    if devices is not None:
        top = backend.hold(backend.sum(x)) - math.inf if top is None else top
        (each,), _ = devices.joined([backend.reshape(top, (1,))])
        top = backend.max(each)
    return backend.masked(backend.negated(backend.equal(top, -math.inf)), top, 0.0)
