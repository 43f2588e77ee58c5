"""Mixtures of Gaussians in the plane: how many a GAN finds, and how many of its samples lie in them.

25 on a grid and 8 on a ring, as in VEEGAN (Srivastava et al. 2017, arXiv:1705.07761) and PacGAN (Lin et al. 2018,
arXiv:1712.04086), whose code (fjxmlzn/PacGAN, synthetic_data_experiments) has the means, deviations and measures. Its Gaussians
are so narrow that its networks take 400,000 steps; ours are wider, and the narrow ones are there by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ganloss_core.reproduce.gan import Contender, Plan

NEAR = 3.0
"""A sample is of high quality if it is within so many standard deviations of the nearest mean."""
SAMPLES = 2500
EXPECTED = 1.0 - np.exp(-(NEAR**2) / 2.0)
"""The share of reals that are."""
ROWS = (
    ("logistic", "none", 1),
    ("logistic", "none", 2),
    ("lsgan", "none", 1),
    ("wasserstein", "wgan_gp", 1),
    ("logistic", "r1", 1),
    ("logistic", "r1_r2", 1),
    ("rpgan", "none", 1),
    ("rpgan", "r1_r2", 1),
)
"""Loss, penalty, and how many samples D sees at once: 2 is PacGAN."""
WGAN_GP = 0.1
"""Its weight for data in the plane (igul222/improved_wgan_training, gan_toy.py)."""
GAMMA, STEPS, SEEDS, LOOKS = 0.1, 5000, 2, 5


class Mixture(NamedTuple):
    """Gaussians of equal weight."""

    means: Any
    deviation: float

    def draw(self, draw: np.random.Generator, n: int) -> Any:
        """Samples, (n, 2)."""
        chosen = self.means[draw.integers(0, len(self.means), n)]
        return chosen + self.deviation * draw.standard_normal((n, 2))

    def measure(self, samples: Any) -> dict[str, float]:
        """How many of the modes have a sample of high quality, and the share of samples that are."""
        apart = np.linalg.norm(samples[:, None] - self.means, axis=2)
        good = apart.min(axis=1) < NEAR * self.deviation
        return {"modes": float(len(np.unique(apart.argmin(axis=1)[good]))), "high quality": float(good.mean())}

    def ok(self, reals: dict[str, float]) -> bool:
        """Whether reals were measured as a Gaussian would have it, within four standard deviations of the share."""
        error = np.sqrt(EXPECTED * (1.0 - EXPECTED) / SAMPLES)
        return reals["modes"] == len(self.means) and bool(abs(reals["high quality"] - EXPECTED) < 4.0 * error)


_TURNS = 2.0 * np.pi * np.arange(8) / 8.0
_GRID = np.array(list(product(range(-4, 5, 2), repeat=2)), float)
_RING = np.stack([np.cos(_TURNS), np.sin(_TURNS)], axis=1)
MIXTURES: Mapping[str, Mixture] = {
    "grid": Mixture(_GRID, 0.2),
    "ring": Mixture(_RING, 0.1),
    "narrow_grid": Mixture(_GRID, 0.05),
    "narrow_ring": Mixture(_RING, 0.01),
}


def weight(penalty: str) -> float:
    """Of a penalty, if nobody says another."""
    return WGAN_GP if penalty == "wgan_gp" else GAMMA


def plans(contenders: Sequence[Contender], mixtures: Sequence[str], steps: int, seeds: Sequence[int], dtype: str) -> list[Plan]:
    """What is trained."""
    return [
        Plan(
            name,
            contender,
            MIXTURES[name].draw,
            MIXTURES[name].measure,
            samples=SAMPLES,
            looks=LOOKS,
            length=2,
            reach=float(np.abs(MIXTURES[name].means).max()),
            noise=2,
            width=64,
            hidden=4,
            batch=128,
            rate=1e-3,
            steps=steps,
            seed=seed,
            dtype=dtype,
        )
        for name in mixtures
        for seed in seeds
        for contender in contenders
    ]
