"""DMD2."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="DMD2",
    paper="Yin et al. 2024, arXiv:2405.14867",
    source="tianweiy/DMD2, main/train_sd.py, main/sd_guidance.py and the scripts of experiments/sdxl",
    loss="dmd2/non_saturating",
    discriminator={
        "denoising": Term("given", about="the fake score's denoising loss of fakes"),
        "adversarial": Term("adversarial", "guidance_cls_loss_weight"),
    },
    generator={
        "distribution_matching": Term("given", "dm_loss_weight", about="the distribution matching loss"),
        "adversarial": Term("adversarial", "gen_cls_loss_weight"),
    },
    parameters={"guidance_cls_loss_weight": 1e-2, "dm_loss_weight": 1.0, "gen_cls_loss_weight": 5e-3},
    notes=(
        "D is a head on the fake score network, and trains with it; what both see is noised by a random timestep below 1000",
        "gen_cls_loss_weight is 1e-3 for SD v1.5, and 3e-3 for ImageNet",
        "five steps of D and the fake score for one of G, dfake_gen_update_ratio; ten for SD v1.5",
        "AdamW of both with a learning rate of 5e-7, 2e-6 for ImageNet, betas 0.9 and 0.999",
    ),
)
