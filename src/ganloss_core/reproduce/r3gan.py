"""R3GAN's Table 1 in small: stacked digits, 1,000 modes, and how many of them a GAN finds. arXiv:2501.05441.

StackedMNIST (Metz et al. 2017, arXiv:1611.02163) with scikit-learn's 8x8 digits: three are the channels of an image, and
the three classes its mode. A small classifier says which mode a sample is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from ganloss_core.reproduce.gan import Contender, Plan

LOSSES, PENALTIES = ("rpgan", "logistic"), ("r1_r2", "r1", "none")
CHANNELS, PIXELS, CLASSES = 3, 64, 10
MODES = CLASSES**CHANNELS
GAMMA, STEPS, SEEDS = 0.2, 2000, 3
SAMPLES, LOOKS = 25_600, 5


class Digits:
    """The digits, and a classifier of them."""

    def __init__(self) -> None:
        images, self._labels = load_digits(return_X_y=True)
        self._images = images / 8.0 - 1.0
        self._kept_back = np.arange(len(images)) % 5 == 4

    def draw(self, draw: np.random.Generator, n: int) -> Any:
        """Stacked digits, (n, 192), in [-1, 1]."""
        return self._images[draw.integers(0, len(self._images), (n, CHANNELS))].reshape(n, -1)

    @cached_property
    def _classifier(self) -> Any:
        # The class of the nearest digit.
        return KNeighborsClassifier(1, algorithm="brute").fit(self._images[~self._kept_back], self._labels[~self._kept_back])

    @property
    def accuracy(self) -> float:
        """The classifier's, on the fifth of the digits that it was not trained on."""
        return float(self._classifier.score(self._images[self._kept_back], self._labels[self._kept_back]))

    @cached_property
    def shares(self) -> Any:
        """Of each mode among the reals, (1000,), as the classifier sees them."""
        of_class = np.bincount(self._classifier.predict(self._images), minlength=CLASSES) / len(self._images)
        return np.einsum("i,j,k->ijk", of_class, of_class, of_class).ravel()

    def modes_of(self, samples: Any) -> Any:
        """The mode of each sample, from 0 to 999."""
        digits = self._classifier.predict(np.reshape(samples, (-1, PIXELS))).reshape(-1, CHANNELS)
        return digits @ CLASSES ** np.arange(CHANNELS)[::-1]

    def measure(self, samples: Any) -> dict[str, float]:
        """How many modes the samples have, and the KL divergence of their modes from those of the reals."""
        return measured(self.modes_of(samples), self.shares)


def measured(modes: Any, shares: Any) -> dict[str, float]:
    """How many different modes there are, and the KL divergence of their shares from these."""
    p = np.bincount(modes, minlength=len(shares)) / len(modes)
    there = p > 0.0
    return {"modes": float(there.sum()), "kl": float(np.sum(p[there] * np.log(p[there] / shares[there])))}


def plans(contenders: Sequence[Contender], digits: Digits, steps: int, seeds: Sequence[int], dtype: str) -> list[Plan]:
    """What is trained."""
    return [
        Plan(
            "stacked digits",
            contender,
            digits.draw,
            digits.measure,
            samples=SAMPLES,
            looks=LOOKS,
            length=CHANNELS * PIXELS,
            reach=0.0,
            noise=64,
            width=128,
            hidden=2,
            batch=128,
            rate=2e-4,
            steps=steps,
            seed=seed,
            dtype=dtype,
        )
        for seed in seeds
        for contender in contenders
    ]
