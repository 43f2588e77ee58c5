"""A GAN on handwritten digits, trained on one device and on two (of a CPU) by `shard_map`: the losses are the same.

Run `python examples/shard_map_digits.py`; it needs `pip install '.[jax]' matplotlib optax scikit-learn`, and draws a picture.
"""

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, PartitionSpec
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from ganloss_jax import GANLoss

loss = GANLoss("rasgan", axis_name="batch")  # without axis_name, each device would compare with the means of its own samples
ALL, SHARE = PartitionSpec(), PartitionSpec("batch")
optimizer = optax.adam(5e-4, b1=0.5, b2=0.99)


def network(key, *sizes):
    """The parameters of a perceptron."""
    layers = zip(jax.random.split(key, len(sizes) - 1), sizes[:-1], sizes[1:], strict=True)
    return [(jax.random.normal(k, (m, n)) / m**0.5, jnp.zeros((1, n))) for k, m, n in layers]


def run(parameters, x):
    """A perceptron with one hidden layer."""
    (w, b), (v, c) = parameters
    return jax.nn.leaky_relu(x @ w + b, 0.2) @ v + c


def train_step(state, real, noise):
    """Train D, then G, on a device's share of the batch; a gradient by parameters that all devices share is whole."""
    generator, critic, g_state, d_state = state
    fake = jnp.tanh(run(generator, noise))
    d_loss, gradient = jax.value_and_grad(lambda d: loss.discriminator(run(d, real), run(d, fake)))(critic)
    updates, d_state = optimizer.update(gradient, d_state)
    critic = optax.apply_updates(critic, updates)

    def of_generator(generator):
        return loss.generator(run(critic, jnp.tanh(run(generator, noise))), real=run(critic, real))

    g_loss, gradient = jax.value_and_grad(of_generator)(generator)
    updates, g_state = optimizer.update(gradient, g_state)
    return (optax.apply_updates(generator, updates), critic, g_state, d_state), (d_loss, g_loss)


def train(devices: int, steps: int) -> list[tuple[float, float]]:
    """The losses (of D, of G) of each step."""
    mesh = Mesh(jax.devices()[:devices], "batch")
    step = jax.jit(jax.shard_map(train_step, mesh=mesh, in_specs=(ALL, SHARE, SHARE), out_specs=ALL))
    digits = jnp.asarray(load_digits().data) / 8 - 1  # (1797, 64), in [-1, 1]
    key, g_key, d_key = jax.random.split(jax.random.key(0), 3)
    generator, critic = network(g_key, 32, 256, 64), network(d_key, 64, 256, 1)
    state, losses = (generator, critic, optimizer.init(generator), optimizer.init(critic)), []
    for _ in range(steps):
        key, of_real, of_noise = jax.random.split(key, 3)
        state, both = step(state, jax.random.choice(of_real, digits, (64,)), jax.random.normal(of_noise, (64, 32)))
        losses.append(tuple(map(float, both)))
    return losses


def main(steps: int = 1000, picture: str = "shard_map_digits.png") -> list[list[tuple[float, float]]]:
    """Train on one device and on two, draw the losses of D, and return those of both players."""
    one, two = train(1, steps), train(2, steps)
    axes = Figure().subplots()
    axes.plot([d for d, _ in one], linewidth=4, alpha=0.4, label="one device")
    axes.plot([d for d, _ in two], linewidth=1, label="two devices")
    axes.set(xlabel="step", ylabel="loss of D")
    axes.legend()
    axes.figure.savefig(picture)
    return [one, two]


if __name__ == "__main__":
    jax.config.update("jax_num_cpu_devices", 2)
    jax.config.update("jax_enable_x64", True)  # in single precision the curves part after some hundred steps, as roundings grow
    main()
