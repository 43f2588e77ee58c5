"""A critic seen once: its outputs on both sides, and, where somebody asks, their gradients by its input."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Generic, Literal

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.side import shape
from ganloss_core.terms.outputs import logits_and_features, once, sliced
from ganloss_core.words.ops import A

Outputs = Literal["sum", "mean"]
Critic = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Calculus(Generic[A]):
    """What an array library does for penalties, besides its `Backend`: one table for each."""

    backend: Backend[A]
    linearize: Callable[[Callable[[A], tuple[A, Any]], A, Any], tuple[A, Any, Callable[[], A]]]
    """(f, x, critic): the number and the rest of f(x) = (number, rest), and a function to the number's gradient by x.

    The gradient can be differentiated again. ValueError, where that can be seen, if the number does not depend on x.
    """
    functional: Callable[[Critic], tuple[Critic, Callable[[Any], None] | None]]
    """A critic that returns (output, what it keeps) and a function that keeps it; or the critic itself and None."""
    undisturbed: Callable[[Critic], Critic]
    """The critic, whose call leaves what it keeps (running means) as it is."""
    remembered: Callable[[Critic, A], Critic]
    """(critic, x): the critic as it is before it sees x, with what it keeps and what it draws: the same function twice."""
    anchored: Callable[[A, A], A]
    """(penalty, number): the penalty, on which every parameter that the number depends on has a gradient, if only 0."""
    waits: Callable[[], bool]
    """Whether something waits for a gradient of every parameter."""
    trace: Callable[[], Any]
    """What is computed now belongs to this, and may be used where it is equal."""
    concatenate: Callable[[Sequence[A]], A]
    """Along the first axis."""
    detached: Callable[[A], A]
    uniform: Callable[[tuple[int, ...], A, Any], A]
    """(shape, x, rng): numbers in [0, 1), of x's dtype, on its device."""
    normal: Callable[[tuple[int, ...], A, Any], A]
    """(shape, x, rng): standard normal numbers, of x's dtype, on its device."""
    number: Callable[[float, Any], A]
    """(value, dtype): an array of shape (), float32 if dtype is None."""
    pixels: Callable[[tuple[int, ...]], tuple[int, ...]]
    """The part of an image batch's shape that is neither samples nor channels."""

    def drawn(self, name: str, given: Any, rng: Any, of: tuple[int, ...], x: A, draw: Callable[..., A]) -> A:
        """The numbers that were given, checked, or drawn ones, of a shape and of x's dtype."""
        if given is None:
            return draw(of, x, rng)
        if rng is not None:
            raise TypeError(f"give {name} or rng, not both")
        array = self.backend.like(given, x)
        if shape(array) != of:
            raise ValueError(f"{name} must have shape {of}, got {shape(array)}")
        return array


@dataclass(frozen=True)
class _View(Generic[A]):
    """A critic at some points."""

    logits: Any
    features: Any
    total: A
    gradient: Callable[[], A]


class Observation(Generic[A]):
    """What `observe` saw.

    Attributes:
        real: the critic's logits on reals, as it returned them: an array, or a list or dict of heads. None if not observed.
        fake: the same on fakes.
        real_features: what the critic returned beside the logits of reals, for a critic that returns (logits, features).
        fake_features: the same for fakes.
    """

    def __init__(
        self,
        calculus: Calculus[A],
        critic: Critic,
        points: dict[str, tuple[A, tuple[Any, ...]]],
        outputs: Outputs,
        joint: bool,
        anchor: bool | None,
    ) -> None:
        self._calculus, self._critic, self._points, self._outputs = calculus, critic, points, outputs
        self._joint, self._anchor = joint, anchor
        self._gradients: dict[str, Callable[[], A]] = {}
        self._remembered: dict[str, Critic] = {}
        self._views = self._jointly() if joint else {side: self._view(critic, *at, side) for side, at in points.items()}
        self.real: Any
        self.real_features: Any
        self.fake: Any
        self.fake_features: Any
        self.real, self.real_features, self.fake, self.fake_features = (
            getattr(self._views.get(side), part, None) for side in ("real", "fake") for part in ("logits", "features")
        )

    def gradient(self, side: Literal["real", "fake"]) -> A:
        """The gradient of each sample's outputs by that sample, in the shape of the input, float32 or wider.

        Computed once, when first asked for. Raises TypeError for a side that was not observed, ValueError where the critic
        ignores its input.
        """
        self.points(side)
        if side not in self._gradients:
            view, logits = self._views[side], self._calculus.backend.logits
            self._gradients[side] = once(lambda: logits(view.gradient(), "the gradient of"), self._calculus.trace)
        return self._gradients[side]()

    def points(self, side: str) -> A:
        """The input of a side; TypeError if it was not observed."""
        if side not in self._points:
            raise TypeError(f"this needs the critic on {side}s: observe(critic, {side}=...)")
        return self._points[side][0]

    def number(self, side: str) -> A:
        """The sum of all outputs on a side, whose gradient `gradient` is."""
        return self._views[side].total

    def anchored(self, penalty: A, number: A) -> A:
        """The penalty, with a gradient of every parameter where that was asked for, or something waits for it."""
        anchor = self._calculus.waits() if self._anchor is None else self._anchor
        return self._calculus.anchored(penalty, number) if anchor else penalty

    def at(self, x: A) -> tuple[A, A]:
        """The gradient at other points, with the reals' further arguments, and the sum of outputs there.

        The critic runs again, and leaves what it keeps between calls as it is.
        """
        view = self._view(self._calculus.undisturbed(self._critic), x, self._points["real"][1], "other")
        return self._calculus.backend.logits(view.gradient(), "the gradient of"), view.total

    def logits_at(self, side: str, x: A) -> list[A]:
        """The heads of the critic at other points of a side, as it was when it saw that side, without any gradient by x."""
        if not self._joint:
            output = self._remembered[side](x, *self._points[side][1])
            return self._heads(logits_and_features(output)[0], x, side)
        sides = {name: x if name == side else points for name, (points, _) in self._points.items()}
        both, args, halves = self._joined(sides["real"], sides["fake"])
        logits = logits_and_features(self._remembered["joint"](both, *args))[0]
        return self._heads(sliced(logits, halves[side], shape(both)[0]), x, side)

    def heads(self, side: str) -> list[A]:
        """The heads of a side."""
        return self._heads(self._views[side].logits, self.points(side), side)

    def _view(self, critic: Critic, x: A, args: tuple[Any, ...], side: str) -> _View[A]:
        keep: Callable[[Any], None] | None = None
        if side != "other":
            self._remembered[side] = self._calculus.remembered(critic, x)
            critic, keep = self._calculus.functional(critic)

        def run(x: A) -> tuple[A, Any]:
            output = critic(x, *args)
            output, kept = (output, None) if keep is None else output
            logits, features = logits_and_features(output)
            return self._total(self._heads(logits, x, side)), (logits, features, kept)

        total, (logits, features, kept), gradient = self._calculus.linearize(run, x, self._critic)
        if keep is not None:
            keep(kept)
        return _View(logits, features, total, gradient)

    def _jointly(self) -> dict[str, _View[A]]:
        """Both sides in one batch: what the critic computes from a whole batch, as BatchNorm does, sees both."""
        (real, _), (fake, _) = self._points["real"], self._points["fake"]
        if shape(real)[1:] != shape(fake)[1:]:
            raise ValueError(f"joint: samples must be of one shape, got real {shape(real)} and fake {shape(fake)}")
        x, args, halves = self._joined(real, fake)
        view, n = self._view(self._critic, x, args, "joint"), shape(x)[0]
        both = once(view.gradient, self._calculus.trace)

        def gradient(half: slice) -> A:
            part: A = sliced(both(), half, n)
            return part

        return {
            side: _View(sliced(view.logits, half, n), sliced(view.features, half, n), view.total, partial(gradient, half))
            for side, half in halves.items()
        }

    def _joined(self, real: A, fake: A) -> tuple[A, tuple[Any, ...], dict[str, slice]]:
        """Both sides in one batch, their further arguments, and where each side is."""
        (_, real_args), (_, fake_args) = self._points["real"], self._points["fake"]
        if len(real_args) != len(fake_args):
            raise TypeError(f"joint: as many real_args as fake_args, got {len(real_args)} and {len(fake_args)}")
        n, join = shape(real)[0], self._calculus.concatenate

        def joined(r: Any, f: Any) -> Any:
            if hasattr(r, "shape") and hasattr(f, "shape") and shape(r) and shape(f):
                return join([r, f])
            if type(r) is type(f) and not hasattr(r, "shape") and r == f:
                return r
            raise TypeError(
                "joint: arguments of both sides are joined along the first axis, or are the same number or None, got "
                f"{type(r).__name__} and {type(f).__name__}"
            )

        args = tuple(joined(r, f) for r, f in zip(real_args, fake_args, strict=True))
        return join([real, fake]), args, {"real": slice(None, n), "fake": slice(n, None)}

    def _heads(self, logits: Any, x: Any, side: str) -> list[A]:
        each = list(logits.values()) if isinstance(logits, dict) else logits if isinstance(logits, list) else [logits]
        if not each:
            raise ValueError("the critic returned no heads: it must return logits, or a list or dict of them")
        heads = [self._calculus.backend.logits(head, f"the critic's {side}") for head in each]
        for head in heads:
            if not shape(head) or shape(head)[0] != shape(x)[0]:
                raise ValueError(
                    f"a critic returns logits for each sample, along the first axis: got logits of shape {shape(head)} for an "
                    f"input of shape {shape(x)}"
                )
        return heads

    def _total(self, heads: list[A]) -> A:
        total_of = self._calculus.backend.sum
        counts = [1 if self._outputs == "sum" else len(heads) * math.prod(shape(head)[1:]) for head in heads]
        sums = [total_of(head) / float(n) if n > 1 else total_of(head) for head, n in zip(heads, counts, strict=True)]
        return reduce(lambda a, b: a + b, sums)


def observed(
    calculus: Calculus[A],
    critic: Critic,
    real: Any,
    fake: Any,
    real_args: Sequence[Any],
    fake_args: Sequence[Any],
    joint: bool,
    outputs: Outputs,
    anchor: bool | None,
) -> Observation[A]:
    """`Penalties.observe`, for the library of a `Calculus`."""
    if not callable(critic):
        raise TypeError(f"the critic must be a function or module of an input, got {type(critic).__name__}")
    if outputs not in ("sum", "mean"):
        raise ValueError(f"outputs must be 'sum' or 'mean', got {outputs!r}")
    points = {}
    for side, x, args in (("real", real, real_args), ("fake", fake, fake_args)):
        if x is None:
            if args:
                raise TypeError(f"{side}_args without {side}")
            continue
        _check_input(calculus.backend, x, side)
        points[side] = (x, tuple(args))
    if not points:
        raise TypeError("nothing to observe: give real=..., fake=... or both")
    if joint and len(points) < 2:
        raise TypeError("joint=True is for both sides: give real=... and fake=...")
    return Observation(calculus, critic, points, outputs, joint, anchor)


def _check_input(backend: Backend[A], x: Any, side: str) -> None:
    is_array = hasattr(x, "dtype")
    try:
        # Nothing of it, since half-precision logits would be copied in float32.
        backend.logits(x[:0] if is_array and shape(x) else x, side)
    except TypeError:
        kind = getattr(x, "dtype", type(x).__name__)
        raise TypeError(
            f"{side} must be an array of floating-point numbers, by which the critic is differentiated, got {kind}: pass what "
            "is discrete (labels, tokens) as further arguments, or observe their embedding"
        ) from None
    if not shape(x) or 0 in shape(x):
        raise ValueError(f"{side} must be a batch of samples along the first axis, got shape {shape(x)}")
