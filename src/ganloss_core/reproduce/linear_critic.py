"""What both players do with one real at 0, one fake at theta, and a linear critic; and the Jacobian at the equilibrium."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ganloss_core import facts
from ganloss_core.reproduce.slopes import OPS, slopes
from ganloss_core.spec.definition import LossLike
from ganloss_core.terms import gradient_penalty as data
from ganloss_core.words.expression import SYMBOLS, as_expression, compiled, derivative
from ganloss_core.words.ops import Ops

Function = Callable[[Any], Any]
NEARBY: float = 1e-5
"""How far from the equilibrium is near."""


class Penalty(NamedTuple):
    """What D minimises besides, and with consensus G too."""

    stiffness: float = 0.0
    """Times psi^2 / 2. The critic's gradient is psi everywhere."""
    of_psi: tuple[Function, Function] | None = None
    """The first and second derivative of another function of psi."""
    centring: float = 0.0
    """Times (r + f)^2: `drift` of the sum of both logits."""
    noise: float = 0.0
    """The standard deviation of the normal noise on reals and on fakes."""
    consensus: float = 0.0
    """Times |v|^2 / 2, v both players' gradients. Mescheder et al. 2017, arXiv:1705.10461."""


def finite_differences(ops: Ops[Any]) -> data.Penalty[Any]:
    """`approximate_r1` of a linear critic, on average over the noise: ((D(x + sigma e) - D(x)) / sigma)^2 = psi^2 e^2."""
    return data.r1(ops)


def charged(weight: float, *builds: Callable[[Ops[Any]], data.Penalty[Any]]) -> Penalty:
    """Gradient penalties of this weight."""

    def total(psi: Any) -> Any:
        penalties = [build(SYMBOLS) for build in builds]
        return sum(weight * penalty.factor * penalty.charge(SYMBOLS.square(psi)) for penalty in penalties)

    slope = derivative(as_expression(total))
    second = derivative(slope)
    return Penalty(second) if isinstance(second, float) else Penalty(of_psi=(compiled(slope, OPS), compiled(second, OPS)))


PENALTIES: Mapping[str, Penalty] = {
    "none": Penalty(),
    "r1": charged(0.3, data.r1),
    "r2": charged(0.3, data.r2),
    "r1_r2": charged(0.3, data.r1, data.r2),
    "wgan_gp": charged(0.35, data.wgan_gp),
    "zero_centered": charged(0.3, data.zero_centered),
    "consensus": Penalty(consensus=1.0),
    "finite_differences": charged(0.3, finite_differences),
    "centring": Penalty(centring=0.3),
    "instance_noise": Penalty(noise=0.7),
}
"""With the notebook's weights, where it has the penalty."""


class LinearCritic:
    """A loss and its penalties on the critic psi x + b: states are arrays (3, ..., penalties) of theta, psi and b."""

    def __init__(self, loss: LossLike, penalties: Sequence[Penalty]) -> None:
        self._first, self._second = slopes(loss)
        self.penalties: Sequence[Penalty] = penalties
        level = _level(loss)
        self.has_bias: bool = level is not None
        self.size: int = 3 if self.has_bias else 2
        self._stiffness = np.array([p.stiffness for p in penalties])
        self.at: Any = np.array([[0.0, 0.0, self._settled(level or 0.0, p)] for p in penalties]).T
        """The equilibrium of each penalty, (3, penalties)."""

    def _settled(self, b: float, penalty: Penalty) -> float:
        """The bias at which D's loss and its centring balance, by Newton's method."""
        if not (self.has_bias and penalty.centring):
            return b
        for _ in range(50):
            at = np.array(b)
            first, second = self._first(at, at), self._second(at, at)
            slope = float(first.d_r + first.d_f) + 8.0 * penalty.centring * b
            b -= slope / (float(second.d_rr + second.d_rf + second.d_fr + second.d_ff) + 8.0 * penalty.centring)
        return b

    def velocity(self, x: Any) -> Any:
        """Minus each player's gradient, in the shape of x."""
        theta, psi, b = x
        at = self._first(b, psi * theta + b)
        v = np.zeros_like(x)
        v[0], v[1] = -psi * at.g_f, -theta * at.d_f - self._stiffness * psi
        if self.has_bias:
            v[2] = -(at.d_r + at.d_f)
        for i, penalty in enumerate(self.penalties):
            here: Any = v[..., i]
            if penalty.noise:
                here[: self.size] = self._of_noise(x[..., i], penalty.noise)
            if penalty.of_psi is not None:
                here[1] -= penalty.of_psi[0](psi[..., i])
            if penalty.centring:
                pull = 2.0 * penalty.centring * (2.0 * b[..., i] + psi[..., i] * theta[..., i])
                here[1] -= pull * theta[..., i]
                here[2] -= 2.0 * pull * self.has_bias
            if penalty.consensus:
                rows, before = self._of_loss(x[..., i]), here.copy()
                for j in range(self.size):
                    here[j] -= penalty.consensus * sum(row[j] * of_row for row, of_row in zip(rows, before, strict=False))
        return v

    def _of_noise(self, x: Any, noise: float) -> list[Any]:
        """What the loss alone does where samples have noise."""
        (psi, b), (s, t, mean) = (each[..., None, None] for each in x[1:]), _samples(x[0], noise)
        at = self._first(psi * s + b, psi * t + b)
        return [-x[1] * mean(at.g_f), -mean(at.d_r * s + at.d_f * t), -mean(at.d_r + at.d_f)][: self.size]

    def _of_loss(self, x: Any, noise: float = 0.0) -> list[list[Any]]:
        """The Jacobian of the loss's part of the velocity: the change of each of theta, psi and b with each."""
        s, t, mean = _samples(x[0], noise)
        psi, b = (each[..., None, None] for each in x[1:]) if noise else x[1:]
        r, f = psi * s + b, psi * t + b
        at, c = self._first(r, f), self._second(r, f)
        d_r, d_f, d_b = c.d_rr * s + c.d_rf * t, c.d_fr * s + c.d_ff * t, (c.d_rr + c.d_fr) * s + (c.d_rf + c.d_ff) * t
        rows = [
            [psi * psi * c.g_ff, at.g_f + psi * (c.g_fr * s + c.g_ff * t), psi * (c.g_fr + c.g_ff)],
            [at.d_f + psi * (c.d_rf * s + c.d_ff * t), d_r * s + d_f * t, (c.d_rr + c.d_rf) * s + (c.d_fr + c.d_ff) * t],
            [psi * (c.d_rf + c.d_ff), d_b, c.d_rr + c.d_rf + c.d_fr + c.d_ff],
        ]
        return [[-mean(each) for each in row[: self.size]] for row in rows[: self.size]]

    def jacobians(self) -> list[Any]:
        """Of the velocity at each penalty's equilibrium, (size, size); None at a kink, where the velocity jumps or bends."""
        n = self.size
        away = np.zeros((3, 2 * n, 1))
        away[:n, :, 0] = np.hstack([np.eye(n), -np.eye(n)])
        seen = self.velocity(self.at[:, None] + NEARBY * away)[:n] / NEARBY
        found = [self._jacobian(i, penalty) for i, penalty in enumerate(self.penalties)]
        return [
            j if np.abs(seen[..., i] - j @ away[:n, :, 0]).max() <= 1e-2 * (1.0 + np.abs(j).max()) else None
            for i, j in enumerate(found)
        ]

    def _jacobian(self, i: int, penalty: Penalty) -> Any:
        j = np.array(self._of_loss(self.at[:, i], penalty.noise), dtype=float)
        j[1, 1] -= penalty.stiffness
        if penalty.of_psi is not None:
            j[1, 1] -= penalty.of_psi[1](self.at[1, i])
        if penalty.centring and self.has_bias:
            j[1, 0] -= 4.0 * penalty.centring * self.at[2, i]
            j[2, 2] -= 8.0 * penalty.centring
        # The rest of what the consensus does is 0, as the velocity is.
        return j - penalty.consensus * j.T @ j


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_PAIRS: Any = np.outer(_WEIGHTS, _WEIGHTS) / np.sum(_WEIGHTS) ** 2


def _samples(theta: Any, noise: float) -> tuple[Any, Any, Function]:
    """Reals, fakes, and the mean over both: with noise on two last axes, by Gauss's quadrature."""
    if not noise:
        return 0.0, theta, lambda x: x
    real, fake = noise * _NODES[:, None], theta[..., None, None] + noise * _NODES
    return real, fake, lambda x: np.sum(_PAIRS * x, (-2, -1))


def _level(loss: LossLike) -> float | None:
    """The level that D wants of all logits, which takes a bias; None where 0 is as good. ValueError if it is infinite."""
    low, high = facts.equilibrium(loss).logit
    if (low < -1e-6 and high > 1e-6) or max(abs(low), abs(high)) < 1e-6:
        return None
    if not np.isfinite([low, high]).all():
        raise ValueError(f"D's best logit is {low:g} to {high:g}")
    return 0.5 * (low + high)
