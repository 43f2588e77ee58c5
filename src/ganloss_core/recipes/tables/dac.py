"""The Descript Audio Codec."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="Descript Audio Codec",
    paper="Kumar et al. 2023, arXiv:2306.06546",
    source="descriptinc/descript-audio-codec, scripts/train.py, dac/nn/loss.py and conf/base.yml",
    loss="dac/lsgan",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "mel": Term("given", "mel_loss", about="the distance of mel spectrograms of several scales"),
        "feature_matching": Term("feature_matching", "adv_feat_loss", {"layers": "sum", "heads": "sum"}),
        "adversarial": Term("adversarial", "adv_gen_loss"),
        "commitment": Term("given", "vq_commitment_loss", about="the commitment loss of the quantiser"),
        "codebook": Term("given", "vq_codebook_loss", about="the codebook loss of the quantiser"),
    },
    parameters={
        "mel_loss": 15.0,
        "adv_feat_loss": 2.0,
        "adv_gen_loss": 1.0,
        "vq_commitment_loss": 0.25,
        "vq_codebook_loss": 1.0,
    },
    notes=(
        "parameters are the lambdas of the configuration, with _ in place of /",
        "the critic gives the heads of all discriminators in one list; features are all layers but the logits",
        "D steps first; gradients are clipped to a norm of 10, of G 1000",
        "AdamW of both with a learning rate of 1e-4, times 0.999996 each step, betas 0.8 and 0.99; batches of 72",
    ),
)
