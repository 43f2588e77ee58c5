"""StyleGAN3."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="StyleGAN3",
    paper="Karras et al. 2021, arXiv:2106.12423",
    source="NVlabs/stylegan3, training/loss.py, training/training_loop.py and train.py, --cfg=stylegan3-t",
    loss="logistic",
    discriminator={
        "adversarial": Term("adversarial"),
        "augmentation": Term("augmentation", settings={"target": "ada_target", "kimg": "ada_kimg", "interval": "ada_interval"}),
        "r1": Term("r1", "r1_gamma", every="d_reg_interval", apart=True),
    },
    generator={"adversarial": Term("adversarial")},
    parameters={"r1_gamma": 8.2, "d_reg_interval": 16, "ada_target": 0.6, "ada_kimg": 500.0, "ada_interval": 4},
    observe={"first": "fake", "anchor": False},
    notes=(
        "r1_gamma must be given there: 8.2 is the example, AFHQv2 at 512 pixels; docs/configs.md has 0.5 at 128 pixels, 2 at "
        "256, 8 at 512 and 32 at 1024",
        "no path length and no mixing of latents, which --cfg=stylegan2 there has",
        "the critic augments its input with the logged probability, for both players; R1 is with respect to the images before",
        "the probability starts at 0, and has no upper bound",
        "in the original the signs of the logits in R1's pass count too, and here those of the adversarial pass alone",
        "--cfg=stylegan3-r: the critic first blurs its input; sigma falls from 10 to 0 within 200 / 32 * batch thousand images",
        "each step: G, D, then R1 of the same reals",
        "Adam, learning rates 0.0025 for G and 0.002 for D, betas 0 and 0.99",
        "D, lazily penalised, has c = 16 / 17 times the rate, and beta2 to the power c",
        "the moving average of G has a half-life of 10 / 32 * batch thousand images",
        "D has a minibatch standard deviation layer with groups of 4 samples: the logits of a batch depend on each other",
    ),
)
