"""Independent transcriptions, from the papers, of losses that look at a whole batch of logits: a part of
`test_papers.py`.

Every loss is a pair ``d(r, f)``, ``g(f, r)`` of functions of 1-D float64 arrays of logits (r: real, f: fake, a high
logit means real; the two lengths may differ, except for tprls) that return a Python float to minimise. Every mean and
every sum is over all the elements of the array. Logarithms and exponentials are taken as written, so logits should
stay within a few tens. Nothing here is shared with the package under test.
"""

from math import exp, fsum, log


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def variance(values):
    """The unbiased sample variance: squared deviations over n - 1."""
    center = mean(values)
    return fsum((float(v) - center) ** 2 for v in values) / (len(values) - 1)


# --- TPRLS: Li & Wang 2022, "Improve GAN-based neural vocoder using truncated pointwise relativistic least square GAN",
# doi:10.1145/3573834.3574506; as the official code of StyleTTS2 (yl4579/StyleTTS2, losses.py), per discriminator ---


def tprls(tau=0.04):
    """tau - relu(tau - L), where L is the mean square of d - m over the d below their median m (torch's: the lower of
    the two middle values of an even count); 0 where no d is below it, for which the official code gives NaN. That code
    has r < f + m for d < m, by which rounding can let in the median itself, a square of nearly 0 that is counted."""

    def truncated(d):
        median = sorted(d)[(len(d) - 1) // 2]
        below = [(x - median) ** 2 for x in d if x < median]
        return min(tau, mean(below)) if below else 0.0

    def d(r, f):
        if len(r) != len(f):
            raise ValueError("pairing needs as many real logits as fake ones")
        return truncated([float(r[i]) - float(f[i]) for i in range(len(r))])

    def g(f, r):
        return d(f, r)

    return d, g


# --- Softmax GAN: Lin 2017, arXiv:1704.06191, with the logit for minus the paper's energy ---


def softmax_gan():
    """Cross-entropy of a softmax over the whole batch, real and fake. The target of D is 1 / n_r on every real sample,
    that of G is 1 / (n_r + n_f) on every sample (abstract)."""

    def log_partition(r, f):
        return log(fsum(exp(x) for x in r) + fsum(exp(x) for x in f))

    def d(r, f):
        return -fsum((x - log_partition(r, f)) / len(r) for x in r)

    def g(f, r):
        everything = [*r, *f]
        return -fsum((x - log_partition(r, f)) / len(everything) for x in everything)

    return d, g


# --- Dual contrastive: Yu et al. 2021, arXiv:2103.16748. The authors released no code; G, D's loss with the
# sides exchanged, is as in lucidrains/stylegan2-pytorch before its change of August 2024 ---


def dual_contrastive():
    """Each real logit is to be told from all the fake ones, and each fake one, negated, from all the negated real
    ones: minus the mean log of the probability that a softmax gives to the one among the many."""

    def picked(one, many):
        return exp(one) / (exp(one) + fsum(exp(x) for x in many))

    def d(r, f):
        real = -mean(log(picked(x, f)) for x in r)
        fake = -mean(log(picked(-x, [-y for y in r])) for x in f)
        return real + fake

    def g(f, r):
        return d(f, r)

    return d, g


# --- Donsker-Varadhan: KL(P || Q) = sup_T E_P T - log E_Q exp(T), as theorem 1 of MINE (Belghazi et al. 2018,
# arXiv:1801.04062) has it; P is the data and Q the generator ---


def donsker_varadhan(linear=False):
    """D maximises the bound; G minimises the part of it that the fakes enter, or (`linear`) -E_Q T."""

    def d(r, f):
        return -(mean(r) - log(mean(exp(x) for x in f)))

    def g(f, r=None):
        if linear:
            return -mean(f)
        return -log(mean(exp(x) for x in f))

    return d, g


# --- KL-WGAN: Song & Ermon 2019, arXiv:1910.09779, as the official code (ermongroup/f-wgan,
# image_generation/losses.py): the hinge loss with each fake logit times its density ratio, gradient through both ---


def kl_wgan(temperature=1.0):
    """The ratios are exp(f / temperature) over their mean; the logit they multiply is f itself."""

    def weighted(f):
        normaliser = mean(exp(x / temperature) for x in f)
        return [exp(x / temperature) / normaliser * x for x in f]

    def d(r, f):
        return mean(max(0.0, 1.0 - x) for x in r) + mean(max(0.0, 1.0 + x) for x in weighted(f))

    def g(f, r=None):
        return -mean(weighted(f))

    return d, g


# --- Unbiased relativistic least squares: Jolicoeur-Martineau 2019, arXiv:1901.02474, as the official code
# (AlexiaJM/relativistic-f-divergences, `no_bias`). The code has one batch size, and in the losses of G it leaves out
# the variance of the real logits, which is constant there. ---


def relativistic_average_lsgan_unbiased():
    """E (r - mean f - 1)^2 exceeds its value with the population mean of f by Var(mean f) = Var f / n_f, since r and f
    are independent; likewise on the other side."""

    def average(high, low):
        mean_high, mean_low = mean(high), mean(low)
        biased = mean((x - mean_low - 1.0) ** 2 for x in high) + mean((x - mean_high + 1.0) ** 2 for x in low)
        return biased - variance(high) / len(high) - variance(low) / len(low)

    def d(r, f):
        return average(r, f)

    def g(f, r):
        return average(f, r)

    return d, g


def relativistic_centered_lsgan_unbiased():
    """With s = Var r / n_r + Var f / n_f: each side gains Var c = s / 4 over the population c, and the two lose
    2 Cov(r, c) + 2 Cov(f, c) = s, as c holds r / (2 n_r) and f / (2 n_f); the bias is 2 (s / 4) - s = -s / 2."""

    def centered(high, low):
        c = (mean(high) + mean(low)) / 2.0
        biased = mean((x - c - 1.0) ** 2 for x in high) + mean((x - c + 1.0) ** 2 for x in low)
        return biased + variance(high) / (2.0 * len(high)) + variance(low) / (2.0 * len(low))

    def d(r, f):
        return centered(r, f)

    def g(f, r):
        return centered(f, r)

    return d, g


# --- Top-k training: Sinha et al. 2020, arXiv:2002.06224: the generator's loss over the k fakes that the critic finds
# the most realistic; D is as ever ---


def top_k(cost, k):
    def g(f, r=None):
        return mean(cost(x) for x in sorted(f, reverse=True)[:k])

    return g


GENERATOR_COSTS = {
    "logistic": lambda x: log(1.0 + exp(-x)),
    "hinge": lambda x: -x,
    "lsgan": lambda x: (x - 1.0) ** 2,
}

TOP_K = [(name, k, top_k(cost, k)) for name, cost in GENERATOR_COSTS.items() for k in (1, 3)]

WITNESSES = {
    "tprls": tprls(),
    "softmax_gan": softmax_gan(),
    "dual_contrastive": dual_contrastive(),
    "donsker_varadhan": donsker_varadhan(),
    "kl_wgan": kl_wgan(),
    "relativistic_average_lsgan_unbiased": relativistic_average_lsgan_unbiased(),
    "relativistic_centered_lsgan_unbiased": relativistic_centered_lsgan_unbiased(),
}

VARIANTS = [
    ("tprls", {"tau": 4.0}, *tprls(4.0)),
    ("donsker_varadhan", {"generator": "linear"}, *donsker_varadhan(linear=True)),
    ("kl_wgan", {"temperature": 0.7}, *kl_wgan(0.7)),
    ("kl_wgan", {"temperature": 2.0}, *kl_wgan(2.0)),
]

# The least number of logits on each side, where it is not 1.
MIN_SIZE = {"relativistic_average_lsgan_unbiased": 2, "relativistic_centered_lsgan_unbiased": 2}
