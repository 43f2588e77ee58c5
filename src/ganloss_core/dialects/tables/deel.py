"""The losses of deel-torchlip's Lipschitz networks."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

TABLE = Codebase(
    repository="deel-ai/deel-torchlip",
    spellings=("deel-torchlip", "torchlip"),
    file="deel/torchlip/functional.py and modules/loss.py",
    entries={
        "kr": Entry(loss="wasserstein", aliases=("neg_kr",), note="neg_kr_loss, which is minimised; kr_loss is minus that."),
        "hinge_margin": Entry(
            loss="hinge",
            discriminator_factor=0.5,
            parameters={"min_margin": Parameter(default=1.0, of=("margin",), slope=0.5)},
            note="The hinge is at half of min_margin.",
        ),
        "hkr": Entry(
            loss="hkr",
            parameters={
                "alpha": Parameter(default=0.98, of=("alpha",)),
                "min_margin": Parameter(default=1.0, of=("min_margin",)),
            },
            note="alpha has no default there; 0.98 is that of its examples.",
        ),
    },
    before="loss = HKRLoss(alpha=0.98, min_margin=1)(output, target)",
    after="criterion = GANLoss('deel/hkr', alpha=0.98, min_margin=1)  # once\n\n"
    "loss = criterion.discriminator(output_positive, output_negative)",
    same="Both classes take one array with targets; here both sides are given apart. What has a positive target is real, "
    "and the batch must have equally many of both. A classifier has no generator: G's loss is -E f.",
    better="It is in JAX too, and takes a weight for each sample.",
)
