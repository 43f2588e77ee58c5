"""VQGAN."""

from ganloss_core.recipes.table import Adaptive, Recipe, Term

TABLE = Recipe(
    title="VQGAN",
    paper="Esser et al. 2021, arXiv:2012.09841",
    source="CompVis/taming-transformers, taming/modules/losses/vqperceptual.py",
    loss="taming/hinge",
    discriminator={"adversarial": Term("adversarial", "disc_factor", start="disc_start")},
    generator={
        "pixel": Term("given", about="the mean of |real - fake|"),
        "perceptual": Term("given", "perceptual_weight", about="LPIPS of real and fake"),
        "adversarial": Term("adversarial", "disc_weight", start="disc_start", adaptive=Adaptive(to=("pixel", "perceptual"))),
        "codebook": Term("given", "codebook_weight", about="the loss of the quantiser"),
    },
    parameters={"disc_start": 0, "disc_factor": 1.0, "disc_weight": 1.0, "perceptual_weight": 1.0, "codebook_weight": 1.0},
)
