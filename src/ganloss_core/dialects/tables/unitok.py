"""The losses of UniTok."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="FoundationVision/UniTok",
    file="utils/loss.py and trainer.py",
    entries={
        "hinge": Entry(loss="hinge", aliases=("hg",)),
        "softplus": Entry(
            loss="logistic", generator="linear", aliases=("sp",), note="D's loss is logistic, and G's is that of Wasserstein."
        ),
        "linear": Entry(loss="wasserstein", aliases=("ln", "lin")),
    },
    before="Ld = self.d_criterion(logits_real) + self.d_criterion(-logits_fake); Lg = -logits_fake.mean()",
    after="criterion = GANLoss('unitok/hinge')  # once\n\n"
    "Ld = criterion.discriminator(logits_real, logits_fake); Lg = criterion.generator(logits_fake)",
    same="All values and gradients are the same. D's loss has no factor 1/2, unlike VQGAN's. The weight of G's term, by "
    "adapt_type, is `adaptive_weight`; bcr is `consistency`, with a gradient through both passes.",
    better="The name says what D minimises; there dcrit is two letters.",
)
