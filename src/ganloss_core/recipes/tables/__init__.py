"""One file for each recipe: a table, and nothing else."""
