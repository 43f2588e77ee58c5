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
    same="Theirs converts every logit and feature to float32; ours computes half precision in float32, and leaves float64. "
    "Theirs detaches the features of reals, as `feature_matching(fmap_r, fmap_g, 2.0, layers='sum', heads='sum')` "
    "does. feature_loss, which is that of HiFi-GAN, does not: it sends a gradient to D in G's step, which the next "
    "zero_grad removes.",
    better="The host waits for the device once in a call; the original reads two numbers of each discriminator for its log.",
    drop_in="ganloss_torch.compat.hifigan",
)
