"""Projected GAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="Projected GAN",
    paper="Sauer et al. 2021, arXiv:2111.01007",
    source="autonomousvision/projected-gan, training/loss.py, pg_modules/discriminator.py and train.py",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
    observe={"first": "fake"},
    notes=(
        "the critic returns the logits of its four heads, at all places, as one array: the mean is over all",
        "it augments its input (color, translation, cutout), for both players",
        "D looks at frozen features of EfficientNet, through random projections that stay as they are; no penalty",
        "G, then D",
        "Adam, betas 0 and 0.99, learning rate 0.0002 with FastGAN's G, else 0.002",
        "D has c = 16 / 17 times the rate, and beta2 to the power c, of a lazy penalty that is not there",
        "the moving average of G has a half-life of 10 / 32 * batch thousand images",
    ),
)
