"""The losses of WavTokenizer."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="jishengpeng/WavTokenizer",
    file="decoder/loss.py and decoder/experiment.py",
    entries={
        "hinge": Entry(
            loss="hinge2",
            note="That of Vocos, for its multi-period and multi-resolution discriminators; `dac/lsgan` is added to it.",
        ),
    },
    before="loss_mp, loss_mp_real, _ = self.disc_loss(real_score_mp, gen_score_mp); loss_mp /= len(loss_mp_real)",
    after="criterion = GANLoss('wavtokenizer/hinge')  # once\n\n"
    "loss_mp = criterion.discriminator(real_score_mp, gen_score_mp); loss_gen_mp = criterion.generator(gen_score_mp)",
    same="A second criterion, `GANLoss('dac/lsgan')`, is for the discriminator of DAC, whose losses are added for both "
    "players.",
    better="`heads='sum'` is what the classes alone compute, and padding can be masked.",
)
