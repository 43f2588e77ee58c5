"""The losses of LeCam-GAN's BigGAN."""

from ganloss_core.dialects.formulas import images
from ganloss_core.dialects.table import Codebase, Entry

TABLE = Codebase(
    repository="google/lecam-gan",
    file="biggan_cifar/losses.py",
    entries={
        "hinge": Entry(loss="hinge"),
        "dcgan": Entry(loss="logistic"),
        "ls": Entry(
            loss="lsgan",
            hyperparameters={"real_label": -1.0, "fake_label": 1.0, "generator_label": 0.0},
            aliases=("lsgan",),
            note="Logits are low for real, but the regulariser of the same code expects them high: the two do not fit "
            "together.",
        ),
        "rahinge": Entry(loss=images.average_hinge_with_a_mean_generator, discriminator_factor=0.5, generator_factor=0.5),
    },
    before="L_real, L_fake = losses.loss_hinge_dis(dis_fake, dis_real)",
    after="criterion = GANLoss('lecam_gan/hinge')  # once\n\n"
    "L_real, L_fake = criterion.discriminator_terms(dis_real, dis_fake)[:2]",
    same="Reals come first here. The regulariser is `ganloss_torch.LeCam`, which has a state of its own. Its `start` counts "
    "calls, and their `start_itr` iterations: with two D steps in each iteration, as BigGAN has by default, give twice "
    "the number.",
    better="The moving averages are in a state_dict, and only the regulariser updates them.",
)
