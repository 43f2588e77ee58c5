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
    before="transfer_loss = DomainAdversarialLoss(domain_discriminator)(f_s, f_t)",
    after="criterion = GANLoss('tllib/dann')  # once\n\ntransfer_loss = criterion.discriminator(d_s, d_t)",
    same="The source is real. The gradient reversal is yours; G is minus D's loss, of both sides, which is what the features "
    "get through it, times its coefficient.",
    better="A sure critic has its gradient in float32 too, and NumPy's float, which their reversal reads, is not needed.",
)
