"""The same loss on any number of devices: a call sees the logits of all of them, or what they sum to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.call import Extras, Made
from ganloss_core.engine.inputs import mean_of_samples
from ganloss_core.engine.side import Weighted, is_mask
from ganloss_core.spec.game import Player
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A, Term

Run = Callable[[Any, Any, Extras | None], Any]
Runs = Callable[[Sequence[tuple[Any, Any, Extras | None]]], list[Any]]
"""The same of each of several calls."""


def in_turn(run: Run) -> Runs:
    """A function of one call, of each of several."""
    return lambda calls: [run(*call) for call in calls]


def alone(runs: Runs) -> Run:
    """A function of several calls, of one."""
    return lambda real, fake, extras: runs([(real, fake, extras)])[0]


class Devices(Protocol[A]):
    """What an adapter makes of its argument: `group` in PyTorch, `axis_name` in JAX.

    The gradient of both is the sum of the gradients of all devices.
    """

    @property
    def count(self) -> int:
        """How many devices."""
        ...

    def times(self, gradient: A, /) -> float:
        """How many times that of one batch a device's gradient by its own samples is, where the loss is that of all devices."""
        ...

    def summed(self, numbers: Sequence[A], /) -> list[A]:
        """Each array summed over all devices, those of one dtype in one go."""
        ...

    def joined(self, arrays: Sequence[Any], /) -> tuple[list[Any], list[Callable[[A], A]]]:
        """The arrays of all devices, each along its first axis, and functions to this device's rows of such; None stays.

        Those of one dtype in one go."""
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


def everywhere(made: Made[A], player: Player[A], run: Run, sums: Sums, as_sides: bool) -> Runs:
    """A player's loss of each head on all devices: of sums where it is terms of single logits, else of all logits."""
    if player.terms is None or (made.top_k is not None and player is made.game.generator):
        return _of_all(made, run)
    each = made.reduction == "none"
    local = sums(replace(made, reduction="none" if each else "sum", devices=None, a_share=True), player)
    return in_turn(local) if each else _of_sums(made, player, local, as_sides)


def _of_all(made: Made[A], run: Run) -> Runs:
    devices: Any = made.devices

    def loss_of(given: tuple[Any, Any, Extras | None], arrays: Sequence[Any], own: Sequence[Any]) -> Any:
        loss = run(arrays[0], arrays[1], None if given[2] is None else Extras(*arrays[2:]))
        if made.reduction != "none":
            return loss
        # Rows of a matrix of pairs are those of the reals.
        of_part = own[0], own[1], own[1] if given[0] is None else own[0], lambda x: x
        return Sides(*[None if part is None else of(part) for of, part in zip(of_part, loss, strict=True)])

    def runs(calls: Sequence[tuple[Any, Any, Extras | None]]) -> list[Any]:
        given = [(real, fake, *(extras or Extras())) for real, fake, extras in calls]
        arrays, own = devices.joined([x for of_call in given for x in of_call])
        n = len(given[0])
        parts = [slice(i * n, (i + 1) * n) for i in range(len(calls))]
        return [loss_of(call, arrays[part], own[part]) for call, part in zip(calls, parts, strict=True)]

    return runs


def _of_sums(made: Made[A], player: Player[A], sums: Run, as_sides: bool) -> Runs:
    backend: Any = made.backend
    devices: Any = made.devices

    def counts(x: Any, weight: Any, part: Any) -> list[Any]:
        if weight is not None:
            weight = backend.mask(weight) if is_mask(weight) else backend.like(weight, part)
        return totals(backend, weight, _count(x, player.of_means), part)

    def numbers_of(real: Any, fake: Any, extras: Extras | None) -> list[list[Any] | None]:
        given = zip(sums(real, fake, extras)[:2], (real, fake), (extras or Extras())[:2], strict=True)
        return [None if part is None else [part, *counts(x, weight, part)] for part, x, weight in given]

    def runs(calls: Sequence[tuple[Any, Any, Extras | None]]) -> list[Any]:
        numbers = [numbers_of(*call) for call in calls]
        each = iter(devices.summed([n for of_call in numbers for of_side in of_call for n in of_side or []]))
        losses = []
        for of_call in numbers:
            all_sums = [None if of_side is None else [next(each) for _ in of_side] for of_side in of_call]
            parts = [s and (mean_of(backend, *s) if made.reduction == "mean" else s[0]) for s in all_sums]
            there: list[Any] = [part for part in parts if part is not None]
            losses.append(Sides(*parts) if as_sides else there[0] if len(there) == 1 else there[0] + there[1])
        return losses

    return runs


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


def of_one_side(made: Made[A], term: Term[A], side: str, heads: Sequence[Any]) -> list[A]:
    """D's term on one side, of all devices, of each head."""
    backend: Any = made.backend
    of_means, numbers = made.game.discriminator.of_means, []
    for x in (backend.logits(x, side) for x in heads):
        part = backend.sum(term(mean_of_samples(backend, x) if of_means else x))
        numbers += [part, *totals(backend, None, _count(x, of_means), part)]
    sums = made.devices.summed(numbers)
    if made.reduction == "sum":
        return list(sums[::3])
    return [mean_of(backend, *of_head) for of_head in zip(sums[::3], sums[1::3], sums[2::3], strict=True)]


def _count(x: Any, of_means: bool) -> int:
    return int(x.shape[0] if of_means and len(x.shape) > 1 else math.prod(x.shape))
