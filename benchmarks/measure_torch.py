"""A row in PyTorch: forward and backward, by all floating-point inputs, or by a module's parameters."""

import copy
import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from row import Function, Measured, Result, Row, check, compared
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ganloss_torch import _heads, _pointwise

NO_WORK = {"detach", "alias", "lift_fresh", "_unsafe_view", "_local_scalar_dense"}


class Kernels(TorchDispatchMode):
    """Counts the operations that do work: no views, nothing that makes a tensor without filling it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = op.overloadpacket.__name__
        view = any(x.alias_info is not None and not x.alias_info.is_write for x in op._schema.returns)
        if not (view or name in NO_WORK or "empty" in name):
            self.names.append(name)
        return op(*args, **(kwargs or {}))


def kernels(call: Callable[[], Any]) -> int:
    """Operations of a call as a card runs them: what a CPU's cache holds is no reason for slices, or for head after head."""
    of_a_cpu = _pointwise.AT_ONCE, _heads.FLAT
    _pointwise.AT_ONCE = _heads.FLAT = 2**40
    try:
        with Kernels() as counted:
            call()
    finally:
        _pointwise.AT_ONCE, _heads.FLAT = of_a_cpu
    return len(counted.names)


def launches(call: Callable[[], Any]) -> int:
    """Kernels, copies and fills that a call launches on a CUDA device."""
    call()
    torch.cuda.synchronize()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as seen:
        call()
        torch.cuda.synchronize()
    return sum(x.device_type == torch.autograd.DeviceType.CUDA for x in seen.events())


def peak(call: Callable[[], Any], device: str) -> float:
    """Bytes that are allocated at most during a call, beyond those before."""
    if device != "cpu":
        call()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        return torch.cuda.max_memory_allocated() - before
    # What is garbage is not freed while it counts.
    gc.collect()
    # Kineto would print when it starts and stops.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    with torch.autograd.profiler.profile(use_kineto=True, profile_memory=True) as seen:
        call()
    now = most = 0
    for event in seen.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


class Maker:
    """Makes inputs, the same in each run."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.random = torch.Generator().manual_seed(0)

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.random).to(self.device)

    def mask(self, *shape: int) -> Tensor:
        return (torch.rand(shape, generator=self.random) < 0.5).to(self.device)

    def labels(self, n: int, *shape: int) -> Tensor:
        return torch.randint(n, shape, generator=self.random).to(self.device)

    def module(self, make: Callable[[], nn.Module]) -> nn.Module:
        torch.manual_seed(0)
        return make().to(self.device)


def flat(inputs: Any) -> Iterator[Any]:
    for x in inputs:
        yield from flat(x) if isinstance(x, (list, tuple)) else (x,)


def leaves(inputs: Any) -> list[Tensor]:
    each = list(flat(inputs))
    modules = [x for x in each if isinstance(x, nn.Module)]
    if modules:
        return [p for module in modules for p in module.parameters()]
    return [x.requires_grad_() for x in each if x.is_floating_point()]


def double(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(double(each) for each in x)
    if isinstance(x, nn.Module):
        return copy.deepcopy(x).double()
    return x.detach().double() if x.is_floating_point() else x


def step(loss: Function, inputs: Any) -> Callable[[], tuple[Tensor, ...]]:
    by = leaves(inputs)

    def call() -> tuple[Tensor, ...]:
        value = loss(*inputs)
        return value, *torch.autograd.grad(value, by)

    return call


def result(loss: Function, inputs: Any) -> Result:
    value, *gradients = (x.detach().double().cpu().numpy() for x in step(loss, inputs)())
    return Result(value, gradients)


def measure(row: Row, *, device: str, rounds: int, seconds: float) -> Measured:
    inputs = row.inputs(Maker(device))
    exact = result(next(iter(row.plain.values())), double(inputs))
    for way, plain in row.plain.items():
        check(row, way, result(plain, inputs), exact, row.plain_tolerance)
    check(row, "ganloss", result(row.ours, inputs), exact, row.tolerance)
    del exact

    steps = {name: step(loss, inputs) for name, loss in {**row.plain, "ours": row.ours}.items()}

    def finished(call: Callable[[], Any]) -> Callable[[], Any]:
        return call if device == "cpu" else lambda: (call(), torch.cuda.synchronize())

    # One thread's own time, which others' load does not add to.
    timer = time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    way, plain, ours, ratio = compared(row, {name: finished(call) for name, call in steps.items()}, rounds, seconds, timer)
    of_plain, of_ours = (
        {"ms": s * 1e3, "MB": peak(call, device) / 1e6, "kernels": (kernels if device == "cpu" else launches)(call)}
        for s, call in ((plain, steps[way]), (ours, steps["ours"]))
    )
    logits = sum(x.nbytes for x in flat(inputs) if isinstance(x, Tensor) and x.is_floating_point()) / 1e6
    # But for a few scalars.
    missed = [
        what
        for what, ours, plain, goal in (
            ("time", ratio, 1.0, row.goal),
            ("memory", of_ours["MB"], 1.01 * of_plain["MB"], row.memory),
            ("memory", of_ours["MB"], 1.01 * logits, row.of_logits),
            ("kernels", of_ours["kernels"], 1.0, of_plain["kernels"] if row.kernels == "plain" else row.kernels),
        )
        if goal is not None and ours > goal * plain
    ]
    return Measured(row, way, ratio, of_plain, of_ours, missed)
