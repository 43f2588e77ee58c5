"""Path length: how evenly a generator's output moves with its latents."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import factor
from ganloss_core.terms.gradient_penalty import norm
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import moved, side_of
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class PathLength(Stateful[A]):
    """StyleGAN2's path length regularisation of a generator.

    weight E (|J^T y| - mean)^2: y is normal noise in the shape of the images, divided by the root of the number of pixels;
    |.|^2 is the mean over layers of the sum over a latent's coordinates; `mean` moves by `decay` of the way to the batch's
    mean, and is a constant only where it is kept, so that the gradient passes through this step's part of it, as in NVlabs'
    code.

    Arguments:
        weight: a factor, 2 in StyleGAN2, times the interval where it is applied in every so many steps.
        decay: how far the mean moves in a step.
        anchor: whether every parameter of the generator gets a gradient, if only 0, as in `observe`: StyleGAN2-ADA has zeros.

    `apply(state, generator, latents, *, noise=None, rng=None, pixels=None, sample_weight=None)`: generator is a function or
    module `(latents) -> images`, latents have shape (batch, length) or (batch, layers, length). Images are (batch, channels,
    ...) in PyTorch and (batch, ..., channels) in JAX; with another layout, give the number of `pixels`. `noise` is standard
    normal numbers in the shape of the images, drawn with `rng` if not given, as in `wgan_gp`; `sample_weight` is as in `r1`.
    With `group`, in JAX `axis_name`, the batches of several devices are one, as in `observe`.

    The state has the moving `mean`, and for the log `length`, the mean of this step's lengths |J^T y|.

    Raises ValueError for an argument out of range, a generator that ignores its latents, noise of another shape, or a state
    that is not this term's.

    Karras et al. 2020, arXiv:1912.04958, section 3.2 and equation 4, as in NVlabs/stylegan2-ada-pytorch.

    >>> import torch, ganloss_torch as gan
    >>> length, noise = gan.PathLength(2.0, decay=0.5), torch.ones((4, 1, 1, 1))
    >>> generator = lambda latents: 3.0 * latents[:, :, None, None]
    >>> loss, state = length.apply(length.init(), generator, torch.zeros((4, 1)), noise=noise)
    >>> loss.item(), state["mean"].item()
    (4.5, 1.5)
    """

    weight: float = 2.0
    decay: float = field(default=0.01, kw_only=True)
    anchor: bool | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        factor("weight", self.weight)
        check_decay(self.decay)

    def _initial(self) -> dict[str, float]:
        return {"mean": 0.0, "length": 0.0}

    def apply(
        self,
        state: State[A],
        generator: Any,
        latents: Any,
        *,
        noise: Any = None,
        rng: Any = None,
        pixels: int | None = None,
        sample_weight: Any = None,
    ) -> tuple[A, State[A]]:
        """The loss of one step, and the next state."""
        state, calculus = self._checked(state), self._calculus
        backend = calculus.backend
        if not callable(generator):
            raise TypeError(f"the generator must be a function or module of latents, got {type(generator).__name__}")
        if not hasattr(latents, "shape"):
            raise TypeError(f"latents must be one array, got {type(latents).__name__}: stack a list of layers along axis 1")
        if len(shape(latents)) not in (2, 3):
            raise ValueError(f"latents must have shape (batch, length) or (batch, layers, length), got {shape(latents)}")

        def projected(z: A) -> tuple[list[A], A]:
            images = generator(z)
            if not hasattr(images, "shape"):
                raise TypeError(
                    f"the generator must return images, one array, got {type(images).__name__}: wrap it in a function that "
                    "returns them alone"
                )
            y = calculus.drawn("noise", noise, rng, shape(images), images, calculus.normal)
            area = pixels or math.prod(calculus.pixels(shape(images)))
            wide = backend.logits(images, "generated images")
            return [backend.sum(wide * (backend.like(y, wide) / math.sqrt(area)))], images

        (total,), _, gradients = calculus.linearize(projected, latents, generator)
        g = backend.logits(gradients()[0], "the gradient")
        n, layers = shape(g)[0], math.prod(shape(g)[1:-1])
        squared = backend.sum(backend.ops.square(backend.reshape(g, (n, math.prod(shape(g)[1:])))), 1) / float(layers)
        lengths = norm(backend.ops, squared)
        samples = side_of(backend, lengths, sample_weight, "sample_weight", devices=self._devices)
        last, length = backend.like(state["mean"], lengths), samples.finish(lengths)
        mean = moved(backend, samples, last + self.decay * (length - last), last)
        loss: A = self.weight * samples.finish(backend.ops.square(lengths - mean))
        anchor = calculus.waits() if self.anchor is None else self.anchor
        return calculus.anchored(loss, total) if anchor else loss, self._kept(state, mean=mean, length=length)
