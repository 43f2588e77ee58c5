"""BigVGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="BigVGAN",
    paper="Lee et al. 2022, arXiv:2206.04658",
    source="NVIDIA/BigVGAN, train.py, loss.py and configs/bigvgan_v2_24khz_100band_256x.json",
    loss="bigvgan/lsgan",
    discriminator={"adversarial": Term("adversarial", start="freeze_step")},
    generator={
        "adversarial": Term("adversarial", start="freeze_step"),
        "feature_matching": Term("feature_matching", "lambda_fm", {"layers": "sum", "heads": "sum"}, start="freeze_step"),
        "mel": Term("given", "lambda_melloss", about="the distance of mel spectrograms of several scales"),
    },
    parameters={"freeze_step": 0, "lambda_fm": 2.0, "lambda_melloss": 15.0},
    notes=(
        "the critic gives the heads of all discriminators in one list: five of periods and three of constant-Q transforms",
        "features are all layers of a discriminator, the logits included for periods but not for constant-Q transforms",
        "this is BigVGAN-v2; the paper's has lambda_melloss 45 of one scale, |log mel spectrogram of real - that of fake|, and "
        "resolutions in place of the transforms, with their logits; batches of 32, and gradients clipped to a norm of 1000",
        "D steps first, and not before freeze_step; gradients are clipped to a norm of 500, of each family of D and of G",
        "AdamW of both with a learning rate of 1e-4, times 0.9999996 each step, betas 0.8 and 0.99; batches of 4",
    ),
)
