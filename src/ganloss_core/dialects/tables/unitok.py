"""The losses of UniTok."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="FoundationVision/UniTok",
    file="utils/loss.py and trainer.py",
    entries={
        "hinge": Entry(loss="hinge", aliases=("hg",)),
        "softplus": Entry(loss="logistic", generator="linear", aliases=("sp",), note="The logistic D has the Wasserstein G."),
        "linear": Entry(loss="wasserstein", aliases=("ln", "lin")),
    },
    before="Ld = self.d_criterion(logits_real) + self.d_criterion(-logits_fake); Lg = -logits_fake.mean()",
    after="criterion = GANLoss('unitok/hinge')  # once\n\n"
    "Ld = criterion.discriminator(logits_real, logits_fake); Lg = criterion.generator(logits_fake)",
    same="Nothing: no half of D's, unlike VQGAN. The weight of G's term, by adapt_type, is `adaptive_weight`; bcr is "
    "`consistency`, with the gradient through both passes.",
    better="A name says what D minimises, where dcrit is two letters.",
)
