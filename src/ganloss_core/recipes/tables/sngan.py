"""SNGAN."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="SNGAN",
    paper="Miyato et al. 2018, arXiv:1802.05957",
    source="pfnet-research/sngan_projection, updater.py",
    loss="hinge",
    discriminator={"adversarial": Term("adversarial")},
    generator={"adversarial": Term("adversarial")},
    notes=("five steps of D for one of G",),
)
