"""Pages on what several codebases have in common: which formulas there are, who has which, and how they differ."""

from reading import markdown

from ganloss_core import dialects, facts
from ganloss_core.backends import text
from ganloss_core.command.show import patches

VQGAN = (
    "taming", "llamagen", "gigatok", "unitok", "maskbit", "onedtokenizer", "rae", "open_sora", "open_magvit2",
    "magvit2_pytorch", "magvit", "maskgit",
)  # fmt: skip
IMITATION = ("isaacgym_amp", "mimickit", "protomotions", "amp_rsl_rl", "ksim", "imitation", "acme")

PAGES = {
    **dict.fromkeys(
        VQGAN,
        "The tokenizers, side by side: [the VQGAN losses](../vqgan_losses.md). The modules with discriminator and perceptual "
        "distance: [classes and functions](../dialects.md#classes-and-functions).",
    ),
    **dict.fromkeys(IMITATION, "The same beside others of its field: [AMP, GAIL and rewards](../amp_gail.md)."),
    "trl": "All of them beside each other: [preference losses](../preferences.md).",
}
"""Where a codebase's page leads to."""


def _link(name):
    return f"[{name}](/migration/{name.partition('/')[0]}.md)"


def _beside(first, name, player):
    """What a player's loss is, compared with the first one."""
    if name == first:
        return "the same"
    found = facts.difference(first, name, player)
    if found.factor is None:
        return f"cosine {found.cosine[0]:.2f} to {found.cosine[1]:.2f}"
    if found.factor != 1.0:
        return f"{found.factor:g} times"
    return "the same" if abs(found.constant or 0.0) < 1e-9 else f"the same, the value {found.constant:+.3g}"


def formulas(codebases):
    """One row for each pair of formulas, with the names that it goes by and how it differs from the first one."""
    names = [name for codebase in codebases for name in dialects.names(codebase)]
    same = {}
    for name in names:
        same.setdefault((*text.formulas(name), patches(name)), []).append(name)
    head = ("names", "D minimises", "at chance", f"D, compared with `{names[0]}`", "G minimises", "G, compared")
    yield f"| {' | '.join(head)} |\n{'|---' * len(head)}|"
    for (d, g, counts), members in same.items():
        name = members[0]
        chance = facts.readings(name)["at chance"].discriminator
        apart = [_beside(names[0], name, player) for player in facts.PLAYERS]
        links = ", ".join(map(_link, members)) + ("" if counts == "each logit counts" else f" ({counts})")
        yield f"| {links} | `{d}` | {chance:.4g} | {apart[0]} | `{g}` | {apart[1]} |"


def notes(codebases):
    """What its users should know of each codebase, and of its losses."""
    yield "| codebase | its files | what to know | about single losses |\n|---|---|---|---|"
    for codebase in codebases:
        table = dialects.codebase(codebase)
        said = [f"`{name}`: {markdown(entry.note)}" for name, entry in table.entries.items() if entry.note]
        yield f"| {_link(codebase)} | {markdown(table.file)} | {markdown(table.same)} | {' '.join(said)} |"


def write(made):
    """Both parts of both pages, for them to include."""
    for page, codebases in (("vqgan_losses", VQGAN), ("amp_gail", IMITATION)):
        for part in (formulas, notes):
            (made / f"{page}_{part.__name__}.md").write_text("\n".join(part(codebases)) + "\n")
