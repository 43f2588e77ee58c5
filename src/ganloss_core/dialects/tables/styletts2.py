"""The losses of StyleTTS 2, and of CosyVoice's vocoder."""

from ganloss_core.dialects.formulas import audio
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="yl4579/StyleTTS2",
    spellings=("cosyvoice",),
    file="losses.py; FunAudioLLM/CosyVoice, cosyvoice/hifigan/hifigan.py, has the same",
    heads="sum",
    entries={
        "lsgan": Entry(loss="lsgan", note="discriminator_loss and generator_loss; WavLMLoss has it for its one discriminator."),
        "tprls": Entry(loss="tprls", note="discriminator_TPRLS_loss and generator_TPRLS_loss."),
        "lsgan_tprls": Entry(
            loss=audio.lsgan_and_tprls, note="The sum that DiscriminatorLoss and GeneratorLoss compute, without features."
        ),
    },
    before="d_loss = dl(wav.detach(), y_rec.detach()).mean()",
    after="criterion = GANLoss('styletts2/lsgan_tprls')  # once\n\n"
    "d_loss = criterion.discriminator(y_d_rs, y_d_gs); g_loss = criterion.generator(y_d_gs, real=y_d_rs)",
    same="The heads of both discriminators make one list. feature_loss is that of HiFi-GAN, twice the sum. The "
    "tpr_loss_weight of CosyVoice is 1 and its tau 0.04 by default, as here.",
    better="A batch in which no difference is below the median gives 0; theirs gives NaN.",
)
