"""The PyTorch half of `ganloss_core.reproduce.gan`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from ganloss_core.reproduce.gan import BETAS, EPSILON, SLOPE, Batch, Plan
from ganloss_core.spec.definition import LossLike
from ganloss_torch._losses import discriminator_loss
from ganloss_torch._objective import Objective
from ganloss_torch.twin import one_thread


class Trainer:
    """A `ganloss_core.reproduce.gan.Trainer`."""

    def __init__(self, plan: Plan) -> None:
        self._contender, self._objective = plan.contender, Objective(plan.contender.recipe)
        self._generator, self._discriminator = (
            [tuple(torch.from_numpy(x).requires_grad_() for x in layer) for layer in plan.weights()[player]]
            for player in ("generator", "discriminator")
        )
        self._d_step, self._g_step = (
            torch.optim.Adam([x for layer in layers for x in layer], lr=plan.rate, betas=BETAS, eps=EPSILON)
            for layers in (self._discriminator, self._generator)
        )

    def _critic(self, x: Tensor) -> Tensor:
        return _network(self._discriminator, x)[:, 0]

    @one_thread()
    def step(self, batch: Batch, /) -> tuple[float, float]:
        """Train D, then G; their losses."""
        real, noise, mix = map(torch.from_numpy, batch)
        n = len(real) // self._contender.pack
        real, *fakes = (x.reshape(n, -1) for x in (real, *(_network(self._generator, z) for z in noise)))
        between = self._contender.between(mix)
        of_d = self._objective.discriminator(self._critic, real=real, fake=fakes[0], **between).total
        _take(self._d_step, of_d)
        of_g = self._objective.generator(self._critic, real=real, fake=fakes[1]).total
        _take(self._g_step, of_g)
        return of_d.item(), of_g.item()

    @torch.no_grad()
    def samples(self, noise: Any, /) -> Any:
        """What G makes of it."""
        return _network(self._generator, torch.from_numpy(noise)).numpy()


def _network(layers: Any, x: Tensor) -> Tensor:
    *hidden, (last,) = layers
    for matrix, bias in hidden:
        x = leaky_relu(torch.addmm(bias, x, matrix), SLOPE)
    y: Tensor = x @ last
    return y


def _take(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss, inputs=optimizer.param_groups[0]["params"])
    optimizer.step()


def critic(loss: LossLike, real: Any, fake: Any) -> Any:
    """A `ganloss_core.reproduce.critics.Gradient`."""
    of_real, of_fake = torch.from_numpy(real), torch.from_numpy(fake)

    def of(logits: Any) -> tuple[float, Any]:
        t = torch.from_numpy(logits).requires_grad_()
        value = discriminator_loss(loss, t, t, real_weight=of_real, fake_weight=of_fake)
        (gradient,) = torch.autograd.grad(value, t)
        return value.item(), gradient.numpy()

    return of
