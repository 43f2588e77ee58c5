"""The loss of VITS, and of RVC and GPT-SoVITS, which have its file."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="jaywalnut310/vits",
    spellings=("rvc", "retrieval-based-voice-conversion-webui", "gpt-sovits"),
    file="losses.py",
    heads="sum",
    entries={"lsgan": Entry(loss="lsgan")},
    before="from losses import generator_loss, discriminator_loss, feature_loss",
    after="from ganloss_torch.compat.hifigan import generator_loss, discriminator_loss, feature_loss",
    same="Theirs makes float32 of every logit and feature; ours computes half precision in float32 and leaves float64. Theirs "
    "detaches the features of reals: `feature_matching(fmap_r, fmap_g, 2.0, layers='sum', heads='sum')` does, and "
    "feature_loss, which is HiFi-GAN's, does not. That is a gradient of D in G's step, which the next zero_grad drops.",
    better="One wait for the device a call, where the original reads two numbers of each discriminator for its log.",
    drop_in="ganloss_torch.compat.hifigan",
)
