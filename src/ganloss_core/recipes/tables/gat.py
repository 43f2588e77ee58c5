"""Generative adversarial transformers (scalable GANs with transformers)."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="GAT",
    paper="Hyun et al. 2025, arXiv:2509.24935",
    source="hse1032/GAT, train.py, losses/Rp_PT_loss.py and losses/Rp_loss.py",
    loss="gat/rpgan",
    discriminator={
        "adversarial": Term("adversarial"),
        "projection": Term(
            "given",
            "proj_coeff",
            about="1 - the cosine of D's features of reals and of a pretrained encoder's, of the class token and of patches",
        ),
        "r1": Term("approximate_r1", "r1_gamma", {"sigma": 0.01}, every="r1_every", scaled=False),
        "r2": Term("approximate_r2", "r2_gamma", {"sigma": 0.01}, every="r2_every", scaled=False),
    },
    generator={"adversarial": Term("adversarial")},
    parameters={"proj_coeff": 1.0, "r1_gamma": 0.1, "r2_gamma": 0.1, "r1_every": 1, "r2_every": 1},
    notes=(
        "the augmentation, and the noise of each level, are the critic's: the same ones on a sample and on its noised copy",
        "D has a logit for each level, and pairs are of one level",
        "without an encoder, enc_type None, there is no projection: losses/Rp_loss.py",
        "D steps first, with fakes of its own",
        "AdamW of both with a learning rate of 2e-4 for a width of 768, inversely as the width, betas 0 and 0.99",
        "gradients are clipped to a norm of 1; EMA of G; batches of 512 in bfloat16",
    ),
)
