"""ESRGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="ESRGAN",
    paper="Wang et al. 2018, arXiv:1809.00219",
    source="XPixelGroup/BasicSR, basicsr/models/esrgan_model.py and options/train/ESRGAN/train_ESRGAN_x4.yml",
    loss="esrgan/ragan",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "pixel": Term("given", "pixel_loss_weight", about="the mean of |real - fake|"),
        "perceptual": Term("given", "perceptual_weight", about="the mean of |VGG19 conv5_4 of real - that of fake|"),
        "adversarial": Term("adversarial", "gan_loss_weight"),
    },
    parameters={"pixel_loss_weight": 1e-2, "perceptual_weight": 1.0, "gan_loss_weight": 5e-3},
    notes=(
        "G starts from a network trained by the pixel loss alone",
        "G steps first; D then sees the fakes from before that step",
        "the mean logit of the other side is a constant in D's step, and D's backward passes are two",
        "Adam of both with a learning rate of 1e-4, halved after 50k, 100k, 200k and 300k of 400k steps, betas 0.9 and 0.99",
        "EMA of G with decay 0.999; batches of 16",
    ),
)
