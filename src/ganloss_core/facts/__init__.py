"""What a loss means, computed from its definition: where D settles, its optimal critic, the divergence that it measures.

What it is on several devices. And how two losses differ. Everything is found numerically in float64. Needs NumPy.
"""

from ganloss_core.words.extras import extra as _extra

with _extra("numpy"):
    from ganloss_core.facts.comparison import PLAYERS, Difference, difference

from ganloss_core.facts.critic import BATCH, LARGEST, Equilibrium, Range, equilibrium, optimal_critic, rules_of
from ganloss_core.facts.divergences import KNOWN, divergence, generator_of_divergence, name_of_divergence
from ganloss_core.facts.on_devices import SUMS, OnDevices, devices
from ganloss_core.facts.readings import Reading, readings

__all__ = [
    "BATCH",
    "KNOWN",
    "LARGEST",
    "PLAYERS",
    "SUMS",
    "Difference",
    "Equilibrium",
    "OnDevices",
    "Range",
    "Reading",
    "devices",
    "difference",
    "divergence",
    "equilibrium",
    "generator_of_divergence",
    "name_of_divergence",
    "optimal_critic",
    "readings",
    "rules_of",
]
