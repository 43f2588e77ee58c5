"""MAGVIT's losses."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="google-research/magvit",
    file="videogvt/train_lib/losses.py",
    entries={"hinge": Entry(loss="hinge"), "non-saturating": Entry(loss="logistic")},
    before="from videogvt.train_lib.losses import discriminator_loss, generator_loss",
    after="from ganloss_jax.compat.maskgit import discriminator_loss, generator_loss",
    same="All values and gradients are the same.",
    better="Logits may have any shape; those in bfloat16 are computed in float32.",
    drop_in="ganloss_jax.compat.maskgit",
)
