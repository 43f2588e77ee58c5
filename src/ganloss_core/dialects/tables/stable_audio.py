"""The losses of stable-audio-tools' autoencoders and ARC's discriminators."""

from ganloss_core.dialects.formulas import audio
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="Stability-AI/stable-audio-tools",
    spellings=("stable-audio-tools",),
    file="stable_audio_tools/models/discriminators.py and arc.py",
    entries={
        "hinge": Entry(
            loss="hinge",
            note="EncodecDiscriminator. That of OobleckDiscriminator is the hinge of the sum of its discriminators' scores.",
        ),
        "rpgan": Entry(
            loss="rpgan",
            aliases=("relativistic",),
            note="ARC, loss_type='relativistic'. In EncodecDiscriminator, loss_type='rpgan' calls a function that its "
            "module does not import.",
        ),
        "lsgan": Entry(loss="lsgan", note="DACGANLoss, the sub-band discriminator and ARC's default."),
        "use_hinge": Entry(
            loss=audio.hinge_at_labels,
            note="DACGANLoss with use_hinge=True: fakes no longer count below 0 (in the usual hinge below -1), and G's "
            "hinge is not -E f.",
        ),
    },
    before="loss_dis, loss_adv, feature_matching_distance = self.discriminator.loss(reals, fakes)",
    after="criterion = GANLoss('stable_audio/hinge')  # once\n\n"
    "loss_dis = criterion.discriminator(logits_real, logits_fake); loss_adv = criterion.generator(logits_fake)",
    same="Feature matching is a call of its own: `feature_matching(feature_true, feature_fake)`, the mean over layers and "
    "over scales.",
    better="G's step does not compute D's loss as well.",
)
