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
    same="The loss has shape (), where theirs of several scales has (1,). At the hinge's corner the derivative is 0, not half. "
    "Feature matching, of all maps of a scale but the last, is `feature_matching(features_real, features_fake, lambda_feat, "
    "layers='sum')`.",
    better="It runs wherever the logits are: theirs makes targets of a fixed tensor type.",
)
