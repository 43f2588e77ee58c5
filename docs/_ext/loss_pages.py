"""The page of a loss: what it is, what a log reads, its formulas, a picture, lines that were run, its users, related losses."""

import contextlib
import inspect
import shutil

import choice
import gallery
import genealogy
import numpy as np
from reading import legend, markdown
from used_lines import run, same, usage

from ganloss_core import facts, recipes
from ganloss_core.backends import symbols, tex, tex_vectors
from ganloss_core.command import show
from ganloss_core.pictures import PANELS, curve, figure
from ganloss_core.reproduce import dirac
from ganloss_core.reproduce.linear_critic import PENALTIES, LinearCritic
from ganloss_core.spec import registry

LONGEST = 420
"""A closed form of more characters of LaTeX says less than the definition that it was derived from."""

COMPANY = {
    "relativistic_paired_logistic": "[`r1`](../penalties.md) and `r2` in every step, as in R3GAN; [`approximate_r1`]"
    "(../penalties.md#finite-differences-in-one-batch) and `approximate_r2`, as in AFM and GAT.",
    "logistic": "[`r1`](../penalties.md), in every 16th step, as in StyleGAN2.",
    "hinge": "Spectral normalisation, as in BigGAN; [an adaptive weight](../vqgan_losses.md) and `LeCam`, as in tokenizers.",
    "hinge2": "[`feature_matching`](../penalties.md#terms-without-state) and a `Balancer`, as in EnCodec.",
    "lsgan": "[`feature_matching`](../penalties.md#terms-without-state), as in HiFi-GAN and pix2pixHD.",
    "wasserstein": "[`wgan_gp`](../penalties.md), clipping or another constraint: without one the loss has no bound.",
    "relativistic_average_logistic": "L1 and a perceptual loss, as in ESRGAN.",
    "nplus1_ce": "[`consistency`](../penalties.md#terms-without-state) of mixed images, as in OASIS.",
    "ebgan": "[`pulling_away`](../terms.md), as in EBGAN.",
    "minimax": "[`gradient_reversal`](../terms.md#gradient-reversal), as in DANN.",
    "tprls": "Another loss, such as `lsgan`, to which it is added.",
}  # fmt: skip
"""What a loss is mostly trained with, and by whom."""
WHOM = "[who generalises whom](index.md#who-generalises-whom)"


def page(name, folder, drawn=None, frameworks=("PyTorch", "JAX")):
    """The page of one loss, as Markdown; its picture goes to the folder, or, in a draft, is the one drawn already."""
    summary, *paragraphs = (inspect.getdoc(registry.get(name)) or "").split("\n\n")
    # A main entry: the search puts the others last.
    names = ", ".join(f"!{each}" for each in (name, *registry.aliases_of(name)))
    index = f"```{{index}} {names}\n```\n\n"
    yield f"{index}# {gallery.title(name)}\n\n{markdown(summary)}"
    yield from map(markdown, paragraphs)
    yield "\n".join(["| | |", "|---|---|", *(f"| {what} | {markdown(text)} |" for what, text in _about(name))])
    yield from _picture(name, folder, drawn)
    yield from _formulas(name)
    yield from _log(name)
    yield "## How to use it\n\nThese lines were run when this page was made. Both frameworks must print the same numbers."
    printed = []
    for framework, lines in zip(("PyTorch", "JAX"), usage(name), strict=True):
        printed.append(run(lines) if framework in frameworks else printed[0])
        yield f"In {framework}:\n\n```python\n{lines}\n```\n\n```text\n{printed[-1]}\n```"
    if not same(*printed):
        raise ValueError(f"{name}: PyTorch prints {printed[0]!r} and JAX {printed[1]!r}")
    if name in COMPANY:
        yield f"## What it is trained with\n\n{COMPANY[name]}"
    if not drawn:
        yield from _convergence(name)
    yield from _users(name)
    yield from _near(name)


def _about(name):
    yield "family", registry.family(name)
    yield "aliases", ", ".join(registry.aliases_of(name)) or "none"
    yield "hyperparameters", show.hyperparameters_of(name)
    if not facts.rules_of(name).sample.axes and show.patches(name) != "each logit counts":
        yield "a map of logits", show.patches(name)
    with contextlib.suppress(ValueError):
        if measured := facts.name_of_divergence(name):
            factor, divergence = measured
            yield "D measures", divergence if abs(factor - 1.0) < 1e-6 else f"{show.number(factor)} times {divergence}"
    yield "on several devices", show.on_devices(name)


def _picture(name, folder, drawn):
    with contextlib.suppress(ValueError):
        picture = folder / f"{name}.svg"
        if drawn:
            for player, side in PANELS:
                curve(name, player, side, np.linspace(-4.0, 4.0, 5))
            shutil.copy(drawn, picture)
        else:
            figure([name], points=121).savefig(picture, transparent=True)
        yield (
            f":::{{div}} wide\n```{{image}} {name}.svg\n:alt: {name}: losses and gradients over the logit\n"
            ":width: 100%\n```\n:::"
        )
        yield f'<a href="../explorer.html#a={name}">Open it in the explorer</a>, with sliders, and beside another loss.'


def _formulas(name):
    """Sections with what is minimised and its derivatives; of a loss of vectors without these."""
    if facts.rules_of(name).sample.axes:
        with contextlib.suppress(ValueError):
            d, g = tex_vectors.formulas(name)
            about = tex_vectors.LEGENDS[tex_vectors.kind(name)]
            if r"m \, s_y" in d:
                about += " $m$ is the number of different labels in the batch, and $s_y$ the share of the label $y$ in it."
            yield f"## Formulas\n\n{about} With default hyperparameters [D](../glossary.md) minimises"
            yield f"$$\n{d}\n$$\n\nand G\n\n$$\n{g}\n$$"
        return
    named, formulas, slopes = symbols.formulas(name), tex.formulas(name), tex.gradients(name)
    yield f"## Formulas\n\n{legend(*named, *formulas)} [D](../glossary.md) minimises"
    yield f"$$\n{named.discriminator}\n$$\n\nand G\n\n$$\n{named.generator}\n$$"
    if named != formulas:
        yield f"With the default hyperparameters this is\n\n$$\n{formulas.discriminator}\n$$"
        yield f"and\n\n$$\n{formulas.generator}\n$$"
    rows = [
        ("D's loss, by a real logit", slopes.discriminator_real),
        ("D's loss, by a fake logit", slopes.discriminator_fake),
        ("G's loss, by a fake logit", slopes.generator_fake),
        ("G's loss, by a real logit", slopes.generator_real),
    ]
    text = "".join(slope or "" for _, slope in rows)
    one = " $\\mathbf{1}[x]$ is 1 where x holds, else 0." if r"\mathbf" in text else ""
    side = r" $\mathbb{E}_{r}$ is a mean over all reals, and $\mathbb{E}_{f}$ one over all fakes." if "E}_{" in text else ""
    yield f"## Gradients\n\nThe derivative with respect to one logit, times the number of logits on its side.{side}{one}"
    if max(len(slope or "") for _, slope in rows) > LONGEST:
        yield "In closed form these are too long to be read. Every backend has them from the definition."
        return
    for label, slope in rows:
        if slope is not None:
            yield f"{label}:\n\n$$\n{slope}\n$$"


def _log(name):
    """What D and G read, where D settles, and what its best logits are."""
    try:
        readings, best = facts.readings(name), facts.equilibrium(name)
    except ValueError:
        return
    yield (
        "## In a log\n\nThe values of D's and G's loss when all real logits are one number, and all fake logits another. At "
        "the *optimum* fakes are as good as reals, and D gives the same logit to all of them: training ends there."
    )
    level = show.span(best.logit)
    rows = [f"| the optimum | {show.number(best.discriminator)} | {show.span(best.generator)} | {level} | {level} |"]
    rows += [
        f"| {what} | {show.number(r.discriminator)} | {show.number(r.generator)} | {r.real:g} | {r.fake:g} |"
        for what, r in readings.items()
    ]
    yield "\n".join(["| | D's loss | G's loss | real logits | fake logits |", "|---|---|---|---|---|", *rows])
    with contextlib.suppress(ValueError):
        ratios = {"4 times as often": 4.0, "twice": 2.0, "equally often": 1.0, "half as often": 0.5, "a quarter": 0.25}
        at = facts.optimal_critic(name, list(ratios.values()))
        yield (
            "The best logit that D can give to a sample depends on how often such a sample is found among reals, compared with "
            "among fakes:\n\n"
            f"| among reals | {' | '.join(ratios)} |\n|---|{'---|' * len(ratios)}\n"
            f"| best logit | {' | '.join(map(show.span, at))} |"
        )


def _convergence(name):
    """Which penalty makes it converge."""
    if dirac.left_out(name) is not None:
        return
    penalties = ("none", "r1", "r1_r2", "consensus", "instance_noise")
    jacobians = LinearCritic(name, [PENALTIES[each] for each in penalties]).jacobians()
    rows = []
    for kind in ("simultaneous", "alternating"):
        rates = [None if j is None else abs(np.linalg.eigvals(dirac.multiplier(j, kind))).max() for j in jacobians]
        rows.append(f"| {kind} steps | {' | '.join('no rate: a kink' if r is None else f'{r:.4f}' for r in rates)} |")
    head = " | ".join(each.replace("_", " ") for each in penalties)
    yield (
        "## Does it converge?\n\nIn [the Dirac-GAN](../reproduce.md#the-dirac-gan), the smallest GAN there is, one training "
        "step multiplies the distance from the equilibrium by this number. Below 1 training converges, at 1 it circles, above "
        "1 it moves away: [all penalties](../reproduce.md#what-it-shows). WGAN-GP has no such number: [why, and what it can "
        "do](../reproduce.md#wgan-gp-here-and-elsewhere).\n\n"
        + "\n".join([f"| | {head} |", f"|---|{'---|' * len(penalties)}", *rows])
    )


def _users(name):
    users = [f"[`{each}`](../migration/{each.partition('/')[0]}.md)" for each in choice.users(name)]
    if users:
        yield f"## Codebases that use it\n\n{', '.join(users)}. The page of each codebase says what differs there."
    objectives = [f"[{recipes.recipe(each).title}](../recipes/{each}.md)" for each in choice.trained_with(name)]
    if objectives:
        yield f"Papers whose [objective](../recipes.md) uses it: {', '.join(objectives)}."


def _near(name):
    """Identities, and the rest of the family."""
    family = registry.family(name)
    others = [f"[`{each}`]({each}.md)" for each in registry.names() if each != name and registry.family(each) == family]
    if identities := genealogy.of(name):
        yield f"## Related losses\n\n{gallery.tree(identities)}\n\nAll of these: {WHOM}."
    else:
        yield f"## Related losses\n\nWhich losses are special cases of others: {WHOM}."
    if others:
        yield f"Of the same family, {markdown(family)}: {', '.join(others)}."
