"""The losses of CycleGAN and pix2pix."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

# The training code halves D's loss, whatever its mode.
_HALF = {"discriminator_weight": Parameter(default=0.5, of=("discriminator",))}
_LABELS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
    **_HALF,
}

TABLE = Codebase(
    repository="junyanz/pytorch-CycleGAN-and-pix2pix",
    spellings=("pix2pix", "pytorch-CycleGAN-and-pix2pix"),
    file="models/networks.py, and the factor 1/2 in models/cycle_gan_model.py and models/pix2pix_model.py",
    entries={
        "lsgan": Entry(loss="lsgan", parameters=_LABELS),
        "vanilla": Entry(loss="logistic", parameters=_LABELS),
        "wgangp": Entry(loss="wasserstein", parameters=_HALF, note="No model adds a penalty to it."),
    },
    before="from models.networks import GANLoss, cal_gradient_penalty",
    after="from ganloss_torch.compat.cyclegan import GANLoss, cal_gradient_penalty",
    same="The loss of float64 logits is float64. Checkpoints load, because the labels are buffers with the same names.",
    better="The norm of a gradient that is 0 has the derivative 0, without 1e-16 added to it.",
    drop_in="ganloss_torch.compat.cyclegan",
)
