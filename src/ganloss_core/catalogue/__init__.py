"""The catalogue, one module per family; importing it registers every loss."""

from ganloss_core.catalogue import hinge, least_squares, logistic, relativistic, wasserstein

__all__ = ["hinge", "least_squares", "logistic", "relativistic", "wasserstein"]
