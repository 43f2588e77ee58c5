"""A GAN on handwritten digits: Equinox modules, optax, one jitted step.

Run `python examples/equinox_loop.py`; it needs `pip install '.[jax]' equinox optax scikit-learn`.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from sklearn.datasets import load_digits

from ganloss_jax import GANLoss

loss = GANLoss("lsgan")
optimizer = optax.adam(5e-4, b1=0.5, b2=0.99)


@eqx.filter_jit
def train_step(generator, discriminator, g_state, d_state, real, noise):
    """Train D, then G; the new models and optimiser states, and the losses."""
    fake = jax.vmap(generator)(noise)  # d_loss is differentiated in D alone: nothing to detach

    def d_loss(discriminator):
        return loss.discriminator(jax.vmap(discriminator)(real), jax.vmap(discriminator)(fake))

    def g_loss(generator):
        return loss.generator(jax.vmap(discriminator)(jax.vmap(generator)(noise)))

    d_value, gradients = eqx.filter_value_and_grad(d_loss)(discriminator)
    updates, d_state = optimizer.update(gradients, d_state)
    discriminator = eqx.apply_updates(discriminator, updates)
    g_value, gradients = eqx.filter_value_and_grad(g_loss)(generator)
    updates, g_state = optimizer.update(gradients, g_state)
    generator = eqx.apply_updates(generator, updates)
    return generator, discriminator, g_state, d_state, d_value, g_value


def main(steps: int = 3000) -> list[tuple[float, float]]:
    """Train for so many steps and return the losses (of D, of G) of each."""
    digits = jnp.asarray(load_digits().data, "float32") / 8 - 1  # (1797, 64), in [-1, 1]
    key, g_key, d_key = jax.random.split(jax.random.key(0), 3)
    generator = eqx.nn.MLP(32, 64, 256, depth=2, activation=jax.nn.leaky_relu, final_activation=jnp.tanh, key=g_key)
    discriminator = eqx.nn.MLP(64, 1, 256, depth=2, activation=jax.nn.leaky_relu, key=d_key)
    g_state, d_state = (optimizer.init(eqx.filter(m, eqx.is_inexact_array)) for m in (generator, discriminator))
    state = [generator, discriminator, g_state, d_state]

    losses = []
    for step in range(1, steps + 1):
        key, of_real, of_noise = jax.random.split(key, 3)
        real, noise = jax.random.choice(of_real, digits, (64,)), jax.random.normal(of_noise, (64, 32))
        *state, d_loss, g_loss = train_step(*state, real, noise)
        losses.append((d_loss.item(), g_loss.item()))
        if step % 500 == 0:
            print(f"step {step:5}  D {losses[-1][0]:.3f}  G {losses[-1][1]:.3f}")
    return losses


if __name__ == "__main__":
    main()
