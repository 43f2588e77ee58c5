"""Independent transcriptions, from papers and official code, of the losses of preference learning.

Every loss is a pair ``d(r, f)``, ``g(f, r)`` of functions of 1-D float64 arrays that return a Python float to minimise:
r[i] and f[i] are log(policy / reference) of the chosen and of the rejected response of pair i, free of beta. G is D's loss
with the sides exchanged, without what then does not depend on f.
As in the papers, beta multiplies these numbers; a mean is over the pairs, or over its own side where a term has one alone.
Nothing here is shared with the package under test.

The code is huggingface/trl, trl/trainer/dpo_trainer.py (the loop over loss types in the computation of the loss) unless
said otherwise. Where that code is not the paper, or has changed:
- `sigmoid` there has no label smoothing any more; the smoothed form (a label is wrong with that probability) is still
  in trl/experimental/cpo/cpo_trainer.py and tpo_trainer.py. `robust` reads label_smoothing, by default 0 (which is `dpo`).
- `ipo` and `sigmoid_norm` there divide each of r and f by the number of tokens of its response first; not so here.
- `sppo_hard`: the sum of the two squares, where the paper has an expectation over the two responses (a half of it).
- `aot`, in the paper's paired form, sorts the margins of the policy and, separately, those of the reference: no function of
  r and f, unless r stands for the policy's margins and f for the reference's. `aot_unpaired` (an older `aot_pair`) sorts r
  and f, which is `aot_pair` here. Both are one formula of two sorted arrays.
- `apo_zero` and `apo_down` read the log-ratios even where an f-divergence turns every other loss's scores into something
  else, but for apo_down's second term, which reads the turned ones.
- `bco_pair` there has no running mean (delta); trl/experimental/bco/bco_trainer.py has it.
- `exo_pair` refuses label_smoothing = 0, whose logarithm it takes.
"""

from math import fsum

import numpy as np


def mean(values):
    values = [float(v) for v in values]
    return fsum(values) / len(values)


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def swapped(d):
    return d, lambda f, r: d(f, r)


def of_pairs(cost):
    """The mean cost of the difference r[i] - f[i]."""

    def d(r, f):
        if len(r) != len(f):
            raise ValueError("pairing needs as many chosen responses as rejected ones")
        return mean(cost(float(r[i]) - float(f[i])) for i in range(len(r)))

    return swapped(d)


def of_sides(chosen, rejected):
    """One cost of the chosen responses and one of the rejected ones, each a mean over its own side; G's is the chosen ones'."""
    return (
        lambda r, f: mean(chosen(float(x)) for x in r) + mean(rejected(float(x)) for x in f),
        lambda f, r=None: mean(chosen(float(x)) for x in f),
    )


# --- Functions of the difference alone ---


def dpo(beta=0.1, label_smoothing=0.0):
    """Rafailov et al. 2023, arXiv:2305.18290, eq. 7; smoothed: Mitchell 2023, "A note on DPO with noisy preferences"."""
    return of_pairs(lambda t: -(1.0 - label_smoothing) * log_sigmoid(beta * t) - label_smoothing * log_sigmoid(-beta * t))


def dpo_robust(beta=0.1, label_smoothing=0.1):
    """Chowdhury et al. 2024, arXiv:2403.00409: unbiased under flips with probability `label_smoothing` < 1/2."""

    def cost(t):
        clean, flipped = -log_sigmoid(beta * t), -log_sigmoid(-beta * t)
        return ((1.0 - label_smoothing) * clean - label_smoothing * flipped) / (1.0 - 2.0 * label_smoothing)

    return of_pairs(cost)


def slic(beta=0.1):
    """The hinge of SLiC (Zhao et al. 2023, arXiv:2305.10425) on normalised log-ratios, as in Liu et al. 2023,
    arXiv:2309.06657; TRL's `hinge`. SLiC's own margin is that of the log-likelihoods, and has another term."""
    return of_pairs(lambda t: max(0.0, 1.0 - beta * t))


def ipo(beta=0.1):
    """Azar et al. 2023, arXiv:2310.12036, eq. 17, with beta for its tau. The one loss where beta divides."""
    return of_pairs(lambda t: (t - 1.0 / (2.0 * beta)) ** 2)


def exo_pair(beta=0.1, label_smoothing=0.001):
    """Ji et al. 2024, arXiv:2402.00856, eq. 16: KL(q || p) of q = (sigma(beta t), 1 - sigma(beta t)), p = (1 - e, e)."""

    def cost(t):
        win, lose = sigmoid(beta * t), sigmoid(-beta * t)
        return win * (log_sigmoid(beta * t) - np.log1p(-label_smoothing)) + lose * (
            log_sigmoid(-beta * t) - np.log(label_smoothing)
        )

    return of_pairs(cost)


def discopop(beta=0.1, temperature=0.05):
    """Lu et al. 2024, arXiv:2406.08414, eq. 5 (log-ratio modulated loss): the logistic and the exponential cost of
    x = beta t, the exponential one with weight sigma(x / temperature)."""

    def cost(t):
        x = beta * t
        weight = sigmoid(x / temperature)
        return -log_sigmoid(x) * (1.0 - weight) + np.exp(-x) * weight

    return of_pairs(cost)


# --- Costs of each side alone ---


def nca_pair(beta=0.1):
    """Chen et al. 2024, arXiv:2402.05369: the pairwise case, K = 2 with rewards 1 and 0 at temperature 0."""
    return of_sides(
        lambda x: -log_sigmoid(beta * x) - 0.5 * log_sigmoid(-beta * x),
        lambda x: -0.5 * log_sigmoid(-beta * x),
    )


def bco_pair(beta=0.1):
    """Jung et al. 2024, arXiv:2404.04656, without the reward shift delta."""
    return of_sides(lambda x: -log_sigmoid(beta * x), lambda x: -log_sigmoid(-beta * x))


def sppo_hard(beta=0.1):
    """Wu et al. 2024, arXiv:2405.00675, eq. 4.7 with P = 1 for the chosen and 0 for the rejected response, eta = 1 / beta."""
    return of_sides(lambda x: (x - 0.5 / beta) ** 2, lambda x: (x + 0.5 / beta) ** 2)


def apo_zero(beta=0.1):
    """D'Oosterlinck et al. 2024, arXiv:2408.06266, eq. 7."""
    return of_sides(lambda x: 1.0 - sigmoid(beta * x), lambda x: sigmoid(beta * x))


# --- Others ---


def apo_down(beta=0.1):
    """D'Oosterlinck et al. 2024, arXiv:2408.06266, eq. 8: the chosen response less likely, its margin larger."""

    def d(r, f):
        if len(r) != len(f):
            raise ValueError("pairing needs as many chosen responses as rejected ones")
        return mean(sigmoid(beta * r[i]) + 1.0 - sigmoid(beta * (r[i] - f[i])) for i in range(len(r)))

    return swapped(d)


def aot_pair(beta=0.1, label_smoothing=0.0):
    """Melnyk et al. 2024, arXiv:2406.05882: `dpo` of the i-th smallest of r with the i-th smallest of f."""
    pairs, _ = dpo(beta, label_smoothing)
    return swapped(lambda r, f: pairs(sorted(r), sorted(f)))


LOSSES = {
    "dpo": dpo,
    "dpo_robust": dpo_robust,
    "slic": slic,
    "ipo": ipo,
    "exo_pair": exo_pair,
    "nca_pair": nca_pair,
    "bco_pair": bco_pair,
    "sppo_hard": sppo_hard,
    "apo_zero": apo_zero,
    "apo_down": apo_down,
    "discopop": discopop,
    "aot_pair": aot_pair,
}

WITNESSES = {name: loss() for name, loss in LOSSES.items()}

_HYPERPARAMETERS = [
    ("dpo", {"beta": 0.7}),
    ("dpo", {"beta": 0.5, "label_smoothing": 0.2}),
    ("dpo_robust", {"beta": 1.5, "label_smoothing": 0.3}),
    ("dpo_robust", {"label_smoothing": 0.0}),
    ("slic", {"beta": 0.9}),
    ("ipo", {"beta": 0.6}),
    ("exo_pair", {"beta": 0.8, "label_smoothing": 0.05}),
    ("nca_pair", {"beta": 1.2}),
    ("bco_pair", {"beta": 0.4}),
    ("sppo_hard", {"beta": 2.0}),
    ("apo_zero", {"beta": 0.7}),
    ("apo_down", {"beta": 0.7}),
    ("discopop", {"beta": 0.3, "temperature": 0.4}),
    ("aot_pair", {"beta": 0.6, "label_smoothing": 0.1}),
]
VARIANTS = [(name, parameters, *LOSSES[name](**parameters)) for name, parameters in _HYPERPARAMETERS]

# Those that have a term for each pair: as many chosen responses as rejected ones.
PAIRED = {"dpo", "dpo_robust", "slic", "ipo", "exo_pair", "discopop", "apo_down", "aot_pair"}


# --- More functions of these two numbers, of TRL, by its names ---


def simpo(beta=2.0, gamma=0.5, label_smoothing=0.0):
    """Meng et al. 2024, arXiv:2405.14734; cpo_trainer.py (loss_type simpo, and tpo-l of tpo_trainer.py), whose beta is 0.1 by
    default and whose r and f are mean log-likelihoods per token, without a reference. `dpo` of t - gamma / beta."""
    smoothed, _ = dpo(beta, label_smoothing)
    return swapped(lambda r, f: smoothed(np.asarray(r) - gamma / beta, f))


def bradley_terry_margin(margin=0.0, center_rewards_coefficient=0.0):
    """trl/trainer/reward_trainer.py: r and f are rewards; the margin of Llama 2 (arXiv:2307.09288, eq. 2) is one a pair there,
    and centring (Eisenstein et al. 2023, arXiv:2312.09244) is of the sum r + f, not of each."""

    def d(r, f):
        if len(r) != len(f):
            raise ValueError("pairing needs as many chosen responses as rejected ones")
        return mean(-log_sigmoid(r[i] - f[i] - margin) + center_rewards_coefficient * (r[i] + f[i]) ** 2 for i in range(len(r)))

    return swapped(d)


def bco_shifted(beta=0.1, delta=0.0):
    """trl/experimental/bco/bco_trainer.py, with its running mean of the rewards as a given number; there the chosen and the
    rejected losses are put into one array and averaged together, so a side counts by its size."""

    def d(r, f):
        chosen = [-log_sigmoid(beta * x - delta) for x in r]
        return mean(chosen + [-log_sigmoid(-(beta * x - delta)) for x in f])

    return swapped(d)


def dpo_of_divergence(divergence="reverse_kl", beta=0.1, alpha=0.5):
    """Wang et al. 2023, arXiv:2309.16240: f'(policy / reference) in place of the log-ratio, less constants. TRL drops them
    too (the 1 of forward_kl, the log 2 of js_divergence, the -1 / (alpha - 1) of alpha_divergence): in t they cancel."""
    scores = {
        "reverse_kl": lambda x: x,
        "forward_kl": lambda x: -np.exp(-x),
        "js_divergence": log_sigmoid,
        "alpha_divergence": lambda x: np.exp((alpha - 1.0) * x) / (alpha - 1.0),
    }
    score, (plain, _) = scores[divergence], dpo(beta)
    return swapped(lambda r, f: plain(score(np.asarray(r)), score(np.asarray(f))))


OTHERS = {
    "simpo": simpo(),
    "bradley_terry_margin": bradley_terry_margin(0.3, 0.01),
    "bco_shifted": bco_shifted(delta=0.2),
    "dpo_forward_kl": dpo_of_divergence("forward_kl"),
    "dpo_js_divergence": dpo_of_divergence("js_divergence"),
    "dpo_alpha_divergence": dpo_of_divergence("alpha_divergence"),
}
