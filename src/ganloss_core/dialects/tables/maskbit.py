"""The losses of MaskBit's tokenizer."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="markweberdev/maskbit",
    file="modeling/modules/gan_utils.py and losses.py",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="D's loss is logistic, and G's is that of Wasserstein.",
        ),
        "non-saturating": Entry(loss="logistic", note="D's loss has no factor 1/2, unlike the other two."),
    },
    before="d_loss = hinge_d_loss(logits_real, logits_fake); g_loss = hinge_g_loss(logits_fake)",
    after="criterion = GANLoss('maskbit/hinge')  # once\n\n"
    "d_loss = criterion.discriminator(logits_real, logits_fake); g_loss = criterion.generator(logits_fake)",
    same="All values and gradients are the same. compute_lecam_loss is `LeCam(weight, decay=0.999, form='batch_mean', "
    "update='after')`. discriminator_factor and discriminator_weight are yours to multiply.",
    better="It takes weights, masks and several heads, and computes half-precision logits in float32.",
)
