"""LeCam: each logit against the moving average of the other side's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ganloss_core.spec.arguments import choice, factor, whole
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.state import State, Stateful
from ganloss_core.words.ops import A


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
        choice("form", self.form, ("elementwise", "batch_mean", "unclipped"))
        choice("update", self.update, ("before", "after"))
        factor("weight", self.weight)
        real_number("initial", self.initial)
        check_decay(self.decay)
        whole("start", self.start, 0, "a number of steps")
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

        def moved(average: A, mean: A) -> Any:
            return decay * average + (1.0 - decay) * backend.like(backend.constant(mean), average)

        values = {
            "real": moved(state["real"], mean_r),
            "fake": moved(state["fake"], mean_f),
            "steps": state["steps"] + 1.0,
        }
        if self.debias:
            values["unseen"] = self.decay * state["unseen"]
        kept = self._kept(state, **values)
        used = kept if self.update == "before" else state
        average_r, average_f = used["real"], used["fake"]
        if self.debias:
            average_r, average_f = (x / (1.0 - used["unseen"]) for x in (average_r, average_f))
        above, below = (mean_r, mean_f) if self.form == "batch_mean" else (r, f)
        above, below = above - backend.like(average_f, f), backend.like(average_r, r) - below
        if self.form != "unclipped":
            above, below = backend.ops.relu(above), backend.ops.relu(below)
        loss = self.weight * (backend.mean(backend.ops.square(above)) + backend.mean(backend.ops.square(below)))
        return backend.masked(1.0 - before_start, loss, 0.0), kept
