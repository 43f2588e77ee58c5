"""Independent transcriptions, from the papers, of losses that act on one logit at a time: a part of `test_papers.py`.

Every loss is a pair ``d(r, f)``, ``g(f, r)`` of functions of 1-D float64 arrays of logits (r: real, f: fake, a high
logit means real; for ebgan they are energies, low means real) that return a Python float to minimise. D is "real term
+ fake term", each a mean over its own side. Nothing here is shared with the package under test.
"""

from decimal import Decimal
from math import fsum

import numpy as np


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


# --- f-GAN: Nowozin et al. 2016, arXiv:1606.00709. f(u): table 1; output activation g_f(v) (`g_*`) and conjugate f*(t)
# (`conj_*`): table 2 and, with Neyman, table 6 of the appendix. Reverse KL, Neyman and squared
# Hellinger have the increasing activations: where a print or a code has the decreasing ones, its v is -v. ---


def g_identity(v):
    """g_f(v) = v: KL and Pearson."""
    return v


def conj_kl(t):
    """f(u) = u log u."""
    return np.exp(t - 1.0)


def g_reverse_kl(v):
    return -np.exp(-v)


def conj_reverse_kl(t):
    """f(u) = -log u; t < 0."""
    return -1.0 - np.log(-t)


def conj_pearson(t):
    """f(u) = (u - 1)^2, as printed, for every real t (the conjugate on u >= 0 is -1 below t = -2)."""
    return t**2 / 4.0 + t


def g_one_minus_exp(v):
    """g_f(v) = 1 - exp(-v): Neyman and squared Hellinger."""
    return 1.0 - np.exp(-v)


def conj_neyman(t):
    """f(u) = (1 - u)^2 / u; t < 1."""
    return 2.0 - 2.0 * np.sqrt(1.0 - t)


def conj_squared_hellinger(t):
    """f(u) = (sqrt(u) - 1)^2; t < 1."""
    return t / (1.0 - t)


def g_jensen_shannon(v):
    return np.log(2.0) - np.log(1.0 + np.exp(-v))


def conj_jensen_shannon(t):
    """f(u) = -(u + 1) log((1 + u) / 2) + u log u, which is twice the Jensen-Shannon divergence; t < log 2."""
    return -np.log(2.0 - np.exp(t))


def g_total_variation(v):
    return np.tanh(v) / 2.0


def conj_total_variation(t):
    """f(u) = |u - 1| / 2; -1/2 <= t <= 1/2."""
    return t


def fgan(activation, conjugate, saturating):
    """Section 2: D maximises F = E_P g_f(V) - E_Q f*(g_f(V)). G minimises F (`saturating`) or, by the heuristic of
    section 3.2 (the default), maximises E_Q g_f(V)."""

    def d(r, f):
        return -(mean(activation(r)) - mean(conjugate(activation(f))))

    def g_heuristic(f, r=None):
        return -mean(activation(f))

    def g_saturating(f, r=None):
        return -mean(conjugate(activation(f)))

    return d, g_saturating if saturating else g_heuristic


FGAN = {
    "fgan_kl": (g_identity, conj_kl),
    "fgan_reverse_kl": (g_reverse_kl, conj_reverse_kl),
    "fgan_pearson": (g_identity, conj_pearson),
    "fgan_neyman": (g_one_minus_exp, conj_neyman),
    "fgan_squared_hellinger": (g_one_minus_exp, conj_squared_hellinger),
    "fgan_jensen_shannon": (g_jensen_shannon, conj_jensen_shannon),
    "fgan_total_variation": (g_total_variation, conj_total_variation),
}


def fgan_alpha(alpha=2.0, saturating=False):
    """f(u) = (u^alpha - 1 - alpha (u - 1)) / (alpha (alpha - 1)), alpha neither 0 nor 1. For alpha > 1 the power is of
    the positive part: the conjugate over u >= 0, where the print has no number. In decimals, since t (alpha - 1) + 1
    cancels where alpha < 1 and v is large."""
    a = Decimal(alpha)

    def activation(v):
        if alpha < 1.0:
            return [1 / (1 - a) - (1 + (-Decimal(float(x))).exp()).ln() for x in v]
        return [Decimal(float(x)) for x in v]

    def conjugate(t):
        return [max(x * (a - 1) + 1, Decimal(0)) ** (a / (a - 1)) / a - 1 / a for x in t]

    return fgan(activation, conjugate, saturating)


# --- alpha-GAN: Kurri et al. 2021, arXiv:2106.05232 (one alpha); Welfert et al. 2023, arXiv:2302.14320 (two) ---


def alpha_loss(p, alpha):
    """The alpha-loss of the probability p of the right label; alpha = 1 is its limit, the log-loss."""
    if alpha == 1.0:
        return -np.log(p)
    # 1 - p^k, by expm1 since it cancels where alpha is near 1.
    k = (alpha - 1.0) / alpha
    return alpha / (alpha - 1.0) * -np.expm1(k * np.log(p))


def alpha_gan(alpha_d=1.0, alpha_g=1.0, saturating=False):
    """V_alpha = -E l_alpha(D(x)) - E l_alpha(1 - D(G(z))): D maximises V_alpha_d; G minimises V_alpha_g (saturating)
    or, as the official code (SankarLab/AlphaGan-Papers-Results) with `non_saturating`, E l_alpha_g(D(G(z)))."""

    def d(r, f):
        return mean(alpha_loss(sigmoid(r), alpha_d)) + mean(alpha_loss(sigmoid(-f), alpha_d))

    def g(f, r=None):
        if saturating:
            return -mean(alpha_loss(sigmoid(-f), alpha_g))
        return mean(alpha_loss(sigmoid(f), alpha_g))

    return d, g


# --- Boundary-seeking GAN: Hjelm et al. 2017, arXiv:1702.08431 (continuous case), with the official code's scale (no
# 1/2) and its log Z as a constant. With D = sigmoid(f), log D - log(1 - D) is f. ---


def bgan(log_z=0.0):
    def d(r, f):
        return -(mean(np.log(sigmoid(r))) + mean(np.log(sigmoid(-f))))

    def g(f, r=None):
        return mean((np.log(sigmoid(f)) - np.log(sigmoid(-f)) - log_z) ** 2)

    return d, g


# --- EBGAN: Zhao et al. 2016, arXiv:1609.03126, eq. 1 (D) and eq. 2 (G); the hinge is on each sample ---


def ebgan(margin=1.0):
    def d(r, f):
        return mean(r) + mean(max(0.0, margin - e) for e in f)

    def g(f, r=None):
        return mean(f)

    return d, g


WITNESSES = {name: fgan(*parts, saturating=False) for name, parts in FGAN.items()}
WITNESSES |= {"fgan_alpha": fgan_alpha(), "alpha_gan": alpha_gan(), "bgan": bgan(), "ebgan": ebgan()}

VARIANTS = [(name, {"generator": "saturating"}, *fgan(*parts, saturating=True)) for name, parts in FGAN.items()]
for _alpha in (-0.5, 0.3, 0.5, 1.5, 2.0, 3.0):
    VARIANTS.append(("fgan_alpha", {"alpha": _alpha}, *fgan_alpha(_alpha)))
    VARIANTS.append(("fgan_alpha", {"alpha": _alpha, "generator": "saturating"}, *fgan_alpha(_alpha, saturating=True)))
for _d, _g in ((0.5, 2.0), (3.0, 1.0), (1.0, 0.7), (1.000001, 0.999999)):
    for _sat in (False, True):
        VARIANTS.append(("alpha_gan", {"alpha_d": _d, "alpha_g": _g, "saturating": _sat}, *alpha_gan(_d, _g, _sat)))
VARIANTS += [("bgan", {"log_z": 0.7}, *bgan(0.7)), ("ebgan", {"margin": 3.0}, *ebgan(3.0))]
