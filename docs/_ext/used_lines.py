"""Lines of Python that use a loss, with arrays in the shapes that critics return."""

import contextlib
import io
import re
from math import prod

import numpy as np

from ganloss_core import facts
from ganloss_core.backends import reference

IMPORTS = {"torch": "import torch", "jax": "import jax\nimport jax.numpy as jnp"}
ARRAYS = {"torch": ("torch.tensor", "torch.", "torch.func.grad"), "jax": ("jnp.array", "jnp.", "jax.grad")}


def run(lines):
    """What a few lines of Python print."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(lines, {})
    return printed.getvalue().strip()


def same(a, b):
    """Whether two frameworks printed the same numbers, to the four digits after the point that PyTorch prints."""
    x, y = (np.array([float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", s)]) for s in (a, b))
    return x.shape == y.shape and bool((np.abs(x - y) <= 1e-4 * (1.0 + np.abs(x))).all())


def usage(name):
    """PyTorch's and JAX's lines: both players' losses, and D's gradient by the logits that it is to push down."""
    rules = facts.rules_of(name)
    arrays, labels = _arrays(name, rules)
    alone, compared = not rules.discriminator.needs_fake, rules.generator.needs_real
    of_real, of_fake = (f", {side}_labels=y" if labels else "" for side in ("real", "fake"))
    of_d = of_real if alone or not _uses_labels_of_fakes(name, rules) else of_real + of_fake
    d = f"loss.discriminator(real, {'None' if alone else 'fake'}{of_d})"
    g = f"loss.generator(fake{f', real=real{of_real}' if compared else ''}{of_fake})"
    side = "real" if alone else "fake"
    lines = [
        f'loss = gan.GANLoss("{name}")',
        *arrays,
        *labels,
        f"print({d})",
        f"print({g})",
        "",
        f"# D's gradient by the {side} ones.",
        f"d_loss = lambda x: {re.sub(rf'{side}(?=[,)])', 'x', d, count=1)}",
        f"print(xp.grad(d_loss)({side}))",
    ]
    for package, imports in IMPORTS.items():
        array, module, grad = ARRAYS[package]
        text = "\n".join([imports, "", f"import ganloss_{package} as gan", "", *lines])
        yield text.replace("xp.grad", grad).replace("xp.array", array).replace("xp.", module)


def _arrays(name, rules):
    """Lines that make both sides, and the labels if the loss needs some."""
    shapes = [(3, *tail) for tail in rules.sample.tails(3)]
    labels = ["y = xp.array([0, 1, 0])"] if _needs_labels(name, shapes) else []
    if name == "nplus1_ce":
        made = [f"{side} = xp.moveaxis(xp.{wave}(xp.arange(12.0)).reshape(1, 3, 2, 2), 1, -1)" for side, wave in WAVES.items()]
        labels = ["y = xp.array([[[0, 1], [1, 0]]])"]
        return ["# (batch, classes + 1, height, width), with the classes to the end.", *made], labels
    if rules.sample.axes == 2:
        made = [f"{side} = xp.stack([xp.{w}(t), xp.{w}(2.0 * t)], 1)" for side, w in WAVES.items()]
        return [
            "# Embeddings, and the proxies of their labels: (batch, length) each.",
            "t = xp.arange(9.0).reshape(3, 3)",
            *made,
        ], labels
    if rules.sample.axes:
        what = (
            "One real, and its own fakes, in each row."
            if rules.sample.ragged
            else f"(batch, {'classes' if labels else 'length'})"
        )
        made = [
            f"{side} = xp.{w}(xp.arange({prod(s)}.0)).reshape{s}" for (side, w), s in zip(WAVES.items(), shapes, strict=True)
        ]
        return [f"# {what}", *made], labels
    if rules.lowest == 0.0:
        return ["# Energies, (batch, 1), which are not negative.", "real = xp.array([[0.5], [0.0], [0.25]])",
                "fake = xp.array([[1.5], [0.5], [0.75]])"], labels  # fmt: skip
    return ["# What a critic returns: (batch, 1).", "real = xp.array([[1.5], [-0.5], [0.25]])",
            "fake = xp.array([[-1.0], [0.5], [0.75]])"], labels  # fmt: skip


WAVES = {"real": "cos", "fake": "sin"}


def _uses_labels_of_fakes(name, rules):
    """Whether D's loss changes with the labels of the fakes; G's may need them where it does not."""
    sides = [np.sin(np.arange(prod(s), dtype=float)).reshape(s) for s in ((3, *tail) for tail in rules.sample.tails(3))]
    of = reference.GANLoss(name).discriminator
    try:
        values = {float(of(*sides, real_labels=np.array([0, 1, 0]), fake_labels=np.roll([0, 1, 0], i))) for i in range(3)}
    except TypeError:
        return True
    return len(values) > 1


def _needs_labels(name, shapes):
    try:
        reference.GANLoss(name).discriminator(*(np.arange(prod(s), dtype=float).reshape(s) for s in shapes))
    except TypeError:
        return True
    return False
