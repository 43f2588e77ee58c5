"""LeCam: each logit against the moving average of the other side's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ganloss_core.engine.heads import one_by_one, over_heads
from ganloss_core.engine.side import Plain
from ganloss_core.spec.arguments import choice, factor, whole
from ganloss_core.spec.arguments import decay as check_decay
from ganloss_core.spec.arguments import real as real_number
from ganloss_core.terms.state import State, Stateful
from ganloss_core.terms.weights import finished, moved, side_of, unmasked
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
        heads: for several heads, their number, or their names; each has averages of its own, and the loss is their mean.

    `apply(state, real, fake, *, real_weight=None, fake_weight=None)`: logits of both sides, arrays of any shape, or with
    `heads` a list or a dict of them, to the loss and the next state. Weights have the logits' shape, as in the losses; an
    average stays where it is in a step in which nothing has weight. On several devices averages are each one's own, unless
    `group`, in JAX `axis_name`, says that their batches are one, as in `observe`.

    Raises ValueError for an argument out of range, or a state that is not this term's.

    Tseng et al. 2021, arXiv:2104.03310, equation 4, with the relu of google/lecam-gan.

    >>> import torch, ganloss_torch as gan
    >>> lecam = gan.LeCam(1.0, decay=0.5)
    >>> loss, state = lecam.apply(lecam.init(), torch.ones(4), -torch.ones(4))
    >>> loss.item(), state["real"].item(), state["fake"].item()
    (4.5, 0.5, -0.5)
    """

    weight: float
    form: Literal["elementwise", "batch_mean", "unclipped"] = field(default="elementwise", kw_only=True)
    decay: float = field(default=0.99, kw_only=True)
    initial: float = field(default=0.0, kw_only=True)
    debias: bool = field(default=False, kw_only=True)
    start: int = field(default=0, kw_only=True)
    copy_until_start: bool = field(default=False, kw_only=True)
    update: Literal["before", "after"] = field(default="before", kw_only=True)
    heads: int | Sequence[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        choice("form", self.form, ("elementwise", "batch_mean", "unclipped"))
        choice("update", self.update, ("before", "after"))
        factor("weight", self.weight)
        real_number("initial", self.initial)
        check_decay(self.decay)
        whole("start", self.start, 0, "a number of steps")
        if isinstance(self.heads, Sequence) and not isinstance(self.heads, str):
            object.__setattr__(self, "heads", tuple(self.heads))
            if not self.heads or len(set(self.heads)) != len(self.heads):
                raise ValueError(f"heads must be names, each of one head, got {self.heads}")
        elif self.heads is not None:
            object.__setattr__(self, "heads", whole("heads", self.heads, 1, "the number of heads, or their names"))
        if self.debias and (self.initial or self.copy_until_start):
            raise ValueError("debias is for averages that start at 0 and move from the first step: without initial and copying")
        if self.debias and self.update == "after":
            raise ValueError("debias needs update='before': before the first step there is nothing to divide")

    def _initial(self) -> dict[str, float]:
        averages = {f"{side}{end}": float(self.initial) for end in self._ends() for side in ("real", "fake")}
        return {**averages, "steps": 0.0, **({"seen": 0.0} if self.debias else {})}

    def _ends(self) -> list[str]:
        """What the names of each head's averages end in."""
        heads = range(self.heads) if isinstance(self.heads, int) else self.heads
        return [""] if heads is None else [f"_{head}" for head in heads]

    def apply(
        self, state: State[A], real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None
    ) -> tuple[A, State[A]]:
        """The loss of one step, and the next state."""
        state = self._checked(state)
        values = {"steps": state["steps"] + 1.0}
        if self.debias:
            values["seen"] = self.decay * state["seen"] + (1.0 - self.decay)
        given = {"real": real, "fake": fake, "real_weight": real_weight, "fake_weight": fake_weight}
        if self.heads is None:
            loss = self._of_head(state, values, "", **given)
        else:
            keys = real if isinstance(real, dict) else range(len(real)) if isinstance(real, list) else ()
            ends = [f"_{key}" for key in keys]
            if ends and sorted(ends) != sorted(self._ends()):
                raise ValueError(f"this LeCam has averages of other heads: made with heads={self.heads!r}, got {list(keys)}")
            each = iter(ends)
            loss = over_heads(
                one_by_one(lambda **head: self._of_head(state, values, next(each), **head)), "mean", False, **given
            )
        return loss, self._kept(state, **values)

    def _of_head(
        self, state: State[A], values: State[A], end: str, real: Any, fake: Any, real_weight: Any, fake_weight: Any
    ) -> A:
        """The loss of one head; its next averages go into `values`."""
        backend, real_name, fake_name = self._calculus.backend, f"real{end}", f"fake{end}"
        devices = self._devices
        if self.heads is None and isinstance(real, (list, dict)):
            n = len(real) if isinstance(real, list) else list(real)
            raise TypeError(f"LeCam keeps averages of one head, unless it is made for several: LeCam(..., heads={n})")
        r, f = backend.logits(real, "real"), backend.logits(fake, "fake")
        reals = side_of(backend, r, real_weight, "real_weight", devices=devices)
        fakes = side_of(backend, f, fake_weight, "fake_weight", devices=devices)
        (r,), (f,) = unmasked(backend, reals, r), unmasked(backend, fakes, f)
        mean_r, mean_f = finished(devices, [(reals, r), (fakes, f)])
        before_start = backend.less(state["steps"], float(self.start))
        decay: Any = self.decay * (1.0 - before_start) if self.copy_until_start else self.decay

        def average(side: Plain[A], last: Any, mean: A) -> Any:
            new = decay * last + (1.0 - decay) * backend.like(backend.hold(mean), last)
            return moved(backend, side, new, last)

        values[real_name] = average(reals, state[real_name], mean_r)
        values[fake_name] = average(fakes, state[fake_name], mean_f)
        used = self._kept(state, **values) if self.update == "before" else state
        average_r, average_f = used[real_name], used[fake_name]
        if self.debias:
            average_r, average_f = (x / used["seen"] for x in (average_r, average_f))
        above, below = (mean_r, mean_f) if self.form == "batch_mean" else (r, f)
        above, below = above - backend.like(average_f, f), backend.like(average_r, r) - below
        if self.form != "unclipped":
            above, below = backend.ops.relu(above), backend.ops.relu(below)
        above, below = backend.ops.square(above), backend.ops.square(below)
        if self.form == "batch_mean":
            # A mean over nothing is not compared.
            above, below = moved(backend, reals, above, 0.0), moved(backend, fakes, below, 0.0)
        else:
            above, below = finished(devices, [(reals, above), (fakes, below)])
        loss: A = self.weight * (above + below)
        started: A = backend.masked(1.0 - before_start, loss, 0.0)
        return started
