"""pix2pix."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="pix2pix",
    paper="Isola et al. 2017, arXiv:1611.07004",
    source="junyanz/pytorch-CycleGAN-and-pix2pix, models/pix2pix_model.py, models/networks.py and options/train_options.py",
    loss="cyclegan/vanilla",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "adversarial": Term("adversarial"),
        "l1": Term("given", "lambda_l1", about="the mean of |real - fake|"),
    },
    parameters={"lambda_l1": 100.0},
    observe={"first": "fake"},
    notes=(
        "the critic sees the input image beside the real or fake one: real_args and fake_args",
        "D's loss has the factor 1/2",
        "D, then G, with the same fakes",
        "Adam, learning rate 0.0002, betas 0.5 and 0.999; 100 epochs, and 100 more in which the rate falls to 0; batches of 1",
    ),
)
