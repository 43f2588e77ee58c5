"""The page of a loss: what it is, what a log reads, its formulas, a picture, and lines that were run."""

import contextlib
import inspect
import io
import re
import shutil
from math import prod

import gallery
import numpy as np
from reading import markdown

from ganloss_core import facts
from ganloss_core.backends import reference, tex
from ganloss_core.command import plot, show
from ganloss_core.command.named import Named
from ganloss_core.spec import registry

LONGEST = 420
"""A closed form of more characters of LaTeX says less than the definition that it was derived from."""


def run(lines):
    """What a few lines of Python print."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(lines, {})
    return printed.getvalue().strip()


def usage(name):
    """PyTorch's and JAX's lines for a loss: both players' losses, and D's gradient by the logits that it is to push down."""
    rules = facts.rules_of(name)
    shapes = [(3, *tail) for tail in rules.sample.tails(3)]
    labels = _needs_labels(name, shapes)
    if rules.sample.axes:
        sides = [f"xp.{wave}(xp.arange({prod(s)}.)).reshape{s}" for wave, s in zip(("cos", "sin"), shapes, strict=True)]
    else:
        # Energies are not negative.
        sides = ["xp.array([1.5, -0.5, 0.25])", "xp.array([-1.0, 0.5, 0.75])"]
        sides = ["xp.array([0.5, 0.0, 0.25])", "xp.array([1.5, 0.5, 0.75])"] if rules.lowest == 0.0 else sides
    given = ", real_labels=y, fake_labels=y" if labels else ""
    d_arguments = ("x, None" if not rules.discriminator.needs_fake else "real, x") + given
    g_arguments = ("fake, real=real" if rules.generator.needs_real else "fake") + given
    real_or_fake = "real" if not rules.discriminator.needs_fake else "fake"
    return tuple(
        "\n".join(
            [
                f"{imports}, ganloss_{package} as gan",
                f'loss = gan.GANLoss("{name}")',
                f"real, fake{', y' if labels else ''} = {', '.join([*sides, *(['xp.array([0, 1, 0])'] if labels else [])])}",
                f"print(loss.discriminator({d_arguments.replace('x', real_or_fake, 1)}), loss.generator({g_arguments}))",
                f"print({grad}(lambda x: loss.discriminator({d_arguments}))({real_or_fake}))",
            ]
        )
        .replace("xp.array", array)
        .replace("xp.", array.split(".")[0] + ".")
        for imports, package, array, grad in (
            ("import torch", "torch", "torch.tensor", "torch.func.grad"),
            ("import jax, jax.numpy as jnp", "jax", "jnp.array", "jax.grad"),
        )
    )


def _needs_labels(name, shapes):
    try:
        reference.GANLoss(name).discriminator(*(np.arange(prod(s), dtype=float).reshape(s) for s in shapes))
    except TypeError:
        return True
    return False


def _same(a, b):
    """Whether two frameworks printed the same numbers, to the four digits after the point that PyTorch prints."""
    x, y = (np.array([float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", s)]) for s in (a, b))
    return x.shape == y.shape and bool((np.abs(x - y) <= 1e-4 * (1.0 + np.abs(x))).all())


def _formulas(name):
    """Sections with what is minimised and its derivatives; nothing for a loss of vectors."""
    try:
        formulas, slopes = tex.formulas(name), tex.gradients(name)
    except ValueError:
        return
    yield "## Formulas\n\nWith real logits $r$ and fake logits $f$, a bar for a mean, and default hyperparameters, D minimises"
    yield f"$$\n{formulas.discriminator}\n$$\n\nand G\n\n$$\n{formulas.generator}\n$$"
    rows = [
        ("D by a real logit", slopes.discriminator_real),
        ("D by a fake logit", slopes.discriminator_fake),
        ("G by a fake logit", slopes.generator_fake),
        ("G by a real logit", slopes.generator_real),
    ]
    yield "## Gradients\n\nBy one logit, times the number of logits on its side. $\\mathbf{1}[x]$ is 1 where x holds, else 0."
    if max(len(slope or "") for _, slope in rows) > LONGEST:
        yield "In closed form they are longer than the definition, which every backend differentiates."
        return
    for label, slope in rows:
        if slope is not None:
            yield f"{label}:\n\n$$\n{slope}\n$$"


def page(name, folder, drawn=None, frameworks=("PyTorch", "JAX")):
    """The page of one loss, as Markdown; its picture goes to the folder, or is the one drawn already if there is such."""
    summary, *paragraphs = (inspect.getdoc(registry.get(name)) or "").split("\n\n")
    names = ", ".join(registry.aliases_of(name))
    index = f"```{{index}} {names}\n```\n\n" if names else ""
    yield f"{index}# {gallery.title(name)}\n\n{markdown(summary)}"
    yield from map(markdown, paragraphs)
    facts = [(what, text) for what, text in show.rows(Named(name, name, name)) if not what.endswith("minimises")]
    yield "\n".join(["| | |", "|---|---|", *(f"| {what} | {markdown(text)} |" for what, text in facts)])
    yield from _formulas(name)
    with contextlib.suppress(ValueError):
        picture = folder / f"{name}.svg"
        if drawn:
            for player, side in plot.PANELS:
                plot.curve(name, player, side, np.linspace(-4.0, 4.0, 5))
            shutil.copy(drawn, picture)
        else:
            plot.save({name: name}, picture, 4.0, points=121)
        yield f"## Picture\n\n```{{image}} {name}.svg\n:alt: {name}: losses and gradients against the logit\n:width: 100%\n```"
    yield "## Use\n\nThese lines were run when this page was made, and the build fails where the two print different numbers."
    printed = []
    for framework, lines in zip(("PyTorch", "JAX"), usage(name), strict=True):
        printed.append(run(lines) if framework in frameworks else printed[0])
        yield f"In {framework}:\n\n```python\n{lines}\n```\n\n```text\n{printed[-1]}\n```"
    if not _same(*printed):
        raise ValueError(f"{name}: PyTorch prints {printed[0]!r} and JAX {printed[1]!r}")
