"""Terms that keep state: `init() -> state`, `apply(state, ...) -> (loss, state)`; a state is a dict of numbers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal

from ganloss_core.engine.side import shape
from ganloss_core.terms.gradient_penalty import norm
from ganloss_core.terms.observe import Calculus
from ganloss_core.terms.stateless import _check_same
from ganloss_core.words.ops import A

State = dict[str, A]


class Stateful(ABC, Generic[A]):
    """A term that keeps state from step to step. Frozen: what changes is in the state alone."""

    _calculus: ClassVar[Calculus[Any]]
    apply: Callable[..., tuple[A, State[A]]]
    """(state, ...) to the loss of one step and the next state; each term has it with arguments of its own."""

    @abstractmethod
    def _initial(self) -> dict[str, float]:
        """The names of what is kept, and what it is before the first step."""

    def init(self, dtype: Any = None) -> State[A]:
        """The state before the first step: a dict of numbers, arrays of shape (), float32 unless `dtype` says otherwise."""
        return {name: self._calculus.number(value, dtype) for name, value in self._initial().items()}

    def _checked(self, state: Any) -> State[A]:
        names = list(self._initial())
        if not isinstance(state, Mapping) or set(state) != set(names):
            got = ", ".join(state) if isinstance(state, Mapping) else type(state).__name__
            raise ValueError(
                f"this is no state of {type(self).__name__} with these arguments: it keeps {', '.join(names)}, got {got}; "
                "start from init(), or go on with the state that apply returned"
            )
        return dict(state)

    def _kept(self, state: State[A], **values: A) -> State[A]:
        """The next state: constants, in the types of the last one."""
        backend = self._calculus.backend
        return {name: backend.like(backend.constant(value), state[name]) for name, value in values.items()}


@dataclass(frozen=True)
class LeCam(Stateful[A]):
    """LeCam regularisation: each logit against the moving average of the other side's.

    weight (E relu(r - average of f)^2 + E relu(average of r - f)^2); the averages are constants for the gradient.

    Arguments:
        weight: a factor; 0.3 in the authors' CIFAR runs, 0.01 or less elsewhere.
        form: "elementwise" as above, "batch_mean" with the batch's means for r and f, inside the square
            (bytedance/1d-tokenizer), or "unclipped", without the relu, as the paper prints it.
        decay: the averages move by 1 - decay of the way to the batch's mean in each step.
        initial: the averages before the first step.
        debias: divide the averages by 1 - decay^steps, so that `initial`, which must be 0, has no part in them.
        start: the loss is 0 in the first `start` steps, in which the averages already move.
        copy_until_start: in these the averages are the batch's means, as if decay were 0.
        update: move the averages "before" they are used in a step, or "after".

    `apply(state, real, fake)`: logits of both sides, arrays of any shape, to the loss and the next state. Averages are of the
    array given: on several devices, each replica's own.

    Raises ValueError for an argument out of range, or a state that is not this term's.

    Tseng et al. 2021, arXiv:2104.03310, equation 4, with the relu of google/lecam-gan.
    """

    weight: float
    form: Literal["elementwise", "batch_mean", "unclipped"] = field(default="elementwise", kw_only=True)
    decay: float = field(default=0.99, kw_only=True)
    initial: float = field(default=0.0, kw_only=True)
    debias: bool = field(default=False, kw_only=True)
    start: int = field(default=0, kw_only=True)
    copy_until_start: bool = field(default=False, kw_only=True)
    update: Literal["before", "after"] = field(default="before", kw_only=True)

    def __post_init__(self) -> None:
        _check_choice("form", self.form, ("elementwise", "batch_mean", "unclipped"))
        _check_choice("update", self.update, ("before", "after"))
        _check_decay(self.decay)
        if type(self.start) is not int or self.start < 0:
            raise ValueError(f"start must be a number of steps, 0 or more, got {self.start!r}")
        if self.debias and (self.initial or self.copy_until_start):
            raise ValueError("debias is for averages that start at 0 and move from the first step: without initial and copying")
        if self.debias and self.update == "after":
            raise ValueError("debias needs update='before': before the first step there is nothing to divide")

    def _initial(self) -> dict[str, float]:
        averages = {"real": float(self.initial), "fake": float(self.initial), "steps": 0.0}
        return {**averages, "unseen": 1.0} if self.debias else averages

    def apply(self, state: State[A], real: Any, fake: Any) -> tuple[A, State[A]]:
        """The loss of one step, and the next state."""
        state, backend = self._checked(state), self._calculus.backend
        r, f = backend.logits(real, "real"), backend.logits(fake, "fake")
        mean_r, mean_f = backend.mean(r), backend.mean(f)
        before_start = backend.less(state["steps"], float(self.start))
        decay: Any = self.decay * (1.0 - before_start) if self.copy_until_start else self.decay
        moved = {
            "real": decay * state["real"] + (1.0 - decay) * backend.constant(mean_r),
            "fake": decay * state["fake"] + (1.0 - decay) * backend.constant(mean_f),
            "steps": state["steps"] + 1.0,
        }
        if self.debias:
            moved["unseen"] = self.decay * state["unseen"]
        kept = self._kept(state, **moved)
        used = kept if self.update == "before" else state
        average_r, average_f = used["real"], used["fake"]
        if self.debias:
            average_r, average_f = (x / (1.0 - used["unseen"]) for x in (average_r, average_f))
        above, below = (mean_r, mean_f) if self.form == "batch_mean" else (r, f)
        above, below = above - average_f, average_r - below
        if self.form != "unclipped":
            above, below = backend.ops.relu(above), backend.ops.relu(below)
        loss = self.weight * (backend.mean(backend.ops.square(above)) + backend.mean(backend.ops.square(below)))
        return backend.masked(1.0 - before_start, loss, 0.0), kept


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

    `apply(state, generator, latents, *, noise=None, rng=None, pixels=None)`: generator is a function or module `(latents) ->
    images`, latents have shape (batch, length) or (batch, layers, length). Images are (batch, channels, ...) in PyTorch and
    (batch, ..., channels) in JAX; with another layout, give the number of `pixels`. `noise` is standard normal numbers in the
    shape of the images, drawn with `rng` if not given, as in `wgan_gp`.

    Raises ValueError for an argument out of range, a generator that ignores its latents, noise of another shape, or a state
    that is not this term's.

    Karras et al. 2020, arXiv:1912.04958, section 3.2 and equation 4, as in NVlabs/stylegan2-ada-pytorch.
    """

    weight: float = 2.0
    decay: float = field(default=0.01, kw_only=True)

    def __post_init__(self) -> None:
        _check_decay(self.decay)

    def _initial(self) -> dict[str, float]:
        return {"mean": 0.0}

    def apply(
        self, state: State[A], generator: Any, latents: Any, *, noise: Any = None, rng: Any = None, pixels: int | None = None
    ) -> tuple[A, State[A]]:
        """The loss of one step, and the next state."""
        state, calculus = self._checked(state), self._calculus
        backend = calculus.backend
        if len(shape(latents)) not in (2, 3):
            raise ValueError(f"latents must have shape (batch, length) or (batch, layers, length), got {shape(latents)}")

        def projected(z: A) -> tuple[A, A]:
            images = generator(z)
            y = calculus.drawn("noise", noise, rng, shape(images), images, calculus.normal)
            area = pixels or math.prod(calculus.pixels(shape(images)))
            return backend.sum(backend.logits(images, "generated") * (y / math.sqrt(area))), images

        total, _, gradient = calculus.linearize(projected, latents, generator)
        g = backend.logits(gradient(), "the gradient of")
        n, layers = shape(g)[0], math.prod(shape(g)[1:-1])
        squared = backend.sum(backend.ops.square(backend.reshape(g, (n, -1))), 1) / float(layers)
        lengths = norm(backend.ops, squared)
        mean = state["mean"] + self.decay * (backend.mean(lengths) - state["mean"])
        loss: A = self.weight * backend.mean(backend.ops.square(lengths - mean))
        return calculus.anchored(loss, total), self._kept(state, mean=mean)


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

    Raises ValueError for names that are not those of the weights, and as the other terms.

    Defossez et al. 2022, arXiv:2210.13438, section 3.4, as in facebookresearch/encodec.
    """

    weights: Mapping[str, float]
    total_norm: float = field(default=1.0, kw_only=True)
    decay: float = field(default=0.999, kw_only=True)
    epsilon: float = field(default=1e-12, kw_only=True)
    per_sample: bool = field(default=True, kw_only=True)
    rescale: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.weights, Mapping) or not self.weights:
            raise TypeError(f"weights must be a dict of each loss's name and weight, got {self.weights!r}")
        _check_decay(self.decay)

    def __hash__(self) -> int:
        rest = (self.total_norm, self.decay, self.epsilon, self.per_sample, self.rescale)
        return hash((tuple(self.weights.items()), rest))

    def _initial(self) -> dict[str, float]:
        return {"count": 0.0, **{f"norm_{name}": 0.0 for name in self.weights}}

    def apply(self, state: State[A], gradients: Mapping[str, Any]) -> tuple[A, State[A]]:
        """The combined gradient of one step, and the next state."""
        state, backend = self._checked(state), self._calculus.backend
        if set(gradients) != set(self.weights):
            raise ValueError(f"the balancer weighs {', '.join(self.weights)}, got gradients of {', '.join(gradients)}")
        each = {name: backend.constant(backend.logits(g, f"the gradient {name}")) for name, g in gradients.items()}
        first = next(iter(each.values()))
        kept = {"count": self.decay * state["count"] + 1.0}
        combined: Any = 0.0
        for name, weight in self.weights.items():
            g = each[name]
            _check_same("gradients", first, g)
            rows = backend.reshape(g, (shape(g)[0] if self.per_sample else 1, -1))
            size = backend.mean(backend.ops.sqrt(backend.sum(backend.ops.square(rows), 1)))
            kept[f"norm_{name}"] = self.decay * state[f"norm_{name}"] + size
            share = self.total_norm * weight / sum(self.weights.values())
            average = kept[f"norm_{name}"] / kept["count"]
            combined = combined + (share / (self.epsilon + average) * g if self.rescale else weight * g)
        return combined, self._kept(state, **kept)


@dataclass(frozen=True)
class BEGAN(Stateful[A]):
    """Boundary-equilibrium GAN: D's loss on energies, with the control variable k.

    D: E real - k E fake; then k moves by rate (balance E real - E fake), and stays in [0, 1]. G minimises E fake.

    Arguments:
        balance: the paper's gamma, the ratio of fakes' to reals' energy that is aimed at.
        rate: the paper's lambda_k.
        initial: k before the first step.

    `apply(state, real, fake)`: each sample's energy (the auto-encoder's error), to D's loss and the next state, in which
    `convergence` is the paper's measure E real + |balance E real - E fake|.

    Raises ValueError for an argument out of range, or a state that is not this term's.

    Berthelot et al. 2017, arXiv:1703.10717, sections 3.3 and 3.4.
    """

    balance: float = 0.5
    rate: float = field(default=0.001, kw_only=True)
    initial: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not 0.0 <= self.initial <= 1.0:
            raise ValueError(f"initial must be in [0, 1], got {self.initial}")

    def _initial(self) -> dict[str, float]:
        return {"k": float(self.initial), "convergence": 0.0}

    def apply(self, state: State[A], real: Any, fake: Any) -> tuple[A, State[A]]:
        """D's loss of one step, and the next state."""
        state, backend = self._checked(state), self._calculus.backend
        on_real, on_fake = backend.mean(backend.logits(real, "real")), backend.mean(backend.logits(fake, "fake"))
        loss: A = on_real - state["k"] * on_fake
        gap = self.balance * on_real - on_fake
        k = backend.ops.relu(state["k"] + self.rate * gap)
        k = k - backend.ops.relu(k - 1.0)
        return loss, self._kept(state, k=k, convergence=on_real + backend.ops.abs(gap))


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay < 1.0:
        raise ValueError(f"decay must be in [0, 1), got {decay}")
