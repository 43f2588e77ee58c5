"""MONAI's PatchAdversarialLoss."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="Project-MONAI/MONAI",
    file="monai/losses/adversarial_loss.py",
    entries={
        "bce": Entry(
            loss="logistic",
            note="BCELoss after a sigmoid there, clamped at 100, with gradient 0, where it rounds to 0 or 1; ours is not.",
        ),
        "hinge": Entry(
            loss=images.hinge_of_tanh,
            note="G's loss is the hinge too, not -E f, and the tanh bounds it and lets its gradient vanish.",
        ),
        "least_squares": Entry(
            loss="lsgan", activation="leaky_relu", note="A fake logit of -2 costs D 0.01, not 4. The default criterion."
        ),
        "least_squares_no_activation": Entry(loss="lsgan", note="no_activation_leastsq=True."),
    },
    before="from monai.losses import PatchAdversarialLoss",
    after="from ganloss_torch.compat.monai import PatchAdversarialLoss",
    same="'bce' has a gradient where theirs is clamped.",
    better="'bce' works under autocast; 'hinge', which is 2 sigmoid(-2 t), keeps its digits for sure critics.",
    drop_in="ganloss_torch.compat.monai",
)
