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
        "disc_start is 250001 in the paper's model of ImageNet, and 30001 in its models of faces",
        "last_layer is the weight of the decoder's last convolution",
        "G steps first; D's optimiser also steps before disc_start, with a loss of 0",
        "Adam of both with a learning rate of 4.5e-6 times all samples of a step, betas 0.5 and 0.9",
    ),
)
