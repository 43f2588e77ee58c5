"""pix2pixHD's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

# The training code halves D's loss.
_PARAMETERS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
    "discriminator_weight": Parameter(default=0.5, of=("discriminator",)),
}

TABLE = Codebase(
    repository="NVIDIA/pix2pixHD",
    file="models/networks.py, and the factor 1/2 in train.py",
    heads="sum",
    entries={
        "lsgan": Entry(loss="lsgan", parameters=_PARAMETERS),
        "vanilla": Entry(
            loss="logistic",
            parameters=_PARAMETERS,
            note="use_lsgan=False: a sigmoid in the critic, and BCELoss. Give the logits before the sigmoid. "
            "Theirs is clamped at 100, with gradient 0, where the sigmoid rounds to 0 or 1; ours is not.",
        ),
    },
    before="loss_D = (criterionGAN(pred_fake, False) + criterionGAN(pred_real, True)) * 0.5",
    after="loss_D = GANLoss('pix2pixhd/lsgan').discriminator(pred_real, pred_fake)",
    same="Of each scale give the last map, in a list: `[scale[-1] for scale in pred]`. Their losses are summed.",
    better="No cached target of the size of an earlier batch.",
)
