"""The losses of GAN stability."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="LMescheder/GAN_stability",
    file="gan_training/train.py",
    entries={
        "standard": Entry(loss="logistic"),
        "wgan": Entry(
            loss="wasserstein", activation="negative", note="Logits are low for real: D's loss is E r - E f, and G's is E f."
        ),
    },
    before="dloss_real = self.compute_loss(d_real, 1)",
    after="criterion = GANLoss('gan_stability/standard')  # once\n\n"
    "dloss_real, dloss_fake, *_ = criterion.discriminator_terms(d_real, d_fake)",
    same="All values and gradients are the same. A penalty on the critic is the same for either sign.",
    better="Digits are not lost where the critic is very sure.",
)
