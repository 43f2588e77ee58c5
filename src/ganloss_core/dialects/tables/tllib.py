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
            note="A sigmoid in the critic, and BCELoss. Give the logits before the sigmoid. Theirs is clamped at 100, with "
            "gradient 0, where the sigmoid rounds to 0 or 1; ours is not.",
        ),
        "cdan": Entry(
            loss=pairs.reversed_logistic,
            discriminator_factor=0.5,
            generator_factor=0.5,
            note="dann's, of logits before the sigmoid. The weights of entropy_conditioning are normalised over both sides "
            "together there, and here over each.",
        ),
        "mdd": Entry(
            loss=pairs.mdd_with_floor,
            parameters={"margin": Parameter(default=4.0, of=("gamma",))},
            note="Minus their class's discrepancy, as the example minimises it. Labels are the main classifier's predictions.",
        ),
    },
    before="from tllib.alignment.dann import DomainAdversarialLoss",
    after="from ganloss_torch.compat.tllib import DomainAdversarialLoss, WarmStartGradientReverseLayer",
    same="Nothing in DomainAdversarialLoss, which is around a discriminator of probabilities. By name, of logits, "
    "`GANLoss('tllib/dann').discriminator(d_s, d_t)` behind `gradient_reversal`: the source is real, and G is minus D's "
    "loss, of both sides, which is what the features get through it, times its coefficient.",
    better="By name a sure critic has its gradient in float32 too; NumPy's float, which their reversal reads, is not needed; "
    "and source and target may be of two sizes.",
    drop_in="ganloss_torch.compat.tllib",
)
