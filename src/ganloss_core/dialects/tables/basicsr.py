"""BasicSR's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_WEIGHT = {"loss_weight": Parameter(default=1.0, of=("generator",))}
_LABELS = {
    "real_label_val": Parameter(default=1.0, of=("real_label", "generator_label")),
    "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
    **_WEIGHT,
}

TABLE = Codebase(
    repository="XPixelGroup/BasicSR",
    file="basicsr/losses/gan_loss.py",
    entries={
        "vanilla": Entry(loss="logistic", parameters=_LABELS),
        "lsgan": Entry(loss="lsgan", parameters=_LABELS),
        "wgan": Entry(loss="wasserstein", parameters=_WEIGHT),
        "wgan_softplus": Entry(loss="logistic", parameters=_WEIGHT),
        "hinge": Entry(loss="hinge", parameters=_WEIGHT),
    },
    before="from basicsr.losses.gan_loss import GANLoss, MultiScaleGANLoss",
    after="from ganloss_torch.compat.basicsr import GANLoss, MultiScaleGANLoss",
    same="All values and gradients are the same: `loss_weight` multiplies G's loss alone, and 'hinge' ignores the target in "
    "G's call, as there.",
    better="Half-precision logits are computed in float32, and no target as large as the logits is allocated in each call.",
    drop_in="ganloss_torch.compat.basicsr",
)
