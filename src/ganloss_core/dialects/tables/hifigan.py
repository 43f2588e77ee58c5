"""HiFi-GAN's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="jik876/hifi-gan",
    file="models.py, discriminator_loss, generator_loss and feature_loss",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="from models import feature_loss, generator_loss, discriminator_loss",
    after="from ganloss_torch.compat.hifigan import feature_loss, generator_loss, discriminator_loss",
    same="All values and gradients are the same, and so are the lists for the log. Lists of different lengths are an error "
    "here; theirs ignores what is beyond the shorter one. The features of reals are not detached: they send a gradient "
    "to D in G's step, which the next zero_grad removes. By name, "
    "`GANLoss('hifigan/lsgan').discriminator(disc_real_outputs, disc_generated_outputs)` is the first of the three "
    "results, because a list of outputs is a list of heads; `feature_loss` is `feature_matching(fmap_r, fmap_g, 2.0, "
    "layers='sum', heads='sum')`.",
    better="The host waits for the device once in a call; the original reads two numbers of each discriminator for its log.",
    drop_in="ganloss_torch.compat.hifigan",
)
