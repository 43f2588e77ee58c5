"""Real-ESRGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="Real-ESRGAN",
    paper="Wang et al. 2021, arXiv:2107.10833",
    source="xinntao/Real-ESRGAN, realesrgan/models/realesrgan_model.py and options/train_realesrgan_x4plus.yml",
    loss="esrgan/vanilla",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "pixel": Term("given", "pixel_loss_weight", about="the mean of |sharpened real - fake|"),
        "perceptual": Term(
            "given",
            "perceptual_weight",
            about="of sharpened reals: means of |difference| of VGG19's conv1_2, 2_2, 3_4, 4_4, 5_4, times 0.1, 0.1, 1, 1, 1",
        ),
        "adversarial": Term("adversarial", "gan_loss_weight"),
    },
    parameters={"pixel_loss_weight": 1.0, "perceptual_weight": 1.0, "gan_loss_weight": 0.1},
    notes=(
        "D is a U-Net with spectral normalisation, with a logit for each pixel; its reals are not sharpened",
        "G starts from a network trained by the pixel loss alone",
        "G steps first; D then sees the fakes from before that step",
        "Adam of both with a learning rate of 1e-4, betas 0.9 and 0.99",
        "EMA of G with decay 0.999; batches of 12 on each of four devices",
    ),
)
