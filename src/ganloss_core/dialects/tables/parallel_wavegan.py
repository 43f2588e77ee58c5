"""ParallelWaveGAN's losses; ESPnet has the same."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="kan-bayashi/ParallelWaveGAN",
    spellings=("espnet",),
    file="parallel_wavegan/losses/adversarial_loss.py, with average_by_discriminators=True",
    entries={"mse": Entry(loss="lsgan"), "hinge": Entry(loss="hinge")},
    before="from parallel_wavegan.losses import DiscriminatorAdversarialLoss, GeneratorAdversarialLoss",
    after="from ganloss_torch.compat.parallel_wavegan import DiscriminatorAdversarialLoss, GeneratorAdversarialLoss",
    same="At the corner of the hinge (a logit of exactly 1 or -1) our derivative is 0, and theirs is half of the slope.",
    better="No target as large as the logits is allocated in each call.",
    drop_in="ganloss_torch.compat.parallel_wavegan",
)
