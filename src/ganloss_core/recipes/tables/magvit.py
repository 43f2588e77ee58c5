"""MAGVIT's tokenizer."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="MAGVIT",
    paper="Yu et al. 2022, arXiv:2212.05199",
    source="google-research/magvit, videogvt/trainers/vqgan_trainer.py and videogvt/configs/vqgan3d_ucf101_config.py",
    loss="magvit/non-saturating",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("r1", (2.0, "grad_penalty_cost")),
        "lecam": Term("lecam", "lecam_weight", {"form": "batch_mean", "decay": 0.999, "update": "after"}),
    },
    generator={
        "reconstruction": Term("given", about="the mean of (real - fake)^2"),
        "adversarial": Term("adversarial", "g_adversarial_loss_weight"),
        "perceptual": Term("given", "perceptual_loss_weight", about="the mean of (ResNet50's logits of real - of fake)^2"),
        "quantizer": Term("given", about="the loss of the quantiser"),
    },
    parameters={
        "grad_penalty_cost": 10.0,
        "lecam_weight": 0.0,
        "g_adversarial_loss_weight": 0.1,
        "perceptual_loss_weight": 0.1,
    },
    notes=(
        "grad_penalty_cost is that of the mean of |g|^2, without 1/2",
        "the paper has LeCam and names no weight; the published configurations leave it out, which is lecam_weight 0",
        "both players step at once, from the same forward pass",
        "Adam of both with a learning rate of 1e-4, warmed up and decayed by a cosine, betas 0 and 0.99",
        "EMA of G with decay 0.999, which is that of LeCam's averages too; each device has its own",
    ),
)
