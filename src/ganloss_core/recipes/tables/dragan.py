"""DRAGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="DRAGAN",
    paper="Kodali et al. 2017, arXiv:1705.07215",
    source="kodalinaveen3/DRAGAN, DRAGAN.ipynb",
    loss="logistic",
    discriminator={"adversarial": Term("adversarial"), "gradient_penalty": Term("dragan", "lambd")},
    generator={"adversarial": Term("adversarial")},
    parameters={"lambd": 10.0},
    notes=(
        "one step of D, then one of G",
        "noise is alpha * 0.5 * std(reals) * u, alpha uniform for each sample and u for each element",
        "Adam, learning rate 1e-4, betas 0.5 and 0.9, batches of 128",
    ),
)
