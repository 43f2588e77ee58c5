"""The same loss on any number of devices: a call sees the logits of all of them, or what they sum to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.inputs import mean_of_samples
from ganloss_core.engine.side import Weighted, is_mask
from ganloss_core.engine.steps import Extras, Made
from ganloss_core.spec.game import Player
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A, Term

Run = Callable[[Any, Any, Extras | None], Any]


class Devices(Protocol[A]):
    """What an adapter makes of its argument: `group` in PyTorch, `axis_name` in JAX.

    The gradient of both is the sum of the gradients of all devices.
    """

    @property
    def count(self) -> int:
        """How many devices."""
        ...

    def summed(self, numbers: Sequence[A], /) -> list[A]:
        """Each number, of shape (), or array, all of one shape, summed over all devices, in one go."""
        ...

    def joined(self, arrays: Sequence[Any], /) -> tuple[list[Any], list[Callable[[A], A]]]:
        """The arrays of all devices, each along its first axis, and functions to this device's rows of such; None stays."""
        ...


def devices_of(backend: Backend[Any], given: tuple[str, Any] | None) -> Any:
    """The `Devices` of what `Backend.several` found; None for this one alone."""
    if given is None:
        return None
    assert backend.devices is not None
    return backend.devices(given[1])


def devices_in(backend: Backend[Any], call: str, arguments: dict[str, Any]) -> Any:
    """The same of the further arguments of a call, which has no others."""
    given = backend.several(arguments)
    for name in arguments:
        raise TypeError(f"{call}() got an unexpected keyword argument {name!r}")
    return devices_of(backend, given)


Sums = Callable[[Made[Any], Player[Any]], Run]


def everywhere(made: Made[A], player: Player[A], run: Run, sums: Sums, as_sides: bool) -> Run:
    """A player's loss of one head on all devices: of sums where it is terms of single logits, else of all logits."""
    if player.terms is None or (made.top_k is not None and player is made.game.generator):
        return _of_all(made, run)
    each = made.reduction == "none"
    local = sums(replace(made, reduction="none" if each else "sum", devices=None, a_share=True), player)
    return local if each else _of_sums(made, player, local, as_sides)


def _of_all(made: Made[A], run: Run) -> Run:
    devices: Any = made.devices

    def call(real: Any, fake: Any, extras: Extras | None) -> Any:
        arrays, own = devices.joined([real, fake, *(extras or Extras())])
        loss = run(arrays[0], arrays[1], None if extras is None else Extras(*arrays[2:]))
        if made.reduction != "none":
            return loss
        # Rows of a matrix of pairs are those of the reals.
        of_part = own[0], own[1], own[1] if real is None else own[0], lambda x: x
        return Sides(*[None if part is None else of(part) for of, part in zip(of_part, loss, strict=True)])

    return call


def _of_sums(made: Made[A], player: Player[A], sums: Run, as_sides: bool) -> Run:
    backend: Any = made.backend
    devices: Any = made.devices

    def counts(x: Any, weight: Any, part: Any) -> list[Any]:
        if weight is not None:
            weight = backend.mask(weight) if is_mask(weight) else backend.like(weight, part)
        return totals(backend, weight, _count(x, player.of_means), part)

    def call(real: Any, fake: Any, extras: Extras | None) -> Any:
        local, given = sums(real, fake, extras), extras or Extras()
        sides = [(part, x, w) for part, x, w in zip(local[:2], (real, fake), given[:2], strict=True) if part is not None]
        numbers = devices.summed([n for part, x, w in sides for n in (part, *counts(x, w, part))])
        parts = numbers[::3]
        if made.reduction == "mean":
            parts = [mean_of(backend, *sums) for sums in zip(parts, numbers[1::3], numbers[2::3], strict=True)]
        if as_sides:
            each = iter(parts)
            return Sides(*[None if part is None else next(each) for part in local[:2]])
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return call


def totals(backend: Backend[A], weight: Any, n: float, part: Any) -> list[Any]:
    """What a mean divides by, and what is 0 where nothing has weight: weights of both signs may sum to 0 too."""
    if weight is None:
        # 0, also where the part is infinite, without a number that a card would wait for.
        zero: Any = backend.less(part, part)
        return [zero + float(n), zero + 1.0]
    total = Weighted(backend, weight, "sum").total(part)
    return [total, total if is_mask(weight) else backend.sum(backend.ops.abs(weight))]


def mean_of(backend: Backend[A], part: Any, total: Any, some: Any) -> A:
    """A mean of sums; where nothing has weight it is 0 with zero gradient, as on one device."""
    mean: A = part / backend.masked(some, total, 1.0)
    return mean


def of_one_side(made: Made[A], term: Term[A], side: str, x: Any) -> A:
    """D's term on one side, of all devices."""
    backend: Any = made.backend
    x = backend.logits(x, side)
    part = backend.sum(term(mean_of_samples(backend, x) if made.game.discriminator.of_means else x))
    n = _count(x, made.game.discriminator.of_means)
    sums = made.devices.summed([part, *totals(backend, None, n, part)])
    value: A = sums[0] if made.reduction == "sum" else mean_of(backend, *sums)
    return value


def _count(x: Any, of_means: bool) -> int:
    return int(x.shape[0] if of_means and len(x.shape) > 1 else math.prod(x.shape))
