"""Adversarial flow models."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="Adversarial Flow Models",
    paper="Lin et al. 2025, arXiv:2511.22475",
    source="ByteDance-Seed/Adversarial-Flow-Models, train_adversarial_flow_imagenet.py, grad_norm.py and "
    "configs/train/afm/train_afm_1nfe.yaml",
    loss="afm/afm",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("approximate_r1", (2.0, "gp_scale"), times="weighting"),
        "r2": Term("approximate_r2", (2.0, "gp_scale"), times="weighting"),
        "cp": Term("drift", "cp_scale", {"of": "both"}),
    },
    generator={
        "adversarial": Term("adversarial"),
        "ot": Term("given", "ot_scale", about="the mean of (fake - source)^2 of each sample over its weighting, averaged"),
    },
    parameters={"gp_scale": 0.25, "cp_scale": 0.01, "ot_scale": 0.2},
    observe={"joint": True, "differences": 0.01, "fraction": 0.25},
    normalizer={"target": 1.0, "decay": 0.9, "epsilon": 1e-8},
    balanced=("adversarial",),
    notes=(
        "weighting is max(|s - t|, 0.001) of each sample, from a source at time s to a target at time t; 1.0 for one step",
        "ot_scale falls from 0.2 to 0.005 by a cosine of 1,000,000 steps: give it in each call",
        "gp_scale is that of the mean of (the difference over gp_eps)^2, without 1/2; gp_eps is 0.01, gp_bsz_ratio 0.25",
        "with classifier guidance G has a cross-entropy besides, and D sees augmented latents",
        "one step of D for one of G, of batches of their own",
        "AdamW of both with a learning rate of 1e-4 and weight decay 0.01, betas 0 and 0.9",
        "EMA of G with decay 0.9999; batches of 256",
    ),
)
