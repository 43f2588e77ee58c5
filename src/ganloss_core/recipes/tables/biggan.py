"""BigGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="BigGAN",
    paper="Brock et al. 2018, arXiv:1809.11096",
    source="ajbrock/BigGAN-PyTorch, losses.py, train_fns.py, BigGAN.py, utils.py and scripts/launch_BigGAN_bs256x8.sh",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
    observe={"joint": True, "first": "fake"},
    notes=(
        "classes are real_args and fake_args; the critic sees both sides in one batch (without --split_D)",
        "batches of 2048 as 8 accumulated ones of 256",
        "one step of D for one of G in this script; two in the paper and by default, then with learning rates 2e-4 and 5e-5",
        "Adam, learning rates 4e-4 for D and 1e-4 for G, betas 0 and 0.999, epsilon 1e-6",
        "spectral norm in both; orthogonal regularisation of G, of parameters, is 1e-4 in the paper and 0 in this script",
        "the moving average of G has the decay 0.9999, from step 20000",
    ),
)
