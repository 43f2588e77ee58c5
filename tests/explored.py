"""The explorer's curves beside the reference's."""

import sys

import numpy as np

from adapters import RULES
from ganloss_core.backends import reference
from ganloss_core.backends.conditioning import Inputs, conditioned
from ganloss_core.check.losses import word_ulps
from ganloss_core.engine.settings import Settings
from javascript import EXPLORER, JavaScriptRunner

sys.path.insert(0, str(EXPLORER.parent))
import explorer  # noqa: F401

ULPS = 4.0
PANELS = (("discriminator", "real"), ("discriminator", "fake"), ("generator", "fake"))
OTHERS = {"real": 1.0, "fake": -1.0, "spread": 0.5}
EPS = float(np.finfo(float).eps)


def logits(name, side, x):
    """Of both sides, the first of `side` at x."""
    if RULES[name].terms:
        return {"real": np.array([x]), "fake": np.array([x])}
    s = OTHERS["spread"]
    sides = {key: OTHERS[key] + np.array([0.0, -s, 0.0, s]) for key in ("real", "fake")}
    sides[side][0] = x
    return sides


def of_reference(name, player, side, xs):
    if RULES[name].terms:
        each = reference.GANLoss(name, reduction="none")
        values = each.discriminator(xs, xs) if player == "discriminator" else each.generator(xs)
        _, gradient = reference.value_and_grad(name, xs, xs, player=player)
        return getattr(values, side), len(xs) * getattr(gradient, side)
    found = [reference.value_and_grad(name, *logits(name, side, x).values(), player=player) for x in xs]
    return tuple(np.array([[value, 4.0 * getattr(gradient, side)[0]] for value, gradient in found]).T)


def check(name, curves, xs):
    """That the values and slopes of the three curves of a loss are the reference's.

    To 4 ulp; where terms cancel, to the contract's budget of what the loss is conditioned to at this logit.
    """
    for (player, side), curve in zip(PANELS, curves, strict=True):
        for what, true in zip(("values", "slopes"), of_reference(name, player, side, xs), strict=True):
            got = np.array(curve[what])
            for i in np.flatnonzero(~(np.abs(got - true) <= ULPS * np.spacing(np.abs(true)))):
                assert abs(got[i] - true[i]) <= allowed(name, player, side, what, xs[i]), (name, player, side, what, xs[i])


def allowed(name, player, side, what, x):
    real, fake = logits(name, side, x).values()
    at = conditioned(Settings.of(name, None, "mean", "mean", {}), player, Inputs(real.tolist(), fake.tolist()))
    scale = at.value_scale if what == "values" else len(real) * at.gradient_scale[0 if side == "real" else len(real)]
    # Both are computed.
    return 2.0 * EPS * float(scale) * (word_ulps(at.trace.words, JavaScriptRunner) + 0.5 * (len(real) + len(fake)))
