"""The normaliser of what G receives from D, of adversarial flow models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import shape, size
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import real
from ganloss_core.terms.state import State, Stateful
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class GradientNormalizer(Stateful[A]):
    """Adversarial flow models' normaliser of the gradient that G receives from D: its size is `target`, whatever D's is.

    g target / (sqrt(average) + epsilon), where the average of n times the sum of g^2 over all n elements moves by 1 - decay of
    the way in each step, this one included, from 0: without `debias` the first gradients are too large, the first one
    1 / sqrt(1 - decay) times.

    Arguments:
        target: what the root of n times the sum of g^2 becomes.
        decay: of the average.
        epsilon: added to its root.
        debias: divide the average by 1 - decay^steps; the authors do not.

    `apply(state, gradient)`: the gradient of G's loss by its images, an array of any shape, to the normalised gradient, in its
    shape and type, and the next state; in PyTorch, `images.backward(normalised)` goes on from there.

    `layer(state, images)`: the images themselves, on the way to D; what comes back through them in the backward pass is
    normalised. There the next state is not returned: in PyTorch the backward pass moves the state's tensors in place, and a
    `StatefulModule` of the normaliser is the layer, D(module(images)); in JAX the next state is the gradient by the state, of
    `jax.grad(loss, argnums=...)` of a loss that uses it once.

    With `group`, in JAX `axis_name`, the batches of several devices are one, as in `observe`: each device has the gradient of a
    loss with the same `group`, or, of equal batches, of its own mean loss, as the authors have it (not in a `jax.shard_map`
    that checks what varies, where the two differ).

    Raises ValueError for an argument out of range, a loss in place of a gradient, or a state that is not this term's.

    Lin et al. 2025, arXiv:2511.22475, as in ByteDance-Seed/Adversarial-Flow-Models.

    >>> import torch, ganloss_torch as gan
    >>> normalizer = gan.GradientNormalizer(0.5, decay=0.75)
    >>> g, state = normalizer.apply(normalizer.init(), torch.ones((2, 2)))
    >>> g[0].tolist(), state["square"].item()
    ([0.25, 0.25], 4.0)
    """

    target: float = 1.0
    decay: float = field(default=0.9, kw_only=True)
    epsilon: float = field(default=1e-8, kw_only=True)
    debias: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        real("target", self.target)
        check_decay(self.decay)
        if not real("epsilon", self.epsilon) > 0.0:
            raise ValueError(f"epsilon must be above 0, for a gradient of zeros, got {self.epsilon}")

    def _initial(self) -> dict[str, float]:
        return {"square": 0.0, **({"seen": 0.0} if self.debias else {})}

    def apply(self, state: State[A], gradient: Any) -> tuple[A, State[A]]:
        """The normalised gradient of one step, and the next state."""
        state, backend, devices = self._checked(state), self._calculus.backend, self._devices
        g: Any = backend.hold(backend.logits(gradient, "the gradient"))
        if not shape(g):
            raise ValueError("a gradient must have a sample axis, got shape (): give the gradient by the images, not a loss")
        sums: list[Any] = [backend.sum(backend.ops.square(g))]
        sums.append(backend.less(sums[0], sums[0]) + float(size(g)))
        if devices is not None:
            own = devices.times(g)
            sums = [total / each for total, each in zip(devices.summed(sums), (own * own, 1.0), strict=True)]
        last: Any = state["square"]
        square = last + (1.0 - self.decay) * (backend.like(sums[0] * sums[1], last) - last)
        values = {"square": square}
        if self.debias:
            values["seen"] = self.decay * state["seen"] + (1.0 - self.decay)
            square = square / values["seen"]
        scale = self.target / (backend.ops.sqrt(square) + self.epsilon)
        # In the gradient's own type, which a backward pass returns.
        normalised: A = backend.like(g * backend.like(scale, g), gradient)
        return normalised, self._kept(state, **values)
