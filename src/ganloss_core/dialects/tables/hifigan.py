"""HiFi-GAN's loss; BigVGAN and DAC have the same."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="jik876/hifi-gan",
    file="models.py, discriminator_loss and generator_loss",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="loss_disc, r_losses, g_losses = discriminator_loss(disc_real_outputs, disc_generated_outputs)",
    after="loss_disc = GANLoss('hifigan/lsgan').discriminator(disc_real_outputs, disc_generated_outputs)",
    same="Nothing: a list of outputs is a list of heads, and their losses are summed.",
    better="No wait for the device in each discriminator: the original reads two numbers of each for its log.",
)
