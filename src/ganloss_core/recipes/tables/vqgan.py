"""VQGAN."""

from ganloss_core.recipes.table import Adaptive, Recipe, Term

TABLE = Recipe(
    title="VQGAN",
    paper="Esser et al. 2021, arXiv:2012.09841",
    source="CompVis/taming-transformers, taming/modules/losses/vqperceptual.py and configs/custom_vqgan.yaml",
    loss="taming/hinge",
    discriminator={"adversarial": Term("adversarial", "disc_factor", start="disc_start")},
    generator={
        "pixel": Term("given", about="the mean of |real - fake|"),
        "perceptual": Term("given", "perceptual_weight", about="the mean LPIPS of real and fake"),
        "adversarial": Term(
            "adversarial",
            ("disc_weight", "disc_factor"),
            start="disc_start",
            adaptive=Adaptive(to=("pixel", "perceptual")),
        ),
        "codebook": Term("given", "codebook_weight", about="the loss of the quantiser"),
    },
    parameters={
        "disc_start": 10_000,
        "disc_factor": 1.0,
        "disc_weight": 0.8,
        "perceptual_weight": 1.0,
        "codebook_weight": 1.0,
    },
    notes=(
        "the paper's ImageNet model has disc_start 250001, of faces 30001",
        "last_layer is the weight of the decoder's last convolution",
        "G steps first; before disc_start D steps as well, by a loss of 0",
        "Adam of both with a learning rate of 4.5e-6 times all samples of a step, betas 0.5 and 0.9",
    ),
)
