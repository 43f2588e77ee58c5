"""EnCodec."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="EnCodec",
    paper="Defossez et al. 2022, arXiv:2210.13438",
    source="facebookresearch/audiocraft, audiocraft/solvers/compression.py",
    loss="audiocraft/hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={
        "adversarial": Term("adversarial", 4.0),
        "feature_matching": Term("feature_matching", 4.0),
        "waveform": Term("given", 0.1, about="the mean of |real - fake|"),
        "mel": Term("given", 2.0, about="the distance of multi-scale mel spectrograms"),
        "codebook": Term("given", about="the commitment loss"),
    },
    balancer={"decay": 0.999},
    balanced=("adversarial", "feature_matching", "waveform", "mel"),
)
