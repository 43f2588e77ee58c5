"""Open-MAGVIT2's losses."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="TencentARC/SEED-Voken",
    spellings=("seed-voken",),
    file="src/Open_MAGVIT2/modules/losses/vqperceptual.py",
    entries={
        "hinge": Entry(loss="hinge", generator="logistic", discriminator_factor=0.5, of_means="G"),
        "vanilla": Entry(loss="logistic", discriminator_factor=0.5, of_means="G"),
        "non_saturate": Entry(loss="logistic", of_means="both"),
    },
    before="d_loss = hinge_d_loss(logits_real, logits_fake); g_loss = non_saturate_gen_loss(logits_fake)",
    after="criterion = GANLoss('open_magvit2/hinge')  # once\n\n"
    "d_loss = criterion.discriminator(logits_real, logits_fake); g_loss = criterion.generator(logits_fake)",
    same="All values and gradients are the same. Whatever D's loss is, G's is the logistic loss of each sample's mean "
    "logit; weights are then one for each sample.",
    better="`GANLoss('logistic')` is the mean of the losses of all patches, in which an outlier among them counts.",
)
