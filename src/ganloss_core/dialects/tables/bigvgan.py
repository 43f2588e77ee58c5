"""The loss of BigVGAN."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="NVIDIA/BigVGAN",
    file="loss.py",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="from loss import feature_loss, generator_loss, discriminator_loss",
    after="from ganloss_torch.compat.hifigan import feature_loss, generator_loss, discriminator_loss",
    same="All values and gradients are the same; the functions are those of HiFi-GAN. By name, "
    "`GANLoss('bigvgan/lsgan').discriminator(disc_real_outputs, disc_generated_outputs)` is the first of the three "
    "results.",
    better="The host waits for the device once in a call; the original reads two numbers of each discriminator for its log.",
    drop_in="ganloss_torch.compat.hifigan",
)
