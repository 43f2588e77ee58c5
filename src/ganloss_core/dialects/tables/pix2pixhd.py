"""pix2pixHD's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

# The training code halves D's loss.
_PARAMETERS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
    "discriminator_weight": Parameter(default=0.5, of=("discriminator",)),
}

_AFTER = """\
from ganloss_torch import GANLoss, feature_matching

criterion = GANLoss('pix2pixhd/lsgan')  # once

logits = lambda pred: [scale[-1] for scale in pred]
features = lambda pred: [scale[:-1] for scale in pred]
loss_D = criterion.discriminator(logits(pred_real), logits(pred_fake_pool))
loss_G_GAN = criterion.generator(logits(pred_fake))
loss_G_GAN_Feat = feature_matching(features(pred_real), features(pred_fake), 4.0 * lambda_feat)"""

TABLE = Codebase(
    repository="NVIDIA/pix2pixHD",
    file="models/networks.py, and the factor 1/2 in train.py",
    heads="sum",
    entries={
        "lsgan": Entry(loss="lsgan", parameters=_PARAMETERS),
        "vanilla": Entry(
            loss="logistic",
            parameters=_PARAMETERS,
            note="use_lsgan=False: there a sigmoid in the critic, and BCELoss. Give the logits before the sigmoid. Where "
            "the sigmoid rounds to 0 or 1, theirs is clamped at 100 and its gradient is 0. Ours is not clamped.",
        ),
    },
    before="loss_D = (criterionGAN(pred_fake, False) + criterionGAN(pred_real, True)) * 0.5",
    after=_AFTER,
    same="Each scale is a list of layers, of which the last one is the logits; the losses of the scales are summed. The "
    "factor of feature matching is 4 / (n_layers_D + 1) for each of n_layers_D + 1 layers, which is 4 times their "
    "mean; over the scales it is the mean.",
    better="No target is cached that has the size of an earlier batch.",
)
