"""A critic seen once: its outputs on both sides, and, where somebody asks, their gradients by its input."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Generic, Literal, NamedTuple

from ganloss_core.engine.side import shape
from ganloss_core.spec.arguments import choice
from ganloss_core.terms.calculus import Calculus, Critic
from ganloss_core.terms.outputs import logits_and_features, once, sliced
from ganloss_core.words.ops import A

Outputs = Literal["sum", "mean"]
SideName = Literal["real", "fake"]


class Point(NamedTuple):
    """Where the critic is on a side: the samples, and what it takes besides, by position and by name."""

    x: Any
    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = {}


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
        outputs: Outputs,
        joint: bool,
        anchor: bool | None,
        devices: Any,
    ) -> None:
        self._calculus, self._critic, self._points, self._outputs = calculus, critic, points, outputs
        self._devices = devices
        self._joint, self._anchor = joint, anchor
        self._gradients: dict[str, Callable[[], Any]] = {}
        self._remembered: dict[str, Critic] = {}
        self._views = self._jointly() if joint else {side: self._view(critic, at, side) for side, at in points.items()}
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

        Computed once, when first asked for. Raises TypeError for a side that was not observed, ValueError where the critic
        ignores its input.
        """
        self.points(side)
        if side not in self._gradients:
            # Not self: what refers to itself keeps a step's graph until the garbage collector runs.
            calculus, view = self._calculus, self._views[side]
            self._gradients[side] = once(lambda: _wide(calculus, view.gradient()), calculus.trace)
        return self._gradients[side]()

    def points(self, side: str) -> Any:
        """The input of a side; TypeError if it was not observed."""
        if side not in self._points:
            raise TypeError(f"this needs the critic on {side}s: observe(critic, {side}=...)")
        return self._points[side].x

    def number(self, side: str) -> A:
        """The sum of all outputs on a side, whose gradient `gradient` is."""
        return self._views[side].total

    def anchored(self, penalty: A, number: A) -> A:
        """The penalty, with a gradient of every parameter where that was asked for, or something waits for it."""
        anchor = self._calculus.waits() if self._anchor is None else self._anchor
        return self._calculus.anchored(penalty, number) if anchor else penalty

    def at(self, x: Any) -> tuple[Any, A]:
        """The gradient at other points, with the reals' further arguments, and the sum of outputs there.

        The critic runs again, and leaves what it keeps between calls as it is.
        """
        view = self._view(self._calculus.undisturbed(self._critic), self._points["real"]._replace(x=x), "other")
        return _wide(self._calculus, view.gradient()), view.total

    def logits_at(self, side: str, x: Any) -> list[A]:
        """The heads of the critic at other points of a side, as it was when it saw that side, without any gradient by x."""
        moved = self._points[side]._replace(x=x)
        if not self._joint:
            output = self._remembered[side](x, *moved.args, **moved.named)
            return self._heads(logits_and_features(output)[0], x, side)
        both, halves = self._joined({**self._points, side: moved})
        logits = logits_and_features(self._remembered["joint"](both.x, *both.args, **both.named))[0]
        return self._heads(sliced(logits, halves[side], self._samples(both.x)), x, side)

    def heads(self, side: str) -> list[A]:
        """The heads of a side."""
        return self._heads(self._views[side].logits, self.points(side), side)

    def _samples(self, x: Any) -> int:
        return shape(self._calculus.leaves(x)[0])[0]

    def _view(self, critic: Critic, at: Point, side: str) -> _View[A]:
        keep: Callable[[Any], None] | None = None
        if side != "other":
            self._remembered[side] = self._calculus.remembered(critic, self._calculus.leaves(at.x)[0])
            critic, keep = self._calculus.functional(critic)

        def run(x: Any) -> tuple[A, Any]:
            output = critic(x, *at.args, **at.named)
            output, kept = (output, None) if keep is None else output
            logits, features = logits_and_features(output)
            return self._total(self._heads(logits, x, side)), (logits, features, kept)

        total, (logits, features, kept), gradient = self._calculus.linearize(run, at.x, self._critic)
        if keep is not None:
            keep(kept)
        return _View(logits, features, total, gradient)

    def _jointly(self) -> dict[str, _View[A]]:
        """Both sides in one batch: what the critic computes from a whole batch, as BatchNorm does, sees both."""
        both, halves = self._joined(self._points)
        view, n = self._view(self._critic, both, "joint"), self._samples(both.x)
        calculus = self._calculus
        gradients = once(view.gradient, calculus.trace)

        def gradient(half: slice) -> Any:
            return calculus.mapped(lambda g: g[half], gradients())

        return {
            side: _View(sliced(view.logits, half, n), sliced(view.features, half, n), view.total, partial(gradient, half))
            for side, half in halves.items()
        }

    def _joined(self, points: Mapping[str, Point]) -> tuple[Point, dict[str, slice]]:
        """Both sides in one batch, and where each side is."""
        (first, a), (second, b) = points.items()
        join, n = self._calculus.concatenate, self._samples(a.x)

        def one_batch(x: A, y: A) -> A:
            if shape(x)[1:] != shape(y)[1:]:
                raise ValueError(f"joint: samples must be of one shape, got {first} {shape(x)} and {second} {shape(y)}")
            return join([x, y])

        if len(a.args) != len(b.args):
            raise TypeError(f"joint: as many real_args as fake_args, got {len(a.args)} and {len(b.args)}")
        if set(a.named) != set(b.named):
            raise TypeError(f"joint: the same names in real_args and fake_args, got {list(a.named)} and {list(b.named)}")
        args = tuple(self._joined_arguments(x, y) for x, y in zip(a.args, b.args, strict=True))
        named = {name: self._joined_arguments(x, b.named[name]) for name, x in a.named.items()}
        both = Point(self._calculus.mapped(one_batch, a.x, b.x), args, named)
        return both, {first: slice(None, n), second: slice(n, None)}

    def _joined_arguments(self, x: Any, y: Any) -> Any:
        """What the critic takes besides, of both sides."""
        if hasattr(x, "shape") and hasattr(y, "shape") and shape(x) and shape(y):
            return self._calculus.concatenate([x, y])
        if type(x) is type(y) and isinstance(x, (int, float, str, type(None))) and x == y:
            return x
        if type(x) is type(y) and isinstance(x, (dict, list, tuple)):
            return self._calculus.mapped(self._joined_arguments, x, y)
        raise TypeError(
            "joint: arguments of both sides are joined along the first axis, or are the same number or None, got "
            f"{type(x).__name__} and {type(y).__name__}"
        )

    def _heads(self, logits: Any, x: Any, side: str) -> list[A]:
        each = list(logits.values()) if isinstance(logits, dict) else logits if isinstance(logits, list) else [logits]
        if not each:
            raise ValueError("the critic returned no heads: it must return logits, or a list or dict of them")
        heads = [self._calculus.backend.logits(head, f"the critic's {side} logits") for head in each]
        for head in heads:
            if not shape(head) or shape(head)[0] != self._samples(x):
                raise ValueError(
                    f"a critic returns logits for each sample, along the first axis: got logits of shape {shape(head)} for an "
                    f"input of shape {' and '.join(str(shape(leaf)) for leaf in self._calculus.leaves(x))}"
                )
        return heads

    def _total(self, heads: list[A]) -> A:
        total_of = self._calculus.backend.sum
        counts = [1 if self._outputs == "sum" else len(heads) * math.prod(shape(head)[1:]) for head in heads]
        sums = [total_of(head) / float(n) if n > 1 else total_of(head) for head, n in zip(heads, counts, strict=True)]
        return reduce(lambda a, b: a + b, sums)


def _wide(calculus: Calculus[A], gradient: Any) -> Any:
    return calculus.mapped(lambda g: calculus.backend.logits(g, "the gradient"), gradient)


def observed(
    calculus: Calculus[A],
    critic: Critic,
    real: Any,
    fake: Any,
    real_args: Any,
    fake_args: Any,
    joint: bool,
    outputs: Outputs,
    first: SideName,
    anchor: bool | None,
    devices: Any,
) -> Observation[A]:
    """`Penalties.observe`, for the library of a `Calculus`."""
    if not callable(critic):
        raise TypeError(f"the critic must be a function or module of an input, got {type(critic).__name__}")
    choice("outputs", outputs, ("sum", "mean"))
    choice("first", first, ("real", "fake"))
    points = {}
    for side, x, args in (("real", real, real_args), ("fake", fake, fake_args)):
        arguments = _arguments(side, args)
        if x is not None:
            _check_input(calculus, x, side, devices is not None)
            points[side] = Point(x, *arguments)
        elif any(arguments):
            raise TypeError(f"{side}_args without {side}")
    if not points:
        raise TypeError("nothing to observe: give real=..., fake=... or both")
    if joint and len(points) < 2:
        raise TypeError("joint=True is for both sides: give real=... and fake=...")
    if first == "fake":
        points = dict(reversed(points.items()))
    return Observation(calculus, critic, points, outputs, joint, anchor, devices)


def _arguments(side: str, args: Any) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """What the critic takes besides: by position and by name."""
    if isinstance(args, Mapping):
        return (), args
    if isinstance(args, (list, tuple)):
        return tuple(args), {}
    # An array would be taken apart along its first axis, which a batch of one would not even notice.
    raise TypeError(
        f"{side}_args must be a tuple or list of arguments, or a dict by name, got {type(args).__name__}: (x,) for one"
    )


def _check_input(calculus: Calculus[A], x: Any, side: str, a_share: bool) -> None:
    leaves = calculus.leaves(x)
    for leaf in leaves:
        of = tuple(getattr(leaf, "shape", ()))
        half = of and str(getattr(leaf, "dtype", "")).endswith("float16")
        try:
            # Half-precision logits would be copied in float32.
            calculus.backend.logits(leaf[:0] if half else leaf, side)
        except TypeError:
            kind = str(getattr(leaf, "dtype", type(leaf).__name__))
            of_another = f" of {type(leaf).__module__.partition('.')[0]}" if "float" in kind else ""
            raise TypeError(
                f"{side} must be an array of floating-point numbers of {calculus.backend.name}, or a list, tuple or dict of "
                f"such, by which the critic is differentiated, got {kind}{of_another}: pass what is discrete (labels, tokens) "
                "as further arguments, or observe their embedding"
            ) from None
        if not of or 0 in of[int(a_share) :]:
            raise ValueError(f"{side} must be a batch of samples along the first axis, got shape {of}")
    # Compared, not collected: what is hashed is a constant for a compiler, which then compiles every batch size anew.
    if not leaves or any(shape(leaf)[0] != shape(leaves[0])[0] for leaf in leaves[1:]):
        got = ", ".join(map(str, map(shape, leaves))) or "none"
        raise ValueError(f"the arrays of {side} must have as many samples each, along the first axis, got shapes {got}")
