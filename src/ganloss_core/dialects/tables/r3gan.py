"""R3GAN's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="brownvc/R3GAN",
    file="R3GAN/Trainer.py",
    entries={"rpgan": Entry(loss="rpgan", aliases=("relativistic",))},
    before="from R3GAN.Trainer import AdversarialTraining",
    after="from ganloss_torch.compat.r3gan import AdversarialTraining",
    same="Nothing: the same calls accumulate the same gradients, Gamma / 2 before each penalty.",
    better="Samples of any number of axes, not images alone.",
    drop_in="ganloss_torch.compat.r3gan",
)
