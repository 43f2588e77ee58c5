"""The losses of Open-Sora's VAE."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="hpcaitech/Open-Sora",
    spellings=("open-sora-plan",),
    file="opensora/models/vae/losses.py; PKU-YuanGroup/Open-Sora-Plan has taming's, which are the first two",
    entries={
        "hinge": Entry(loss="hinge", discriminator_factor=0.5),
        "vanilla": Entry(
            loss="logistic",
            generator="linear",
            discriminator_factor=0.5,
            note="D's loss is logistic, and G's is that of Wasserstein.",
        ),
        "wgan-gp": Entry(loss="wasserstein", discriminator_factor=0.5, note="Without its penalty, gradient_penalty_fn."),
    },
    before="disc_loss = hinge_d_loss(real_logits, fake_logits); g_loss = -torch.mean(fake_logits)",
    after="criterion = GANLoss('open_sora/hinge')  # once\n\n"
    "disc_loss = criterion.discriminator(real_logits, fake_logits); g_loss = criterion.generator(fake_logits)",
    same="All values and gradients are the same. lecam_reg is that of `LeCam(weight, form='batch_mean')`. disc_factor and "
    "disc_weight are yours to multiply.",
    better="It takes weights, masks and several heads, and computes half-precision logits in float32.",
)
