"""The Phased Consistency Model's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="G-U-N/Phased-Consistency-Model",
    spellings=("phased-consistency-model",),
    file="code/text_to_image_sd15/discriminator_sd15.py",
    entries={"hinge": Entry(loss="hinge2")},
    before="loss = discriminator('d_loss', fake, real, timestep, encoder_hidden_states, 1.0)",
    after="criterion = GANLoss('pcm/hinge')  # once\n\nloss = criterion.discriminator(real_heads, fake_heads)",
    same="Weights of samples are divided by their sum here, and are not there.",
    better="The loss takes the logits of any critic; there it is a method of the critic.",
)
