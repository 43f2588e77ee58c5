"""Projected GAN's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="autonomousvision/projected-gan",
    file="training/loss.py",
    entries={
        "hinge": Entry(
            loss="hinge",
            note="The critic concatenates the logits of all its heads: give that array, not a list.",
        )
    },
    before="loss_Gmain = (-gen_logits).mean()",
    after="criterion = GANLoss('projected_gan/hinge')  # once\n\nloss_Gmain = criterion.generator(gen_logits)",
    same="All values and gradients are the same.",
    better="For bfloat16 logits the mean is taken in float32.",
)
