"""SNGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="SNGAN",
    paper="Miyato et al. 2018, arXiv:1802.05957",
    source="pfnet-research/sngan_projection, updater.py, train.py and configs/sn_projection.yml",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
    notes=(
        "G, then five steps of D, each with reals and fakes of its own (n_dis)",
        "classes are real_args and fake_args, of the projection critic of arXiv:1802.05637; no classes for CIFAR-10",
        "spectral norm in D",
        "Adam, learning rate 2e-4, betas 0 and 0.9; the rate falls to 0 in the last 50000 of 450000 steps",
        "batches of 16 for D, and of 32 for G",
    ),
)
