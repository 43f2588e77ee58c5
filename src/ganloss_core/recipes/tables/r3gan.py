"""R3GAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="R3GAN",
    paper="Huang et al. 2025, arXiv:2501.05441",
    source="brownvc/R3GAN, R3GAN/Trainer.py, training/loss.py, training/training_loop.py and train.py",
    loss="relativistic_paired_logistic",
    discriminator={"adversarial": Term("adversarial"), "r1": Term("r1", "gamma"), "r2": Term("r2", "gamma")},
    generator={"adversarial": Term("adversarial")},
    parameters={"gamma": 0.05},
    notes=(
        "gamma falls along a cosine to a tenth: give it in each call. At first CIFAR-10 0.05, the default here; FFHQ-64 2; "
        "FFHQ-256 150; ImageNet-32 0.5; ImageNet-64 1",
        "the critic augments its input; the penalties are with respect to the images before the augmentation, in every step",
        "one step of D, then one of G; each has its own noise and reals, with the conditions of these reals",
        "Adam, beta1 0; along the same cosine beta2 rises from 0.9 to 0.99 and the learning rate falls from 2e-4 to 5e-5",
        "the half-life of G's moving average, and the probability of augmentation, rise in the same way",
    ),
)
