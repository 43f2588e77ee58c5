"""Independent transcriptions, from papers and official code, of losses that estimate a density ratio or a mutual information.

Scores are the log of the ratio, up to what each loss leaves free: r of samples of the joint distribution (real), f of
samples of the product of the marginals (fake). Functions of float64 arrays that return a Python float to minimise. The
shapes are given with each loss. Everything is by explicit loops and plain exponentials, for scores of at most some tens.
Nothing here is shared with the package under test.

None of these codebases has a generator. G, where there is one here, is D's loss with the sides exchanged where said, and
else minus D's loss: whoever makes the samples wants the bound low.
"""

from math import exp, fsum, log

import numpy as np


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def softplus(x):
    return float(np.logaddexp(0.0, x))


def sigmoid(x):
    return 1.0 / (1.0 + exp(-x))


def log_sum_exp(values):
    return log(fsum(exp(v) for v in values))


def against(d):
    return d, lambda f, r: -d(r, f)


def swapped(d):
    return d, lambda f, r: d(f, r)


# --- Balanced neural ratio estimation: Delaunoy et al. 2022, arXiv:2208.13624, section 3 ---


def bnre(strength=100.0):
    """r and f 1-D. The cross-entropy is the sum of one mean a side, as in the paper and in the authors' code
    (montefiore-institute/hypothesis, hypothesis/nn/ratio_estimation/criterion.py, BalancedCriterion, whose own default
    strength is 10; their experiments, montefiore-ai/balanced-nre, give 100 and can raise it from 0 over the epochs).
    sbi-dev/sbi (bnre.py) and probabilists/lampe (bnre.py) have a half of that cross-entropy with the same 100: twice the
    strength, and all of it halved."""

    def d(r, f):
        balance = mean(sigmoid(x) for x in r) + mean(sigmoid(x) for x in f) - 1.0
        return mean(softplus(-x) for x in r) + mean(softplus(x) for x in f) + strength * balance**2

    return swapped(d)


# --- Contrastive ratio estimation: Durkan et al. 2020, arXiv:2002.03712 (NRE-B); Miller et al. 2022, arXiv:2210.06170
# (NRE-C). r (B, 1): the joint pair of each observation; f (B, K): K pairs of that same observation with other parameters ---


def nre_b():
    """sbi-dev/sbi, sbi/inference/trainers/nre/nre_b.py: the joint pair is one of the num_atoms = K + 1 in the softmax."""

    def d(r, f):
        return -mean(r[i, 0] - log_sum_exp([r[i, 0], *f[i]]) for i in range(len(r)))

    return against(d)


def nre_c_of_scores(joint, marginal, gamma=1.0):
    """sbi-dev/sbi, sbi/inference/trainers/nre/nre_c.py, with K = num_classes. Two arrays of scores, (B, K) each.

    joint: of K pairs whose first is the joint one; marginal: of K pairs of which none is. The code makes the second by a
    call for K + 1 pairs, the first of which is the joint one again, and drops that: 2 K - 1 different contrasting pairs an
    observation, K - 1 of them drawn apart from the other K, so in general not the same. Per observation
        p_0 log(K / (K + gamma sum_k e^marginal_k)) + p_1 log(gamma e^joint_0 / (K + gamma sum_k e^joint_k)),
    p_0 = 1 / (1 + gamma) and p_1 = gamma / (1 + gamma); the loss is minus the mean.
    """
    classes = len(joint[0])
    terms = []
    for of_joint, of_marginal in zip(joint, marginal, strict=True):
        none = log(classes) - log(classes + gamma * fsum(exp(x) for x in of_marginal))
        first = log(gamma) + of_joint[0] - log(classes + gamma * fsum(exp(x) for x in of_joint))
        terms.append((none + gamma * first) / (1.0 + gamma))
    return -mean(terms)


def nre_c(gamma=1.0):
    """`nre_c_of_scores` of one draw of K contrasting pairs, used in both terms: joint = [r, the first K - 1 of f] and
    marginal = f. The code draws the two apart; the expectation is the same. For K = 1 and gamma = 1 that is half of the
    logistic loss, sigma(r) and sigma(f). probabilists/lampe (cnre.py) has another second term: the probability that any of
    the K pairs is the joint one, gamma sum_k e^joint_k, and not that the first is."""

    def d(r, f):
        joint = [[r[i, 0], *f[i, :-1]] for i in range(len(r))]
        return nre_c_of_scores(joint, f, gamma)

    return against(d)


# --- Bounds of mutual information: Poole et al. 2019, arXiv:1905.06922; Song & Ermon 2020, arXiv:1910.06222, with the
# official code ermongroup/smile-mi-estimator, estimators.py. There the scores are a matrix s (n, n): r its diagonal, f the
# n (n - 1) others, 1-D, but for infonce. The functions return minus the bound ---


def smile_value(r, f, tau=5.0):
    """Minus the Donsker-Varadhan bound with e^f clipped to [e^-tau, e^tau]: E r - log E e^clip(f). The scores of the joint
    pairs are not clipped, neither in the paper nor in the code, whose default is not to clip at all (clip=None, tau infinite).
    The mean of e^f is over all n (n - 1) pairs at once."""
    return -(mean(r) - log(mean(exp(min(max(float(x), -tau), tau)) for x in f)))


def smile_gradient(r, f, tau=5.0):
    """By r and by f, of `logistic`: the code adds DV - JS as a constant to JS = -E softplus(-r) - E softplus(f), so that
    what is differentiated is JS, of the scores that are not clipped. tau is not in it."""
    return (
        np.array([-sigmoid(-float(x)) / len(r) for x in r]),
        np.array([sigmoid(float(x)) / len(f) for x in f]),
    )


def js_value(r, f):
    """js_lower_bound: the value is that of NWJ, E r - E e^(f - 1); the gradient, again, of `logistic`: `smile_gradient`."""
    return -(mean(r) - mean(exp(x - 1.0) for x in f))


def tuba(log_baseline=0.0):
    """Of 1905.06922: 1 + E (r - a) - E e^(f - a), with one a here; in the code a row of the matrix can have its own.
    It is `fgan_kl` of the scores plus 1 - a: a = 1 gives NWJ, which is `fgan_kl` itself."""

    def d(r, f):
        return -(1.0 + mean(x - log_baseline for x in r) - mean(exp(x - log_baseline) for x in f))

    return d, lambda f, r=None: -mean(exp(x - log_baseline) for x in f)


def infonce(scores):
    """Minus (log n + the mean over rows of s_ii - log sum_j e^s_ij), j over the whole row: `nre_b` of the diagonal, (n, 1),
    and of the other entries of each row, (n, n - 1), less the constant log n."""
    n = len(scores)
    return -(log(n) + mean(scores[i][i] - log_sum_exp(scores[i]) for i in range(n)))


def js_fgan(r, f):
    """js_fgan_lower_bound: minus it is D's loss of `logistic`."""
    return mean(softplus(-x) for x in r) + mean(softplus(x) for x in f)


# --- Contrastive discriminator: the first half of Yu et al. 2021, arXiv:2103.16748, equation 2 ---


def contrastive():
    """Minus log softmax of each r among itself and all f; G with the sides exchanged."""

    def d(r, f):
        return mean(log_sum_exp([x, *f]) - x for x in r)

    return swapped(d)


# 1-D r and f.
WITNESSES = {"bnre": bnre(), "contrastive": contrastive(), "tuba": tuba()}
VARIANTS = [
    ("bnre", {"strength": 0.0}, *bnre(0.0)),
    ("bnre", {"strength": 3.0}, *bnre(3.0)),
    ("tuba", {"log_baseline": 1.0}, *tuba(1.0)),
    ("tuba", {"log_baseline": -0.5}, *tuba(-0.5)),
]

# r of shape (B, 1) and f of shape (B, K).
ROW_WITNESSES = {"nre_b": nre_b(), "nre_c": nre_c()}
ROW_VARIANTS = [("nre_c", {"gamma": 0.3}, *nre_c(0.3)), ("nre_c", {"gamma": 4.0}, *nre_c(4.0))]

# What D minimises, where its gradient is not the derivative of its value: (value, gradient by r and by f), 1-D r and f.
VALUE_AND_GRADIENT = {"smile": (smile_value, smile_gradient), "js": (js_value, lambda r, f: smile_gradient(r, f))}
VALUE_AND_GRADIENT_VARIANTS = [
    ("smile", {"tau": 0.5}, lambda r, f: smile_value(r, f, 0.5), lambda r, f: smile_gradient(r, f, 0.5)),
    ("smile", {"tau": float("inf")}, lambda r, f: smile_value(r, f, float("inf")), smile_gradient),
]
