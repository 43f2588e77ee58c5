"""The losses of lucidrains' GigaGAN."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="lucidrains/gigagan-pytorch",
    spellings=("gigagan",),
    file="gigagan_pytorch/gigagan_pytorch.py, discriminator_hinge_loss and generator_hinge_loss",
    entries={
        "hinge": Entry(
            loss="hinge", activation="negative", note="Logits are low for real. lucidrains/stylegan2-pytorch has the same."
        )
    },
    before="loss = discriminator_hinge_loss(real_logits, fake_logits)",
    after="criterion = GANLoss('gigagan_pytorch/hinge')  # once\n\nloss = criterion.discriminator(real_logits, fake_logits)",
    same="All values and gradients are the same. Logits are low for real, as those of its critic.",
    better="Both sides may have different sizes; theirs must broadcast.",
)
