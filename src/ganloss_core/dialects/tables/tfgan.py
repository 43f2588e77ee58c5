"""TF-GAN's losses, with its default weights and reduction."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry, Parameter

# Labels are smoothed towards 1/2, so that s makes 1 - s / 2.
_SMOOTHING = {
    "label_smoothing": Parameter(default=0.25, of=("real_label",), offset=1.0, slope=-0.5),
    "generator_label_smoothing": Parameter(default=0.0, of=("generator_label",), offset=1.0, slope=-0.5),
}

TABLE = Codebase(
    repository="tensorflow/gan",
    spellings=("tensorflow-gan",),
    file="tensorflow_gan/python/losses/losses_impl.py, read and not run",
    entries={
        "wasserstein": Entry(loss="wasserstein"),
        "wasserstein_hinge": Entry(
            loss=images.hinge_of_two_margins,
            parameters={
                "real_hinge": Parameter(default=1.0, of=("real_margin",)),
                "generated_hinge": Parameter(default=1.0, of=("fake_margin",)),
            },
            aliases=("hinge",),
        ),
        "minimax": Entry(
            loss=images.minimax_with_a_real_logit_of_one,
            parameters=_SMOOTHING,
            note="Label smoothing of D is on by default: 0.25, which is a label of 0.875.",
        ),
        "modified": Entry(
            loss="logistic",
            parameters=_SMOOTHING,
            note="Label smoothing of D is on by default: 0.25, which is a label of 0.875.",
        ),
        "least_squares": Entry(
            loss="lsgan",
            discriminator_factor=0.5,
            generator_factor=0.5,
            parameters={
                "real_label": Parameter(default=1.0, of=("real_label",)),
                "fake_label": Parameter(default=0.0, of=("fake_label",)),
                "generator_real_label": Parameter(default=1.0, of=("generator_label",)),
            },
            aliases=("lsgan",),
        ),
        "relativistic": Entry(loss="rasgan"),
    },
    before="import tensorflow_gan as tfgan; tfgan.losses.wargs.modified_discriminator_loss(real, fake)",
    after="from ganloss_jax.compat import tfgan; tfgan.modified_discriminator_loss(real, fake)",
    same="Arrays are JAX arrays. Arguments that concern a graph (scope, loss_collection, add_summaries) are ignored. The "
    "penalty takes a critic of one argument, and a key. The information penalty, and the combined and cycle losses, "
    "are not here. By name, with GANLoss, weights are divided by their sum.",
    better="The derivative of the penalty at a slope of 0 is 0, with epsilon=0 too.",
    drop_in="ganloss_jax.compat.tfgan",
)
