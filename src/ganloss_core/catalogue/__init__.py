"""The catalogue, one module per family; importing it registers every loss."""

from ganloss_core.catalogue import energy, f_divergence, hinge, least_squares, logistic, relativistic, wasserstein

__all__ = ["energy", "f_divergence", "hinge", "least_squares", "logistic", "relativistic", "wasserstein"]
