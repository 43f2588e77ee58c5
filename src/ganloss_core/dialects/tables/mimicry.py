"""Mimicry's losses."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry, Parameter

_LABELS = {
    "real_label_val": Parameter(default=1.0, of=("real_label",)),
    "fake_label_val": Parameter(default=0.0, of=("fake_label",)),
}

TABLE = Codebase(
    repository="kwotsin/mimicry",
    spellings=("torch-mimicry",),
    file="torch_mimicry/modules/losses.py",
    entries={
        "gan": Entry(
            loss="logistic",
            parameters={**_LABELS, "generator_real_label_val": Parameter(default=1.0, of=("generator_label",))},
            note="It is called minimax there, and is non-saturating all the same.",
        ),
        "ns": Entry(
            loss=images.logistic_with_epsilon,
            parameters=_LABELS,
            note="In float16 their epsilon is 0 and the loss inf; ours is computed in float32.",
        ),
        "hinge": Entry(loss="hinge"),
        "wasserstein": Entry(loss="wasserstein"),
    },
    before="errD = losses.hinge_loss_dis(output_fake=output_fake, output_real=output_real)",
    after="criterion = GANLoss('mimicry/hinge')  # once\n\nerrD = criterion.discriminator(output_real, output_fake)",
    same="All values and gradients are the same. Reals come first here.",
    better="Logits may have any shape; theirs makes labels of shape (batch, 1).",
)
