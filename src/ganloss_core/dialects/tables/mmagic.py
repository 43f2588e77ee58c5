"""MMagic's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_WEIGHT = {"loss_weight": Parameter(default=1.0, of=("generator",))}
_LABELS = {
    "real_label_val": Parameter(default=1.0, of=("real_label", "generator_label")),
    "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
    **_WEIGHT,
}
_ADV = "AdvLoss, for DeblurGANv2"

TABLE = Codebase(
    repository="open-mmlab/mmagic",
    spellings=("mmgeneration", "mmgen", "mmediting", "mmedit"),
    file="mmagic/models/losses/gan_loss.py, loss_comps/gan_loss_comps.py, adv_loss.py and editors",
    entries={
        "vanilla": Entry(loss="logistic", parameters=_LABELS),
        "lsgan": Entry(loss="lsgan", parameters=_LABELS),
        "wgan": Entry(loss="wasserstein", parameters=_WEIGHT),
        "hinge": Entry(loss="hinge", parameters=_WEIGHT),
        "l1": Entry(loss="l1", parameters=_LABELS),
        "wgan-logistic-ns": Entry(loss="logistic", parameters=_WEIGHT),
        "advloss_gan": Entry(loss="logistic", discriminator_factor=0.5, note=f"{_ADV}, loss_type='gan'."),
        "advloss_lsgan": Entry(
            loss="l1",
            discriminator_factor=0.5,
            note=f"{_ADV}, loss_type='lsgan': absolute distances, although the name says squares.",
        ),
        "advloss_wgan-gp": Entry(loss="wasserstein", note=f"{_ADV}, loss_type='wgan-gp', without its penalty."),
        "esrgan": Entry(
            loss="rasgan",
            discriminator_factor=0.5,
            generator_factor=0.5,
            detached=True,
            note="The ESRGAN editor. The mean is held constant, which leaves D's value and changes its gradient, also in "
            "direction.",
        ),
        "stylegan1": Entry(
            loss="logistic",
            generator="linear",
            note="StyleGANv1: D's loss is logistic, and G's is that of Wasserstein.",
        ),
    },
    before="from mmagic.models.losses import GANLoss",
    after="from ganloss_torch.compat.mmagic import GANLoss",
    same="All values and gradients are the same: `loss_weight` multiplies G's loss alone, and a fake target in G's call "
    "does what it does there ('hinge' ignores it). `register()` puts these classes in the place of MMagic's, and "
    "configurations with `data_info` and `interval` stay as they are. Apex is an error.",
    better="Half-precision logits are computed in float32, and no target as large as the logits is allocated in each call.",
    drop_in="ganloss_torch.compat.mmagic",
)
