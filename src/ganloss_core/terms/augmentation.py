"""Adaptive augmentation: how often D's images are augmented, from how sure D is of reals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.spec.arguments import whole
from ganloss_core.terms.arrays import bounded
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import finished, side_of, unmasked
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class AugmentationController(Stateful[A]):
    """Adaptive discriminator augmentation: the probability p with which D's images are augmented.

    In each `interval`-th step p moves by sign(E sign(D(real)) - target) times the number of images since its last move, over
    1000 kimg; the mean is over all logits since then. p stays 0 or more.

    Arguments:
        target: how much more often D calls reals real than not.
        kimg: how many thousand images it takes p to move by 1; 100 in Diffusion-GAN.
        interval: the number of steps from one move to the next.
        largest: the largest p, none in StyleGAN2-ADA; 1 in Diffusion-GAN and joliGEN.
        initial: p before the first step.

    `apply(state, real, *, real_weight=None)`: D's logits of reals, one array with samples along its first axis, to the p of the
    next step, of shape (), and the next state. Weights have the shape of the logits, and a sample whose logits all have the
    weight 0 is no image. With `group`, in JAX `axis_name`, the batches of several devices are one, as in `observe`: without it
    each device has a p of its own.

    Raises ValueError for an argument out of range, or a state that is not this term's; TypeError for several heads.

    Karras et al. 2020, arXiv:2006.06676, section 3.1 (r_t) and appendix B, as in NVlabs/stylegan2-ada-pytorch; Jiang et al.
    2021, arXiv:2111.06849 (APA); Wang et al. 2022, arXiv:2206.02262 (Diffusion-GAN).

    >>> import torch, ganloss_torch as gan
    >>> controller = gan.AugmentationController(kimg=1.0, interval=1)
    >>> p, state = controller.apply(controller.init(), torch.ones((500, 1)))
    >>> p.item()
    0.5
    """

    target: float = 0.6
    kimg: float = field(default=500.0, kw_only=True)
    interval: int = field(default=4, kw_only=True)
    largest: float | None = field(default=None, kw_only=True)
    initial: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not abs(real_number("target", self.target)) <= 1.0:
            raise ValueError(f"target must be from -1 to 1, as the mean of a sign is, got {self.target}")
        if not real_number("kimg", self.kimg) > 0.0:
            raise ValueError(f"kimg must be above 0, got {self.kimg}")
        whole("interval", self.interval, 1, "a number of steps")
        bound = math.inf if self.largest is None else real_number("largest", self.largest)
        if not 0.0 <= real_number("initial", self.initial) <= bound:
            raise ValueError(f"initial must be from 0 to largest, got initial={self.initial}, largest={self.largest}")

    def _initial(self) -> dict[str, float]:
        return {"p": float(self.initial), "signs": 0.0, "logits": 0.0, "images": 0.0, "steps": 0.0}

    def apply(self, state: State[A], real: Any, *, real_weight: Any = None) -> tuple[A, State[A]]:
        """The probability for the next step, and the next state."""
        state, backend, devices = self._checked(state), self._calculus.backend, self._devices
        x = backend.hold(*self._of_one_head(real=real))
        if not shape(x):
            raise ValueError("real must have a sample axis, got shape ()")
        n, rest = shape(x)[0], math.prod(shape(x)[1:])
        elements = side_of(backend, x, real_weight, "real_weight", "sum", devices)
        (x,) = unmasked(backend, elements, x)
        counted = backend.less(x, x) + 1.0
        (counted,) = unmasked(backend, elements, counted)
        images = backend.max(backend.reshape(counted, (n, rest)), 1)
        samples = side_of(backend, images, None, "", "sum", devices)
        signs, of_samples = finished(devices, [(elements, backend.ops.sign(x)), (samples, images)])
        last = state["p"]
        kept = {
            "signs": state["signs"] + backend.like(signs, last),
            "logits": state["logits"] + backend.like(elements.total(x), last),
            "images": state["images"] + backend.like(of_samples, last),
            "steps": state["steps"] + 1.0,
        }
        mean = kept["signs"] / backend.masked(kept["logits"], kept["logits"], 1.0)
        moved = last + backend.ops.sign(mean - self.target) * (kept["images"] / (1000.0 * self.kimg))
        due = 1.0 - backend.less(kept["steps"], float(self.interval))
        p = backend.masked(due, bounded(backend, moved, 0.0, self.largest), last)
        state = self._kept(state, p=p, **{name: backend.masked(1.0 - due, value, 0.0) for name, value in kept.items()})
        return state["p"], state
