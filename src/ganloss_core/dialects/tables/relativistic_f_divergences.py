"""The losses of the second paper on relativistic GANs, by its code."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="AlexiaJM/relativistic-f-divergences",
    file="GAN.py",
    entries={
        "sgan": Entry(loss="logistic", aliases=("1",)),
        "lsgan": Entry(loss="lsgan", aliases=("2",)),
        "hingegan": Entry(loss="hinge", aliases=("3", "hinge")),
        "wgan-gp": Entry(loss="wasserstein", aliases=("4",), note="Without its penalty."),
        "rasgan": Entry(loss="rasgan", aliases=("11",)),
        "ralsgan": Entry(loss="ralsgan", aliases=("12",)),
        "rahingegan": Entry(loss="rahinge", aliases=("13", "rahinge")),
        "rcsgan": Entry(loss="rcgan", aliases=("21",)),
        "rclsgan": Entry(loss="rclsgan", aliases=("22",)),
        "rchingegan": Entry(loss="rchinge", aliases=("23", "rchinge")),
        "rpsgan": Entry(loss="rpgan", discriminator_factor=2.0, aliases=("31",)),
        "rplsgan": Entry(loss="rplsgan", discriminator_factor=2.0, aliases=("32",)),
        "rphingegan": Entry(loss="rphinge", discriminator_factor=2.0, aliases=("33", "rphinge")),
        "rpsgan_mvue": Entry(loss="rpgan_mvue", discriminator_factor=2.0, generator_factor=2.0, aliases=("41",)),
        "rplsgan_mvue": Entry(loss="rplsgan_mvue", discriminator_factor=2.0, generator_factor=2.0, aliases=("42",)),
        "rphingegan_mvue": Entry(
            loss="rphinge_mvue", discriminator_factor=2.0, generator_factor=2.0, aliases=("43", "rphinge_mvue")
        ),
        "ralsgan_unbiased": Entry(loss=images.average_lsgan_unbiased_in_d),
        "rclsgan_unbiased": Entry(loss=images.centered_lsgan_unbiased_in_d),
    },
    before="python GAN.py --loss_D 31",
    after="GANLoss('relativistic_f_divergences/rpsgan')  # or 'relativistic_f_divergences/31'",
    same="All values and gradients are the same.",
    better="All pairs of least squares and hinge take the time of a sort, not the square of the batch size.",
)
