"""EnCodec's balancer of several losses' gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import real
from ganloss_core.terms.arrays import check_same, lengths, norms
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import finished, side_of
from ganloss_core.words.ops import A


@dataclass(frozen=True)
class Balancer(Stateful[A]):
    """EnCodec's balancer: several losses' gradients by an output, scaled to shares of one norm.

    sum over losses of g_i total_norm (w_i / sum of w) / (epsilon + average norm of g_i); the averages are exponential, without
    bias.

    Arguments:
        weights: name -> w_i, for each loss.
        total_norm: what the norms of all scaled gradients sum to.
        decay: of the averages.
        epsilon: added to an average norm.
        per_sample: a norm is the mean of each sample's, else that of the whole array.
        rescale: without it, the sum of w_i g_i, as EnCodec has it.

    `apply(state, gradients)`: name -> the gradient of that loss by the output, arrays of one shape, to their combination, in
    this shape, and the next state. In PyTorch, `output.backward(combined)` goes on from there.

    With `group`, in JAX `axis_name`, the batches of several devices are one, as in `observe`: each device has the gradients of
    losses with the same `group`, or, of equal batches, of its own mean losses (not in a `jax.shard_map` that checks what
    varies, where the two differ).

    `ratios(state)`: for the log, name -> the share of a loss's average norm in the sum of all.

    Raises ValueError for names that are not those of the weights, and as the other terms.

    Defossez et al. 2022, arXiv:2210.13438, section 3.4, as in facebookresearch/encodec.

    >>> import torch, ganloss_torch as gan
    >>> balancer = gan.Balancer({"adversarial": 1.0, "features": 1.0}, epsilon=0.0)
    >>> gradients = {"adversarial": 8.0 * torch.ones((2, 1)), "features": 2.0 * torch.ones((2, 1))}
    >>> combined, state = balancer.apply(balancer.init(), gradients)
    >>> combined.tolist()
    [[1.0], [1.0]]
    """

    weights: Mapping[str, float] = field(hash=False)
    total_norm: float = field(default=1.0, kw_only=True)
    decay: float = field(default=0.999, kw_only=True)
    epsilon: float = field(default=1e-12, kw_only=True)
    per_sample: bool = field(default=True, kw_only=True)
    rescale: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.weights, Mapping) or not self.weights:
            raise TypeError(f"weights must be a dict of each loss's name and weight, got {self.weights!r}")
        for name, value in (*self.weights.items(), ("total_norm", self.total_norm), ("epsilon", self.epsilon)):
            real(f"the weight {name!r}" if name in self.weights else name, value)
        if self.epsilon < 0.0:
            raise ValueError(f"epsilon must be 0 or more, got {self.epsilon}")
        if sum(self.weights.values()) == 0.0:
            raise ValueError(f"weights must not sum to 0: each is a share of their sum, got {dict(self.weights)}")
        check_decay(self.decay)

    def _initial(self) -> dict[str, float]:
        return {"count": 0.0, **{f"norm_{name}": 0.0 for name in self.weights}}

    def apply(self, state: State[A], gradients: Mapping[str, Any]) -> tuple[A, State[A]]:
        """The combined gradient of one step, and the next state."""
        state, backend = self._checked(state), self._calculus.backend
        if not isinstance(gradients, Mapping):
            raise TypeError(f"gradients must be a dict of each loss's name and gradient, got {type(gradients).__name__}")
        if set(gradients) != set(self.weights):
            raise ValueError(f"the balancer weighs {', '.join(self.weights)}, got gradients of {', '.join(gradients)}")
        each = {name: backend.hold(backend.logits(g, f"the gradient {name}")) for name, g in gradients.items()}
        first = next(iter(each.values()))
        if not shape(first):
            raise ValueError("gradients must have a sample axis, got shape (): give the gradients by the output, not losses")
        for g in each.values():
            check_same("gradients", first, g)
        kept = {"count": self.decay * state["count"] + 1.0}
        combined: Any = 0.0
        for (name, weight), size in zip(self.weights.items(), self._sizes([each[name] for name in self.weights]), strict=True):
            g = each[name]
            kept[f"norm_{name}"] = self.decay * state[f"norm_{name}"] + backend.like(size, state["count"])
            share = self.total_norm * weight / sum(self.weights.values())
            average = backend.like(kept[f"norm_{name}"] / kept["count"], g)
            combined = combined + (share / (self.epsilon + average) * g if self.rescale else weight * g)
        return combined, self._kept(state, **kept)

    def _sizes(self, gradients: list[A]) -> list[A]:
        """The norm of each."""
        backend, devices = self._calculus.backend, self._devices
        if self.per_sample:
            rows = [lengths(backend, backend.reshape(g, (shape(g)[0], math.prod(shape(g)[1:])))) for g in gradients]
            sizes = finished(devices, [(side_of(backend, x, None, "gradients", devices=devices), x) for x in rows])
        else:
            sizes = norms(backend, devices, gradients)
        # A device's gradients are those of one batch times so many: the mean of parameters' divides by it.
        return sizes if devices is None else [size / devices.times(g) for size, g in zip(sizes, gradients, strict=True)]

    def ratios(self, state: State[A]) -> dict[str, A]:
        """name -> average norm over the sum of all averages, in the last step; NaN before the first."""
        state = self._checked(state)
        norms: dict[str, Any] = {name: state[f"norm_{name}"] for name in self.weights}
        total = sum(norms.values())
        return {name: norm / total for name, norm in norms.items()}
