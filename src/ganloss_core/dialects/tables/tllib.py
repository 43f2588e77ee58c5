"""The losses of the Transfer Learning Library's domain adaptation."""

from ganloss_core.dialects.formulas import pairs
from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="thuml/Transfer-Learning-Library",
    spellings=("transfer-learning-library",),
    file="tllib/alignment/dann.py, cdan.py and mdd.py, and the sign of examples/domain_adaptation/image_classification/mdd.py",
    entries={
        "dann": Entry(
            loss=pairs.reversed_logistic,
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="There a sigmoid in the critic, and BCELoss. Give the logits before the sigmoid. Where the sigmoid rounds "
            "to 0 or 1, theirs is clamped at 100 and its gradient is 0. Ours is not clamped.",
        ),
        "cdan": Entry(
            loss=pairs.reversed_logistic,
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="That of dann, of logits before the sigmoid. The weights of entropy_conditioning are normalised over both "
            "sides together there, and over each side here.",
        ),
        "mdd": Entry(
            loss=pairs.mdd_with_floor,
            parameters={"margin": Parameter(default=4.0, of=("gamma",))},
            note="Minus the discrepancy that their class returns, as the example minimises it. Labels are the predictions "
            "of the main classifier.",
        ),
    },
    before="from tllib.alignment.dann import DomainAdversarialLoss",
    after="from ganloss_torch.compat.tllib import DomainAdversarialLoss, WarmStartGradientReverseLayer",
    same="All values and gradients of DomainAdversarialLoss, which takes a discriminator that returns probabilities, are "
    "the same. By name you give logits, behind `gradient_reversal`: `GANLoss('tllib/dann').discriminator(d_s, d_t)`. "
    "The source is the real side. G's loss is minus D's, of both sides; the features get it through the reversal, "
    "times its coefficient.",
    better="By name a sure critic has a gradient in float32 too, source and target may have different sizes, and nothing "
    "needs NumPy's old `float`, which their reversal reads.",
    drop_in="ganloss_torch.compat.tllib",
)
