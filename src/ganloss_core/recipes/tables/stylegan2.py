"""StyleGAN2."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="StyleGAN2",
    paper="Karras et al. 2020, arXiv:1912.04958",
    source="NVlabs/stylegan2-ada-pytorch, training/loss.py",
    loss="logistic",
    discriminator={
        "adversarial": Term("adversarial"),
        "r1": Term("r1", "gamma", every="r1_interval", apart=True),
    },
    generator={
        "adversarial": Term("adversarial"),
        "path_length": Term("path_length", "path_length_weight", every="path_length_interval", apart=True),
    },
    parameters={"gamma": 10.0, "r1_interval": 16, "path_length_weight": 2.0, "path_length_interval": 4},
)
