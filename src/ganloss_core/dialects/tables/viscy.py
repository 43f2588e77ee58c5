"""The losses of VisCy's three-dimensional patch critics."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="mehta-lab/VisCy",
    file="packages/viscy-models/src/viscy_models/gan/losses.py",
    entries={
        "lsgan": Entry(loss="lsgan", discriminator_factor=0.5),
        "nonsat": Entry(loss="logistic"),
        "rpgan": Entry(loss="rpgan", note="Without its penalties, which are one for each scale."),
    },
    before="loss = rpgan_d_loss(d_real, d_fake) + r1_gamma / 2 * r1_penalty(discriminator, real_input)",
    after="criterion = GANLoss('viscy/rpgan')  # once\n\n"
    "d_loss = criterion.discriminator(d_real, d_fake); g_loss = criterion.generator(d_fake, real=d_real)",
    same="The scales are heads, and the loss is the mean over them.",
    better="It takes weights and masks for each scale.",
)
