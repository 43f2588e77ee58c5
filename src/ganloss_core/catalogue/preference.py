"""Preference learning: the chosen and the rejected answer to one prompt are a pair of a real and a fake logit.

A logit is an answer's score: a reward model's, or the log of the policy's likelihood over the reference's. What the policy, or
the reward model, minimises is D's loss; G's is the same game with the sides swapped. `bradley_terry` is the paired logistic.
"""

from __future__ import annotations

import math

from ganloss_core.spec.loss import BatchLoss, Loss, paired
from ganloss_core.spec.registry import register
from ganloss_core.spec.sides import E, Sides
from ganloss_core.words.ops import A, Ops


def _check(name: str, beta: float, label_smoothing: float = 0.0) -> None:
    if beta <= 0.0:
        raise ValueError(f"{name}: beta must be positive, got {beta}")
    if not 0.0 <= label_smoothing < 0.5:
        raise ValueError(f"{name}: label_smoothing must be in 0..0.5, 0.5 itself left out, got {label_smoothing}")


@register
def dpo(ops: Ops[A], *, beta: float = 0.1, label_smoothing: float = 0.0) -> Loss[A]:
    """Direct preference optimisation; conservative with `label_smoothing`, the share of pairs whose labels are swapped.

    D: E (1 - s) softplus(-b t) + s softplus(b t), t = r_i - f_i, b = beta, s = label_smoothing; G: sides swapped.

    Rafailov et al. 2023, arXiv:2305.18290, equation 7; Mitchell 2023, as in huggingface/trl.
    """
    _check("dpo", beta, label_smoothing)
    s = label_smoothing

    def term(t: A) -> A:
        return ops.softplus(-beta * t) if s == 0.0 else (1.0 - s) * ops.softplus(-beta * t) + s * ops.softplus(beta * t)

    return Loss(real=term, fake=lambda t: term(-t), coupling=paired)


@register(aliases=("robust_dpo",))
def dpo_robust(ops: Ops[A], *, beta: float = 0.1, label_smoothing: float = 0.1) -> Loss[A]:
    """DPO without the bias that swapped labels bring, of which `label_smoothing` is the share.

    D: E ((1 - s) softplus(-b t) - s softplus(b t)) / (1 - 2 s), t = r_i - f_i, b = beta; G: sides swapped.

    Chowdhury et al. 2024, arXiv:2403.00409, as in huggingface/trl.
    """
    _check("dpo_robust", beta, label_smoothing)
    s, scale = label_smoothing, 1.0 / (1.0 - 2.0 * label_smoothing)

    def term(t: A) -> A:
        return (scale * (1.0 - s)) * ops.softplus(-beta * t) - (scale * s) * ops.softplus(beta * t)

    return Loss(real=term, fake=lambda t: term(-t), coupling=paired)


@register
def slic(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """The hinge on a pair: sequence likelihood calibration, and RSO's `hinge-norm`.

    D: E relu(1 - b t), t = r_i - f_i, b = beta; G: sides swapped. The derivative at the margin is 0.

    Zhao et al. 2023, arXiv:2305.10425; Liu et al. 2023, arXiv:2309.06657, section 3.
    """
    _check("slic", beta)
    return Loss(real=lambda t: ops.relu(1.0 - beta * t), fake=lambda t: ops.relu(1.0 + beta * t), coupling=paired)


@register
def ipo(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """Identity preference optimisation: the chosen score is to lead by 1 / (2 b), and by no more.

    D: E (t - 1 / (2 b))^2, t = r_i - f_i, b = beta; G: sides swapped. In huggingface/trl the scores are divided by the answers'
    lengths before.

    Azar et al. 2023, arXiv:2310.12036, equation 17.
    """
    _check("ipo", beta)
    lead = 0.5 / beta
    return Loss(real=lambda t: ops.square(t - lead), fake=lambda t: ops.square(t + lead), coupling=paired)


@register(aliases=("exo",))
def exo_pair(ops: Ops[A], *, beta: float = 0.1, label_smoothing: float = 0.001) -> Loss[A]:
    """Efficient exact optimisation: the reverse KL divergence of the pair's probabilities from the smoothed labels.

    D: E p (log p - log(1 - s)) + (1 - p) (log(1 - p) - log s), p = sigmoid(b t), t = r_i - f_i, b = beta; G: sides swapped.

    Ji et al. 2024, arXiv:2402.00856, as in huggingface/trl.
    """
    _check("exo_pair", beta, label_smoothing)
    if label_smoothing == 0.0:
        raise ValueError("exo_pair: label_smoothing must be positive, got 0: the loss has its logarithm")
    of_chosen, of_rejected = math.log1p(-label_smoothing), math.log(label_smoothing)

    def term(t: A) -> A:
        chosen, rejected = -ops.softplus(-beta * t) - of_chosen, -ops.softplus(beta * t) - of_rejected
        return ops.sigmoid(beta * t) * chosen + ops.sigmoid(-beta * t) * rejected

    return Loss(real=term, fake=lambda t: term(-t), coupling=paired)


@register(aliases=("nca",))
def nca_pair(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """Noise contrastive alignment: the chosen score up, and both near 0.

    D: E (softplus(-b r) + softplus(b r) / 2) + E softplus(b f) / 2, b = beta; G: the real term, of fakes.

    Chen et al. 2024, arXiv:2402.05369, as in huggingface/trl.
    """
    _check("nca_pair", beta)
    return Loss(
        real=lambda t: ops.softplus(-beta * t) + 0.5 * ops.softplus(beta * t), fake=lambda t: 0.5 * ops.softplus(beta * t)
    )


@register(aliases=("bco",))
def bco_pair(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """Binary classifier optimisation: the logistic loss of the scores, after these are multiplied by beta.

    D: E softplus(-b r) + E softplus(b f), b = beta; G: E softplus(-b f). The paper's running mean of the rewards, `delta`, is
    left out: take delta / beta from the scores.

    Jung et al. 2024, arXiv:2404.04656, as in huggingface/trl.
    """
    _check("bco_pair", beta)
    return Loss(real=lambda t: ops.softplus(-beta * t), fake=lambda t: ops.softplus(beta * t))


@register(aliases=("sppo",))
def sppo_hard(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """Self-play preference optimisation with hard labels: least squares to the labels 1 / (2 b) and -1 / (2 b).

    D: E (r - 1 / (2 b))^2 + E (f + 1 / (2 b))^2, b = beta; G: the real term, of fakes.

    Wu et al. 2024, arXiv:2405.00675, as in huggingface/trl.
    """
    _check("sppo_hard", beta)
    label = 0.5 / beta
    return Loss(real=lambda t: ops.square(t - label), fake=lambda t: ops.square(t + label))


@register
def apo_zero(ops: Ops[A], *, beta: float = 0.1) -> Loss[A]:
    """Anchored preference optimisation that raises what is chosen and lowers what is rejected.

    D: E sigmoid(-b r) + E sigmoid(b f), b = beta; G: E sigmoid(-b f).

    D'Oosterlinck et al. 2024, arXiv:2408.06266, as in huggingface/trl.
    """
    _check("apo_zero", beta)
    return Loss(real=lambda t: ops.sigmoid(-beta * t), fake=lambda t: ops.sigmoid(beta * t))


@register
def apo_down(ops: Ops[A], *, beta: float = 0.1) -> BatchLoss[A]:
    """Anchored preference optimisation that lowers both, and what is rejected more.

    D: E sigmoid(b r) + E sigmoid(-b (r_i - f_i)), b = beta; G: sides swapped.

    D'Oosterlinck et al. 2024, arXiv:2408.06266, as in huggingface/trl.
    """
    _check("apo_down", beta)

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        # Of one part, each element would be a difference of two slopes.
        return Sides(real=ops.sigmoid(beta * r), pair=ops.sigmoid(-beta * (r - f)))

    return BatchLoss(discriminator=discriminator, paired="always")


@register
def aot_pair(ops: Ops[A], *, beta: float = 0.1, label_smoothing: float = 0.0) -> BatchLoss[A]:
    """Alignment by optimal transport: `dpo` of the i-th smallest chosen score with the i-th smallest rejected one.

    D: E (1 - s) softplus(-b t) + s softplus(b t), t = sorted(r)_i - sorted(f)_i, b = beta, s = label_smoothing; G: sides
    swapped. It takes no weights.

    Melnyk et al. 2024, arXiv:2406.05882, the unpaired form.
    """
    of_pair = dpo(ops, beta=beta, label_smoothing=label_smoothing).real

    def discriminator(r: A, f: A, E: E[A]) -> Sides[A]:
        return Sides(pair=of_pair(E.real.sorted(r) - E.fake.sorted(f)))

    return BatchLoss(discriminator=discriminator, paired="always")


@register
def discopop(ops: Ops[A], *, beta: float = 0.1, temperature: float = 0.05) -> Loss[A]:
    """The blend of the logistic and the exponential loss that a language model proposed.

    D: E (1 - m) softplus(-b t) + m e^(-b t), m = sigmoid(b t / temperature), t = r_i - f_i, b = beta; G: sides swapped.

    Lu et al. 2024, arXiv:2406.08414, as in huggingface/trl.
    """
    _check("discopop", beta)
    if temperature <= 0.0:
        raise ValueError(f"discopop: temperature must be positive, got {temperature}")
    sharper = beta / temperature

    def term(t: A) -> A:
        # m e^(-b t), of which one factor may overflow where the other is nearly 0.
        exponential = ops.exp(-ops.softplus(-sharper * t) - beta * t)
        return ops.sigmoid(-sharper * t) * ops.softplus(-beta * t) + exponential

    return Loss(real=term, fake=lambda t: term(-t), coupling=paired)
