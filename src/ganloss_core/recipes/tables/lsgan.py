"""LSGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="LSGAN",
    paper="Mao et al. 2017, arXiv:1611.04076",
    source="xudonmao/LSGAN, vgg.py and train_lsun.py",
    loss="lsgan",
    settings={"reduction": "sum"},
    discriminator={"adversarial": Term("adversarial", 0.5)},
    generator={"adversarial": Term("adversarial", 0.5)},
    notes=(
        "the code sums over the batch, of 64, where the paper has the mean, which is 1/64 of it: Adam hardly sees a factor",
        "labels are 1 and 0, and 1 for G",
        "one step of D, then one of G with the same latents",
        "Adam, learning rate 0.001, betas 0.5 and 0.999",
    ),
)
