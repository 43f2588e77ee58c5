"""The JAX half of `ganloss_core.twin`."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from ganloss_core.recipes.checked import PLAYERS
from ganloss_core.recipes.needs import compares
from ganloss_core.terms.outputs import logits_and_features
from ganloss_core.twin.gan import BETAS, EPSILON, LEARNING_RATE, Plan
from ganloss_jax._adam import adam
from ganloss_jax._backend import backend
from ganloss_jax._objective import Objective
from ganloss_jax.check import x64


class JaxTrainer:
    """A `ganloss_core.twin.Trainer`; each optimiser step is one jitted function."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._objective = plan, Objective(plan.recipe)
        self._play = jax.jit(partial(_play, plan, self._objective), static_argnames=("k", "terms"))
        # NumPy's, zeros too: JAX compiles a program for its own of each shape.
        networks: Any = [(plan.weights["discriminator"], plan.proxies), plan.weights["generator"]]
        networks = [jax.tree.map(lambda x: np.asarray(x, plan.dtype), of_player) for of_player in networks]
        with x64():
            networks, zeros = jax.device_put((networks, jax.tree.map(np.zeros_like, networks)))
            self._state: Any = self._objective.init(plan.dtype)
        self.outputs: Any = None
        self._networks, self._moments, self._counts = networks, [(z, z) for z in zeros], [0, 0]

    def step(self, i: int, /) -> tuple[float, float]:
        """Train D, then G, on the plan's batch i; their losses."""
        plan, losses, seen = self._plan, [0.0, 0.0], {}
        for k, groups in enumerate(self._objective.due(i)):
            player = PLAYERS[k]
            z = plan.seeds(plan.noise[i, k], plan.labels[i, 1 + k])
            for terms in groups:
                self._counts[k] += 1
                corrections = np.array([1.0 - b ** self._counts[k] for b in BETAS], plan.dtype)
                with x64():
                    draws = plan.draws(player, i, jnp.asarray)
                    arrays = (corrections, plan.digits[i], z, plan.labels[i], draws)
                    self._networks[k], self._moments[k], self._state, total, outputs = self._play(
                        self._networks, self._moments[k], self._state, i, *arrays, k=k, terms=terms
                    )
                losses[k] += float(total)
                seen.update(outputs)
        some = np.asarray(next(iter(seen.values())))
        self.outputs = np.stack([np.asarray(seen.get(which, np.zeros_like(some))) for which in range(4)])
        return losses[0], losses[1]

    def parameters(self) -> Any:
        """All parameters, flat, in the plan's order."""
        return np.concatenate([np.asarray(p).ravel() for p in jax.tree.leaves(self._networks[::-1])])

    def samples(self) -> Any:
        """The images for the plan's grid."""
        with x64():
            return np.asarray(jax.jit(_generator)(self._networks[1], self._plan.seeds(*self._plan.grid)))


def _generator(layers: Any, z: Any) -> Array:
    for matrix, bias in layers:
        z = jnp.tanh(z @ matrix + bias[None])
    images: Array = z
    return images


def _critic(plan: Plan, parameters: Any, x: Array, labels: Array) -> Any:
    (*layers, (matrix, _)), proxies = parameters
    hidden = _generator(layers, x)
    outputs: Array = hidden @ matrix
    scores = outputs if proxies is None else jnp.stack([outputs, proxies[labels]], 1)
    return (scores, [[hidden]]) if plan.has_features else scores


def _play(
    plan: Plan,
    objective: Objective,
    networks: Any,
    moments: Any,
    state: Any,
    i: Any,
    corrections: Array,
    real: Array,
    z: Array,
    y: Array,
    draws: Any,
    *,
    k: int,
    terms: tuple[str, ...],
) -> Any:
    """One optimiser step of a player: its network, moments, state, loss, and what the loss saw."""
    player = PLAYERS[k]

    def loss(network: Any) -> Any:
        of_d, of_g = (network, networks[1]) if k == 0 else (networks[0], network)
        fake, last_layer = _fakes(of_g, z)
        given: dict[str, Any] = {"real_args": (y[0],), "fake_args": (y[1 + k],), **draws}
        given |= {"real_labels": y[0], "fake_labels": y[1 + k]} if plan.labelled else {}
        given |= plan.given(player, lambda x: jnp.square(x).mean())
        asked = {"real": real, "fake": fake, "latents": z, "generator": partial(_generator, of_g), "last_layer": last_layer}
        given |= {name: asked[name] for name in objective.needs(player) if name in asked}
        critic = partial(_critic, plan, of_d)
        critics = dict.fromkeys(plan.recipe.critics, critic) or critic
        play = objective.discriminator if k == 0 else objective.generator
        losses = play(critics, **given, step=i, terms=terms, state=state)
        return losses.total, (losses.state, _seen(objective, player, terms, critic, (real, y[0]), (fake, y[1 + k])))

    (total, (state, outputs)), gradients = jax.value_and_grad(loss, has_aux=True)(networks[k])
    network, moments = adam(networks[k], gradients, moments, corrections, LEARNING_RATE, BETAS, EPSILON)
    return network, moments, state, total, outputs


def _fakes(layers: Any, z: Array) -> Any:
    """Images, and the function from a gradient by them to one by the last layer's matrix."""
    (*hidden, (matrix, bias)) = layers
    before = _generator(hidden, z)
    return jax.vjp(lambda m: jnp.tanh(before @ m + bias[None]), matrix)


def _seen(objective: Objective, player: str, terms: tuple[str, ...], critic: Any, real: Any, fake: Any) -> dict[int, Array]:
    """The critic's outputs where the loss looked, which the compiler has computed already."""
    if not any(objective.recipe.terms(player)[name].kind == "adversarial" for name in terms):
        return {}
    first, last = (0, 1) if player == "discriminator" else (2, 3)
    both = player == "discriminator" or compares(objective.loss, backend.ops)
    return {which: logits_and_features(critic(*x))[0] for which, x in ((first, real), (last, fake)) if which == last or both}


trainer = JaxTrainer
