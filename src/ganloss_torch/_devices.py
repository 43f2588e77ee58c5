"""Several devices in PyTorch: a process group, over which logits are one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


class _Sum(torch.autograd.Function):
    """The sum over all devices, whose gradient is the sum of their gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: Any) -> Tensor:
        ctx.group, ctx.dtype = group, x.dtype
        total = _reduced(x, group)
        # Of half precision, what a loss computes in: else gradients would be rounded before they are summed, and after.
        return total.float() if x.is_floating_point() and x.element_size() < 4 else total

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        return _Sum.apply(g, ctx.group).to(ctx.dtype), None  # type: ignore[no-untyped-call]


def _reduced(x: Tensor, group: Any) -> Tensor:
    if torch.compiler.is_compiling():
        # What a compiler can trace; who has none to do so would wait for the import of one.
        from torch.distributed import _functional_collectives as collectives

        traced: Any = collectives.all_reduce(x.contiguous(), "sum", group)
        waited: Tensor = traced.wait() if hasattr(traced, "wait") else traced
        return waited
    total = x.clone(memory_format=torch.contiguous_format)
    torch.distributed.all_reduce(total, group=group)
    return total


class Devices:
    """`ganloss_core.engine.devices.Devices` of a `ProcessGroup`, a `DeviceMesh` of one dimension, or "world"."""

    def __init__(self, group: Any) -> None:
        import torch.distributed as dist

        self._dist = dist
        if isinstance(group, str) and group != "world":
            raise ValueError(f"group must be a ProcessGroup, a DeviceMesh or 'world', got {group!r}")
        if hasattr(group, "get_group"):
            if group.ndim != 1:
                raise ValueError(
                    f"a DeviceMesh as group must have one dimension, got {group.ndim}: mesh['name'] is one of them"
                )
            group = group.get_group()
        elif group is getattr(dist.GroupMember, "NON_GROUP_MEMBER", None):
            raise ValueError("this process is not in the group: a loss with group= is for those that are")
        elif not isinstance(group, (str, dist.ProcessGroup)):
            raise TypeError(f"group must be a ProcessGroup, a DeviceMesh or 'world', got {type(group).__name__}")
        self._given = group

    @property
    def _group(self) -> Any:
        # Looked at in the call: a loss may be made before torch.distributed is set up.
        if not self._dist.is_initialized():
            raise RuntimeError("group= needs torch.distributed: init_process_group first, or leave group out")
        return self._dist.group.WORLD if isinstance(self._given, str) else self._given

    @property
    def count(self) -> int:
        """See `ganloss_core.engine.devices.Devices`."""
        return int(self._dist.get_world_size(self._group))

    def times(self, gradient: Tensor) -> float:
        """See `ganloss_core.engine.devices.Devices`."""
        return float(self.count)

    def summed(self, numbers: Sequence[Tensor]) -> list[Tensor]:
        """See `ganloss_core.engine.devices.Devices`."""
        sums = list(numbers)
        for dtype in dict.fromkeys(x.dtype for x in numbers):
            which = [i for i, x in enumerate(numbers) if x.dtype == dtype]
            each = [numbers[i] for i in which]
            if len({x.shape for x in each}) == 1:
                # Fewer operations.
                parts = list(self._sum(torch.stack(each)).unbind())
            else:
                flat = torch.split(self._sum(torch.cat([x.reshape(-1) for x in each])), [x.numel() for x in each])
                parts = [part.reshape(x.shape) for part, x in zip(flat, each, strict=True)]
            for i, part in zip(which, parts, strict=True):
                sums[i] = part
        return sums

    def _sum(self, x: Tensor) -> Tensor:
        total: Tensor = _Sum.apply(x, self._group)  # type: ignore[no-untyped-call]
        return total

    def joined(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Callable[[Tensor], Tensor]]]:
        """See `ganloss_core.engine.devices.Devices`."""
        where = [i for i, x in enumerate(arrays) if isinstance(x, Tensor)]
        given = [arrays[i] if arrays[i].ndim else arrays[i].reshape(1) for i in where]
        if not given:
            # What is no tensor is refused where it is looked at.
            return list(arrays), [partial(_rows, 0, 0) for _ in arrays]
        group, dist = self._group, self._dist
        rank, devices = dist.get_rank(group), dist.get_world_size(group)
        lengths = torch.zeros(devices, len(given), dtype=torch.int64, device=given[0].device)
        lengths[rank] = torch.tensor(list(map(len, given)), device=lengths.device)
        dist.all_reduce(lengths, group=group)
        each = lengths.T.tolist()
        first = [sum(sizes[:rank]) for sizes in each]
        sums = self.summed([_placed(x, at, sum(sizes)) for x, at, sizes in zip(given, first, each, strict=True)])
        joined = list(arrays)
        own: list[Callable[[Tensor], Tensor]] = [partial(_rows, 0, 0) for _ in arrays]
        for i, total, at, sizes in zip(where, sums, first, each, strict=True):
            joined[i] = total if total.is_floating_point() else total.to(arrays[i].dtype)
            own[i] = partial(_rows, at, sizes[rank] if arrays[i].ndim else None)
        return joined, own


def _placed(x: Tensor, first: int, n: int) -> Tensor:
    """What is summed to the rows of all devices: this device's in their place, and else 0."""
    numbers = x if x.is_floating_point() else x.to(torch.uint8 if x.dtype == torch.bool else torch.int64)
    return F.pad(numbers, (0, 0) * (x.ndim - 1) + (first, n - first - len(x)))


def _rows(first: int, n: int | None, x: Tensor) -> Tensor:
    return x[first] if n is None else x[first : first + n]
