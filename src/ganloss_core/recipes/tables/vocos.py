"""Vocos."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="Vocos",
    paper="Siuzdak 2023, arXiv:2306.00814",
    source="gemelo-ai/vocos, vocos/experiment.py, vocos/loss.py and configs/vocos.yaml",
    loss="vocos/hinge",
    discriminator={
        "adversarial_mp": Term("adversarial", critic="mp", start="pretrain_mel_steps"),
        "adversarial_mrd": Term("adversarial", "mrd_loss_coeff", critic="mrd", start="pretrain_mel_steps"),
    },
    generator={
        "adversarial_mp": Term("adversarial", critic="mp", start="pretrain_mel_steps"),
        "adversarial_mrd": Term("adversarial", "mrd_loss_coeff", critic="mrd", start="pretrain_mel_steps"),
        "feature_matching_mp": Term("feature_matching", 1.0, {"layers": "sum"}, critic="mp", start="pretrain_mel_steps"),
        "feature_matching_mrd": Term(
            "feature_matching", "mrd_loss_coeff", {"layers": "sum"}, critic="mrd", start="pretrain_mel_steps"
        ),
        "mel": Term("given", "mel_loss_coeff", about="the mean of |log mel spectrogram of real - that of fake|"),
    },
    parameters={"mrd_loss_coeff": 0.1, "mel_loss_coeff": 45.0, "pretrain_mel_steps": 0},
    critics=("mp", "mrd"),
    notes=(
        "mp are the multi-period discriminators, mrd the multi-resolution ones: each critic gives a list of heads",
        "features are all layers of a discriminator but the first, the logits included",
        "pretrain_mel_steps counts the steps of both optimisers in the original, two for one here",
        "D steps first, with fakes of its own, and not before pretrain_mel_steps",
        "AdamW of both with a learning rate of 5e-4, decayed by a cosine, betas 0.8 and 0.9; batches of 16",
    ),
)
