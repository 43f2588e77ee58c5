"""Every loss against an independent transcription from its paper, for meaning; `ganloss_core.backends.exact` is for numerics.

Every loss is a pair ``d(r, f)``, ``g(f, r)`` of functions of 1-D float64 arrays of logits (r: real, f: fake, a high
logit means real) that return a Python float to minimise. D is "real term + fake term", each a mean over its own side,
without any factor 1/2 or 2. Where a paper maximises an objective, the sign is turned. The transcriptions share
nothing with the package under test, and were written without looking at it.
"""

from functools import cache
from math import fsum

import numpy as np
import pytest

import witnesses_batch
import witnesses_ipm
import witnesses_pointwise
import witnesses_preference
import witnesses_ratio
import witnesses_vector
from adapters import PAIRED, RULES
from cases import each
from ganloss_core import names
from ganloss_core.backends import conditioning, reference
from ganloss_core.check import Inputs
from ganloss_core.engine.settings import Settings

EPS = np.finfo(float).eps


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def log_D(x):
    """log D for the sigmoid output D = 1 / (1 + exp(-x)), i.e. -log(1 + exp(-x))."""
    return -np.logaddexp(0.0, -x)


def log_1mD(x):
    """log(1 - D), with 1 - D = exp(-x) / (1 + exp(-x)) = 1 / (1 + exp(x))."""
    return -np.logaddexp(0.0, x)


def cross_entropy(x, label):
    """Binary cross-entropy of the logit x against a (possibly soft) label."""
    return -(label * log_D(x) + (1.0 - label) * log_1mD(x))


# --- Goodfellow et al. 2014, arXiv:1406.2661 ---


def logistic_d(r, f):
    """Eq. 1 of 1406.2661: D maximises E log D(x) + E log(1 - D(G(z)))."""
    return -(mean(log_D(x) for x in r) + mean(log_1mD(x) for x in f))


def logistic_g(f, r=None):
    """1406.2661, end of section 3: G maximises log D(G(z)) in place of minimising log(1 - D(G(z)))."""
    return -mean(log_D(x) for x in f)


def minimax_g(f, r=None):
    """Eq. 1 of 1406.2661, the part of the value function that G minimises: E log(1 - D(G(z)))."""
    return mean(log_1mD(x) for x in f)


def soft_label_d(r, f, real_label, fake_label):
    """Label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4: one-sided when fake_label is 0)."""
    return mean(cross_entropy(x, real_label) for x in r) + mean(cross_entropy(x, fake_label) for x in f)


def soft_label_g(f, generator_label):
    """The non-saturating generator with a soft target (1 gives log D(G(z)) back)."""
    return mean(cross_entropy(x, generator_label) for x in f)


# --- Least squares: Mao et al. 2017, arXiv:1611.04076, with a = fake, b = real, c = generator label ---


def lsgan_d(r, f, a=0.0, b=1.0):
    """Eq. 2 of 1611.04076, discriminator line, without the 1/2 of each term."""
    return mean((x - b) ** 2 for x in r) + mean((x - a) ** 2 for x in f)


def lsgan_g(f, r=None, c=1.0):
    """Eq. 2 of 1611.04076, generator line, without the 1/2."""
    return mean((x - c) ** 2 for x in f)


def l1_d(r, f, a=0.0, b=1.0):
    """No paper: the least-squares loss of 1611.04076 with the absolute value in place of the square."""
    return mean(abs(x - b) for x in r) + mean(abs(x - a) for x in f)


def l1_g(f, r=None, c=1.0):
    """No paper: as l1_d, for the generator."""
    return mean(abs(x - c) for x in f)


# --- Hinge: Lim & Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957 ---


def hinge_d(r, f, margin=1.0):
    """1802.05957, section 4, eq. 16: D maximises E min(0, -1 + D(x)) + E min(0, -1 - D(G(z)))."""
    return -(mean(min(0.0, -margin + x) for x in r) + mean(min(0.0, -margin - x) for x in f))


def hinge_g(f, r=None):
    """1802.05957, section 4, eq. 17: minus the mean critic output of the fakes."""
    return -mean(f)


def hinge2_g(f, r=None, margin=1.0):
    """EnCodec, arXiv:2210.13438, section 3.4 (unnumbered): the generator is hinged too, max(0, 1 - D(x_hat))."""
    return mean(max(0.0, margin - x) for x in f)


# --- Wasserstein: Arjovsky et al. 2017, arXiv:1701.07875 ---


def wasserstein_d(r, f):
    """1701.07875, section 3, eq. 3 and algorithm 1: the critic maximises E f_w(x) - E f_w(g(z))."""
    return mean(f) - mean(r)


def wasserstein_g(f, r=None):
    """1701.07875, algorithm 1: the generator follows the gradient of -E f_w(g(z))."""
    return -mean(f)


# --- Relativistic: Jolicoeur-Martineau, arXiv:1807.00734 (RGAN, RaGAN) and arXiv:1901.02474 (paired, average, centered,
# MVUE). `pos` is the cost of a logit that should be high, `neg` of one that should be low; the generator has the same
# loss with the roles of real and fake exchanged. ---


def paired(pos, neg, r, f):
    """RGAN of 1807.00734 / RpGAN of 1901.02474 (without its factor 2): C(x_r) - C(x_f), one term, taken once.

    With the logistic cost it is D's loss in R3GAN (arXiv:2501.05441, section 2.2, eq. 2, with the sign of the critic
    turned); G's is that of the R3GAN code, non-saturating, where the paper writes the min-max form.
    """
    if len(r) != len(f):
        raise ValueError("pairing needs as many real logits as fake ones")
    return mean(pos(r[i] - f[i]) for i in range(len(r)))


def average(pos, neg, r, f):
    """RaGAN of 1807.00734 and 1901.02474: each side against the mean of the other one."""
    mean_r, mean_f = mean(r), mean(f)
    return mean(pos(x - mean_f) for x in r) + mean(neg(x - mean_r) for x in f)


def centered(pos, neg, r, f):
    """RcGAN of 1901.02474: both sides against the midpoint of the two means."""
    center = 0.5 * mean(r) + 0.5 * mean(f)
    return mean(pos(x - center) for x in r) + mean(neg(x - center) for x in f)


def all_pairs(pos, neg, r, f):
    """1901.02474, corollary 4.1, the MVUE of RpGAN (without its factor 2): the paired term over all pairs."""
    total = []
    for i in range(len(r)):
        for j in range(len(f)):
            total.append(pos(r[i] - f[j]))
    return mean(total)


def logistic_terms():
    """RSGAN / RaSGAN of 1807.00734: -log sigmoid(t) and -log(1 - sigmoid(t))."""
    return (lambda t: -log_D(t)), (lambda t: -log_1mD(t))


def lsgan_terms():
    """RaLSGAN of 1807.00734 (appendix): labels +1 and -1."""
    return (lambda t: (t - 1.0) ** 2), (lambda t: (t + 1.0) ** 2)


def hinge_terms(margin=1.0):
    """RaHingeGAN of 1807.00734 (appendix): max(0, 1 - t) and max(0, 1 + t)."""
    return (lambda t: max(0.0, margin - t)), (lambda t: max(0.0, margin + t))


def relativistic(form, terms):
    pos, neg = terms
    return (lambda r, f: form(pos, neg, r, f)), (lambda f, r: form(pos, neg, f, r))


WITNESSES = {
    "logistic": (logistic_d, logistic_g),
    "minimax": (logistic_d, minimax_g),
    "lsgan": (lsgan_d, lsgan_g),
    "l1": (l1_d, l1_g),
    "hinge": (hinge_d, hinge_g),
    "hinge2": (hinge_d, hinge2_g),
    "wasserstein": (wasserstein_d, wasserstein_g),
}
VARIANTS = [
    ("hinge", {"margin": 0.5}, lambda r, f: hinge_d(r, f, 0.5), hinge_g),
    ("hinge2", {"margin": 2.0}, lambda r, f: hinge_d(r, f, 2.0), lambda f, r=None: hinge2_g(f, margin=2.0)),
    ("logistic", {"real_label": 0.9}, lambda r, f: soft_label_d(r, f, 0.9, 0.0), logistic_g),
    (
        "logistic",
        {"real_label": 0.8, "fake_label": 0.15, "generator_label": 0.7},
        lambda r, f: soft_label_d(r, f, 0.8, 0.15),
        lambda f, r=None: soft_label_g(f, 0.7),
    ),
]
# (real, fake, generator) = (b, a, c): Mao et al.'s Pearson coding, and labels without any symmetry.
for _name, _d, _g in (("lsgan", lsgan_d, lsgan_g), ("l1", l1_d, l1_g)):
    for _b, _a, _c in ((1.0, -1.0, 0.0), (0.9, 0.2, 0.7)):
        VARIANTS.append(
            (
                _name,
                {"real_label": _b, "fake_label": _a, "generator_label": _c},
                lambda r, f, d=_d, a=_a, b=_b: d(r, f, a=a, b=b),
                lambda f, r=None, g=_g, c=_c: g(f, c=c),
            )
        )
for _form in (paired, average, centered, all_pairs):
    for _kind, _terms in (("logistic", logistic_terms), ("lsgan", lsgan_terms), ("hinge", hinge_terms)):
        WITNESSES[f"relativistic_{_form.__name__}_{_kind}"] = relativistic(_form, _terms())
    VARIANTS.append((f"relativistic_{_form.__name__}_hinge", {"margin": 0.5}, *relativistic(_form, hinge_terms(0.5))))


for _witnesses in (witnesses_pointwise, witnesses_batch, witnesses_preference, witnesses_ratio, witnesses_ipm):
    WITNESSES |= _witnesses.WITNESSES
    VARIANTS += _witnesses.VARIANTS
OF_VECTORS = witnesses_vector.WITNESSES | witnesses_ipm.VECTOR_WITNESSES
INPUTS = witnesses_vector.INPUTS | witnesses_ipm.INPUTS
OF_ROWS = witnesses_ratio.ROW_WITNESSES


def of_all(witnesses, variants):
    return each(("name", "given", "d", "g"), [(name, {}, *pair) for name, pair in sorted(witnesses.items())] + variants)


def test_every_loss_has_a_witness():
    assert {*WITNESSES, *OF_VECTORS, *OF_ROWS, "smile"} == set(names())


PLAYERS = ("discriminator", "generator")


def assert_as_the_paper_says(name, given, player, real, fake, labels, witness):
    case = (player, real.shape, fake.shape)
    value, gradient = reference.value_and_grad(name, real, fake, player=player, **given, **labels)
    rule = given.get("generator")
    hyperparameters = {key: value for key, value in given.items() if key != "generator"}

    @cache
    def scale():
        settings = Settings.of(name, rule, "mean", "mean", hyperparameters)
        truth = conditioning.conditioned(settings, player, Inputs(real.tolist(), fake.tolist(), **labels), second=False)
        return 1 + float(truth.value_scale)

    def is_near(apart, bound):
        # The scale is at least 1, and takes most of the time.
        return apart <= bound or apart <= bound * scale()

    # Both are sums of at most 35 terms; a witness may compose functions that lose 5e-14 of the larger of value and 1.
    assert is_near(abs(value - witness(real, fake)), 256 * EPS), case

    # A central difference errs by h^2 (third derivatives are below 1, or the terms' own size) and by eps / h of the terms.
    h = 1e-5
    for of, at in ((gradient.real, real), (gradient.fake, fake)):
        for i in np.ndindex(at.shape):
            up, down = at.copy(), at.copy()
            up[i], down[i] = at[i] + h, at[i] - h
            pair = (up, fake), (down, fake)
            if at is fake:
                pair = (real, up), (real, down)
            slope = (witness(*pair[0]) - witness(*pair[1])) / (up[i] - down[i])
            assert is_near(abs(of[i] - slope), h**2 + 256 * EPS / h), (*case, i)


@of_all(WITNESSES, VARIANTS)
def test_paper(name, given, d, g):
    for (n_real, n_fake), scale in (((1, 1), 1.0), ((5, 5), 0.3), ((7, 3), 3.0)):
        sizes = [max(n, witnesses_batch.MIN_SIZE.get(name, 1)) for n in (n_real, n_fake)]
        if name in PAIRED:
            sizes = (sizes[0], sizes[0])
        for player, witness in zip(PLAYERS, (d, lambda r, f: g(f, r)), strict=True):
            draw = np.random.default_rng(len(name) + sum(sizes))
            real, fake = (draw.normal(0.0, scale, n) for n in sizes)
            assert_as_the_paper_says(name, given, player, real, fake, {}, witness)


@of_all(OF_VECTORS, witnesses_vector.VARIANTS + witnesses_ipm.VECTOR_VARIANTS)
def test_paper_of_vectors(name, given, d, g):
    inputs = INPUTS[name]
    for n_real, n_fake in ((1, 1), (3, 3), (4, 2)):
        sizes = [max(n, inputs["least"]) for n in (n_real, n_fake)]
        if inputs["paired"]:
            sizes = (sizes[0], sizes[0])
        draw = np.random.default_rng(len(name) + sum(sizes))
        real, fake = (draw.normal(0.0, 1.5, (n, *inputs["shape"])) for n in sizes)
        y = [draw.integers(0, max(1, inputs["classes"]), n) for n in sizes]
        labels = dict(zip(("real_labels", "fake_labels"), y, strict=True))
        for player, witness in zip(PLAYERS, (d, g), strict=True):
            assert_as_the_paper_says(
                name, given, player, real, fake, labels, lambda r, f, y=y, witness=witness: witness(r, f, *y)
            )


@of_all(OF_ROWS, witnesses_ratio.ROW_VARIANTS)
def test_paper_of_rows(name, given, d, g):
    for sizes in ((1, 1), (1, 4), (5, 3)):
        draw = np.random.default_rng(len(name) + sum(sizes))
        real, fake = draw.normal(0.0, 1.5, (sizes[0], 1)), draw.normal(0.0, 1.5, sizes)
        for player, witness in zip(PLAYERS, (d, lambda r, f: g(f, r)), strict=True):
            assert_as_the_paper_says(name, given, player, real, fake, {}, witness)


SMILES = [("smile", {}, *witnesses_ratio.VALUE_AND_GRADIENT["smile"])]
SMILES += [variant for variant in witnesses_ratio.VALUE_AND_GRADIENT_VARIANTS if np.isfinite(variant[1]["tau"])]


@pytest.mark.parametrize(("name", "given", "value", "gradient"), SMILES)
def test_a_bound_with_the_gradient_of_another(name, given, value, gradient):
    real, fake = np.random.default_rng(1).normal(0.0, 3.0, 5), np.random.default_rng(2).normal(0.0, 3.0, 7)
    got, slopes = reference.value_and_grad(name, real, fake, **given)
    np.testing.assert_allclose(got, value(real, fake), rtol=64 * EPS)
    for slope, expected in zip(slopes[:2], gradient(real, fake), strict=True):
        np.testing.assert_allclose(slope, expected, rtol=16 * EPS)


@pytest.mark.parametrize(("name", "k", "g"), witnesses_batch.TOP_K)
def test_top_k(name, k, g):
    fake = np.random.default_rng(k).normal(0.0, 2.0, 7)
    value, gradient = reference.value_and_grad(name, None, fake, player="generator", top_k=k)
    np.testing.assert_allclose(value, g(fake), rtol=64 * EPS)
    assert np.count_nonzero(gradient.fake) == k


def test_every_input_is_what_the_engine_takes():
    for name, inputs in INPUTS.items():
        rules = RULES[name]
        assert len(inputs["shape"]) == rules.sample.axes
        assert rules.sample.length in (None, inputs["shape"][-1])
        assert rules.generator.paired == inputs["paired"]
