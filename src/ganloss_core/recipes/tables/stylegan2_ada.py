"""StyleGAN2-ADA."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="StyleGAN2-ADA",
    paper="Karras et al. 2020, arXiv:2006.06676",
    source="NVlabs/stylegan2-ada-pytorch, training/loss.py, training/training_loop.py and train.py, --cfg=paper256",
    loss="logistic",
    discriminator={
        "adversarial": Term("adversarial"),
        "augmentation": Term("augmentation", settings={"target": "ada_target", "kimg": "ada_kimg", "interval": "ada_interval"}),
        "r1": Term("r1", "r1_gamma", every="d_reg_interval", apart=True),
    },
    generator={
        "adversarial": Term("adversarial"),
        "path_length": Term(
            "path_length", "pl_weight", settings={"decay": "pl_decay", "anchor": True}, every="g_reg_interval", apart=True
        ),
    },
    parameters={
        "r1_gamma": 1.0,
        "d_reg_interval": 16,
        "pl_weight": 2.0,
        "pl_decay": 0.01,
        "g_reg_interval": 4,
        "ada_target": 0.6,
        "ada_kimg": 500.0,
        "ada_interval": 4,
    },
    observe={"first": "fake", "anchor": True},
    notes=(
        "r1_gamma of --cfg: paper256 1, the default here; paper512 0.5; paper1024 2; stylegan2 10; cifar 0.01, pl_weight 0; "
        "auto, which is the code's default, 0.0002 * resolution^2 / batch",
        "the critic augments its input with the logged probability, for both players; R1 is with respect to the images before",
        "the probability starts at 0, and has no upper bound",
        "in the original the signs of the logits in R1's pass count too, and here those of the adversarial pass alone",
        "ada_kimg is 100 where training continues from other networks",
        "each step: G, then its path length, D, then R1 of the same reals; every optimiser step of G has latents of its own",
        "path length: of half a batch (pl_batch_shrink 2), the latents after the mapping network, of which two are mixed",
        "Adam, learning rate 0.0025 (0.002 from a resolution of 1024), betas 0 and 0.99",
        "a lazy term of interval k: with c = k / (k + 1) the player has c times the rate, and beta2 to the power c",
        "two latents are mixed in 0.9 of the batches (style_mixing_prob)",
        "the moving average of G has a half-life of 10 / 32 * batch thousand images",
        "D has a minibatch standard deviation layer with groups of 8 samples, 4 with auto: logits depend on each other",
    ),
)
