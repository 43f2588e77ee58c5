"""The augmented Lagrangian of a constraint on a critic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import real
from ganloss_core.terms.state import State, Stateful
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class Multiplier(Stateful[A]):
    """The augmented Lagrangian of a constraint c = 0 on D, as Fisher GAN and Sobolev GAN have it.

    multiplier c + rho / 2 c^2, which D minimises besides its loss; then the multiplier, a constant for D's gradient, moves by
    rho c.

    Arguments:
        rho: how strong the constraint is, and how fast the multiplier moves; 1e-6 in Fisher GAN.
        initial: the multiplier before the first step.

    `apply(state, constraint)`: c, of shape (), to the term and the next state. With the loss "wgan", Fisher GAN's is
    drift(real, 0.5) + drift(fake, 0.5) - 1.0, of logits, and Sobolev GAN's r1(seen, 1.0) + r2(seen, 1.0) - 1.0, of what
    `observe` saw. With `group`, in JAX `axis_name`, c is the mean of the devices' own.

    Raises ValueError for a rho below 0, a constraint of another shape, or a state that is not this term's.

    Mroueh and Sercu 2017, arXiv:1705.09675, equation 9 and algorithm 1; Mroueh et al. 2018, arXiv:1711.04894; as in
    tomsercu/FisherGAN and tomsercu/SobolevGAN-SSL.

    >>> import torch, ganloss_torch as gan
    >>> multiplier = gan.Multiplier(0.5, initial=1.0)
    >>> loss, state = multiplier.apply(multiplier.init(), torch.asarray(2.0))
    >>> loss.item(), state["multiplier"].item()
    (3.0, 2.0)
    """

    rho: float
    initial: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        real("initial", self.initial)
        if not real("rho", self.rho) >= 0.0:
            raise ValueError(f"rho must be 0 or more, got {self.rho}")

    def _initial(self) -> dict[str, float]:
        return {"multiplier": float(self.initial)}

    def apply(self, state: State[A], constraint: Any) -> tuple[A, State[A]]:
        """The term of one step, and the next state."""
        state, backend, devices = self._checked(state), self._calculus.backend, self._devices
        c: Any = backend.logits(constraint, "the constraint")
        if shape(c):
            raise ValueError(f"the constraint must be one number, such as a mean minus 1, got shape {shape(c)}")
        if devices is not None:
            c = devices.summed([c])[0] / float(devices.count)
        multiplier = state["multiplier"]
        term: A = c * (backend.like(multiplier, c) + 0.5 * self.rho * c)
        return term, self._kept(state, multiplier=multiplier + self.rho * backend.like(backend.hold(c), multiplier))
