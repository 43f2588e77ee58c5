"""MONAI's PatchAdversarialLoss."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="Project-MONAI/MONAI",
    file="monai/losses/adversarial_loss.py",
    entries={
        "bce": Entry(
            loss="logistic",
            note="There a BCELoss after a sigmoid: where the sigmoid rounds to 0 or 1, the loss is clamped at 100 and the "
            "gradient is 0. Ours is not clamped.",
        ),
        "hinge": Entry(
            loss=images.hinge_of_tanh,
            note="G's loss is the hinge too, not -E f. The tanh before it bounds the loss, and its gradient vanishes for "
            "large logits.",
        ),
        "least_squares": Entry(
            loss="lsgan", activation="leaky_relu", note="A fake logit of -2 costs D 0.01, not 4. The default criterion."
        ),
        "least_squares_no_activation": Entry(loss="lsgan", note="no_activation_leastsq=True."),
    },
    before="from monai.losses import PatchAdversarialLoss",
    after="from ganloss_torch.compat.monai import PatchAdversarialLoss",
    same="'bce' has a gradient where theirs is clamped.",
    better="'bce' works under autocast. 'hinge', which is 2 sigmoid(-2 t), keeps its digits where the critic is sure.",
    drop_in="ganloss_torch.compat.monai",
)
