"""A loss of a whole batch in JAX, whose critic sees a part of the batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import Array, lax


def accumulate(loss: Callable[..., Any], critic: Callable[..., Any], parameters: Any, /, **batches: Any) -> tuple[Array, Any]:
    """The value and the gradient of a loss of a whole batch, with the memory of a critic on one micro-batch.

    dL/dp = sum_i (dL/dl_i) (dl_i/dp), with l_i = critic(p, x_i) the logits of micro-batch i, and L a loss of all logits, which
    may compare any with any. First the critic runs on one micro-batch after the other, of which only the logits are kept; then
    the loss, and its gradient by the logits; then the critic again on one after the other, and backwards from there.

    Arguments:
        loss: what all logits go to, by the names of `batches`, and what returns a number, an array of shape ():
            `loss.discriminator`, or a function of your own with a factor, weights, labels, the logits of the other player.
        critic: a pure function of (parameters, one micro-batch), to logits, or a list or a dict of them, along the first axis.
            For G's step it is `lambda p, z: critic(generator(p, z))`. It runs twice: random numbers come from keys in the
            micro-batches.
        parameters: a pytree of floating-point arrays.
        batches: for each name a pytree of arrays of shape (micro-batches, samples, ...), `reals.reshape(4, 8, -1)`.

    Returns (the loss, its gradient by the parameters), as `jax.value_and_grad` does.

    Raises what `jax.value_and_grad` does: TypeError for parameters that are not floating-point, and for a loss of another shape
    than (); ValueError for arrays of different numbers of micro-batches.

    Gao et al. 2021, arXiv:2101.06983, section 3.3.

    >>> import jax, jax.numpy as jnp, ganloss_jax as gan
    >>> reals, fakes = jax.random.normal(jax.random.key(0), (2, 8, 3))
    >>> loss, critic = gan.GANLoss("rasgan"), lambda w, x: x @ w
    >>> value, gradient = gan.accumulate(
    ...     loss.discriminator, critic, jnp.ones(3), real=reals.reshape(4, 2, 3), fake=fakes.reshape(4, 2, 3)
    ... )
    >>> bool(jnp.allclose(value, loss.discriminator(critic(jnp.ones(3), reals), critic(jnp.ones(3), fakes))))
    True
    """

    def whole(parameters: Any) -> Any:
        # In a loop nothing is merged with what is computed again.
        of_one = jax.checkpoint(lambda x: critic(parameters, x), prevent_cse=False)
        logits = {name: lax.map(of_one, batch) for name, batch in batches.items()}
        return loss(**jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), logits))

    found: tuple[Array, Any] = jax.value_and_grad(whole)(parameters)
    return found
