"""Pictures of losses, for notebooks and files: curves against the logit, as numbers and as figures.

Needs NumPy and matplotlib.
"""

from ganloss_core.words.extras import extra as _extra

with _extra("cli"):
    from ganloss_core.pictures.figures import figure

from ganloss_core.pictures.curves import PANELS, curve

__all__ = ["PANELS", "curve", "figure"]
