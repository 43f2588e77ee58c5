"""The losses of traiNNer-redux."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_LABELS = {
    "real_label_val": Parameter(default=1.0, of=("real_label", "generator_label")),
    "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
}

TABLE = Codebase(
    repository="the-database/traiNNer-redux",
    file="traiNNer/losses/gan_loss.py",
    entries={
        "vanilla": Entry(loss="logistic", parameters=_LABELS),
        "lsgan": Entry(loss="lsgan", parameters=_LABELS),
        "wgan": Entry(loss="wasserstein"),
        "wgan_softplus": Entry(loss="logistic"),
        "hinge": Entry(loss="hinge"),
    },
    before="cri_gan = GANLoss(loss_weight=0.1, gan_type='vanilla')",
    after="cri_gan = GANLoss('trainner_redux/vanilla')  # once\n\n"
    "l_d_real = cri_gan(real_d_pred, True, is_disc=True)\n"
    "l_d_fake = cri_gan(fake_d_pred, False, is_disc=True)",
    same="The losses are those of BasicSR, but without `loss_weight`: the training code multiplies G's loss. A list of "
    "scales is an error in their MultiScaleGANLoss, and is heads here.",
    better="No target as large as the logits is allocated in each call.",
)
