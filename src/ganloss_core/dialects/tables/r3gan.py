"""R3GAN's loss."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="brownvc/R3GAN",
    file="R3GAN/Trainer.py",
    entries={"rpgan": Entry(loss="rpgan", aliases=("relativistic",))},
    before="from R3GAN.Trainer import AdversarialTraining",
    after="from ganloss_torch.compat.r3gan import AdversarialTraining",
    same="All values and gradients are the same: the same calls accumulate the same gradients, with Gamma / 2 before each "
    "penalty.",
    better="Samples may have any number of axes, and need not be images.",
    drop_in="ganloss_torch.compat.r3gan",
)
