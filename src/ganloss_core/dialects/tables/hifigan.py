"""HiFi-GAN's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="jik876/hifi-gan",
    file="models.py, discriminator_loss, generator_loss and feature_loss",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="from models import feature_loss, generator_loss, discriminator_loss",
    after="from ganloss_torch.compat.hifigan import feature_loss, generator_loss, discriminator_loss",
    same="Nothing, the lists for the log included. Lists of different lengths raise, where theirs drop what is beyond the "
    "shorter. The features of reals are not detached: that is a gradient of D in G's step, which the next zero_grad drops. By "
    "name, `GANLoss('hifigan/lsgan').discriminator(disc_real_outputs, disc_generated_outputs)` is the first of the three "
    "results, since a list of outputs is a list of heads, and `feature_loss` is `feature_matching(fmap_r, fmap_g, 2.0, "
    "layers='sum', heads='sum')`.",
    better="One wait for the device a call, where the original reads two numbers of each discriminator for its log.",
    drop_in="ganloss_torch.compat.hifigan",
)
