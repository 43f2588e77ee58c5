"""R3GAN's objective on handwritten digits: a relativistic loss, R1 and R2; Flax NNX modules, optax, one jitted step.

Run `python examples/flax_nnx_optax.py`; it needs `pip install '.[jax]' flax optax scikit-learn`.
"""

from functools import partial

import numpy as np
import optax
from flax import nnx
from sklearn.datasets import load_digits

from ganloss_jax import Objective

objective = Objective("r3gan", gamma=0.1)


@nnx.jit
def train_step(generator, discriminator, g_optimizer, d_optimizer, real, noise):
    """Train D, then G, in place; their losses."""
    fake = generator(noise)  # d_loss is differentiated in D alone: nothing to detach

    def d_loss(discriminator):
        # Dropout, BatchNorm and SpectralNorm are welcome: the module itself is the critic.
        return objective.discriminator(discriminator, real=real, fake=fake).total

    def g_loss(generator, discriminator):
        # R3GAN compares with reals here too.
        return objective.generator(discriminator, fake=generator(noise), real=real).total

    d_value, d_gradients = nnx.value_and_grad(d_loss)(discriminator)
    d_optimizer.update(discriminator, d_gradients)
    g_value, g_gradients = nnx.value_and_grad(g_loss)(generator, discriminator)
    g_optimizer.update(generator, g_gradients)
    return d_value, g_value


def main(steps: int = 3000) -> list[tuple[float, float]]:
    """Train for so many steps and return the losses (of D, of G) of each."""
    draw = np.random.default_rng(0)
    digits = (load_digits().data / 8 - 1).astype("float32")  # (1797, 64), in [-1, 1]
    linear, act, drop = partial(nnx.Linear, rngs=nnx.Rngs(0)), nnx.leaky_relu, nnx.Dropout(0.1, rngs=nnx.Rngs(1))
    generator = nnx.Sequential(linear(32, 256), act, linear(256, 256), act, linear(256, 64), nnx.tanh)
    discriminator = nnx.Sequential(linear(64, 256), act, drop, linear(256, 256), act, linear(256, 1))
    g_optimizer = nnx.Optimizer(generator, optax.adam(5e-4, b1=0.5, b2=0.99), wrt=nnx.Param)
    d_optimizer = nnx.Optimizer(discriminator, optax.adam(5e-4, b1=0.5, b2=0.99), wrt=nnx.Param)

    losses = []
    for step in range(1, steps + 1):
        real, noise = digits[draw.integers(len(digits), size=64)], draw.standard_normal((64, 32), dtype="float32")
        d_loss, g_loss = train_step(generator, discriminator, g_optimizer, d_optimizer, real, noise)
        losses.append((float(d_loss), float(g_loss)))
        if step % 500 == 0:
            print(f"step {step:5}  D {d_loss:.3f}  G {g_loss:.3f}")
    return losses


if __name__ == "__main__":
    main()
