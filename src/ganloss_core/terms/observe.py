"""A critic seen once: its outputs on both sides, and, where somebody asks, their gradients by its input."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Generic, Literal

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import choice
from ganloss_core.terms.batches import Point, first_of, joined, many, point_of, samples
from ganloss_core.terms.calculus import Calculus, Critic
from ganloss_core.terms.outputs import logits_and_features, once, sliced
from ganloss_core.terms.steps import Asked, Steps, steps_of
from ganloss_core.words.ops import A

Outputs = Literal["sum", "mean", "each"]
SideName = Literal["real", "fake"]


@dataclass(frozen=True)
class _View(Generic[A]):
    """A critic at some points."""

    logits: Any
    features: Any
    numbers: list[A]
    gradients: Callable[[], list[Any]] | None
    """Of each number; None where the points of differences are in the same batch."""


class Observation(Generic[A]):
    """What `observe` saw.

    Attributes:
        real: the critic's logits on reals, as it returned them: an array, or a list or dict of heads. None if not observed.
        fake: the same on fakes.
        real_features: what the critic returned beside the logits of reals, for a critic that returns (logits, features).
        fake_features: the same for fakes.

    >>> import torch, ganloss_torch as gan
    >>> seen = gan.observe(lambda x: (x * x).sum(1), real=torch.ones((2, 3)))
    >>> seen.real.tolist(), seen.gradient("real").tolist(), seen.fake
    ([3.0, 3.0], [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]], None)
    """

    def __init__(
        self,
        calculus: Calculus[A],
        critic: Critic,
        points: dict[str, Point],
        steps: Mapping[str, Steps],
        outputs: Outputs,
        joint: bool,
        anchor: bool | None,
        devices: Any,
    ) -> None:
        self._calculus, self._critic, self._points, self._outputs = calculus, critic, points, outputs
        self._devices, self._steps = devices, steps
        self._anchor = calculus.waits() if anchor is None else anchor
        self._gradients: dict[str, Callable[[], list[Any]]] = {}
        self._remember = calculus.remembered(critic)
        self._remembered: dict[str, Critic] = {}
        self._views: dict[str, _View[A]] = {}
        self._batches = [points] if joint else [{side: at} for side, at in points.items()]
        if steps:
            self._batches = [{**sides, **{_moved(s): steps[s].at for s in sides if s in steps}} for sides in self._batches]
        for batch in self._batches:
            if len(batch) > 1:
                self._views.update(self._together(batch))
            else:
                self._views.update({side: self._view(critic, at, side) for side, at in batch.items()})
        # Any of them may be None, or heads, which a type checker cannot know of.
        self.real: A | Any
        self.real_features: Any
        self.fake: A | Any
        self.fake_features: Any
        self.real, self.real_features, self.fake, self.fake_features = (
            getattr(self._views.get(side), part, None) for side in ("real", "fake") for part in ("logits", "features")
        )

    @property
    def devices(self) -> Any:
        """Those whose samples are one batch, or None."""
        return self._devices

    def gradient(self, side: SideName) -> Any:
        """The gradient of each sample's outputs by that sample, in the structure and shapes of the input, float32 or wider.

        With `outputs="each"` a list of them, one for each head. Computed once, when first asked for; with `differences` the
        critic runs again. Raises TypeError for a side that was not observed, ValueError where the critic ignores its input.
        """
        gradients = self.gradients(side)
        return gradients if self._outputs == "each" else gradients[0]

    def gradients(self, side: SideName) -> list[Any]:
        """The same as a list, of one where it is not each head's."""
        self.points(side)
        # Not self: what refers to itself keeps a step's graph until the garbage collector runs.
        calculus, gradients = self._calculus, self._views[side].gradients
        if gradients is None:
            return self.at(side, self.points(side), 1.0)[0]
        if side not in self._gradients:
            self._gradients[side] = once(partial(_wide, calculus, gradients), calculus.trace)
        return self._gradients[side]()

    def points(self, side: str) -> Any:
        """The input of a side; TypeError if it was not observed."""
        return self.point(side).x

    def point(self, side: str) -> Point:
        """The same, with what goes with it."""
        if side not in self._points:
            raise TypeError(f"this needs the critic on {side}s: observe(critic, {side}=...)")
        return self._points[side]

    def samples(self, side: str) -> int:
        """How many samples a side has."""
        return samples(self._calculus, self.points(side))

    def numbers(self, side: str) -> list[A]:
        """The outputs on a side, of whose sums `gradients` are."""
        return self._views[side].numbers

    def anchored(self, penalty: A, numbers: list[A]) -> A:
        """The penalty, with a gradient of every parameter where that was asked for, or something waits for it."""
        if not self._anchor:
            return penalty
        return self._calculus.anchored(penalty, _sum([self._calculus.backend.sum(number) for number in numbers]))

    def at(self, side: str, x: Any, fraction: float) -> tuple[list[Any], list[A]]:
        """The gradients at the first share of other points, with a side's further arguments, and the outputs there.

        The critic runs again, and leaves what it keeps between calls as it is.
        """
        at = first_of(self._calculus, self._points[side]._replace(x=x), fraction)
        view = self._view(self._calculus.undisturbed(self._critic, False), at, "other")
        return _wide(self._calculus, view.gradients), view.numbers

    def steps(self, side: str) -> Steps | None:
        """The points of differences that were observed with a side."""
        self.points(side)
        return self._steps.get(side)

    def ends(self, side: str, moved: Point, fraction: float) -> tuple[list[A], list[A]]:
        """The heads at moved points of a side's first share, and at its samples, of one function, without a gradient by x.

        All are compared with what was observed, by the critic as it was then; of a share, both are computed in one batch.
        """
        if side in self._steps:
            heads: list[Any] = self.heads(side)
            k = many(fraction, self.samples(side))
            return self._heads(self._views[_moved(side)].logits, moved.x, side), [head[:k] for head in heads]
        if fraction == 1.0:
            batch = self._batches[0] if side in self._batches[0] else self._batches[1]
            return self._run(self._remembered[next(iter(batch))], {**batch, side: moved})[side], self.heads(side)
        both = {side: first_of(self._calculus, self._points[side], fraction), _moved(side): moved}
        found = self._run(self._calculus.undisturbed(self._critic, True), both)
        return found[_moved(side)], found[side]

    def heads(self, side: str) -> list[A]:
        """The heads of a side."""
        return self._heads(self._views[side].logits, self.points(side), side)

    def _run(self, critic: Critic, points: Mapping[str, Point]) -> dict[str, list[A]]:
        """The heads at all points, in one batch."""
        if len(points) == 1:
            return {name: self._heads(_logits(critic, at), at.x, name) for name, at in points.items()}
        both, places = joined(self._calculus, points)
        logits, n = _logits(critic, both), samples(self._calculus, both.x)
        return {name: self._heads(sliced(logits, place, n), points[name].x, name) for name, place in places.items()}

    def _view(self, critic: Critic, at: Point, side: str, alike: bool = False) -> _View[A]:
        keep: Callable[[Any], None] | None = None
        if side != "other":
            self._remembered[side] = self._remember(self._calculus.leaves(at.x)[0])
            critic, keep = self._calculus.functional(critic, alike)

        def run(x: Any) -> tuple[list[A], Any]:
            output = critic(x, *at.args, **at.named)
            output, kept = (output, None) if keep is None else output
            logits, features = logits_and_features(output)
            return self._numbers(self._heads(logits, x, side)), (logits, features, kept)

        gradients = None
        if alike:
            numbers, (logits, features, kept) = run(at.x)
        else:
            numbers, (logits, features, kept), gradients = self._calculus.linearize(run, at.x, self._critic)
        if keep is not None:
            keep(kept)
        return _View(logits, features, numbers, gradients)

    def _together(self, points: Mapping[str, Point]) -> dict[str, _View[A]]:
        """Points in one batch: what the critic computes from a whole batch, as BatchNorm does, sees all of them."""
        calculus = self._calculus
        both, places = joined(calculus, points)
        alike = any(_moved(side) in points for side in points)
        view, n = self._view(self._critic, both, next(iter(points)), alike), samples(calculus, both.x)
        gradients = view.gradients and once(view.gradients, calculus.trace)

        def of(place: slice) -> Callable[[], list[Any]] | None:
            found = gradients
            return found and (lambda: [calculus.mapped(lambda g: g[place], each) for each in found()])

        return {
            name: _View(sliced(view.logits, place, n), sliced(view.features, place, n), view.numbers, of(place))
            for name, place in places.items()
        }

    def _heads(self, logits: Any, x: Any, side: str) -> list[A]:
        each = list(logits.values()) if isinstance(logits, dict) else logits if isinstance(logits, list) else [logits]
        if not each:
            raise ValueError("the critic returned no heads: it must return logits, or a list or dict of them")
        what, n = f"the critic's {side} logits", samples(self._calculus, x)
        heads = [self._calculus.backend.logits(head, what) for head in each]
        for head in heads:
            if not shape(head) or shape(head)[0] != n:
                raise ValueError(
                    f"a critic returns logits for each sample, along the first axis: got logits of shape {shape(head)} for an "
                    f"input of shape {' and '.join(str(shape(leaf)) for leaf in self._calculus.leaves(x))}"
                )
        return heads

    def _numbers(self, heads: list[A]) -> list[A]:
        """What is differentiated: the elements of each are summed for it."""
        if self._outputs == "each" or (len(heads) == 1 and self._outputs == "sum"):
            return heads
        total_of = self._calculus.backend.sum
        counts = [len(heads) * math.prod(shape(head)[1:]) if self._outputs == "mean" else 1 for head in heads]
        return [_sum([total_of(head) / float(n) if n > 1 else total_of(head) for head, n in zip(heads, counts, strict=True)])]


def _logits(critic: Critic, at: Point) -> Any:
    return logits_and_features(critic(at.x, *at.args, **at.named))[0]


def _moved(side: str) -> str:
    return f"moved {side}"


def _sum(numbers: list[A]) -> A:
    return numbers[0] if len(numbers) == 1 else reduce(lambda a, b: a + b, numbers)


def _wide(calculus: Calculus[A], gradients: Any) -> list[Any]:
    return [calculus.mapped(lambda g: calculus.backend.logits(g, "the gradient"), each) for each in gradients()]


def observed(
    calculus: Calculus[A],
    critic: Critic,
    given: Mapping[str, tuple[Any, Any]],
    joint: bool,
    outputs: Outputs,
    first: SideName,
    anchor: bool | None,
    asked: Asked,
    devices: Any,
) -> Observation[A]:
    """`Penalties.observe`, for the library of a `Calculus`."""
    if not callable(critic):
        raise TypeError(f"the critic must be a function or module of an input, got {type(critic).__name__}")
    choice("outputs", outputs, ("sum", "mean", "each"))
    choice("first", first, ("real", "fake"))
    each = {side: point_of(calculus, side, x, args, devices is not None) for side, (x, args) in given.items()}
    points = {side: at for side, at in each.items() if at is not None}
    if not points:
        raise TypeError("nothing to observe: give real=..., fake=... or both")
    if joint and len(points) < 2:
        raise TypeError("joint=True is for both sides: give real=... and fake=...")
    steps = steps_of(calculus, points, asked)
    if first == "fake":
        points = dict(reversed(points.items()))
    return Observation(calculus, critic, points, steps, outputs, joint, anchor, devices)
