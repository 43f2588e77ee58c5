"""The loss of Vocos."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="gemelo-ai/vocos",
    file="vocos/loss.py, and the division by the number of discriminators in vocos/experiment.py",
    entries={
        "hinge": Entry(loss="hinge2", note="The classes sum over discriminators; the training code divides by their number."),
    },
    before="loss_mp, loss_mp_real, _ = self.disc_loss(real_score_mp, gen_score_mp); loss_mp /= len(loss_mp_real)",
    after="criterion = GANLoss('vocos/hinge')  # once\n\n"
    "loss_mp = criterion.discriminator(real_score_mp, gen_score_mp); loss_gen_mp = criterion.generator(gen_score_mp)",
    same="One call for the multi-period discriminators and one for the multi-resolution ones, which mrd_loss_coeff multiplies. "
    "FeatureMatchingLoss, divided by the number of discriminators, is `feature_matching(fmap_r, fmap_g, layers='sum')`; it "
    "detaches neither side, which is a gradient of D in G's step, that the next zero_grad drops.",
    better="`heads='sum'` is what the classes alone compute; masks of what is padding.",
)
