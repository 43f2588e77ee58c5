"""The losses of neosr."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_PARAMETERS = {
    "real_label_val": Parameter(default=1.0, of=("real_label", "generator_label")),
    "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
    "loss_weight": Parameter(default=0.1, of=("generator",)),
}

TABLE = Codebase(
    repository="neosr-project/neosr",
    file="neosr/losses/gan_loss.py",
    entries={
        "bce": Entry(loss="logistic", parameters=_PARAMETERS),
        "mse": Entry(loss="lsgan", parameters=_PARAMETERS),
        "huber": Entry(loss="huber", parameters=_PARAMETERS),
    },
    before="cri_gan = gan_loss(gan_type='huber')",
    after="cri_gan = GANLoss('neosr/huber')  # once\n\n"
    "l_g_gan = cri_gan(fake_g_pred, True)\n"
    "l_d_real = cri_gan(real_d_pred, True, is_disc=True)\n"
    "l_d_fake = cri_gan(fake_d_pred, False, is_disc=True)",
    same="All values and gradients are the same. `loss_weight` multiplies G's loss alone, and is 0.1 by default. In "
    "models/image.py of April 2025 G's loss has a value but no gradient, because D computes G's logits in inference "
    "mode there.",
    better="No target as large as the logits is allocated in each call.",
)
