"""What is checked on several devices: which rows each has, and the one result that theirs amount to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.penalties import PARAMETERS, Numbers
from ganloss_core.check.report import Evaluated, Groups


def cuts(n: int, devices: int) -> list[int]:
    """Where the rows of each device begin, and n: each has half of those that are left, so that batches differ, to none."""
    at = [0]
    for _ in range(devices - 1):
        at.append((at[-1] + n + 1) // 2)
    return [*at, n]


def _own(x: Any, rank: int, devices: int) -> Any:
    rows = np.asarray(x)
    at = cuts(len(rows), devices)
    return rows[at[rank] : at[rank + 1]]


def part(inputs: Inputs, rank: int, devices: int) -> Inputs:
    """A device's rows of both sides, and of their labels."""
    return Inputs(*[None if x is None else _own(x, rank, devices) for x in inputs])


def part_of_critic(numbers: Numbers, rank: int, devices: int) -> Numbers:
    """A device's samples, and all parameters."""
    return [*numbers[:PARAMETERS], *[_own(x, rank, devices) for x in numbers[PARAMETERS:]]]


def of_losses(groups: Groups, found: Sequence[list[list[Evaluated]]]) -> list[list[Evaluated]]:
    """The value, and the gradient by all logits, of which each device has that by its own."""
    devices, results = len(found), []
    for (_, cases), *of_devices in zip(groups, *found, strict=True):
        of_group = []
        for inputs, *each in zip(cases, *of_devices, strict=True):
            reals = [np.size(part(inputs, rank, devices).real) for rank in range(devices)]
            whole = [g for one, n in zip(each, reals, strict=True) for g in one.gradient[:n]]
            whole += [g for one, n in zip(each, reals, strict=True) for g in one.gradient[n:]]
            of_group.append(Evaluated(_the_same(each), whole))
        results.append(of_group)
    return results


def of_critic(found: Sequence[list[Evaluated]]) -> list[Evaluated]:
    """The value, and the sum of the devices' gradients by the parameters."""
    return [
        Evaluated(_the_same(each), [sum(of_one) for of_one in zip(*(one.gradient for one in each), strict=True)])
        for each in zip(*found, strict=True)
    ]


def _the_same(each: Sequence[Evaluated]) -> float:
    """The value of all devices; where they have several, none of them is that of the batch: NaN."""
    first = each[0].value
    return first if all(one.value == first for one in each) else float("nan")
