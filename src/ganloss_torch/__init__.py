"""Adversarial losses in PyTorch, computed from the definitions in `ganloss_core`."""

import typing as _typing

from ganloss_core.words.extras import extra as _extra

with _extra("torch"):
    from ganloss_torch._accumulate import accumulate

from ganloss_core import Sides, lazy_regularization, names, register
from ganloss_core.words.version import version_when_asked as _version_when_asked
from ganloss_torch._backend import backend, ops
from ganloss_torch._losses import GANLoss, discriminator_loss, generator_loss
from ganloss_torch._mmagic import GANLossComps
from ganloss_torch._objective import Objective
from ganloss_torch._observe import (
    approximate_r1,
    approximate_r2,
    dragan,
    gan_qp,
    max_gp,
    observation_of,
    observe,
    r1,
    r2,
    wgan_div,
    wgan_gp,
    wgan_lp,
    zero_centered,
)
from ganloss_torch._terms import (
    BEGAN,
    MINE,
    AugmentationController,
    Balancer,
    GradientNormalizer,
    LeCam,
    Multiplier,
    PathLength,
    StatefulModule,
    adaptive_weight,
    adaptive_weight_of_losses,
    consistency,
    density_ratio,
    drift,
    drifting,
    f_weight,
    feature_matching,
    gradient_reversal,
    pulling_away,
    reversal_coefficient,
    reward,
)

__all__ = [
    "BEGAN",
    "MINE",
    "AugmentationController",
    "Balancer",
    "GANLoss",
    "GANLossComps",
    "GradientNormalizer",
    "LeCam",
    "Multiplier",
    "Objective",
    "PathLength",
    "Sides",
    "StatefulModule",
    "accumulate",
    "adaptive_weight",
    "adaptive_weight_of_losses",
    "approximate_r1",
    "approximate_r2",
    "backend",
    "consistency",
    "density_ratio",
    "discriminator_loss",
    "dragan",
    "drift",
    "drifting",
    "f_weight",
    "feature_matching",
    "gan_qp",
    "generator_loss",
    "gradient_reversal",
    "lazy_regularization",
    "max_gp",
    "names",
    "observation_of",
    "observe",
    "ops",
    "pulling_away",
    "r1",
    "r2",
    "register",
    "reversal_coefficient",
    "reward",
    "wgan_div",
    "wgan_gp",
    "wgan_lp",
    "zero_centered",
]

for _public in [globals()[_name] for _name in __all__]:
    if isinstance(_public, type) and _public.__module__.startswith(f"{__name__}."):
        # Under which name they are pickled.
        _public.__module__ = __name__

if _typing.TYPE_CHECKING:
    __version__: str
else:
    __getattr__ = _version_when_asked(__name__)
