"""The catalogue, one module per family; importing it registers every loss."""

from ganloss_core.catalogue import (
    batch,
    classes,
    contrastive,
    energy,
    f_divergence,
    hinge,
    least_squares,
    logistic,
    mmd,
    preference,
    ratio,
    relativistic,
    wasserstein,
)

__all__ = [
    "batch", "classes", "contrastive", "energy", "f_divergence", "hinge",
    "least_squares", "logistic", "mmd", "preference", "ratio", "relativistic",
    "wasserstein",
]  # fmt: skip
