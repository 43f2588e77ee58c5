"""The PyTorch half of `ganloss_core.twin`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganloss_core.engine.bind import bind
from ganloss_core.twin.gan import BETAS, EPSILON, LEARNING_RATE, Plan, Trainer
from ganloss_torch._backend import backend


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which PyTorch uses one thread: more only wait for each other over layers this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class TorchTrainer:
    """A `ganloss_core.twin.Trainer`.

    With `nudge_seed` it nudges every parameter by at most one ulp before each step. With `follows` it evaluates the loss on the
    other trainer's critic outputs of the same step, where its own are within `tolerance` of them.
    """

    def __init__(self, plan: Plan, nudge_seed: int | None = None, follows: Trainer | None = None) -> None:
        self._plan, self._dtype, self._follows = plan, getattr(torch, plan.dtype), follows
        self.tolerance: float = 0.0
        self._loss = bind(plan.settings, backend)
        self._generator, self._discriminator = self._network("generator"), self._network("discriminator")
        self._proxies = None if plan.proxies is None else nn.Parameter(torch.tensor(plan.proxies, dtype=self._dtype))
        of_d = [*self._discriminator.parameters(), *([] if self._proxies is None else [self._proxies])]
        self._parameters = [*self._generator.parameters(), *of_d]
        self._optimizers = [
            torch.optim.Adam(parameters, lr=LEARNING_RATE, betas=BETAS, eps=EPSILON)
            for parameters in (of_d, self._generator.parameters())
        ]
        self._nudges = None if nudge_seed is None else torch.Generator().manual_seed(nudge_seed)
        self.outputs: Any = None

    def _network(self, player: str) -> nn.Sequential:
        layers: list[nn.Module] = []
        for matrix, bias in self._plan.weights[player]:
            n, m = matrix.shape
            layer = nn.Linear(n, m, bias=bias is not None, dtype=self._dtype)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(matrix.T))
                if bias is not None:
                    layer.bias.copy_(torch.from_numpy(bias))
            layers += [layer, nn.Tanh()]
        return nn.Sequential(*(layers if player == "generator" else layers[:-1]))

    def _critic(self, images: Tensor, labels: Tensor) -> Tensor:
        scores: Tensor = self._discriminator(images)
        return scores if self._proxies is None else torch.stack([scores, self._proxies[labels]], 1)

    def _seen(self, which: int, outputs: Tensor) -> Tensor:
        """What the loss is evaluated on: outputs, or, of the trainer that this one follows, those that are near."""
        if self._follows is None:
            return outputs
        gap = torch.tensor(self._follows.outputs[which]) - outputs.detach()
        return outputs + torch.where(gap.abs() <= self.tolerance, gap, 0.0)

    @one_thread()
    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        if self._nudges is not None:
            _nudge(self._parameters, self._nudges)
        plan = self._plan
        real, y = torch.from_numpy(plan.digits[i]), torch.from_numpy(plan.labels[i])
        z_d, z_g = (torch.from_numpy(plan.seeds(plan.noise[i, k], plan.labels[i, 1 + k])) for k in (0, 1))
        of_d, of_g = ({"real_labels": y[0], "fake_labels": y[k]} if plan.labelled else {} for k in (1, 2))
        outputs = [self._critic(real, y[0]), self._critic(self._generator(z_d).detach(), y[1])]
        d_loss = self._loss.discriminator(self._seen(0, outputs[0]), self._seen(1, outputs[1]), **of_d)
        _step(self._optimizers[0], d_loss)
        outputs += [self._critic(real, y[0]).detach(), self._critic(self._generator(z_g), y[2])]
        g_loss = self._loss.generator(self._seen(3, outputs[3]), real=self._seen(2, outputs[2]), **of_g)
        _step(self._optimizers[1], g_loss)
        self.outputs = torch.stack(outputs).detach().numpy()
        return d_loss.item(), g_loss.item()

    def parameters(self) -> Any:
        """All parameters, flat, in the plan's order."""
        # Linear keeps its matrix transposed.
        of_layers = [p.detach().numpy().T for p in self._parameters]
        if self._proxies is not None:
            of_layers[-1] = of_layers[-1].T
        return np.concatenate([p.ravel() for p in of_layers])

    @torch.no_grad()
    def samples(self) -> Any:
        """The images for the plan's grid."""
        return self._generator(torch.from_numpy(self._plan.seeds(*self._plan.grid))).numpy()


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()


@torch.no_grad()
def _nudge(parameters: list[nn.Parameter], nudges: torch.Generator) -> None:
    for p in parameters:
        p.mul_(1.0 + torch.finfo(p.dtype).eps * torch.randint(-1, 2, p.shape, generator=nudges).to(p.dtype))


trainer = TorchTrainer
