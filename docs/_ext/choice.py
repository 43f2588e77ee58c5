"""What the page "Which loss?" says in numbers: what logs read, whose number that is, and which losses codebases have."""

from collections import Counter
from itertools import groupby

from reading import linked

from ganloss_core import dialects, facts, names, recipes
from ganloss_core.command.show import number, span
from ganloss_core.dialects import reader
from ganloss_core.spec import registry

READ = (
    "logistic", "hinge", "hinge2", "lsgan", "wasserstein", "relativistic_paired_logistic", "relativistic_average_logistic",
    "relativistic_paired_lsgan", "minimax",
)  # fmt: skip
"""The losses whose readings are on the page; those of all are on their own pages."""

FIELDS = {
    "images from scratch": (
        "gan_stability", "gigagan_pytorch", "lecam_gan", "mimicry", "mmagic", "projected_gan", "r3gan",
        "relativistic_f_divergences", "relativistic_gan", "stylegan2", "stylegan2_ada", "stylegan3", "studiogan", "tfgan",
        "torchgan",
    ),
    "image to image": ("cut", "cyclegan", "imaginaire", "joligen", "pix2pixhd", "spade"),
    "tokenizers": (
        "gigatok", "llamagen", "magvit", "magvit2_pytorch", "maskbit", "maskgit", "onedtokenizer", "open_magvit2", "open_sora",
        "rae", "taming", "unitok",
    ),
    "codecs and vocoders": (
        "audiocraft", "bigvgan", "dac", "hifigan", "opus", "parallel_wavegan", "stable_audio", "styletts2", "vits", "vocos",
        "wavtokenizer", "xcodec2",
    ),
    "super-resolution": ("basicsr", "deepinv", "esrgan", "kair", "neosr", "trainner_redux", "vision_aided"),
    "distillation, one step": ("afm", "ddgan", "dmd2", "fastgen", "flash_diffusion", "gat", "pcm", "self_forcing"),
    "motion and imitation": ("acme", "amp_rsl_rl", "imitation", "isaacgym_amp", "ksim", "mimickit", "protomotions"),
}  # fmt: skip
"""Codebases by what they make."""


def readings():
    """What D and G read at D's best constant, and at the critics that one meets."""
    critics = list(facts.readings("logistic"))
    ats = [f"{facts.readings('logistic')[each].real:g}, {facts.readings('logistic')[each].fake:g}" for each in critics]
    columns = [f"{each} ({at})" for each, at in zip(critics, ats, strict=True)]
    yield f"| loss | the optimum | {' | '.join(columns)} |\n|---|{'---|' * (len(critics) + 1)}"
    for name in READ:
        cells = [f"{number(r.discriminator)}, {number(r.generator)}" for r in facts.readings(name).values()]
        best = facts.equilibrium(name)
        optimum = f"**{number(best.discriminator)}**, {span(best.generator)} (at {span(best.logit)})"
        yield f"| {linked(name)} | {optimum} | {' | '.join(cells)} |"


def meanings():
    """The numbers that D's and G's losses of several names read where all logits are 0, and whose."""
    found = {}
    for name in (*names(), *dialects.names()):
        if not facts.rules_of(name).sample.axes:
            reading = facts.readings(name)["at chance"]
            found.setdefault((number(reading.discriminator), number(reading.generator)), []).append(name)
    yield "| D's loss | G's loss | of codebases' losses | of our losses |\n|---|---|---|---|"
    for (read, of_g), members in sorted(found.items(), key=lambda each: tuple(map(float, each[0]))):
        if float(read) > 0.0 and (len(members) > 2 or read == "0.6931"):
            ours = [linked(name) for name in members if "/" not in name]
            theirs = [
                f"[{codebase}](/migration/{codebase}.md) {', '.join(name.partition('/')[2] for name in of_one)}"
                for codebase, of_one in groupby((n for n in members if "/" in n), key=lambda n: n.partition("/")[0])
            ]
            yield f"| **{read}** | {of_g} | {'; '.join(theirs)} | {', '.join(ours)} |"


def used():
    """Which losses the codebases of a field use."""
    yield "| field | codebases | of these, so many use |\n|---|---|---|"
    for field, codebases in FIELDS.items():
        counted = Counter(loss for codebase in codebases for loss in _losses_of(codebase))
        most = [f"{n} {linked(loss)}" for loss, n in counted.most_common(5) if n > 1]
        yield f"| {field} | {len(codebases)} | {', '.join(most)} |"


def _losses_of(codebase):
    entries = (reader.definition(name).entry for name in dialects.names(codebase))
    # Each once, in the order of the table: that of a set is another in every process.
    return dict.fromkeys(registry.canonical(entry.loss) for entry in entries if isinstance(entry.loss, str))


def users(name):
    """The codebases' names of a loss."""
    for each in dialects.names():
        entry = reader.definition(each).entry
        if isinstance(entry.loss, str) and registry.canonical(entry.loss) == name:
            yield each


def trained_with(name):
    """The recipes whose loss it is, by ours or by a codebase's name."""
    known = {name, *users(name)}
    for each in recipes.names():
        if registry.canonical(recipes.recipe(each).loss) in known:
            yield each


def objectives_of(codebase):
    """Links to the recipes with a codebase's loss, or that were read in its repository."""
    repository = dialects.codebase(codebase).repository
    for each in recipes.names():
        table = recipes.recipe(each)
        if table.loss.partition("/")[0] == codebase or repository in table.source:
            yield f"[{table.title}](../recipes/{each}.md)"


def write(made):
    """The tables, for the page to include."""
    for part in (readings, meanings, used):
        (made / f"which_loss_{part.__name__}.md").write_text("\n".join(part()) + "\n")
