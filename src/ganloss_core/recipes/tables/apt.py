"""Adversarial post-training, of Seaweed."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="APT",
    paper="Lin et al. 2025, arXiv:2501.08316",
    source="",
    loss="logistic",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("approximate_r1", (2.0, "lambda_r1"), {"sigma": "sigma", "divide": False}),
    },
    generator={"adversarial": Term("adversarial")},
    parameters={"lambda_r1": 100.0, "sigma": 0.1},
    notes=(
        "lambda_r1 is that of the mean of (D(real) - D(noised real))^2, without 1/2 and without a division by sigma^2",
        "sigma is 0.1 for videos; the paper has 0.01 for images",
        "G and D start from a diffusion model",
    ),
)
