"""The networks of `recipe_inputs` in JAX: the same layers, in the same order, with the parameters of the PyTorch ones."""

from functools import partial

import jax.numpy as jnp
from jax import lax
from torch import nn

import recipe_inputs as of


def mirrored(module, parameters):
    """A module as a function of arrays; parameters by the names that PyTorch has for them."""
    return partial(_run, module, parameters, "")


def _run(module, parameters, prefix, x):
    def layer(name, x):
        return _run(module.get_submodule(name), parameters, f"{prefix}{name}.", x)

    if not isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
        return FORWARDS[type(module)](module, layer, x, parameters)
    weight, bias = (parameters[f"{prefix}{name}"] for name in ("weight", "bias"))
    if isinstance(module, nn.Linear):
        return x @ weight.T + bias[None]
    padding = [(n, n) for n in module.padding]
    # Its default layout is PyTorch's, with the channels first.
    return lax.conv_general_dilated(x, weight, module.stride, padding) + bias.reshape(1, -1, *[1] * (x.ndim - 2))


def _flat(x):
    return x.reshape(len(x), -1)


def _images(module, layer, x, _):
    return module.scale * layer("last", _flat(jnp.tanh(layer("maps", x))))


def _patches(module, layer, x, _):
    return 6 * layer("last", jnp.tanh(layer("maps", x)))


def _tokens(module, layer, x, _):
    n, c, h, w = x.shape
    small = x.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))
    return jnp.concatenate([_flat(layer("heads.0", x)), _flat(layer("heads.1", small))], 1)


def _scales(module, layer, x, _):
    return [layer("whole", x).reshape(1, -1), layer("heads.0", x), layer("heads.1", x)]


def _heads(module, layer, x, _):
    logits, maps = [], []
    for i in range(len(module.first)):
        a = jnp.tanh(2 * layer(f"first.{i}", x))
        b = jnp.tanh(2 * layer(f"second.{i}", a))
        out = 4 * layer(f"last.{i}", b)
        logits.append(_flat(out))
        maps.append([a, *([b] if i else []), *([out] if module.logits_are_a_map else [])])
    return logits, maps


def _vectors(module, layer, x, _):
    return 3 * layer("last", jnp.tanh(layer("first", x)))


def _synthesis(module, layer, w, parameters):
    x = parameters["base"][None] * layer("styles.0", w[:, 0])[..., None, None]
    x = jnp.tanh(layer("convs.0", x)) * layer("styles.1", w[:, 1])[..., None, None]
    return jnp.tanh(layer("convs.1", x))


FORWARDS = {
    of.Images: _images,
    of.Patches: _patches,
    of.Tokens: _tokens,
    of.Scales: _scales,
    of.Heads: _heads,
    of.Vectors: _vectors,
    of.Synthesis: _synthesis,
}
