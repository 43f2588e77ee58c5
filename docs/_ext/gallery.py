"""The gallery: a card for each loss and penalty, families by what they are used for, and who generalises whom."""

import html
import inspect
import re

import drawn
from genealogy import IDENTITIES
from mathml import mathml, pieces
from reading import linked, linking, markdown, terms

from ganloss_core import aliases_of, family, get, losses, recipes
from ganloss_core.backends import tex, tex_vectors
from ganloss_core.facts import rules_of
from ganloss_core.terms import gradient_penalty
from ganloss_core.terms.penalties import Penalties

FAMILIES = {
    "Most used": (
        "Most codebases train with one of these five.",
        ("logistic", "hinge", "lsgan", "wasserstein", "relativistic_paired_logistic"),
        (),
    ),
    "Their variants": (
        "Another generator, another distance from the label, another margin.",
        (),
        ("logistic", "hinge", "least_squares"),
    ),
    "Relativistic": (
        "A logit counts only in comparison with those of the other side: with its partner, with their mean, or with all of "
        "them.",
        (),
        ("relativistic",),
    ),
    "Critics with a bounded slope (Lipschitz)": (
        "Differences of means. They need a penalty, clipping or another constraint on D.",
        (),
        ("wasserstein", "energy"),
    ),
    "A divergence by its name": (
        "f-GANs and similar losses: from D's best logit one can compute the ratio of the densities.",
        (),
        ("f_divergence",),
    ),
    "The whole batch at once": (
        "What a logit counts for depends on the other logits of its batch.",
        (),
        ("batch",),
    ),
    "Class labels and segmentation": (
        "For critics that return class scores, embeddings or histograms. Most of these losses take labels.",
        (),
        ("classes", "contrastive"),
    ),
    "Two-sample tests": (
        "For critics that return vectors. The loss compares the distributions of both sides.",
        (),
        ("mmd",),
    ),
    "Preferences": (
        "The chosen answer is the real sample, and the rejected one the fake.",
        (),
        ("preference",),
    ),
    "Ratios and mutual information": (
        "Pairs (x, y) that belong together are real, and shuffled pairs are fake.",
        ("donsker_varadhan",),
        ("ratio",),
    ),
}
"""What a family is for, its losses by name, and those that are in it by their module of the catalogue."""

LONGEST = 110
"""A longer formula than this, in characters of LaTeX, is drawn smaller."""
WIDEST = 42
"""Where a line that may not be broken has more characters than this, a card has the formula as the definition says it."""


def families():
    """The losses of each family, in the order of the catalogue."""
    named = {name for _, by_name, _ in FAMILIES.values() for name in by_name}
    for title, (_, by_name, modules) in FAMILIES.items():
        yield title, [*by_name, *(name for name in losses if family(name) in modules and name not in named)]


def summary(name):
    """The first sentence of a definition."""
    return markdown((inspect.getdoc(get(name)) or "").split("\n")[0])


def title(name):
    """A loss and how it is mostly called, which the sidebar and the search find."""
    known = ", ".join(aliases_of(name)[:2])
    return f"{name} ({known})" if known else name


def _card(heading, link, picture, lines):
    yield f":::{{grid-item-card}} {heading}\n:link: {link}\n:link-type: url\n:class-card: loss\n"
    if picture:
        yield f"```{{raw}} html\n{picture}\n```\n"
    yield "\n\n".join(line for line in lines if line)
    yield ":::"


def _grid(cards):
    return "\n".join(["::::{grid} 1 2 3 3", ":gutter: 2", ":padding: 0", "", *cards, "::::"])


def _of_loss(name, points):
    aliases = ", ".join(f"`{alias}`" for alias in aliases_of(name)[:4])
    picture = drawn.loss(name, points)
    none = "" if picture else "No curve: one number alone changes nothing, or is no logit."
    return _card(f"`{name}`", f"{name}.html", picture, [none, aliases, summary(name), formula(name)])


def formula(name):
    """What D and G minimise, as narrow as a card."""
    try:
        of = (tex_vectors if rules_of(name).sample.axes else tex).formulas(name)
        both = [f"{player}:\\;{text}" for player, text in zip("DG", of, strict=True)]
        seen = [html.unescape(re.sub("<[^>]+>", "", part)) for text in both for part in pieces(mathml(text, "block"))]
        if max(map(len, seen)) <= WIDEST:
            shown = "\n\n".join(f"$$\n{each}\n$$" for each in both)
            return shown if max(map(len, of)) < LONGEST else f"```{{div}} long\n{shown}\n```"
    except ValueError:
        pass
    _, text, *_ = (inspect.getdoc(get(name)) or "").split("\n\n")
    return markdown(re.split(r"[.] (?=[A-Z`])", " ".join(text.split()).rstrip("."))[0])


def penalties():
    """The penalties of the gradient: name, first sentence, and the function that makes them from data, if there is one."""
    for name, method in inspect.getmembers(Penalties, inspect.isfunction):
        if not name.startswith("_") and "weight" in inspect.signature(method).parameters:
            yield name, (inspect.getdoc(method) or "").split("\n")[0], getattr(gradient_penalty, name, None)


def _of_penalty(name, sentence, build):
    said, formula = sentence, ""
    if build:
        said, formula = sentence.partition(":")[0], (inspect.getdoc(build) or "").partition(". ")[0]
    # Finite differences estimate R1; what is no function of the gradient's norm has no curve.
    build = build or (gradient_penalty.r1 if name.startswith("approximate") else None)
    picture = drawn.penalty(build, f"{name}, plotted against the norm of the gradient") if build else ""
    none = "" if picture else "No curve: it does not depend on the gradient alone."
    lines = [none, markdown(said), f"`{formula}`" if formula else ""]
    return _card(f"`{name}`", f"../api_torch.html#ganloss_torch.{name}", picture, lines)


def _of_recipe(name):
    table = recipes.recipe(name)
    of_players = (f"{player}: {terms(table, player)}" for player in ("D", "G"))
    lines = [f"`{table.loss}`", *of_players, markdown(table.paper)]
    return _card(table.title, f"../recipes/{name}.html", None, lines)


def tree(identities, tests=False):
    """Who generalises whom, as a table, with the tests that prove it."""
    rows = []
    for special, at, general, how, test in identities:
        proof = f" `{test.partition('::')[2]}` |" if tests else ""
        rows.append(f"| {linked(special)} | {at} | {linking(how)} {linked(general)} |{proof}")
    head = "| loss | where | is the same as |" + (" the test that proves it |" if tests else "")
    return "\n".join([head, "|---" * head.count(" |") + "|", *rows])


def _key(style, said):
    return f'<span class="key {style}">{said}</span>'


def index(points):
    """The page of all losses."""
    yield "# The losses"
    yield (
        "Each loss has a page of its own, which is generated from its definition. [Which loss?](../which_loss.md) helps to "
        "choose one, [these words](../glossary.md) are used on all pages, and `ganloss show NAME` prints formulas and facts in "
        "a terminal."
    )
    yield (
        "Each picture shows how a loss changes while one logit goes from -3 to 3, and all others stay 0: "
        "{real}, {fake}, {of_g}. Often G's line is on top of D's first one: its dashes are then seen on the thick line. Where "
        "the critic returns vectors, one element of one vector moves."
    ).format(
        real=_key("d-real", "D's loss over a real logit"),
        fake=_key("d-fake", "D's loss over a fake logit"),
        of_g=_key("g-fake", "G's loss over a fake logit"),
    )
    for heading, members in families():
        yield f"## {heading}\n\n{FAMILIES[heading][0]}"
        yield _grid("\n".join(_of_loss(name, points)) for name in members)
    yield (
        f"## Penalties\n\nTerms that are added to D's loss, of the gradient of D with respect to its input: [how to use "
        f"them](../penalties.md). Each picture shows {_key('charge', 'the penalty')} for a norm of this gradient from 0 to 2, "
        f"with the weight 1."
    )
    yield _grid("\n".join(_of_penalty(*each)) for each in penalties())
    yield (
        "## Recipes\n\nThe objectives of papers, by name: a loss with its penalties, weights and states. "
        "[How to use them](../recipes.md)."
    )
    yield _grid("\n".join(_of_recipe(name)) for name in recipes.names())
    yield (
        "## Who generalises whom\n\nSome losses become another loss: at one value of a hyperparameter, in a limit, or for some "
        "batches. *D* means that this holds for D's loss alone. A test proves each line, most of them in fifty digits, for the "
        "values and the gradients."
    )
    yield tree(IDENTITIES, tests=True)
