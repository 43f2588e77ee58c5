"""FastGen's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="NVlabs/FastGen",
    file="fastgen/methods/common_loss.py; weights are the caller's",
    entries={"non_saturating": Entry(loss="logistic")},
    before="loss = gan_loss_discriminator(real_logits, fake_logits)",
    after="criterion = GANLoss('fastgen/non_saturating')  # once\n\nloss = criterion.discriminator(real_logits, fake_logits)",
    same="All values and gradients are the same.",
    better="Logits may have any shape, not (batch, heads) alone.",
)
