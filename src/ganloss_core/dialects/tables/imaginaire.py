"""imaginaire's losses."""

from ganloss_core.dialects.table import Codebase, Entry, Parameter

_LABELS = {
    "target_real_label": Parameter(default=1.0, of=("real_label", "generator_label")),
    "target_fake_label": Parameter(default=0.0, of=("fake_label",)),
}

TABLE = Codebase(
    repository="NVlabs/imaginaire",
    file="imaginaire/losses/gan.py, without top-k",
    entries={
        "hinge": Entry(loss="hinge"),
        "least_square": Entry(
            loss="lsgan", parameters=_LABELS, discriminator_factor=0.5, generator_factor=0.5, aliases=("lsgan",)
        ),
        "non_saturated": Entry(loss="logistic", parameters=_LABELS),
        "softplus": Entry(loss="logistic", parameters=_LABELS),
        "wasserstein": Entry(loss="wasserstein"),
    },
    before="loss = self.criteria['GAN'](dis_output, True, dis_update=False)",
    after="criterion = GANLoss('imaginaire/hinge')  # once\n\nloss = criterion.generator(dis_output)",
    same="At the corner of the hinge our derivative is 0, and theirs is half of the slope. For top-k give `top_k=`, a "
    "number of elements.",
    better="No target is cached that keeps the type and device of the first call.",
)
