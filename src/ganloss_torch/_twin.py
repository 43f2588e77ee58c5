"""The PyTorch half of `ganloss_core.twin`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ganloss_core.twin import BETAS, EPSILON, LEARNING_RATE, Plan, Run
from ganloss_torch._backend import backend


def _network(plan: Plan, player: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for matrix, bias in plan.weights[player]:
        n, m = matrix.shape
        layer = nn.Linear(n, m, bias=bias is not None, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(matrix.T))
            if bias is not None:
                layer.bias.copy_(torch.from_numpy(bias))
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*(layers if player == "generator" else layers[:-1]))


def train(plan: Plan, each_step: Callable[[], None], nudge_seed: int | None = None) -> Run:
    """Train both networks; with a seed, nudge every parameter by at most one ulp before each step."""
    loss = plan.settings.bind(backend)
    generator, discriminator = _network(plan, "generator"), _network(plan, "discriminator")
    optimizers = [
        torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, betas=BETAS, eps=EPSILON)
        for network in (discriminator, generator)
    ]
    parameters = [*generator.parameters(), *discriminator.parameters()]
    nudges = None if nudge_seed is None else torch.Generator().manual_seed(nudge_seed)
    losses, trajectory = [], []
    for digits, noise in zip(plan.digits, plan.noise, strict=True):
        if nudges is not None:
            _nudge(parameters, nudges)
        real, (z_d, z_g) = torch.from_numpy(digits), torch.from_numpy(noise)
        d_loss = loss.discriminator(discriminator(real), discriminator(generator(z_d).detach()))
        _step(optimizers[0], d_loss)
        g_loss = loss.generator(discriminator(generator(z_g)), real=discriminator(real).detach())
        _step(optimizers[1], g_loss)
        losses.append([d_loss.item(), g_loss.item()])
        # Linear keeps its matrix transposed.
        trajectory.append(np.concatenate([p.detach().numpy().T.ravel() for p in parameters]))
        each_step()
    return Run(np.array(losses), np.array(trajectory, dtype=np.float64))


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@torch.no_grad()
def _nudge(parameters: list[nn.Parameter], nudges: torch.Generator) -> None:
    for p in parameters:
        p.mul_(1.0 + torch.finfo(p.dtype).eps * torch.randint(-1, 2, p.shape, generator=nudges).to(p.dtype))
