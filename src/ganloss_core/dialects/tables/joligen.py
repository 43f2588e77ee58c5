"""The losses of joliGEN."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry, Parameter

_LABELS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
}

TABLE = Codebase(
    repository="jolibrain/joliGEN",
    file="models/modules/loss.py, the factor 1/2 of compute_loss_D included",
    entries={
        "lsgan": Entry(loss="lsgan", parameters=_LABELS, discriminator_factor=0.5),
        "vanilla": Entry(loss="logistic", parameters=_LABELS, discriminator_factor=0.5),
        "wgangp": Entry(loss="wasserstein", discriminator_factor=0.5, note="Without its penalty."),
        "projected": Entry(loss="hinge", discriminator_factor=0.5),
        "contrastive": Entry(
            loss=images.dual_contrastive_of_reals_in_g,
            discriminator_factor=0.5,
            note="G's loss is one half of the game, that of the reals: its gradients are not those of `dual_contrastive`.",
        ),
    },
    before="loss_D = DiscriminatorGANLoss(...).compute_loss_D(netD, real, fake, fake_2)",
    after="criterion = GANLoss('joligen/lsgan')  # once\n\n"
    "loss_D = criterion.discriminator(pred_real, pred_fake); loss_G = criterion.generator(pred_fake)",
    same="`GANLoss` takes logits, not a network and images. dataaug_D_label_smooth is `target_real_label=0.9`, for G too.",
    better="It takes weights, masks and several heads.",
)
