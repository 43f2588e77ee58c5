"""Terms that keep state, on a critic whose gradient is known: two steps, of which the second has the state of the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.devices import devices_of
from ganloss_core.terms.augmentation import AugmentationController
from ganloss_core.terms.began import BEGAN
from ganloss_core.terms.gradient_normalizer import GradientNormalizer
from ganloss_core.terms.lecam import LeCam
from ganloss_core.terms.mine import MINE
from ganloss_core.terms.multiplier import Multiplier
from ganloss_core.terms.path_length import PathLength
from ganloss_core.words.ops import WORDS

CLASSES = (AugmentationController, BEGAN, GradientNormalizer, LeCam, MINE, Multiplier, PathLength)


class TanhGenerator:
    """z times the tanh of what a critic says of it, in the words of a backend."""

    def __init__(self, backend: Backend[Any], critic: Any, noise: Any) -> None:
        self._backend, self._critic, self._noise = backend, critic, noise

    def __call__(self, z: Any) -> Any:
        return self._backend.reshape(self._backend.ops.tanh(self._critic(z)), (z.shape[0], 1)) * z

    def gradient(self, z: Any) -> Any:
        """Of the sum of the images times the noise over the root of their size, by z, in closed form."""
        n, length = z.shape
        y = self._noise / float(length) ** 0.5
        c, along = self._critic(z), self._backend.sum(y * z, 1)
        slope = self._backend.reshape(along * WORDS["tanh"].derivative(self._backend.ops, c), (n, 1))
        return self._backend.reshape(self._backend.ops.tanh(c), (n, 1)) * y + slope * self._critic.gradient(z)


def _two_steps(term: Any, dtype: Any, step: Callable[[Any, float], tuple[Any, Any]]) -> Any:
    first, state = step(term.init(dtype), 1.0)
    second, _ = step(state, 0.5)
    return first + second


def _on_logits(term: Any, critic: Any, real: Any, fake: Any, weight: Any) -> Any:
    weights = {"real_weight": weight, "fake_weight": weight}

    def step(state: Any, scale: float) -> tuple[Any, Any]:
        of_step: tuple[Any, Any] = term.apply(state, critic(scale * real), critic(scale * fake), **weights)
        return of_step

    return _two_steps(term, getattr(real, "dtype", None), step)


def lecam(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """LeCam, whose averages move fast."""
    real, fake, _, _ = samples
    return _on_logits(library.LeCam(0.3, decay=0.5, **several), critic, real, fake, weight)


def began(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """BEGAN, whose k moves fast."""
    real, fake, _, _ = samples
    return _on_logits(library.BEGAN(initial=0.5, rate=0.125, **several), critic, real, fake, weight)


def path_length(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """The path length of a generator of vectors, whose latents are the reals."""
    real, _, _, noise = samples
    term, generator = library.PathLength(decay=0.5, **several), TanhGenerator(backend, critic, noise)

    def step(state: Any, scale: float) -> tuple[Any, Any]:
        given = {"noise": noise, "pixels": real.shape[1], "sample_weight": weight}
        of_step: tuple[Any, Any] = term.apply(state, generator, scale * real, **given)
        return of_step

    return _two_steps(term, getattr(real, "dtype", None), step)


def mine(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """MINE, whose average moves fast."""
    real, fake, _, _ = samples
    return _on_logits(library.MINE(decay=0.5, **several), critic, real, fake, weight)


def augmentation(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """The probability of augmentation, beside D's drift."""
    real, _, _, _ = samples
    term = library.AugmentationController(kimg=0.25, interval=2, initial=0.5, **several)

    def step(state: Any, scale: float) -> tuple[Any, Any]:
        logits = critic(scale * real)
        p, state = term.apply(state, logits, real_weight=weight)
        return p + library.drift(logits, 1.0, element_weight=weight, **several), state

    return _two_steps(term, getattr(real, "dtype", None), step)


def multiplier(library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]) -> Any:
    """Fisher GAN's constraint."""
    real, fake, _, _ = samples
    term = library.Multiplier(0.5, initial=0.25, **several)

    def step(state: Any, scale: float) -> tuple[Any, Any]:
        both = [library.drift(critic(scale * x), 0.5, element_weight=weight, **several) for x in (real, fake)]
        of_step: tuple[Any, Any] = term.apply(state, both[0] + both[1] - 1.0)
        return of_step

    return _two_steps(term, getattr(real, "dtype", None), step)


def gradient_normalizer(
    library: Any, backend: Backend[Any], critic: Any, samples: Any, weight: Any, several: dict[str, Any]
) -> Any:
    """The normalised gradient of the critic, and how far a generator's vectors are from it."""
    real, _, _, noise = samples
    term, generator = library.GradientNormalizer(decay=0.5, **several), TanhGenerator(backend, critic, noise)
    devices = devices_of(backend, backend.several(dict(several)))
    # A device's gradients are those of one batch times so many; what has no weight is no part of the batch.
    count, part = 1.0 if devices is None else devices.times(real), 1.0
    if weight is not None:
        rows, some = backend.sum(0.0 * weight + 1.0), backend.sum(weight)
        if devices is not None:
            rows, some = devices.summed([rows, some])
        part = backend.ops.sqrt(some / rows)
    of_elements = None if weight is None else backend.reshape(weight, (-1, 1)) + 0.0 * real

    def step(state: Any, scale: float) -> tuple[Any, Any]:
        x = scale * real
        g = count * part * critic.gradient(x)
        g, state = term.apply(state, g if of_elements is None else of_elements * g)
        return library.consistency(generator(x), g / (count * part), 1.0, element_weight=of_elements, **several), state

    return _two_steps(term, getattr(real, "dtype", None), step)


TERMS: dict[str, Callable[..., Any]] = {
    "LeCam": lecam,
    "BEGAN": began,
    "PathLength": path_length,
    "MINE": mine,
    "AugmentationController": augmentation,
    "Multiplier": multiplier,
    "GradientNormalizer": gradient_normalizer,
}
