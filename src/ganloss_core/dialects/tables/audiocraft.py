"""AudioCraft's losses."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="facebookresearch/audiocraft",
    spellings=("encodec",),
    file="audiocraft/adversarial/losses.py, AdversarialLoss with normalize=True",
    entries={
        "mse": Entry(loss="lsgan"),
        "hinge": Entry(loss="hinge"),
        "hinge2": Entry(loss="hinge2"),
    },
    before="from audiocraft.adversarial import AdversarialLoss, FeatureMatchingLoss, get_adv_criterion",
    after="from ganloss_torch.compat.audiocraft import AdversarialLoss, FeatureMatchingLoss, get_adv_criterion",
    same="At the corner of the hinge our derivative is 0, and theirs is half of the slope. `train_adv` works in one process.",
    better="No target is copied to the device in each call.",
    drop_in="ganloss_torch.compat.audiocraft",
)
