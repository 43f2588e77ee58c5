"""The loss of X-Codec-2.0 and BigCodec."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="zhenye234/X-Codec-2.0",
    spellings=("x-codec-2.0", "bigcodec"),
    file="criterions/gan_loss.py and lightning_module.py; Aria-K-Alethia/BigCodec has the same",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan", aliases=("gan_loss",))},
    before="real_loss, fake_loss = self.criteria['gan_loss'].disc_loss(real, fake)  # for each head, then summed",
    after="criterion = GANLoss('xcodec2/lsgan')  # once\n\n"
    "disc_loss = criterion.discriminator(real, fake); adv_loss = criterion.generator(fake)",
    same="The heads of both discriminators make one list. lambda_disc and lambda_adv are yours to multiply.",
    better="The host waits for the device once in a call, and padding can be masked.",
)
