"""The losses of RAE's decoder."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="bytetriper/RAE",
    file="src/disc/gan_loss.py and src/train_stage1.py",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="gen_loss is 'vanilla' whatever D's loss is: that of Wasserstein.",
        ),
    },
    before="d_loss = hinge_d_loss(logits_real, logits_fake); g_loss = vanilla_g_loss(logits_fake)",
    after="criterion = GANLoss('rae/hinge')  # once\n\n"
    "d_loss = criterion.discriminator(logits_real, logits_fake); g_loss = criterion.generator(logits_fake)",
    same="All values and gradients are the same. `reduction='sum'` is the same argument. Its adaptive weight is "
    "`adaptive_weight(..., epsilon=1e-6)`. In D's step the images are rounded to 8 bits, and in G's step they are not: "
    "the rounding is yours.",
    better="It takes weights, masks and several heads, and computes half-precision logits in float32.",
)
