"""One tiny GAN on handwritten digits, trained twice: does the same loss give the same run in two frameworks?

Both runs start from the same weights and see the same batches and noise, so that only rounding can part them. What rounding
explains is measured, not guessed: PyTorch trains again with every parameter nudged by at most one ulp before each step. And,
since a logit may lie so near to the kink of a loss that rounding decides its side, after which nothing smooth bounds the rest,
PyTorch trains once more with JAX's critic outputs put for its own in the loss, where the nudges explain the difference. How far
these runs leave the first one, times `SLACK`, is the bound.

Needs NumPy and scikit-learn, PyTorch and JAX.
"""

from ganloss_core.words.extras import extra as _extra

with _extra("cli"):
    from ganloss_core.twin.divergence import SLACK, Divergence, Twin, twin

from ganloss_core.twin.gan import Plan, Trainer, plan

__all__ = ["SLACK", "Divergence", "Plan", "Trainer", "Twin", "plan", "twin"]
