"""Independent transcriptions, from papers and official code, of losses beside integral probability metrics: pointwise ones
(Huber, hinge-regularised Kantorovich-Rubinstein, the Jeffreys f-GAN), Fisher GAN, energy distances, the margin disparity
discrepancy and Drifting.

Functions of float64 arrays that return a Python float to minimise; a high logit means real. The logits of `WITNESSES` are
1-D (r: real, f: fake); what `VECTOR_WITNESSES` take is said there. Everything is by explicit loops and plain exponentials,
for scores of at most some tens. Nothing here is shared with the package under test.
"""

from math import exp, fsum, log, sqrt

import numpy as np


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def linear_g(f, r=None):
    return -mean(f)


# --- Huber: neosr-project/neosr, neosr/losses/gan_loss.py, gan_type huber: torch's, with its delta of 1 ---


def huber(delta=1.0, real_label=1.0, fake_label=0.0, generator_label=1.0):
    """There is no other label for G than the real one in that code, and its factor of G (0.1) is not here."""

    def cost(error):
        size = abs(error)
        return size**2 / 2.0 if size <= delta else delta * (size - delta / 2.0)

    def d(r, f):
        return mean(cost(x - real_label) for x in r) + mean(cost(x - fake_label) for x in f)

    def g(f, r=None):
        return mean(cost(x - generator_label) for x in f)

    return d, g


# --- Hinge-regularised Kantorovich-Rubinstein: Serrurier et al. 2021, arXiv:2006.06520; deel-ai/deel-torchlip,
# deel/torchlip/functional.py (hkr_loss, kr_loss, hinge_margin_loss) and deel/torchlip/modules/loss.py (HKRLoss) ---


def hkr(alpha=0.5, min_margin=1.0):
    """alpha * hinge - (1 - alpha) * (E r - E f), the hinge with half of `min_margin` on each side of 0. alpha has no default
    there; above 1, HKRLoss takes a / (a + 1) in its place, so that the paper's KR + a hinge is this but for a factor. The
    hinge's mean is over the samples of both sides together, so a side counts by its size (`hkr_pooled`); with equally many
    on both it is half of a mean a side, as here. Targets above 0 are real, all others fake."""

    def d(r, f):
        margin = min_margin / 2.0
        hinge = (mean(max(0.0, margin - x) for x in r) + mean(max(0.0, margin + x) for x in f)) / 2.0
        return alpha * hinge - (1.0 - alpha) * (mean(r) - mean(f))

    return d, linear_g


def hkr_pooled(alpha=0.5, min_margin=1.0):
    """As the code has it with unequal sides."""

    def d(r, f):
        margin = min_margin / 2.0
        hinge = mean([max(0.0, margin - x) for x in r] + [max(0.0, margin + x) for x in f])
        return alpha * hinge - (1.0 - alpha) * (mean(r) - mean(f))

    return d, linear_g


# --- f-GAN (Nowozin et al. 2016, arXiv:1606.00709) of the Jeffreys divergence, f(u) = (u - 1) log u, which that paper's
# tables do not have; the critic is log u ---


def fgan_jeffreys(saturating=False):
    """f'(u) = log u + 1 - 1 / u, so f'(e^v) = v + 1 - e^-v. f*(f'(u)) = u f'(u) - f(u) = log u + u - 1, so v + e^v - 1.
    At v = 0 both are 0. E_P v - E_Q v at the optimum is the divergence, KL both ways."""

    def of_derivative(v):
        return v + 1.0 - exp(-v)

    def of_conjugate(v):
        return v + exp(v) - 1.0

    def d(r, f):
        return -(mean(of_derivative(v) for v in r) - mean(of_conjugate(v) for v in f))

    def g(f, r=None):
        return -mean((of_conjugate if saturating else of_derivative)(v) for v in f)

    return d, g


# --- Fisher GAN: Mroueh & Sercu 2017, arXiv:1705.09675, eq. 9; tomsercu/FisherGAN, main.py ---


def fisher(rho=1e-6, multiplier=0.0):
    """D maximises E r - E f + lambda c - rho / 2 c^2, c = 1 - (E r^2 + E f^2) / 2. After each step of D the code takes one of
    the multiplier: the gradient that reaches it is that of minus the objective, -c, and lambda <- lambda - rho c. So
    lambda rises while the second moment is above 1."""

    def d(r, f):
        constraint = 1.0 - (mean(x * x for x in r) + mean(x * x for x in f)) / 2.0
        return -(mean(r) - mean(f) + multiplier * constraint - rho / 2.0 * constraint**2)

    return d, linear_g


def fisher_multiplier(r, f, rho=1e-6, multiplier=0.0):
    """The multiplier after the step."""
    return multiplier - rho * (1.0 - (mean(x * x for x in r) + mean(x * x for x in f)) / 2.0)


# --- Energy distances of vectors, r (n, C) and f (m, C) ---


def distance(x, y):
    return sqrt(fsum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True)))


def norm(x):
    return sqrt(fsum(float(a) ** 2 for a in x))


def within(xs, unbiased):
    """E |x - x'|, over all n^2 pairs, or (unbiased) over the n (n - 1) of two different samples."""
    n = len(xs)
    return fsum(distance(x, y) for x in xs for y in xs) / (n * (n - 1) if unbiased else n * n)


def energy_distance(unbiased=False):
    """Szekely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018: the squared energy distance 2 E |r - f| - E |r - r'| - E |f - f'|.
    D minimises minus that, G minimises it."""

    def g(real, fake, real_labels=None, fake_labels=None):
        across = mean(distance(x, y) for x in real for y in fake)
        return 2.0 * across - within(real, unbiased) - within(fake, unbiased)

    return (lambda *arguments: -g(*arguments)), g


def cramer_gan():
    """Bellemare et al. 2017, arXiv:1705.10743, algorithm 1, without its penalty: with f(x) = |h(x) - h(x_g')| - |h(x)|,
    D minimises -(f(x_r) - f(x_g)) and G minimises |h(x_r) - h(x_g)| + |h(x_r) - h(x_g')| - |h(x_g) - h(x_g')|, where x_g and
    x_g' are fakes of two draws. Here each of them stands for all fakes, with every pair of two different ones; h is what is
    given. G's is not minus D's: the two differ by E |h(x_r)| - E |h(x_g)| and by one more distance of reals to fakes, since
    D's surrogate looks at x_g' alone. G's is the squared energy distance without its part of the reals.

    mbinkowski/MMD-GAN, gan/core/cramer.py (model cramer) has these two losses, with sqrt(sum + epsilon) for its norms; the
    losses of reddit_cramer there are one surrogate and minus it."""

    def d(real, fake, real_labels=None, fake_labels=None):
        def critic(x, others):
            return mean(distance(x, y) for y in others) - norm(x)

        of_reals = mean(critic(x, fake) for x in real)
        of_fakes = mean(critic(x, [y for j, y in enumerate(fake) if j != i]) for i, x in enumerate(fake))
        return -(of_reals - of_fakes)

    def g(real, fake, real_labels=None, fake_labels=None):
        return 2.0 * mean(distance(x, y) for x in real for y in fake) - within(fake, unbiased=True)

    return d, g


# --- Margin disparity discrepancy: Zhang et al. 2019, arXiv:1904.05801, section 4; thuml/Transfer-Learning-Library,
# tllib/alignment/mdd.py, ClassificationMarginDisparityDiscrepancy ---


def softmax(row):
    exps = [exp(v) for v in row]
    return [e / fsum(exps) for e in exps]


def mdd(gamma=4.0):
    """Scores (n, K) of the adversarial head on source (real) and target (fake) samples; the labels are what the main head
    predicts on both, not the source's true ones, in the paper and in the code. The example of that repository minimises
    minus its discrepancy, which is this, and reverses the gradient on its way to the features: G minimises minus it. The
    code adds 1e-6 inside of the logarithm and holds the sum at 1 or below; not so here."""

    def d(real, fake, real_labels, fake_labels):
        agree = mean(-log(softmax(s)[int(y)]) for s, y in zip(real, real_labels, strict=True))
        disagree = mean(-log(1.0 - softmax(s)[int(y)]) for s, y in zip(fake, fake_labels, strict=True))
        return gamma * agree + disagree

    return d, lambda *arguments: -d(*arguments)


# --- Drifting: lambertae/drifting, drift_loss.py: no critic; features of positive and of generated samples ---


def drifting(temperatures=(0.02, 0.05, 0.2)):
    """r (n, C): positive features; f (m, C): generated features; no negatives, all weights 1, one item in the batch. What the
    generator minimises, (value, its gradient by f): the gradient is that of a regression of f to a target held constant, so
    it is not the derivative of the value, which is the mean square of the force alone. There is none by r.

    Distances are sqrt(max(|x - y|^2, 1e-8)). They are divided by their mean over all m (m + n) pairs of a generated sample
    with one of [f, r], itself included (at 1e-4), and coordinates by that mean over sqrt C; neither divisor below 1e-3. Then
    100 is added between a sample and itself. For each temperature T, with z = -distance / T:
        A_ij = sqrt(max(softmax_j z_ij * softmax_i z_ij, 1e-6))
    where i runs over f and j over [f, r]. The floor is at 1e-3 of A, the sample itself included. Each positive j pulls with
    A_ij sum_neg A_i, each generated j pushes with A_ij sum_pos A_i; the two sum to 0. The force of each temperature is
    divided by its root mean square over all coordinates (of the mean square at least 1e-8), and the forces are added.
    """

    def value_and_gradient(r, f):
        m, n, size = len(f), len(r), len(f[0])
        targets = [*f, *r]
        distances = [[sqrt(max(distance(x, y) ** 2, 1e-8)) for y in targets] for x in f]
        scale = mean(v for row in distances for v in row)
        unit = max(scale / sqrt(size), 1e-3)
        near = [
            [-(v / max(scale, 1e-3) + (100.0 if i == j else 0.0)) for j, v in enumerate(row)] for i, row in enumerate(distances)
        ]
        force = np.zeros((m, size))
        for temperature in temperatures:
            z = [[v / temperature for v in row] for row in near]
            # The largest exponent of a row or a column taken out: e^-5000 is 0.
            rows = [softmax([v - max(row) for v in row]) for row in z]
            columns = []
            for j in range(m + n):
                column = [z[i][j] for i in range(m)]
                columns.append(softmax([v - max(column) for v in column]))
            affinity = [[sqrt(max(rows[i][j] * columns[j][i], 1e-6)) for j in range(m + n)] for i in range(m)]
            pulls = np.zeros((m, size))
            for i in range(m):
                generated, positive = fsum(affinity[i][:m]), fsum(affinity[i][m:])
                for j in range(m + n):
                    weight = -affinity[i][j] * positive if j < m else affinity[i][j] * generated
                    for s in range(size):
                        pulls[i, s] += weight * (float(targets[j][s]) - float(f[i][s])) / unit
            force += pulls / sqrt(max(mean((pulls**2).ravel()), 1e-8))
        return mean((force**2).ravel()), -2.0 * force / (m * size * unit)

    return value_and_gradient


# 1-D logits.
LOSSES = {"huber": huber, "hkr": hkr, "fgan_jeffreys": fgan_jeffreys, "fisher": fisher}
WITNESSES = {name: loss() for name, loss in LOSSES.items()}

_HYPERPARAMETERS = [
    ("huber", {"delta": 0.3}),
    ("huber", {"delta": 2.5, "real_label": 0.9, "fake_label": -0.2, "generator_label": 0.7}),
    ("hkr", {"alpha": 0.0}),
    ("hkr", {"alpha": 1.0}),
    ("hkr", {"alpha": 0.9, "min_margin": 3.0}),
    ("hkr", {"alpha": 10.0 / 11.0, "min_margin": 0.5}),
    ("fisher", {"rho": 0.5}),
    ("fisher", {"rho": 0.1, "multiplier": 0.7}),
]
VARIANTS = [(name, parameters, *LOSSES[name](**parameters)) for name, parameters in _HYPERPARAMETERS]
VARIANTS.append(("fgan_jeffreys", {"generator": "saturating"}, *fgan_jeffreys(saturating=True)))

# Vectors, d(real, fake, real_labels, fake_labels) and g of the same.
VECTOR_LOSSES = {"energy_distance": energy_distance, "cramer_gan": cramer_gan, "mdd": mdd}
VECTOR_WITNESSES = {name: loss() for name, loss in VECTOR_LOSSES.items()}
VECTOR_VARIANTS = [
    ("energy_distance", {"unbiased": True}, *energy_distance(unbiased=True)),
    ("mdd", {"gamma": 1.0}, *mdd(1.0)),
    ("mdd", {"gamma": 2.5}, *mdd(2.5)),
]

# What to draw: the trailing shape of a sample, the number of valid labels (0: none are read), the least number of
# samples a side, and whether both sides must have equally many.
INPUTS = {
    "energy_distance": {"shape": (3,), "classes": 0, "least": 2, "paired": False},
    "cramer_gan": {"shape": (3,), "classes": 0, "least": 2, "paired": False},
    "mdd": {"shape": (4,), "classes": 4, "least": 1, "paired": False},
}

# G's value and its gradient by f, of vectors; r and f of shapes (n, C) and (m, C), m at least 2.
VALUE_AND_GRADIENT = {"drifting": drifting()}
VALUE_AND_GRADIENT_VARIANTS = [
    ("drifting", {"temperatures": (0.3,)}, drifting((0.3,))),
    ("drifting", {"temperatures": (0.1, 1.0)}, drifting((0.1, 1.0))),
]
