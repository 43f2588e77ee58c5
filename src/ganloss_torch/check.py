"""PyTorch as a runner for `ganloss_core.check`."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

import ganloss_torch
from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check import parts
from ganloss_core.check.penalties import PARAMETERS, Numbers, evaluate
from ganloss_core.check.processes import Everywhere
from ganloss_core.check.report import Derivatives, Evaluated, Groups
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ops import Term
from ganloss_torch._backend import backend, ops


class TorchRunner:
    """PyTorch on one device, eager or compiled by a `torch.compile` backend such as "aot_eager" or "inductor"."""

    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    ulps: float = backend.ulps

    def __init__(self, device: str = "cpu", compiler: str | None = None, group: str | None = None) -> None:
        self._device = torch.device("cuda" if device == "gpu" else device)
        self._compiler = compiler
        self._group = group
        self.device: str = str(self._device)
        torch.empty(0, device=self._device)  # fails early where there is no such device
        self.name: str = "torch" if compiler is None else f"torch-{compiler}"

    def _compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if self._compiler is None:
            return function
        # Dynamo keeps at most 8 variants of one piece of code, and then gives up.
        torch.compiler.reset()
        compiled: Callable[..., Any] = torch.compile(function, backend=self._compiler, fullgraph=True, dynamic=False)
        return compiled

    def _tensor(self, x: Sequence[float], dtype: str) -> Tensor:
        return torch.tensor(x, dtype=getattr(torch, dtype), device=self._device)

    def _share(self, value: Tensor) -> Tensor:
        """What the gradients of all processes sum to that of: their average, taken where float16 cannot overflow yet."""
        return value if self._group is None else value / torch.distributed.get_world_size()

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        """The values, first and second derivatives of each word at its points."""
        points = [self._tensor(x, dtype) for x in at.values()]
        evaluate = _by_autograd if self._compiler is None else self._compiled(_by_transforms)
        return {
            name: Derivatives(*[v.tolist() for v in orders])
            for name, orders in zip(at, evaluate([getattr(ops, name) for name in at], points), strict=True)
        }

    def word(self, name: str, x: Any) -> tuple[Any, Any]:
        """A word and its first derivative at float32 numbers, a NumPy array."""
        at = torch.from_numpy(x).to(self._device).requires_grad_()
        value = getattr(ops, name)(at)
        (first,) = torch.autograd.grad(value.sum(), at, allow_unused=True, materialize_grads=True)
        return value.detach().cpu().numpy(), first.cpu().numpy()

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs."""
        bound = bind(settings if self._group is None else replace(settings, devices=("group", self._group)), backend)
        of_players = {
            "discriminator": bound.discriminator,
            "generator": lambda real, fake, **labels: bound.generator(fake, real=real, **labels),
        }
        return [self._losses(self._compiled(of_players[player]), cases, dtype) for player, cases in groups]

    def _losses(self, loss: Callable[..., Tensor], cases: Sequence[Inputs], dtype: str) -> list[Evaluated]:
        results = []
        for real, fake, *labels in cases:
            sides = [self._tensor(side, dtype).requires_grad_() for side in (real, fake)]
            y = [None if each is None else torch.tensor(each, device=self._device) for each in labels]
            value = loss(*sides, real_labels=y[0], fake_labels=y[1])
            gradients = torch.autograd.grad(self._share(value), sides, allow_unused=True, materialize_grads=True)
            results.append(Evaluated(value.item(), [v for g in gradients for v in g.flatten().tolist()]))
        return results

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        """A penalty of `ganloss_core.check` on each of the inputs, and its gradient by the critic's parameters."""
        value_of = self._compiled(lambda *numbers: evaluate(penalty, ganloss_torch, backend, numbers, group=self._group))
        results = []
        for numbers in cases:
            arrays = [self._tensor(x, dtype) for x in numbers]
            parameters = [x.requires_grad_() for x in arrays[:PARAMETERS]]
            value = value_of(*arrays)
            gradients = torch.autograd.grad(self._share(value), parameters, allow_unused=True, materialize_grads=True)
            results.append(Evaluated(value.item(), [v for g in gradients for v in g.flatten().tolist()]))
        return results


def _by_autograd(words: list[Term[Tensor]], points: list[Tensor]) -> list[tuple[Tensor, Tensor, Tensor]]:
    results = []
    for word, x in zip(words, points, strict=True):
        value = word(x.requires_grad_())
        (first,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        # A symbolic zero has no storage until it is added to something.
        second = torch.zeros_like(x)
        if first.requires_grad:
            (g,) = torch.autograd.grad(first.sum(), x, allow_unused=True, materialize_grads=True)
            second = second + g
        results.append((value, first, second))
    return results


def _by_transforms(words: list[Term[Tensor]], points: list[Tensor]) -> list[tuple[Tensor, Tensor, Tensor]]:
    results = []
    for word, x in zip(words, points, strict=True):
        first = torch.func.grad(lambda x, word=word: word(x).sum())
        second = torch.func.grad(lambda x, first=first: first(x).sum())
        results.append((word(x), first(x), torch.zeros_like(x) + second(x)))
    return results


class TorchOnDevices(TorchRunner):
    """PyTorch on several devices: processes of this machine, each of which has a part of every batch."""

    def __init__(self, devices: int) -> None:
        super().__init__()
        self.name: str = f"torch x {devices}"
        self._devices = devices
        self._folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._processes = Everywhere(devices)
        self._calls = itertools.count()

    def _call(self, method: str, *args: Any, of: Any = None) -> list[Any]:
        store = f"{self._folder}/{next(self._calls)}"
        return self._processes.call(_of_part, self._devices, store, method, *args, of=of)

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs."""
        return parts.of_losses(groups, self._call("losses", settings, groups, dtype, of=settings.definition))

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        """A penalty of `ganloss_core.check` on each of the inputs, and its gradient by the critic's parameters."""
        return parts.of_critic(self._call("critic", penalty, cases, dtype))


def _of_part(rank: int, devices: int, store: str, method: str, what: Any, cases: Any, dtype: str) -> Any:
    """In one of the processes: what `TorchRunner` has of this one's part."""
    dist = torch.distributed
    if not dist.is_initialized():
        torch.set_num_threads(1)
        dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=devices)
    if method == "losses":
        cases = [(player, [parts.part(inputs, rank, devices) for inputs in group]) for player, group in cases]
    else:
        cases = [parts.part_of_critic(numbers, rank, devices) for numbers in cases]
    return getattr(TorchRunner(group="world"), method)(what, cases, dtype)


def runner(device: str = "cpu", devices: int = 1) -> TorchRunner:
    """Eager PyTorch on a device, "cpu", "gpu" or any that torch knows; or on several, which are processes on the CPU."""
    return TorchRunner(device) if devices == 1 else TorchOnDevices(devices)
