"""Plain text as Markdown."""

import re

from ganloss_core import losses
from ganloss_core.spec import registry


def markdown(text):
    """Plain text with `code`, as Markdown; arXiv numbers and DOIs become links."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    text = "".join(part if part.startswith("`") else re.sub(r"([*_|<>\[\]\\$^])", r"\\\1", part) for part in parts)
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
    return re.sub(r"doi:(10\.\d+/[^\s,;]*[^\s,;.])", r"[doi:\1](https://doi.org/\1)", text)


SIGNS = {
    "f_i": "Those with the same index belong together.",
    "sort": r"$\operatorname{sort}$ sorts the logits of its side: those of the same rank belong together.",
    r"\mathbb{E}_{i, j}": r"$\mathbb{E}_{i, j}$ is a mean over all pairs of a real and a fake: every real is compared with "
    "every fake.",
    r"\bar": "A bar is a mean over the batch.",
    r"\operatorname{hold}": r"$\operatorname{hold}$ holds something constant: no gradient goes through it.",
    "n_r": "$n_r$ and $n_f$ are the numbers of reals and of fakes.",
}
"""What the signs in formulas of logits mean."""


def legend(*formulas):
    """What r and f are, and each other sign that is in the formulas."""
    text = re.sub(r"sort}\\left\([rf]_i", "sort}", "".join(formulas))
    said = [means for sign, means in SIGNS.items() if sign in text]
    return " ".join(["$r$ are the logits of reals, and $f$ those of fakes.", *said])


def linked(name):
    """A link to the page of a loss, by its short name where its own is long."""
    return f"[`{registry.short(name)}`](/losses/{name}.md)"


def linking(text):
    """Text in which losses, `in code`, are links."""
    return re.sub(r"`(\w+)`", lambda m: linked(m[1]) if m[1] in losses else m[0], text)


WHERE = {
    **dict.fromkeys(("r1", "r2", "wgan_gp", "wgan_lp", "zero_centered", "dragan"), "/penalties.md#the-penalties"),
    **dict.fromkeys(("approximate_r1", "approximate_r2"), "/penalties.md#finite-differences-in-one-batch"),
    **dict.fromkeys(("lecam", "path_length", "balancer"), "/penalties.md#terms-that-keep-state"),
    **dict.fromkeys(("feature_matching", "drift", "adaptive_weight", "label_mix"), "/penalties.md#terms-without-state"),
    "augmentation": "/terms.md#adaptive-augmentation",
    "normalizer": "/terms.md#what-g-receives-from-d",
    "given": "/recipes.md#what-a-step-asks-for",
    "mismatched": "/recipes.md#what-a-step-asks-for",
}
"""Where the book explains a kind of term that a recipe can have."""


def to_term(kind, said=None):
    """A link to what explains a kind of term."""
    return f"[{markdown(said or kind)}]({WHERE[kind]})"


def to_loss(name, said=None):
    """A link to the page of a loss, or, by a codebase's name, to the codebase's page."""
    codebase, _, of_codebase = name.partition("/")
    page = f"/migration/{codebase}.md" if of_codebase else f"/losses/{registry.canonical(name)}.md"
    return f"[{markdown(said or name)}]({page})"


def terms(table, player):
    """The terms of one player of a recipe, each a link to what it is; the adversarial one by the name of its loss."""
    of_player = table.terms({"D": "discriminator", "G": "generator"}[player])
    return ", ".join(
        to_loss(table.loss, table.loss if name == "adversarial" else name)
        if term.kind == "adversarial"
        else to_term(term.kind, name)
        for name, term in of_player.items()
    )
