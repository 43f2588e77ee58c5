"""The loss of Vocos."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="gemelo-ai/vocos",
    file="vocos/loss.py, and the division by the number of discriminators in vocos/experiment.py",
    entries={
        "hinge": Entry(
            loss="hinge2", note="The classes sum over discriminators, and the training code divides by their number."
        ),
    },
    before="from vocos.loss import DiscriminatorLoss, FeatureMatchingLoss, GeneratorLoss",
    after="from ganloss_torch.compat.vocos import DiscriminatorLoss, FeatureMatchingLoss, GeneratorLoss",
    same="All values and gradients are the same: sums of shape (1,), which the training code divides by the number of "
    "discriminators, and their parts. Lists of different lengths are an error here; theirs ignores what is beyond the "
    "shorter one. By name the division is included. Make one call for the multi-period discriminators, "
    "`GANLoss('vocos/hinge').discriminator(real_score_mp, gen_score_mp)`, and one for the multi-resolution ones, which "
    "mrd_loss_coeff multiplies; features are `feature_matching(fmap_r, fmap_g, layers='sum')`. FeatureMatchingLoss "
    "detaches neither side: it sends a gradient to D in G's step, which the next zero_grad removes.",
    better="`heads='sum'` is what the classes alone compute, and padding can be masked.",
    drop_in="ganloss_torch.compat.vocos",
)
