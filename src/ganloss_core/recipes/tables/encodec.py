"""EnCodec."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="EnCodec",
    paper="Defossez et al. 2022, arXiv:2210.13438",
    source="facebookresearch/audiocraft, audiocraft/solvers/compression.py and config/solver/compression/default.yaml",
    loss="audiocraft/hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "commitment": Term("given", about="the commitment loss of the quantiser"),
        "adversarial": Term("adversarial", "adv"),
        "feature_matching": Term("feature_matching", "feat"),
        "waveform": Term("given", "l1", about="the mean of |real - fake|"),
        "mel": Term("given", "msspec", about="the distance of mel spectrograms of several scales"),
    },
    parameters={"adv": 4.0, "feat": 4.0, "l1": 0.1, "msspec": 2.0},
    balancer={"total_norm": 1.0, "decay": 0.999, "epsilon": 1e-12, "per_sample": True},
    balanced=("adversarial", "feature_matching", "waveform", "mel"),
    notes=(
        "the commitment loss does not go through the balancer; the code calls it penalty",
        "features are all layers of a discriminator but the logits",
        "the paper's weights are 3, 3, 0.1 and 1, and its G is hinged too: the loss 'audiocraft/hinge2'",
        "D steps first, in each step; adversarial.every of the configuration is the mean number of steps between two of D's",
        "Adam of both with a learning rate of 3e-4, betas 0.5 and 0.9; EMA of G with decay 0.99; batches of 64",
    ),
)
