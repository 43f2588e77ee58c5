"""The loss of TiTok, and of what else is in bytedance/1d-tokenizer."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="bytedance/1d-tokenizer",
    spellings=("1d-tokenizer", "titok"),
    file="modeling/modules/losses.py",
    entries={"hinge": Entry(loss="hinge", discriminator_factor=0.5)},
    before="discriminator_loss = hinge_d_loss(logits_real, logits_fake); generator_loss = -torch.mean(logits_fake)",
    after="criterion = GANLoss('onedtokenizer/hinge')  # once\n\n"
    "discriminator_loss = criterion.discriminator(logits_real, logits_fake); generator_loss = criterion.generator(logits_fake)",
    same="All values and gradients are the same. compute_lecam_loss is `LeCam(weight, decay=0.999, form='batch_mean', "
    "update='after')`. discriminator_factor and discriminator_weight are yours to multiply.",
    better="It takes weights, masks and several heads, and computes half-precision logits in float32.",
)
