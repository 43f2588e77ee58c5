"""What a loss means, computed from its definition: where D settles, its optimal critic, the divergence that it measures.

And how two losses differ. Everything is found numerically in float64. Needs NumPy.
"""

from ganloss_core.facts.comparison import PLAYERS, Difference, difference
from ganloss_core.facts.critic import BATCH, LARGEST, Equilibrium, Range, equilibrium, optimal_critic, rules_of
from ganloss_core.facts.divergences import KNOWN, divergence, generator_of_divergence, name_of_divergence

__all__ = [
    "BATCH",
    "KNOWN",
    "LARGEST",
    "PLAYERS",
    "Difference",
    "Equilibrium",
    "Range",
    "difference",
    "divergence",
    "equilibrium",
    "generator_of_divergence",
    "name_of_divergence",
    "optimal_critic",
    "rules_of",
]
