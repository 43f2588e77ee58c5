"""The loss of Vocos."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="gemelo-ai/vocos",
    file="vocos/loss.py, and the division by the number of discriminators in vocos/experiment.py",
    entries={
        "hinge": Entry(loss="hinge2", note="The classes sum over discriminators; the training code divides by their number."),
    },
    before="from vocos.loss import DiscriminatorLoss, FeatureMatchingLoss, GeneratorLoss",
    after="from ganloss_torch.compat.vocos import DiscriminatorLoss, FeatureMatchingLoss, GeneratorLoss",
    same="Nothing: sums of shape (1,), which the training code divides by the number of discriminators, and their parts. "
    "Lists of different lengths raise, where theirs drop what is beyond the shorter. By name, where that division is in "
    "it, there is one call for the multi-period discriminators and one for the multi-resolution ones, which "
    "mrd_loss_coeff multiplies: `GANLoss('vocos/hinge').discriminator(real_score_mp, gen_score_mp)`, and "
    "`feature_matching(fmap_r, fmap_g, layers='sum')`. FeatureMatchingLoss detaches neither side, which is a gradient "
    "of D in G's step, that the next zero_grad drops.",
    better="`heads='sum'` is what the classes alone compute; masks of what is padding.",
    drop_in="ganloss_torch.compat.vocos",
)
