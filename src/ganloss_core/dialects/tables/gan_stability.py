"""The losses of GAN stability."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="LMescheder/GAN_stability",
    file="gan_training/train.py",
    entries={
        "standard": Entry(loss="logistic"),
        "wgan": Entry(loss="wasserstein", activation="negative", note="Low for real: D's loss is E r - E f, and G's is E f."),
    },
    before="dloss_real = self.compute_loss(d_real, 1)",
    after="criterion = GANLoss('gan_stability/standard')  # once\n\n"
    "dloss_real, dloss_fake, *_ = criterion.discriminator_terms(d_real, d_fake)",
    same="Nothing; a penalty on the critic has no sign.",
    better="The saturated logits of a sure critic keep their digits.",
)
