"""The PyTorch half of `ganloss_core.twin`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganloss_core.recipes.checked import PLAYERS
from ganloss_core.twin.gan import BETAS, EPSILON, LEARNING_RATE, Plan, Trainer
from ganloss_torch._objective import Objective


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
        self._objective = Objective(plan.recipe)
        vars(self._objective)["loss"] = _Watched(self, self._objective.loss)
        self._needs = {player: self._objective.needs(player) for player in PLAYERS}
        self._state = self._objective.init(self._dtype)
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

    def _critic(self, images: Tensor, labels: Tensor) -> Any:
        hidden = self._discriminator[:-1](images)
        scores: Tensor = self._discriminator[-1](hidden)
        scores = scores if self._proxies is None else torch.stack([scores, self._proxies[labels]], 1)
        return (scores, [[hidden]]) if self._plan.has_features else scores

    def seen(self, which: int, outputs: Tensor) -> Tensor:
        """What the loss is evaluated on: outputs, or, of the trainer that this one follows, those that are near."""
        self._outputs[which] = outputs
        if self._follows is None:
            return outputs
        gap = torch.tensor(self._follows.outputs[which]) - outputs.detach()
        return outputs + torch.where(gap.abs() <= self.tolerance, gap, 0.0)

    @one_thread()
    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        if self._nudges is not None:
            _nudge(self._parameters, self._nudges)
        self._outputs: dict[int, Tensor] = {}
        losses = [self._play(k, player, i) for k, player in enumerate(PLAYERS)]
        some = next(iter(self._outputs.values()))
        of_each = [self._outputs.get(which, torch.zeros_like(some)) for which in range(4)]
        self.outputs = torch.stack(of_each).detach().numpy()
        return losses[0], losses[1]

    def _play(self, k: int, player: str, i: int) -> float:
        plan, total = self._plan, 0.0
        real, y = torch.from_numpy(plan.digits[i]), torch.from_numpy(plan.labels[i])
        z = torch.from_numpy(plan.seeds(plan.noise[i, k], plan.labels[i, 1 + k]))
        for terms in getattr(self._objective.due(i), player):
            given: dict[str, Any] = {"real_args": (y[0],), "fake_args": (y[1 + k],)}
            given |= {"real_labels": y[0], "fake_labels": y[1 + k]} if plan.labelled else {}
            given |= plan.draws(player, i, torch.from_numpy)
            given |= plan.given(player, lambda x: torch.square(x).mean())
            asked = {"real": real, "fake": self._generator(z), "latents": z, "generator": self._generator}
            asked["last_layer"] = self._generator[-2].weight
            given |= {name: asked[name] for name in self._needs[player] if name in asked}
            critics = dict.fromkeys(plan.recipe.critics, self._critic) or self._critic
            play = self._objective.discriminator if k == 0 else self._objective.generator
            losses = play(critics, **given, step=i, terms=terms, state=self._state)
            self._state = losses.state
            _step(self._optimizers[k], losses.total)
            total += losses.total.item()
        return total

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


class _Watched:
    """A loss, evaluated on what a trainer sees of the critic's outputs."""

    def __init__(self, trainer: TorchTrainer, loss: Any) -> None:
        self._trainer, self._loss = trainer, loss

    def discriminator(self, real: Tensor, fake: Tensor, **given: Any) -> Any:
        return self._loss.discriminator(self._trainer.seen(0, real), self._trainer.seen(1, fake), **given)

    def generator(self, fake: Tensor, *, real: Tensor | None = None, **given: Any) -> Any:
        seen = None if real is None else self._trainer.seen(2, real)
        return self._loss.generator(self._trainer.seen(3, fake), real=seen, **given)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()


@torch.no_grad()
def _nudge(parameters: list[nn.Parameter], nudges: torch.Generator) -> None:
    for p in parameters:
        p.mul_(1.0 + torch.finfo(p.dtype).eps * torch.randint(-1, 2, p.shape, generator=nudges).to(p.dtype))


trainer = TorchTrainer
