"""R3GAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="R3GAN",
    paper="Huang et al. 2025, arXiv:2501.05441",
    source="brownvc/R3GAN, R3GAN/Trainer.py",
    loss="relativistic_paired_logistic",
    discriminator={"adversarial": Term("adversarial"), "r1": Term("r1", "gamma"), "r2": Term("r2", "gamma")},
    generator={"adversarial": Term("adversarial")},
    parameters={"gamma": 10.0},
    notes=("gamma falls during training: give it in each call",),
)
