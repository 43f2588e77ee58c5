"""The loss of the Descript Audio Codec."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="descriptinc/descript-audio-codec",
    spellings=("descript-audio-codec",),
    file="dac/nn/loss.py, GANLoss",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="loss_d = GANLoss(discriminator).discriminator_loss(fake, real)",
    after="criterion = GANLoss('dac/lsgan')  # once\n\n"
    "loss_d = criterion.discriminator([x[-1] for x in d_real], [x[-1] for x in d_fake])\n"
    "loss_g = criterion.generator([x[-1] for x in d_fake])",
    same="Each discriminator gives a list of layers, of which the last is the logits. loss_feature is "
    "`feature_matching(features_real, features_fake, layers='sum', heads='sum')` of the layers before it.",
    better="Masks of what is padding, and other losses by a change of the name.",
)
