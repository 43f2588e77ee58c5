"""The loss of Meteo-France's DGMR."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="meteofrance/mfai",
    file="mfai/pytorch/losses/dgmr.py",
    entries={"hinge": Entry(loss="hinge")},
    before="disc_loss = loss_hinge_disc(score_generated, score_real); gen_loss = loss_hinge_gen(score_generated)",
    after="criterion = GANLoss('mfai/hinge')  # once\n\n"
    "disc_loss = criterion.discriminator(score_real, score_generated); gen_loss = criterion.generator(score_generated)",
    same="The real scores come first here.",
    better="It takes weights, masks and several heads, and computes half-precision scores in float32.",
)
