"""PyTorch as a runner for `ganloss_core.check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ganloss_core.backends.conditioning import Inputs
from ganloss_core.check.penalties import Numbers, evaluate
from ganloss_core.check.report import Derivatives, Evaluated, Groups
from ganloss_core.engine.bind import bind
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ops import Term
from ganloss_torch._backend import backend, ops
from ganloss_torch._observe import penalties


class TorchRunner:
    """PyTorch on one device, eager or compiled by a `torch.compile` backend such as "aot_eager" or "inductor"."""

    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    ulps: float = backend.ulps

    def __init__(self, device: str = "cpu", compiler: str | None = None) -> None:
        self._device = torch.device("cuda" if device == "gpu" else device)
        self._compiler = compiler
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

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        """The values, first and second derivatives of each word at its points."""
        points = [self._tensor(x, dtype) for x in at.values()]
        evaluate = _by_autograd if self._compiler is None else self._compiled(_by_transforms)
        return {
            name: Derivatives(*[v.tolist() for v in orders])
            for name, orders in zip(at, evaluate([getattr(ops, name) for name in at], points), strict=True)
        }

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs."""
        bound = bind(settings, backend)
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
            gradients = torch.autograd.grad(value, sides, allow_unused=True, materialize_grads=True)
            results.append(Evaluated(value.item(), [v for g in gradients for v in g.flatten().tolist()]))
        return results

    def critic(self, penalty: str, cases: Sequence[Numbers], dtype: str) -> list[Evaluated]:
        """A penalty of `ganloss_core.check` on each of the inputs, and its gradient by the critic's parameters."""
        value_of = self._compiled(lambda *numbers: evaluate(penalty, penalties, backend, numbers))
        results = []
        for numbers in cases:
            arrays = [self._tensor(x, dtype) for x in numbers]
            parameters = [x.requires_grad_() for x in arrays[:3]]
            value = value_of(*arrays)
            gradients = torch.autograd.grad(value, parameters, allow_unused=True, materialize_grads=True)
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


def runner(device: str = "cpu") -> TorchRunner:
    """Eager PyTorch on a device: "cpu", "gpu" or any that torch knows."""
    return TorchRunner(device)
