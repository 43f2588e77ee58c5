"""The loss of the Descript Audio Codec."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="descriptinc/descript-audio-codec",
    spellings=("descript-audio-codec",),
    file="dac/nn/loss.py, GANLoss",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="from dac.nn.loss import GANLoss",
    after="from ganloss_torch.compat.dac import GANLoss",
    same="All values and gradients are the same: the class takes a discriminator, and its methods take objects with "
    "`.audio_data`. By name: each discriminator returns a list of layers, of which the last one is the logits, so that "
    "D's loss is `GANLoss('dac/lsgan').discriminator([x[-1] for x in d_real], [x[-1] for x in d_fake])`, and "
    "loss_feature is `feature_matching(features_real, features_fake, layers='sum', heads='sum')` of the layers before "
    "the last.",
    better="Padding can be masked, and every other loss can be taken by its name.",
    drop_in="ganloss_torch.compat.dac",
)
