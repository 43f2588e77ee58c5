"""Witnesses: the two-sample losses of preference learning, ratio estimation, domain adaptation and Lipschitz networks,
transcribed from those codebases' own source, in the manner of `witnesses_dialects_research.py`.

Where a codebase applies a sigmoid and then a cross-entropy that holds each logarithm at -100 or above (torch's BCELoss), the
logarithm is of the logit here and not held. In float32 the difference is one of values: past a logit of 17 the sigmoid is 1,
and a wrong one costs 100 and has no gradient.
"""

import torch
import torch.nn.functional as F

from witnesses_dialects_research import Witness

_SAMPLES = ((1, 1), (5, 1))


def _bce(x, label):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label))


def _wasserstein_d(r, f):
    return -r.mean() + f.mean()


def _linear_g(f, r):
    return -f.mean()


def _swapped(d):
    return d, lambda f, r, **parameters: d(f, r, **parameters)


def _of_each(chosen, rejected):
    """A loss of each answer by itself: G's has what depends on the fakes, as chosen ones."""
    return (
        lambda r, f, **parameters: chosen(r, **parameters) + rejected(f, **parameters),
        lambda f, r, **parameters: chosen(f, **parameters),
    )


def _reversed(d):
    """Behind a gradient reversal layer the features, of both sides, maximise D's loss."""
    return d, lambda f, r, **parameters: -d(r, f, **parameters)


# ---- huggingface/trl trl/trainer/dpo_trainer.py, loss_type, of the log-ratios r (chosen) and f (rejected), 1-D there. G is
# none's: D's with the sides exchanged, or of fakes alone where nothing is compared. Without f-divergences and weights. sigmoid
# reads no label_smoothing; ipo and sigmoid_norm are for responses of one token: they divide r and f by the number of tokens.
# aot compares margins of the policy with margins of the reference, each sorted, and has no entry: it is aot_unpaired of these
# two arrays. robust without label_smoothing is sigmoid. trl/trainer/reward_trainer.py: reward, without margins.


def _log_sigmoid_cost(t, label_smoothing=0.0):
    return -F.logsigmoid(t) * (1 - label_smoothing) - F.logsigmoid(-t) * label_smoothing


def trl_sigmoid(r, f, beta=0.1):
    return _log_sigmoid_cost(beta * (r - f)).mean()


def trl_hinge(r, f, beta=0.1):
    return F.relu(1 - beta * (r - f)).mean()


def trl_ipo(r, f, beta=0.1):
    return ((r - f - 1 / (2 * beta)) ** 2).mean()


def trl_exo_pair(r, f, beta=0.1, label_smoothing=1e-3):
    """label_smoothing is 0 there by default, and refused; the message recommends 1e-3."""
    t, epsilon = beta * (r - f), torch.tensor(label_smoothing, dtype=r.dtype)
    win = torch.sigmoid(t) * (F.logsigmoid(t) - torch.log1p(-epsilon))
    return (win + torch.sigmoid(-t) * (F.logsigmoid(-t) - torch.log(epsilon))).mean()


def trl_nca_pair_chosen(r, beta=0.1):
    return (-F.logsigmoid(beta * r) - 0.5 * F.logsigmoid(-beta * r)).mean()


def trl_nca_pair_rejected(f, beta=0.1):
    return -0.5 * F.logsigmoid(-beta * f).mean()


def trl_robust(r, f, beta=0.1, label_smoothing=0.0):
    t = beta * (r - f)
    clean, flipped = -(1 - label_smoothing) * F.logsigmoid(t), -label_smoothing * F.logsigmoid(-t)
    return ((clean - flipped) / (1 - 2 * label_smoothing)).mean()


def trl_bco_pair_chosen(r, beta=0.1):
    return -F.logsigmoid(beta * r).mean()


def trl_bco_pair_rejected(f, beta=0.1):
    return -F.logsigmoid(-beta * f).mean()


def trl_sppo_hard_chosen(r, beta=0.1):
    return ((r - 0.5 / beta) ** 2).mean()


def trl_sppo_hard_rejected(f, beta=0.1):
    return ((f + 0.5 / beta) ** 2).mean()


def trl_aot_unpaired(r, f, beta=0.1, label_smoothing=0.0):
    return _log_sigmoid_cost(beta * (torch.sort(r, dim=0)[0] - torch.sort(f, dim=0)[0]), label_smoothing).mean()


def trl_apo_zero_chosen(r, beta=0.1):
    return (1 - torch.sigmoid(beta * r)).mean()


def trl_apo_zero_rejected(f, beta=0.1):
    return torch.sigmoid(beta * f).mean()


def trl_apo_down(r, f, beta=0.1):
    return (torch.sigmoid(beta * r) + 1 - torch.sigmoid(beta * (r - f))).mean()


def trl_discopop(r, f, beta=0.1, discopop_tau=0.05):
    t = beta * (r - f)
    weight = torch.sigmoid(t / discopop_tau)
    return (-F.logsigmoid(t) * (1 - weight) + torch.exp(-t) * weight).mean()


def trl_reward(r, f, center_rewards_coefficient=0.0):
    return -F.logsigmoid(r - f).mean() + center_rewards_coefficient * ((r + f) ** 2).mean()


_BETA = ({"beta": 0.75},)
_SMOOTHED = ({"beta": 0.75}, {"beta": 0.5, "label_smoothing": 0.125})

# ---- sbi-dev/sbi sbi/inference/trainers/nre/{nre_a,nre_b,nre_c,bnre}.py: r (B, 1) of joint pairs, f (B, K) of K others of the
# same observation. nre_a and bnre: one mean over both joined, so half of a mean a side, by BCELoss on the sigmoid; bnre's
# strength multiplies no such half, so it is twice that of the paper and its code (see `witnesses_ratio`). nre_c: the code has
# two draws of contrasting pairs, here one: the joint pair with the first K - 1 of f, and f. No generator; g is minus d.


def sbi_nre_a(r, f):
    return 0.5 * (F.softplus(-r).mean() + F.softplus(f).mean())


def sbi_bnre(r, f, regularization_strength=100.0):
    return sbi_nre_a(r, f) + regularization_strength * (torch.sigmoid(r) + torch.sigmoid(f) - 1).mean().square()


def sbi_nre_b(r, f):
    return -(r[:, 0] - torch.logsumexp(torch.cat([r[:, :1], f], 1), 1)).mean()


def sbi_nre_c(r, f, gamma=1.0):
    classes = f.shape[1]
    log_k = torch.log(torch.full_like(r[:, :1], float(classes)))
    log_gamma = torch.log(torch.tensor(gamma, dtype=r.dtype))
    joint = torch.cat([log_gamma + r[:, :1], log_gamma + f[:, :-1], log_k], 1)
    marginal = torch.cat([log_gamma + f, log_k], 1)
    first = log_gamma + r[:, 0] - torch.logsumexp(joint, 1)
    none = log_k[:, 0] - torch.logsumexp(marginal, 1)
    return -(none / (1 + gamma) + first * gamma / (1 + gamma)).mean()


# ---- thuml/Transfer-Learning-Library tllib/alignment/{dann,cdan,mdd}.py and tllib/modules/grl.py: r on the source (label 1),
# f on the target. dann: half of a mean a side; cdan without entropy weights: one mean over both joined, the same of equally
# many. The critic ends in its own sigmoid. G: a gradient reversal layer, with a coefficient that rises from 0 to 1 over about
# max_iters steps (mdd's: to 0.1); at alpha 1 and step 1000 it is at 0.46 of the way. It calls np.float, which NumPy 1.24
# removed. mdd: the example minimises minus the discrepancy. The two labels are the main head's predictions. 1e-6 is added
# inside of the logarithm, which is held at 0: -log(1 - p) is then at most 13.8, and 0 where p is below 1e-6.


def tllib_d(r, f):
    """tllib dann.py, DomainAdversarialLoss and cdan.py, ConditionalDomainAdversarialLoss, with sigmoid."""
    return 0.5 * (_bce(r, 1.0) + _bce(f, 0.0))


def tllib_mdd(r, f, real_labels, fake_labels, margin=4.0):
    """tllib mdd.py, ClassificationMarginDisparityDiscrepancy, negated: scores (B, classes) of the adversarial head."""
    agree = F.cross_entropy(r, real_labels, reduction="none")
    other = torch.clamp(1 - torch.softmax(f, 1) + 1e-6, max=1.0)
    disagree = torch.log(other).gather(1, fake_labels.unsqueeze(1)).squeeze(1)
    return -(-margin * agree + disagree).mean()


# ---- deel-ai/deel-torchlip deel/torchlip/functional.py and modules/loss.py (KRLoss, NegKRLoss, HingeMarginLoss, HKRLoss):
# real is a target above 0. A classifier there: G is -mean f, as ours to add. The hinge is one mean over both sides joined,
# half of a mean a side of equally many, with half of min_margin. alpha has no default in HKRLoss; 0.98 is the examples'.


def deel_hinge_margin(r, f, min_margin=1.0):
    return (F.relu(min_margin / 2 - r).mean() + F.relu(min_margin / 2 + f).mean()) / 2


def deel_hkr(r, f, alpha=0.98, min_margin=1.0):
    return alpha * deel_hinge_margin(r, f, min_margin) - (1 - alpha) * (r.mean() - f.mean())


def deel_g(f, r, alpha=0.98, min_margin=1.0):
    return -f.mean()


WITNESSES: dict[str, Witness] = {
    "trl/sigmoid": Witness(*_swapped(trl_sigmoid), "one", _BETA, _SAMPLES),
    "trl/sigmoid_norm": Witness(*_swapped(trl_sigmoid), "one", _BETA, _SAMPLES),
    "trl/hinge": Witness(*_swapped(trl_hinge), "one", _BETA, _SAMPLES),
    "trl/ipo": Witness(*_swapped(trl_ipo), "one", _BETA, _SAMPLES),
    "trl/exo_pair": Witness(*_swapped(trl_exo_pair), "one", _SMOOTHED, _SAMPLES),
    "trl/nca_pair": Witness(*_of_each(trl_nca_pair_chosen, trl_nca_pair_rejected), "one", _BETA, _SAMPLES),
    "trl/robust": Witness(*_swapped(trl_robust), "one", _SMOOTHED, _SAMPLES),
    "trl/bco_pair": Witness(*_of_each(trl_bco_pair_chosen, trl_bco_pair_rejected), "one", _BETA, _SAMPLES),
    "trl/sppo_hard": Witness(*_of_each(trl_sppo_hard_chosen, trl_sppo_hard_rejected), "one", _BETA, _SAMPLES),
    "trl/aot_unpaired": Witness(*_swapped(trl_aot_unpaired), "one", _SMOOTHED, _SAMPLES),
    "trl/apo_zero": Witness(*_of_each(trl_apo_zero_chosen, trl_apo_zero_rejected), "one", _BETA, _SAMPLES),
    "trl/apo_down": Witness(*_swapped(trl_apo_down), "one", _BETA, _SAMPLES),
    "trl/discopop": Witness(*_swapped(trl_discopop), "one", ({"beta": 0.25, "discopop_tau": 0.5},), _SAMPLES),
    "trl/reward": Witness(*_swapped(trl_reward), "one", ({"center_rewards_coefficient": 0.25},), _SAMPLES),
    "sbi/nre_a": Witness(*_reversed(sbi_nre_a), "one", shapes=_SAMPLES),
    "sbi/nre_b": Witness(*_reversed(sbi_nre_b), "one", shapes=_SAMPLES),
    "sbi/nre_c": Witness(*_reversed(sbi_nre_c), "one", ({"gamma": 0.25},), _SAMPLES),
    "sbi/bnre": Witness(*_reversed(sbi_bnre), "one", ({"regularization_strength": 2.0},), _SAMPLES),
    "tllib/dann": Witness(*_reversed(tllib_d), "one", shapes=_SAMPLES),
    "tllib/cdan": Witness(*_reversed(tllib_d), "one", shapes=_SAMPLES),
    "tllib/mdd": Witness(*_reversed(tllib_mdd), "one", ({"margin": 2.0},), ((1, 4), (5, 4))),
    "deel/kr": Witness(_wasserstein_d, _linear_g, "one", shapes=_SAMPLES),
    "deel/hinge_margin": Witness(deel_hinge_margin, deel_g, "one", ({"min_margin": 3.0},), _SAMPLES),
    "deel/hkr": Witness(deel_hkr, deel_g, "one", ({"alpha": 0.5}, {"alpha": 0.25, "min_margin": 3.0}), _SAMPLES),
}
