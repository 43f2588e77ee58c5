"""HiFi-GAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="HiFi-GAN",
    paper="Kong et al. 2020, arXiv:2010.05646",
    source="jik876/hifi-gan, train.py, models.py and config_v1.json",
    loss="hifigan/lsgan",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "adversarial": Term("adversarial"),
        "feature_matching": Term("feature_matching", "lambda_fm", {"layers": "sum", "heads": "sum"}),
        "mel": Term("given", "lambda_mel", about="the mean of |log mel spectrogram of real - that of fake|"),
    },
    parameters={"lambda_fm": 2.0, "lambda_mel": 45.0},
    notes=(
        "the critic gives the heads of all discriminators in one list: three of scales and five of periods",
        "features are all layers of a discriminator, the logits included",
        "D steps first",
        "AdamW of both with a learning rate of 2e-4, times 0.999 each epoch, betas 0.8 and 0.99; batches of 16",
    ),
)
