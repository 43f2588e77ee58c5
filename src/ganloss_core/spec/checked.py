"""A user's loss, whose functions are held to what they promise: a part that is None by mistake would be no part at all."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ganloss_core.spec.definition import AnyLoss
from ganloss_core.spec.loss import BatchLoss, Coupling, Loss, TwoSided, all_pairs, average, centered, each, paired, separable
from ganloss_core.spec.sides import E, PairsMean, Sides
from ganloss_core.spec.variant import Variant
from ganloss_core.words.ops import A, Term

COUPLINGS = (separable, paired, average, centered, all_pairs, each)


def with_checked_parts(loss: AnyLoss[A], name: str) -> AnyLoss[A]:
    """The loss, whose terms must return one value for each logit, and whose other functions `Sides`, of the right shapes.

    The errors name the loss: TypeError where nothing or another type is returned, ValueError for another shape.
    """
    if isinstance(loss, Variant):
        return replace(loss, **_parts_of_variant(loss, name))
    if isinstance(loss, BatchLoss):
        of_g: Any = loss.generator
        return replace(
            loss,
            discriminator=_two_sided(loss.discriminator, f"{name}: discriminator", loss),
            generator=_two_sided(of_g, f"{name}: generator", loss) if callable(of_g) else of_g,
        )
    generator = loss.generator
    return replace(
        loss,
        real=_term(loss.real, f"{name}: the real term"),
        fake=_term(loss.fake, f"{name}: the fake term"),
        generator=_term(generator, f"{name}: the generator's term") if callable(generator) else generator,
        coupling=loss.coupling if loss.coupling in COUPLINGS else _coupling(loss.coupling, f"{name}: a coupling"),
        pairs_mean=None if loss.pairs_mean is None else _pairs_mean(loss.pairs_mean, f"{name}: pairs_mean"),
    )


def _parts_of_variant(variant: Variant[A], name: str) -> dict[str, Any]:
    of_g, activation = variant.generator, variant.activation
    return {
        "discriminator": with_checked_parts(variant.discriminator, name),
        "generator": with_checked_parts(of_g, name) if isinstance(of_g, (Loss, BatchLoss)) else of_g,
        "activation": None if activation is None else _term(activation, f"{name}: the activation"),
    }


def _term(term: Term[A], what: str) -> Term[A]:
    def call(t: A) -> A:
        value = term(t)
        _shaped(f"{what} must return one value a logit,", _returned(what, value), _shape(t))
        return value

    return call


def _coupling(coupling: Coupling, what: str) -> Coupling:
    def call(*, real: Term[A], fake: Term[A]) -> TwoSided[A]:
        two_sided = coupling(real=real, fake=fake)
        if not callable(two_sided):
            raise TypeError(f"{what} must return a function of (real, fake, E), got {type(two_sided).__name__}")
        return _two_sided(two_sided, what, None)

    return call


def _pairs_mean(mean: PairsMean[A], what: str) -> PairsMean[A]:
    def call(r: A, f: A, E: E[A]) -> A:
        value = mean(r, f, E)
        _shaped(f"{what} must return one number,", _returned(what, value), () if hasattr(r, "shape") else None)
        return value

    return call


def _two_sided(two_sided: TwoSided[A], what: str, loss: BatchLoss[A] | None) -> TwoSided[A]:
    axes = 0 if loss is None else loss.axes
    in_pairs = loss is not None and loss.paired != "never"

    def call(r: A, f: A, E: E[A]) -> Sides[A]:
        watched: Any = _Watched(E)
        sides = two_sided(r, f, watched)
        if sides.__class__ is not Sides:
            raise TypeError(f"{what} must return ganloss_core.Sides, got {type(sides).__name__}")
        if all(part is None for part in sides):
            raise TypeError(f"{what} returned Sides without any part: is there a `return` in the functions that make them?")
        of_both = in_pairs or sides.pair is not None or sides.batch is not None
        for side, x, part in (("real", r, sides.real), ("fake", f, sides.fake)):
            if part is None and x is not None and not of_both and side not in watched.asked:
                raise TypeError(
                    f"{what} returned Sides without a {side} part, and takes no mean over {side}: is there a `return` in the "
                    "function that makes it?"
                )
        _check_shapes(what, sides, _samples(r, axes), _samples(f, axes))
        return sides

    return call


class _Watched:
    """An E, and what it was asked for."""

    def __init__(self, E: Any) -> None:
        self._E = E
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.update(("real", "fake") if name == "swapped" else (name,))
        return getattr(self._E, name)


def _check_shapes(what: str, sides: Sides[Any], real: tuple[int, ...] | None, fake: tuple[int, ...] | None) -> None:
    for side, part, of in (("real", sides.real, real), ("fake", sides.fake, fake)):
        if part is not None:
            _shaped(f"{what} must return one {side} value a sample,", part, of)
    pair = _shape(sides.pair)
    if sides.pair is not None and real is not None and fake is not None and not pair == real == fake:
        all_pairs = math.prod(real), math.prod(fake)
        # Rows are the caller's reals, also where the roles are swapped.
        if pair != all_pairs[::-1]:
            _shaped(f"{what} must return one value a pair,", sides.pair, all_pairs)
    if sides.batch is not None and (real is not None or fake is not None):
        _shaped(f"{what} must return one number for the batch,", sides.batch, ())


def _returned(what: str, value: Any) -> Any:
    if value is None:
        raise TypeError(f"{what} returned None: is there a `return` in it?")
    return value


def _shaped(what: str, value: Any, of: tuple[int, ...] | None) -> None:
    got = _shape(value)
    if of is not None and got != of:
        raise ValueError(f"{what} shape {of}, got {type(value).__name__ if got is None else f'shape {got}'}")


def _shape(x: Any) -> tuple[int, ...] | None:
    """None for what has no shape, such as a number."""
    return tuple(x.shape) if hasattr(x, "shape") else None


def _samples(x: Any, axes: int) -> tuple[int, ...] | None:
    of = _shape(x)
    return None if of is None else of[: len(of) - axes]
