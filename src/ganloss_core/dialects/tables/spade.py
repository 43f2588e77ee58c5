"""SPADE's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_LABELS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
}

TABLE = Codebase(
    repository="NVlabs/SPADE",
    file="models/networks/loss.py",
    entries={
        "hinge": Entry(loss="hinge"),
        "ls": Entry(loss="lsgan", parameters=_LABELS, aliases=("lsgan",)),
        "original": Entry(loss="logistic", parameters=_LABELS),
        "w": Entry(loss="wasserstein"),
    },
    before="loss = criterionGAN(pred_fake, True, for_discriminator=False)",
    after="criterion = GANLoss('spade/hinge')  # once\n\nloss = criterion.generator([scale[-1] for scale in pred_fake])",
    same="The loss has the shape (), and theirs of several scales (1,). At the corner of the hinge our derivative is 0, and "
    "theirs is half of the slope. Feature matching takes all maps of a scale but the last one: "
    "`feature_matching(features_real, features_fake, lambda_feat, layers='sum')`.",
    better="It runs on the device of the logits; theirs makes targets of a fixed tensor type.",
)
