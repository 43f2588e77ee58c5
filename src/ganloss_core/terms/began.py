"""BEGAN's control of the balance between two energies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import finished, moved, side_of
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class BEGAN(Stateful[A]):
    """Boundary-equilibrium GAN: D's loss on energies, with the control variable k.

    D: E real - k E fake; then k moves by rate (balance E real - E fake), and stays in [0, 1]. G minimises E fake.

    Arguments:
        balance: the paper's gamma, the ratio of fakes' to reals' energy that is aimed at.
        rate: the paper's lambda_k.
        initial: k before the first step.

    `apply(state, real, fake, *, real_weight=None, fake_weight=None)`: each sample's energy (the auto-encoder's error), to D's
    loss and the next state, in which `convergence` is the paper's measure E real + |balance E real - E fake|. Weights as in
    the losses; a step in which all weights of a side are 0 leaves the state as it is. With `group`, in JAX `axis_name`, the
    batches of several devices are one, as in `observe`.

    Raises ValueError for an argument out of range, or a state that is not this term's.

    Berthelot et al. 2017, arXiv:1703.10717, sections 3.3 and 3.4.

    >>> import torch, ganloss_torch as gan
    >>> began = gan.BEGAN(0.5, rate=0.25)
    >>> loss, state = began.apply(began.init(), 4.0 * torch.ones(2), torch.ones(2))
    >>> loss.item(), state["k"].item()
    (4.0, 0.25)
    """

    balance: float = 0.5
    rate: float = field(default=0.001, kw_only=True)
    initial: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        for name, value in (("balance", self.balance), ("rate", self.rate)):
            real_number(name, value)
        if not 0.0 <= real_number("initial", self.initial) <= 1.0:
            raise ValueError(f"initial must be in [0, 1], got {self.initial}")

    def _initial(self) -> dict[str, float]:
        return {"k": float(self.initial), "convergence": 0.0}

    def apply(
        self, state: State[A], real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None
    ) -> tuple[A, State[A]]:
        """D's loss of one step, and the next state."""
        state, backend, devices = self._checked(state), self._calculus.backend, self._devices
        r, f = self._of_one_head(real=real, fake=fake)
        reals = side_of(backend, r, real_weight, "real_weight", devices=devices)
        fakes = side_of(backend, f, fake_weight, "fake_weight", devices=devices)
        on_real, on_fake = finished(devices, [(reals, r), (fakes, f)])
        loss: A = on_real - backend.like(state["k"], on_real) * on_fake
        gap = self.balance * on_real - on_fake
        k = backend.ops.relu(state["k"] + self.rate * backend.like(gap, state["k"]))
        k = k - backend.ops.relu(k - 1.0)
        values = {"k": k, "convergence": backend.like(on_real + backend.ops.abs(gap), state["k"])}
        for side in (reals, fakes):
            values = {name: moved(backend, side, value, state[name]) for name, value in values.items()}
        return loss, self._kept(state, **values)
