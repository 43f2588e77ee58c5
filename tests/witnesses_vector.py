"""Independent transcriptions, from the papers, of losses of critics that return a vector per sample.

Every loss is a pair ``d(real, fake, real_labels, fake_labels)``, ``g(real, fake, real_labels, fake_labels)`` that
returns a Python float to minimise. real and fake are float64 arrays of shape (n, C) and (m, C), or (n, 2, C) and
(m, 2, C) where said; labels are integer arrays, not read by the losses that need none. Everything is by explicit loops
and plain exponentials, for scores of at most some tens. Nothing here is shared with the package under test.
"""

from math import exp, fsum, log, sqrt
from statistics import NormalDist

import numpy as np


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def softmax(row):
    exps = [exp(v) for v in row]
    return [e / fsum(exps) for e in exps]


def cross_entropy(row, label):
    return -log(softmax(row)[int(label)])


# --- Multi-hinge: Kavalerov, Czaja, Chellappa 2019, arXiv:1912.04216; official code ilyakava/BigGAN-PyTorch ---


def crammer_singer(row, label, margin):
    wrong = [float(s) for j, s in enumerate(row) if j != label]
    return max(0.0, margin + max(wrong) - float(row[label]))


def multi_hinge(margin=1.0):
    """K + 1 scores, the last of which is for "fake". The feature matching term of the official G is not here."""

    def d(real, fake, real_labels, fake_labels):
        fake_class = fake.shape[1] - 1
        return mean(crammer_singer(s, y, margin) for s, y in zip(real, real_labels, strict=True)) + mean(
            crammer_singer(s, fake_class, margin) for s in fake
        )

    def g(real, fake, real_labels, fake_labels):
        return mean(crammer_singer(s, y, margin) for s, y in zip(fake, fake_labels, strict=True))

    return d, g


# --- (N + 1)-class cross-entropy: Sushko et al. 2020, arXiv:2012.04781; official code boschresearch/OASIS ---


def class_weights(labels, balanced):
    """Of each sample: n / (classes present * samples of its class), as in the official code; all 1 if not balanced."""
    labels = [int(y) for y in labels]
    if not balanced:
        return [1.0] * len(labels)
    return [len(labels) / (len(set(labels)) * labels.count(y)) for y in labels]


def nplus1_ce(fake_class="first", balanced=True):
    """The paper's D and G objectives with one label a sample in place of one a pixel, without LabelMix. "first" is the
    official order of the columns: fake, class 0, class 1, ...; in "last", fake comes after the classes."""
    shift = {"first": 1, "last": 0}[fake_class]

    def labelled(scores, labels):
        terms = []
        for s, y, w in zip(scores, labels, class_weights(labels, balanced), strict=True):
            terms.append(w * cross_entropy(s, int(y) + shift))
        return mean(terms)

    def d(real, fake, real_labels, fake_labels):
        column = 0 if fake_class == "first" else fake.shape[1] - 1
        return labelled(real, real_labels) + mean(cross_entropy(s, column) for s in fake)

    def g(real, fake, real_labels, fake_labels):
        return labelled(fake, fake_labels)

    return d, g


# --- AC-GAN: Odena, Olah, Shlens 2016, arXiv:1610.09585: the class term L_C alone, with its sign turned ---


def acgan(classify_fakes=True):
    """L_C is over real and fake samples; only its fake part depends on G. PyTorch-StudioGAN leaves that out for D."""

    def d(real, fake, real_labels, fake_labels):
        of_reals = mean(cross_entropy(s, y) for s, y in zip(real, real_labels, strict=True))
        return of_reals + g(real, fake, real_labels, fake_labels) if classify_fakes else of_reals

    def g(real, fake, real_labels, fake_labels):
        return mean(cross_entropy(s, y) for s, y in zip(fake, fake_labels, strict=True))

    return d, g


# --- Losses of embeddings (n, 2, C): [:, 0] is a sample's embedding and [:, 1] that of its label (its proxy). As in the
# official code of both papers, POSTECH-CVLab/PyTorch-StudioGAN, D has the real samples alone and G the fake ones. ---


def cosine(a, b):
    dot = fsum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    norm_a = sqrt(fsum(float(x) ** 2 for x in a))
    norm_b = sqrt(fsum(float(x) ** 2 for x in b))
    return dot / (norm_a * norm_b)


def each_side(one_side):
    def d(real, fake, real_labels, fake_labels):
        return one_side(real, real_labels)

    def g(real, fake, real_labels, fake_labels):
        return one_side(fake, fake_labels)

    return d, g


def contragan_2c(temperature=1.0):
    """The 2C (conditional contrastive) loss of ContraGAN: Kang & Park 2020, arXiv:2006.12681."""

    def one_side(pairs, labels):
        terms = []
        for i in range(len(pairs)):
            attracted = exp(cosine(pairs[i, 0], pairs[i, 1]) / temperature)
            everything = attracted
            for j in range(len(pairs)):
                if j == i:
                    continue
                similar = exp(cosine(pairs[i, 0], pairs[j, 0]) / temperature)
                everything += similar
                if labels[j] == labels[i]:
                    attracted += similar
            terms.append(-log(attracted / everything))
        return mean(terms)

    return each_side(one_side)


def d2d_ce(temperature=0.5, positive_margin=0.98):
    """The D2D-CE loss of ReACGAN: Kang et al. 2021, arXiv:2111.01118, in the paper's form: the official code subtracts
    a maximum from the exponents of the negatives and does not add it again. The defaults are those of the official
    CIFAR10 configuration."""
    negative_margin = 1.0 - positive_margin

    def one_side(pairs, labels):
        terms = []
        for i in range(len(pairs)):
            positive = exp(min(0.0, cosine(pairs[i, 0], pairs[i, 1]) - positive_margin) / temperature)
            negatives = 0.0
            for j in range(len(pairs)):
                if labels[j] != labels[i]:
                    similarity = cosine(pairs[i, 0], pairs[j, 0])
                    negatives += exp(max(0.0, similarity - negative_margin) / temperature)
            terms.append(-log(positive / (positive + negatives)))
        return mean(terms)

    return each_side(one_side)


# --- RealnessGAN: Xiangli et al. 2020, arXiv:2002.05512, with official code kam1107/RealnessGAN ---


def expected_histogram(law, draws=1000, bins=10, nodes=120):
    """The expected masses of a histogram, over its own range, of independent draws from a law symmetric about 0.

    `law` has `cdf` and `inv_cdf`. Let u = F(least draw) and v = 1 - F(greatest draw): their density is
    n (n - 1) (1 - u - v)^(n - 2), and the other n - 2 draws follow the law cut to that range. The integral over u and v
    is by Gauss-Legendre in their logarithms.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    low, high = log(1e-10 / draws), log(50.0 / draws)
    tails = [exp(low + (high - low) * (t + 1.0) / 2.0) for t in x]
    weights = [wt * (high - low) / 2.0 * u for wt, u in zip(w, tails, strict=True)]
    ends = [law.inv_cdf(u) for u in tails]
    masses = [0.0] * bins
    for u, weight_u, least in zip(tails, weights, ends, strict=True):
        for v, weight_v, minus_greatest in zip(tails, weights, ends, strict=True):
            density = draws * (draws - 1) * (1.0 - u - v) ** (draws - 2) * weight_u * weight_v
            width = -minus_greatest - least
            below = [law.cdf(least + width * k / bins) for k in range(bins + 1)]
            for k in range(bins):
                masses[k] += density * (draws - 2) * (below[k + 1] - below[k]) / (1.0 - u - v)
    masses[0] += 1.0
    masses[-1] += 1.0
    return [m / draws for m in masses]


def shifted(anchor, skew):
    """Atoms at equal steps over [-1, 1] moved by `skew`, held in [-1, 1], each mass shared by its two neighbours."""
    last = len(anchor) - 1
    moved = [0.0] * len(anchor)
    for i, mass in enumerate(anchor):
        place = (min(1.0, max(-1.0, -1.0 + 2.0 * i / last + skew)) + 1.0) / 2.0 * last
        for j in range(len(anchor)):
            moved[j] += mass * max(0.0, 1.0 - abs(place - j))
    return moved


class Uniform:
    """The uniform law on (-1, 1)."""

    @staticmethod
    def cdf(x):
        return (x + 1.0) / 2.0

    @staticmethod
    def inv_cdf(p):
        return 2.0 * p - 1.0


def derived_anchors():
    """REAL_ANCHOR and FAKE_ANCHOR before they are rounded."""
    return shifted(expected_histogram(Uniform), 1.0), shifted(expected_histogram(NormalDist(0.0, 0.1)), -1.0)


REAL_ANCHOR = (0.0, 0.0, 0.0, 0.0, 0.0504, 0.1003, 0.0998, 0.0998, 0.0998, 0.5499)
FAKE_ANCHOR = (0.617505, 0.197495, 0.117259, 0.049283, 0.015236, 0.003222, 0.0, 0.0, 0.0, 0.0)


def realness(real_anchor=REAL_ANCHOR, fake_anchor=FAKE_ANCHOR, relativistic=True):
    """p = softmax(scores); H is the cross-entropy. G is the paper's eq. 19 (`relativistic`), of real and fake samples
    paired by index, or the same with the real anchor in place of p_real. H is the paper's KL but for a constant and, in
    eq. 19, the entropy of p_real, as in the official code; that code adds 1e-16 to p.

    Default anchors: in the official code, histograms over their own range of 1000 draws, uniform on (-1, 1) for the
    real one and normal with deviation 0.1 for the fake one, then moved by +1 and -1 over a support of [-1, 1] as the
    projection of C51 does. Here: the exact expectation of these, for 10 outcomes, to 6 digits (`derived_anchors`).
        real: 0        0        0        0        0.050400 0.100300 0.099800 0.099800 0.099800 0.549900
        fake: 0.617505 0.197495 0.117259 0.049283 0.015236 0.003222 0        0        0        0
    Before they are moved: uniform 0.1008, 8 times 0.0998, 0.1008; normal 0.006444, 0.024028, 0.074538, 0.159980,
    0.235010 and these in reverse. The official option is 20 outcomes, its CelebA script has 51.
    """

    def h(target, scores):
        return -fsum(a * log(q) for a, q in zip(target, softmax(scores), strict=True))

    def d(real, fake, real_labels=None, fake_labels=None):
        return mean(h(real_anchor, s) for s in real) + mean(h(fake_anchor, s) for s in fake)

    def g(real, fake, real_labels=None, fake_labels=None):
        if relativistic:
            return mean(-h(fake_anchor, f) + h(softmax(r), f) for r, f in zip(real, fake, strict=True))
        return mean(-h(fake_anchor, f) + h(real_anchor, f) for f in fake)

    return d, g


# --- Maximum mean discrepancies of the critic's vectors ---


def squared_distance(x, y):
    return fsum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True))


def all_pairs(kernel, xs, ys):
    return mean(kernel(squared_distance(x, y)) for x in xs for y in ys)


def distinct_pairs(kernel, xs):
    n = len(xs)
    return mean(kernel(squared_distance(xs[i], xs[j])) for i in range(n) for j in range(n) if i != j)


def squared_mmd(kernel, real, fake, unbiased):
    if unbiased:
        within = distinct_pairs(kernel, real) + distinct_pairs(kernel, fake)
    else:
        within = all_pairs(kernel, real, real) + all_pairs(kernel, fake, fake)
    return within - 2.0 * all_pairs(kernel, real, fake)


def adversarial_mmd(kernel, unbiased):
    def d(real, fake, real_labels=None, fake_labels=None):
        return -squared_mmd(kernel, real, fake, unbiased)

    def g(real, fake, real_labels=None, fake_labels=None):
        return squared_mmd(kernel, real, fake, unbiased)

    return d, g


def mmd_gaussian(bandwidths=(1.0, 2.0, 4.0, 8.0, 16.0), unbiased=False):
    """MMD GAN: Li et al. 2017, arXiv:1705.08584. The bandwidths, the sum over them and the kept diagonal are those of
    the official code (OctoberChang/MMD-GAN), which minimises the square root of this and has further terms."""

    def kernel(d2):
        return fsum(exp(-d2 / (2.0 * s * s)) for s in bandwidths)

    return adversarial_mmd(kernel, unbiased)


def mmd_rational_quadratic(alphas=(0.2, 0.5, 1.0, 2.0, 5.0), unbiased=True):
    """Binkowski et al. 2018, arXiv:1801.01401; official code mbinkowski/MMD-GAN."""

    def kernel(d2):
        return fsum((1.0 + d2 / (2.0 * a)) ** (-a) for a in alphas)

    return adversarial_mmd(kernel, unbiased)


def mmd_repulsive(sigma=1.0, bounded=False):
    """Wang, Sun, Halgamuge 2018, arXiv:1812.09916: the repulsive loss of D, with the bounded kernel (RBF-B) if
    `bounded`; G has the plain kernel in both.

    As in the official code (richardwth/MMD-GAN), the bounds 0.25 and 4 are on |x - y|^2, before it is divided by
    2 sigma^2. That code has equal batches and leaves the pairs i = j out of the cross term of G too; here the cross
    term is over all pairs.
    """

    def kernel(d2):
        return exp(-d2 / (2.0 * sigma * sigma))

    def kernel_real(d2):
        return kernel(min(d2, 4.0)) if bounded else kernel(d2)

    def kernel_fake(d2):
        return kernel(max(d2, 0.25)) if bounded else kernel(d2)

    def d(real, fake, real_labels=None, fake_labels=None):
        return distinct_pairs(kernel_real, real) - distinct_pairs(kernel_fake, fake)

    def g(real, fake, real_labels=None, fake_labels=None):
        return squared_mmd(kernel, real, fake, unbiased=True)

    return d, g


LOSSES = {
    "multi_hinge": multi_hinge,
    "nplus1_ce": nplus1_ce,
    "acgan": acgan,
    "contragan_2c": contragan_2c,
    "d2d_ce": d2d_ce,
    "realness": realness,
    "mmd_gaussian": mmd_gaussian,
    "mmd_rational_quadratic": mmd_rational_quadratic,
    "mmd_repulsive": mmd_repulsive,
}

WITNESSES = {name: loss() for name, loss in LOSSES.items()}

_RISING = (0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.15, 0.2, 0.3, 0.1)
_HYPERPARAMETERS = [
    ("acgan", {"classify_fakes": False}),
    ("multi_hinge", {"margin": 0.5}),
    ("multi_hinge", {"margin": 3.0}),
    ("nplus1_ce", {"fake_class": "last"}),
    ("nplus1_ce", {"balanced": False}),
    ("nplus1_ce", {"fake_class": "last", "balanced": False}),
    ("contragan_2c", {"temperature": 0.25}),
    ("contragan_2c", {"temperature": 2.0}),
    ("d2d_ce", {"temperature": 0.25, "positive_margin": 0.9}),
    ("d2d_ce", {"temperature": 0.75, "positive_margin": 1.0}),
    ("d2d_ce", {"temperature": 2.0, "positive_margin": 0.4}),
    ("realness", {"relativistic": False}),
    ("realness", {"real_anchor": _RISING, "fake_anchor": (0.1,) * 10}),
    ("realness", {"real_anchor": _RISING, "fake_anchor": _RISING[::-1], "relativistic": False}),
    ("mmd_gaussian", {"unbiased": True}),
    ("mmd_gaussian", {"bandwidths": (0.5,)}),
    ("mmd_gaussian", {"bandwidths": (0.7, 3.0), "unbiased": True}),
    ("mmd_rational_quadratic", {"unbiased": False}),
    ("mmd_rational_quadratic", {"alphas": (1.5,)}),
    ("mmd_rational_quadratic", {"alphas": (0.1, 1.0, 10.0), "unbiased": False}),
    ("mmd_repulsive", {"sigma": 2.0}),
    ("mmd_repulsive", {"bounded": True}),
    ("mmd_repulsive", {"sigma": 2.0, "bounded": True}),
]
VARIANTS = [(name, parameters, *LOSSES[name](**parameters)) for name, parameters in _HYPERPARAMETERS]

# What to draw: the trailing shape of a sample, the number of valid labels (0: none are read), the least number of
# samples a side, and whether both sides must have equally many.
INPUTS = {
    "multi_hinge": {"shape": (4,), "classes": 3, "least": 1, "paired": False},
    "nplus1_ce": {"shape": (4,), "classes": 3, "least": 1, "paired": False},
    "acgan": {"shape": (4,), "classes": 4, "least": 1, "paired": False},
    "contragan_2c": {"shape": (2, 3), "classes": 3, "least": 1, "paired": False},
    "d2d_ce": {"shape": (2, 3), "classes": 3, "least": 1, "paired": False},
    "realness": {"shape": (10,), "classes": 0, "least": 1, "paired": True},
    "mmd_gaussian": {"shape": (3,), "classes": 0, "least": 2, "paired": False},
    "mmd_rational_quadratic": {"shape": (3,), "classes": 0, "least": 2, "paired": False},
    "mmd_repulsive": {"shape": (3,), "classes": 0, "least": 2, "paired": False},
}
