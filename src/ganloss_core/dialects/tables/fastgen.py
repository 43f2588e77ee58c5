"""FastGen's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="NVlabs/FastGen",
    file="fastgen/methods/common_loss.py; weights are the caller's",
    entries={"non_saturating": Entry(loss="logistic")},
    before="loss = gan_loss_discriminator(real_logits, fake_logits)",
    after="loss = GANLoss('fastgen/non_saturating').discriminator(real_logits, fake_logits)",
    same="Nothing.",
    better="Logits of any shape, not (batch, heads) alone.",
)
