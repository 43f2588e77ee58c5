"""StyleGAN2."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="StyleGAN2",
    paper="Karras et al. 2020, arXiv:1912.04958",
    source="NVlabs/stylegan2-ada-pytorch, training/loss.py, training_loop.py; train.py --cfg=stylegan2 --aug=noaug",
    loss="logistic",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("r1", "r1_gamma", every="d_reg_interval", apart=True),
    },
    generator={
        "adversarial": Term("adversarial"),
        "path_length": Term(
            "path_length", "pl_weight", settings={"decay": "pl_decay", "anchor": True}, every="g_reg_interval", apart=True
        ),
    },
    parameters={"r1_gamma": 10.0, "d_reg_interval": 16, "pl_weight": 2.0, "pl_decay": 0.01, "g_reg_interval": 4},
    observe={"first": "fake", "anchor": True},
    notes=(
        "each step: G, then its path length, D, then R1 of the same reals; every optimiser step of G has latents of its own",
        "path length: of half a batch (pl_batch_shrink 2), the latents after the mapping network, of which two are mixed",
        "Adam, learning rate 0.002, betas 0 and 0.99",
        "a lazy term of interval k: with c = k / (k + 1) the player has c times the rate, and beta2 to the power c",
        "two latents are mixed in 0.9 of the batches (style_mixing_prob)",
        "the moving average of G has a half-life of 10 thousand images",
        "D has a minibatch standard deviation layer with groups of 4 samples: the logits of a batch depend on each other",
    ),
)
