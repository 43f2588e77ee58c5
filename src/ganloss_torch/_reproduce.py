"""The PyTorch half of `ganloss_core.reproduce.gan`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from ganloss_core.reproduce.gan import BETAS, EPSILON, MIXED, SLOPE, Batch, Plan
from ganloss_core.spec.definition import LossLike
from ganloss_torch import _observe as penalties
from ganloss_torch._losses import discriminator_loss, generator_loss
from ganloss_torch.twin import one_thread


class Trainer:
    """A `ganloss_core.reproduce.gan.Trainer`."""

    def __init__(self, plan: Plan) -> None:
        self._objective = plan.objective
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
        loss, pack = self._objective.loss, self._objective.pack
        real, noise, mix = map(torch.from_numpy, batch)
        real, *fakes = (x.reshape(len(x) // pack, -1) for x in (real, *(_network(self._generator, z) for z in noise)))
        seen = penalties.observe(self._critic, real=real, fake=fakes[0].detach())
        d_loss = discriminator_loss(loss, seen.real, seen.fake)
        for name, weight in self._objective.penalties.items():
            d_loss = d_loss + getattr(penalties, name)(seen, weight, **({"mix": mix} if name in MIXED else {}))
        _take(self._d_step, d_loss)
        g_loss = generator_loss(loss, self._critic(fakes[1]), real=self._critic(real).detach())
        _take(self._g_step, g_loss)
        return d_loss.item(), g_loss.item()

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
