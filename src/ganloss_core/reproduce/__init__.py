"""Experiments with known answers: one file each, that `ganloss reproduce` runs."""
