"""The backends behind one face: NumPy arrays in, NumPy float64 arrays out."""

import os
import pkgutil
from dataclasses import dataclass
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import torch

import ganloss_jax.compat
import ganloss_torch.compat
from ganloss_core import names
from ganloss_core.backends import exact, reference
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.game import game

EXAMPLES = int(os.environ.get("GANLOSS_EXAMPLES", "1"))
"""How many times as many examples are drawn as usual."""

DROP_INS = [
    f"{package.__name__}.{module.name}"
    for package in (ganloss_torch.compat, ganloss_jax.compat)
    for module in pkgutil.iter_modules(package.__path__)
    if not module.name.startswith("_")
]
"""The modules that replace those of other codebases."""


ONE_OF_EACH = {
    *("hinge", "minimax", "fgan_kl", "ebgan"),
    *("relativistic_paired_logistic", "relativistic_average_lsgan", "relativistic_centered_hinge"),
    *("relativistic_all_pairs_logistic", "relativistic_all_pairs_hinge", "relativistic_average_lsgan_unbiased"),
    *("kl_wgan", "tprls", "dual_contrastive", "donsker_varadhan"),
    *("nplus1_ce", "realness", "contragan_2c", "mmd_gaussian"),
}
"""Losses that between them take every way through the engine."""

OF_MANY_OPERATIONS = {
    *("alpha_gan", "donsker_varadhan", "kl_wgan", "tprls"),
    *("relativistic_all_pairs_hinge", "relativistic_all_pairs_logistic"),
}
"""Losses that JAX compiles quicker as a whole than operation by operation."""


def rules(name, **hyperparameters):
    """What the engine knows of a loss."""
    return game(Settings.of(name, None, "mean", "mean", hyperparameters).build(exact.words()))


RULES = {name: rules(name) for name in names()}
LOGITS = [name for name in names() if not RULES[name].sample.axes]
VECTORS = [name for name in names() if RULES[name].sample.axes]
UNWEIGHTED = {"aot_pair"}
"""Losses that take no weights: what is sorted has no partner to weigh it with."""
PAIRED = [name for name in names() if RULES[name].generator.paired]
SEPARABLE = [name for name in names() if RULES[name].terms]


def draw(name, *shape, fake_shape=None, seed=0, dtype=np.float64):
    """Outputs of a critic and labels for any loss: real and fake of the sample shapes, and the labels by keyword."""
    generator = np.random.default_rng(seed)
    sample = RULES[name].sample
    tails = sample.tails(3 if sample.axes == 2 else 4)
    shapes = (shape, shape if fake_shape is None or name in PAIRED else fake_shape)
    real, fake = (generator.normal(size=s + tail).astype(dtype) for s, tail in zip(shapes, tails, strict=True))
    if not sample.axes:
        return real, fake, {}
    labels = (generator.integers(0, 3, s) for s in shapes)
    return real, fake, dict(zip(("real_labels", "fake_labels"), labels, strict=True))


def _to_numpy(x):
    if isinstance(x, torch.Tensor):
        x = x.detach().to(torch.float64)
    return np.asarray(x, dtype=np.float64)


def _map(function, x):
    """Over heads, if there are several."""
    if isinstance(x, list):
        return [function(v) for v in x]
    if isinstance(x, dict):
        return {key: function(v) for key, v in x.items()}
    return None if x is None else function(x)


@dataclass(frozen=True)
class Adapter:
    name: str
    module: ModuleType
    jit: bool = False
    """Whether JAX compiles a loss as a whole, which for one of many operations is quicker than each of them."""

    def array(self, x, dtype="float64"):
        if self.name == "torch":
            return torch.from_numpy(np.array(x, np.float64)).to(getattr(torch, dtype))
        return jnp.asarray(x, dtype) if self.name == "jax" else np.asarray(x, dtype)

    def loss(self, *args, **kwargs):
        return self.module.GANLoss(*args, **kwargs)

    def call(self, loss, player, real, fake, **weights):
        """The loss of one player, in the library's own arrays."""
        call = _jitted_call if self.jit and self.name == "jax" else _call
        return call(loss, player, real, fake, weights)

    def value_and_grad(self, loss, player, real, fake, upstream=1.0, dtype="float64", **weights):
        """The value, and upstream times its gradient by (real, fake), per head if there are several."""
        real, fake = (_map(lambda v: self.array(v, dtype), x) for x in (real, fake))
        weights = {k: _map(self._weight, v) for k, v in weights.items()}
        if self.name == "torch":
            return self._torch(loss, player, real, fake, upstream, weights)
        if self.name == "jax":
            graded = _jitted if self.jit else _graded
            value, grads = graded(self, player, loss, upstream, real, fake, weights)
            return float(value) / upstream, *(_map(_to_numpy, g) for g in grads)
        assert not isinstance(fake, (list, dict)), "the reference differentiates one head"
        value, grads = reference.value_and_grad(
            loss._settings.loss,
            real,
            fake,
            player=player,
            generator=loss._settings.generator,
            top_k=loss._settings.top_k,
            **weights,
            **loss.hyperparameters,
        )
        g_real = np.zeros_like(real) if grads.real is None else grads.real
        return float(value), upstream * g_real, upstream * grads.fake

    def _weight(self, w):
        w = np.asarray(w)
        return torch.tensor(w.tolist()) if self.name == "torch" else jnp.asarray(w) if self.name == "jax" else w

    def _torch(self, loss, player, real, fake, upstream, weights):
        leaves = [
            t.requires_grad_()
            for x in (real, fake)
            for t in (x.values() if isinstance(x, dict) else x if isinstance(x, list) else [x])
        ]
        value = self.call(loss, player, real, fake, **weights)
        seed = torch.full_like(value, upstream)
        grads = iter(torch.autograd.grad(value, leaves, seed, allow_unused=True, materialize_grads=True))
        return value.item(), *(_map(lambda _: _to_numpy(next(grads)), x) for x in (real, fake))


def _graded(adapter, player, loss, upstream, real, fake, weights):
    return jax.value_and_grad(lambda r, f: upstream * adapter.call(loss, player, r, f, **weights), (0, 1))(real, fake)


def _call(loss, player, real, fake, weights):
    method = getattr(loss, player)
    return method(fake, real=real, **weights) if player == "generator" else method(real, fake, **weights)


_jitted_call = jax.jit(_call, static_argnums=1)
_jitted = jax.jit(_graded, static_argnums=(0, 1))

ADAPTERS = {
    "torch": Adapter("torch", ganloss_torch),
    "jax": Adapter("jax", ganloss_jax),
    "numpy": Adapter("numpy", reference),
}
