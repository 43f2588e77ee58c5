"""WGAN-GP."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="WGAN-GP",
    paper="Gulrajani et al. 2017, arXiv:1704.00028",
    source="igul222/improved_wgan_training, gan_64x64.py",
    loss="wasserstein",
    discriminator={"adversarial": Term("adversarial"), "gradient_penalty": Term("wgan_gp", "lambda_")},
    generator={"adversarial": Term("adversarial")},
    parameters={"lambda_": 10.0},
    notes=(
        "five steps of D for one of G, each with reals of its own (CRITIC_ITERS)",
        "mix is the share of the reals: 1 - alpha of the code",
        "Adam, learning rate 1e-4, betas 0 and 0.9; beta1 is 0.5 in gan_mnist.py, gan_cifar.py and gan_language.py",
        "lambda_ is LAMBDA, 0.1 in gan_toy.py",
        "D has layer norm and no batch norm, because the penalty is that of each sample",
    ),
)
