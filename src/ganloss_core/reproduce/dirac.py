"""The Dirac-GAN: one real at 0, one fake at theta, and the critic D(x) = psi x + b. Mescheder et al. 2018, arXiv:1801.04406.

At theta = psi = 0 fakes are reals. The eigenvalues of a training step's Jacobian there say whether training stays, and how fast
it comes; the same step, taken often, must agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ganloss_core import facts
from ganloss_core.reproduce.linear_critic import NEARBY, PENALTIES, Function, LinearCritic, Penalty
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike

RATE, STEPS = 0.2, 500
"""The learning rate and the steps of the paper's notebook."""
START = (1.0, -1.0, 0.0)
"""Theta, psi, and b beside the equilibrium's. The notebook's critic is high for fakes, so that its psi is minus ours."""
ADAM = (0.1 * RATE, 0.0, 0.99, 1e-8)
"""Learning rate, betas, epsilon."""
DIGITS = 1e-3
"""A predicted and a simulated rate are the same up to this share."""

_OF_D = np.array([0.0, 1.0, 1.0])


def simultaneous(velocity: Function, x: Any, rate: float = RATE) -> Any:
    """Gradient descent of both players at once."""
    return x + rate * velocity(x)


def alternating(velocity: Function, x: Any, d_steps: int, rate: float = RATE) -> Any:
    """G's step, and then D's steps, as in the notebook."""
    of_d = _OF_D.reshape(3, *(1 for _ in x.shape[1:]))
    x = x + rate * (1.0 - of_d) * velocity(x)
    for _ in range(d_steps):
        x = x + rate * of_d * velocity(x)
    return x


class Adam:
    """Both players' Adam at once."""

    def __init__(self) -> None:
        self._m: Any = 0.0
        self._v: Any = 0.0
        self._t = 0

    def __call__(self, velocity: Function, x: Any) -> Any:
        rate, b1, b2, epsilon = ADAM
        v = velocity(x)
        self._t += 1
        self._m, self._v = b1 * self._m + (1.0 - b1) * v, b2 * self._v + (1.0 - b2) * v * v
        return x + rate * self._m / (1.0 - b1**self._t) / (np.sqrt(self._v / (1.0 - b2**self._t)) + epsilon)


KINDS: Mapping[str, int | None] = {"simultaneous": 0, "alternating": 1, "alternating_5": 5, "adam": None}
"""The steps, and D's in each if it alternates."""


def multiplier(jacobian: Any, kind: str, rate: float = RATE) -> Any:
    """What one step multiplies a small deviation by."""
    one, d_steps = np.eye(len(jacobian)), KINDS[kind]
    if not d_steps:
        return one + rate * jacobian
    of_d = np.diag(_OF_D[: len(jacobian)])
    return np.linalg.matrix_power(one + rate * of_d @ jacobian, d_steps) @ (one + rate * (one - of_d) @ jacobian)


class Run(NamedTuple):
    """One loss with one penalty, trained in one way."""

    loss: str
    penalty: str
    step: str
    bias: float | None
    """The critic's at the equilibrium; None where it needs none."""
    eigenvalues: tuple[complex, ...] | None
    """Of the velocity's Jacobian at the equilibrium; None at a kink."""
    predicted: float | None
    """The largest modulus of the eigenvalues of the step's Jacobian: below 1 it converges. None at a kink, and for Adam."""
    simulated: float | None
    """What a small deviation is multiplied by in a step, on average."""
    left: float
    """The distance after all steps from `START`, as a share of the first; infinite where it diverged."""
    path: Any
    """(steps + 1, 3)"""

    @property
    def agrees(self) -> bool:
        """Whether the simulated rate is the predicted one."""
        return self.predicted is None or (
            self.simulated is not None and abs(self.simulated - self.predicted) <= DIGITS * self.predicted
        )


def run(loss: LossLike, penalties: Sequence[str], kinds: Sequence[str], steps: int = STEPS, seed: int = 0) -> Iterator[Run]:
    """Train a loss with each penalty in each way; ValueError for a loss that this critic cannot have, with the reason."""
    game = LinearCritic(loss, [PENALTIES[name] for name in penalties])
    jacobians = game.jacobians()
    name = loss if isinstance(loss, str) else loss.__name__
    for kind in kinds:
        rates, paths = simulated(game, kind, steps, seed)
        for i, (penalty, j) in enumerate(zip(penalties, jacobians, strict=True)):
            smooth = j is not None and KINDS[kind] is not None
            with np.errstate(all="ignore"):
                apart = np.linalg.norm(paths[..., i] - game.at[:, i], axis=1)
            left = float(np.mean(apart[-max(1, steps // 10) :]) / apart[0])
            yield Run(
                name,
                penalty,
                kind,
                float(game.at[2, i]) if game.has_bias else None,
                None if j is None else tuple(complex(each) for each in np.linalg.eigvals(j)),
                _radius(multiplier(j, kind)) if smooth else None,
                float(rates[i]) if smooth else None,
                left if np.isfinite(left) else np.inf,
                paths[..., i],
            )


def simulated(game: LinearCritic, kind: str, steps: int, seed: int) -> tuple[Any, Any]:
    """The rates of a small deviation, (penalties), and the paths from `START`, (steps + 1, 3, penalties)."""
    d_steps = KINDS[kind]
    adam = Adam()

    def step(x: Any) -> Any:
        if d_steps is None:
            return adam(game.velocity, x)
        return alternating(game.velocity, x, d_steps) if d_steps else simultaneous(game.velocity, x)

    n = game.size
    # Deviations in all directions, to see what the steps together do to them, and the start of the path.
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    away = np.zeros((3, n + 1, 1))
    away[:n, :n, 0], away[:, n, 0] = NEARBY * turned, START
    x = game.at[:, None] + away
    apart, logs, paths = away[:n, :n], np.zeros(len(game.penalties)), [x[:, n]]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            x = step(x)
            apart = x[:n, :n] - game.at[:n, None]
            grown = np.sqrt(np.square(apart).sum((0, 1))) / NEARBY
            logs += np.log(grown)
            apart = apart / grown
            x[:n, :n] = game.at[:n, None] + apart
            paths.append(x[:, n])
        radii = [_radius(m @ turned.T / NEARBY) for m in apart.transpose(2, 0, 1)]
        return np.exp((logs + np.log(radii)) / steps), np.array(paths)


def _radius(m: Any) -> float:
    """The largest modulus of the eigenvalues."""
    return float(np.abs(np.linalg.eigvals(m)).max()) if np.isfinite(m).all() else np.nan


def left_out(loss: LossLike) -> str | None:
    """Why a loss is not among those that are trained; None for one that is."""
    if facts.rules_of(loss).sample.axes:
        return "the critic returns vectors, or rows"
    try:
        game = LinearCritic(loss, [Penalty()])
    except ValueError as reason:
        return str(reason)
    with np.errstate(all="ignore"):
        near = game.velocity(np.array([[0.5], [0.5], game.at[2]]))
    if not np.isfinite(near).all():
        return "one pair of logits gives no gradient"
    return None


def names() -> list[str]:
    """The losses that are trained."""
    return [name for name in registry.names() if left_out(name) is None]
