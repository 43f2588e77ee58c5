"""OASIS."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="OASIS",
    paper="Sushko et al. 2020, arXiv:2012.04781",
    source="boschresearch/OASIS, models/losses.py, models/models.py, train.py and config.py",
    loss="oasis",
    discriminator={
        "adversarial": Term("adversarial"),
        "labelmix": Term("label_mix", "lambda_labelmix"),
    },
    generator={"adversarial": Term("adversarial")},
    parameters={"lambda_labelmix": 10.0},
    observe={"first": "fake"},
    notes=(
        "the critic returns scores of shape (batch, ..., classes + 1), the fake class's first",
        "labels, from 0, are real_labels in D's step and fake_labels in G's",
        "the classes in a device's batch have equal weights; give pixels that do not count the real_weight and fake_weight 0",
        "mask: for each class of the label maps 1 (the real) or 0 (the fake) at random; one channel beside the images",
        "mask_of_logits: the same mask beside the scores, if their channels lie along another axis",
        "--add_vgg_loss adds 10 times the distance of VGG-19's features to G's loss",
        "G, then D with new fakes",
        "Adam, learning rates 1e-4 for G and 4e-4 for D, betas 0 and 0.999; the moving average of G has the decay 0.9999",
        "spectral norm in D",
    ),
)
