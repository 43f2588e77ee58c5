"""SAGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="SAGAN",
    paper="Zhang et al. 2018, arXiv:1805.08318",
    source="brain-research/self-attention-gan, model.py and train_imagenet.py",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
    notes=(
        "classes are real_args and fake_args, of a projection critic",
        "one step of G, then one of D",
        "Adam, learning rates 4e-4 for D and 1e-4 for G, beta1 0; beta2 is 0.9 in the paper, 0.999 in the code",
        "spectral norm in both, which fakes do not update; batches of 64 on each of four devices",
    ),
)
