"""The gallery: a card for each loss and penalty, families by what they are used for, and who generalises whom."""

import contextlib
import inspect

import drawn
from genealogy import IDENTITIES
from reading import linked, linking, markdown

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
        "A logit counts only against those of the other side: its partner, their mean, or all of them.",
        (),
        ("relativistic",),
    ),
    "Critics held Lipschitz": (
        "Differences of means. A penalty, clipping or a constraint belongs to them.",
        (),
        ("wasserstein", "energy"),
    ),
    "A divergence by its name": (
        "f-GANs and their kin: D's best logit knows the ratio of the densities.",
        (),
        ("f_divergence",),
    ),
    "The whole batch at once": (
        "A logit counts by what the others of its batch are.",
        (),
        ("batch",),
    ),
    "Class labels and segmentation": (
        "Critics that return scores, embeddings or histograms, most of them with labels.",
        (),
        ("classes", "contrastive"),
    ),
    "Two-sample tests": (
        "Critics that return vectors, whose distributions are compared.",
        (),
        ("mmd",),
    ),
    "Preferences": (
        "What was chosen is real, and what was rejected is fake.",
        (),
        ("preference",),
    ),
    "Ratios and mutual information": (
        "Joint pairs are real, and shuffled ones are fake.",
        ("donsker_varadhan",),
        ("ratio",),
    ),
}
"""What a family is for, its losses by name, and those that are in it by their module of the catalogue."""

LONGEST = 110
"""A longer formula than this, in characters of LaTeX, is on the loss's page alone."""


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
    formula = ""
    with contextlib.suppress(ValueError):
        d, g = (tex_vectors if rules_of(name).sample.axes else tex).formulas(name)
        formula = "\n\n".join(f"$$\n{short}: {of}\n$$" for short, of in (("D", d), ("G", g)) if len(of) < LONGEST)
    return _card(f"`{name}`", f"{name}.html", drawn.loss(name, points), [aliases, summary(name), formula])


def penalties():
    """The penalties of the gradient: name, first sentence, and the function that makes them from data, if there is one."""
    for name, method in inspect.getmembers(Penalties, inspect.isfunction):
        if not name.startswith("_") and "weight" in inspect.signature(method).parameters:
            yield name, (inspect.getdoc(method) or "").split("\n")[0], getattr(gradient_penalty, name, None)


def _of_penalty(name, sentence, build):
    said, formula = sentence, ""
    if build:
        said, formula = sentence.partition(":")[0], (inspect.getdoc(build) or "").partition(". ")[0]
    # Finite differences estimate R1; what is no charge of the gradient's norm has no curve.
    build = build or (gradient_penalty.r1 if name.startswith("approximate") else None)
    picture = drawn.penalty(build, f"{name} against the norm of the gradient") if build else ""
    return _card(
        f"`{name}`", f"../api_torch.html#ganloss_torch.{name}", picture, [markdown(said), f"`{formula}`" if formula else ""]
    )


def _of_recipe(name, points):
    table = recipes.recipe(name)
    terms = {player: ", ".join(row.term for row in recipes.rows(table) if row.player == player) for player in ("D", "G")}
    lines = [f"`{table.loss}`", *(f"{player}: {said}" for player, said in terms.items()), markdown(table.paper)]
    return _card(table.title, f"../recipes/{name}.html", drawn.loss(table.loss, points), lines)


def tree(identities, tests=False):
    """Who generalises whom, as a table, with the tests that prove it."""
    rows = []
    for special, at, general, how, test in identities:
        proof = f" `{test.partition('::')[2]}` |" if tests else ""
        rows.append(f"| {linked(special)} | {at} | {linking(how)} {linked(general)} |{proof}")
    head = "| loss | where | is |" + (" the test that proves it |" if tests else "")
    return "\n".join([head, "|---" * head.count(" |") + "|", *rows])


def index(points):
    """The page of all losses."""
    yield "# The losses"
    yield (
        "One page each, written from the definitions. [Which loss?](../which_loss.md) says which one to take, and "
        "`ganloss show NAME` prints formulas and facts in a terminal."
    )
    yield (
        "In each picture a logit moves, and the others are 0: "
        '<span class="key d-real">D by a real logit</span>, <span class="key d-fake">D by a fake one</span>, '
        '<span class="key g-fake">G by a fake one</span>. Where the critic returns vectors, one element of one moves.'
    )
    for heading, members in families():
        yield f"## {heading}\n\n{FAMILIES[heading][0]}"
        yield _grid("\n".join(_of_loss(name, points)) for name in members)
    yield (
        "## Penalties\n\nTerms that D's loss takes besides, of D's gradient by its input: [how](../penalties.md). "
        'Each picture is <span class="key charge">what is charged</span> for a norm of 0 to 2, at the weight 1.'
    )
    yield _grid("\n".join(_of_penalty(*each)) for each in penalties())
    yield (
        "## Recipes\n\nThe objectives of papers, by name: a loss with its penalties, weights and states. [How](../recipes.md). "
        "Each picture is that of the loss."
    )
    yield _grid("\n".join(_of_recipe(name, points)) for name in recipes.names())
    yield (
        "## Who generalises whom\n\nA loss that is another one, at some value of a hyperparameter, in some limit, or on some "
        "batches. Each line is proved by a test, most of them in fifty digits, in value and in gradients of both players."
    )
    yield tree(IDENTITIES, tests=True)
