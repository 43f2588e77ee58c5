"""SPADE."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="SPADE",
    paper="Park et al. 2019, arXiv:1903.07291",
    source="NVlabs/SPADE, models/pix2pix_model.py, models/networks/loss.py and options/train_options.py",
    loss="spade/hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "adversarial": Term("adversarial"),
        "feature_matching": Term("feature_matching", "lambda_feat", settings={"layers": "sum"}),
        "vgg": Term(
            "given",
            "lambda_vgg",
            about="the sum over five layers of VGG-19 of the mean of |fake - real|, times 1/32, 1/16, 1/8, 1/4 and 1",
        ),
    },
    parameters={"lambda_feat": 10.0, "lambda_vgg": 10.0},
    observe={"joint": True, "first": "fake"},
    notes=(
        "the critic returns (logits, features), a list each: of two scales (num_D) the logits, and the maps before them",
        "it sees the label map, and edges of instances, beside the image: real_args and fake_args",
        "it sees both sides in one batch, in G's step too, which changes the logits only if it has batch norm",
        "--use_vae adds 0.05 times the KL divergence of the encoder's latents, summed",
        "G, then D with new fakes, one step each (D_steps_per_G)",
        "Adam, learning rates 1e-4 for G and 4e-4 for D, betas 0 and 0.9; spectral norm in both",
    ),
)
