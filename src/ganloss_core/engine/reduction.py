"""From the parts of a loss, one term for each element, to what a call returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.call import Call, Made
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.side import shape
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A

Finish = Callable[..., Any]
"""(sides, E): what one head's call returns."""


def total(made: Made[A]) -> Finish:
    """The sum of the parts, each reduced."""
    of_batch = _of_batch(made)

    def sum_of(sides: Sides[A], E: Expectation[A]) -> Any:
        on_real, on_fake, on_pair, on_batch = sides
        value: Any = None if on_real is None else E.real.finish(on_real)
        if on_fake is not None:
            value = E.fake.finish(on_fake) if value is None else value + E.fake.finish(on_fake)
        if on_pair is not None:
            value = E.finish_pair(on_pair) if value is None else value + E.finish_pair(on_pair)
        if on_batch is not None:
            value = of_batch(on_batch) if value is None else value + of_batch(on_batch)
        return value

    return sum_of


def parts(made: Made[A]) -> Finish:
    """The parts, each reduced."""
    of_batch = _of_batch(made)

    def each_of(sides: Sides[A], E: Expectation[A]) -> Sides[A]:
        return Sides(
            None if sides.real is None else E.real.finish(sides.real),
            None if sides.fake is None else E.fake.finish(sides.fake),
            None if sides.pair is None else E.finish_pair(sides.pair),
            None if sides.batch is None else of_batch(sides.batch),
        )

    return each_of


def _of_batch(made: Made[A]) -> Callable[[A], A]:
    """What becomes of a part on the batch as a whole."""

    def of_batch(part: A) -> A:
        if made.reduction != "mean" and not made.game.all_pairs:
            raise ValueError(f"{made.name} is a function of the whole batch, without terms per element: use reduction='mean'")
        return part

    return of_batch


def in_samples_shape(backend: Backend[A], parts: Sides[A], call: Call[A]) -> Sides[A]:
    """One term per sample in the samples' shape, as the caller has them."""
    shapes: tuple[Any, ...] = (call.real_samples, call.fake_samples, call.real_samples or call.fake_samples, ())
    return Sides(
        *[
            part if part is None or len(shape(part)) != 1 else backend.reshape(part, to)
            for part, to in zip(parts, shapes, strict=True)
        ]
    )
