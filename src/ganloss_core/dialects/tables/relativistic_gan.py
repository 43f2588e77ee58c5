"""The losses of the first paper on relativistic GANs, by its code."""

from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="AlexiaJM/RelativisticGAN",
    file="code/GAN_losses_iter.py",
    entries={
        "gan": Entry(
            loss="logistic",
            aliases=("1", "sgan"),
            note="There a sigmoid in the critic, and BCELoss. Give the logits before the sigmoid. Where the sigmoid rounds "
            "to 0 or 1, theirs is clamped at 100 and its gradient is 0. Ours is not clamped.",
        ),
        "lsgan": Entry(loss="lsgan", aliases=("2",)),
        "wgan-gp": Entry(loss="wasserstein", aliases=("3",), note="Without its penalty."),
        "hingegan": Entry(loss="hinge", aliases=("4", "hinge")),
        "rsgan": Entry(loss="rpgan", aliases=("5",)),
        "rasgan": Entry(loss="rasgan", discriminator_factor=0.5, generator_factor=0.5, aliases=("6",)),
        "ralsgan": Entry(loss="ralsgan", discriminator_factor=0.5, generator_factor=0.5, aliases=("7",)),
        "rahingegan": Entry(loss="rahinge", discriminator_factor=0.5, generator_factor=0.5, aliases=("8", "rahinge")),
    },
    before="python GAN_losses_iter.py --loss_D 7",
    after="GANLoss('relativistic_gan/ralsgan')  # or 'relativistic_gan/7'",
    same="All values and gradients are the same.",
    better="The average losses take real and fake batches of different sizes.",
)
