"""TRL's losses of pairs (huggingface/trl, trl/trainer/dpo_trainer.py and reward_trainer.py)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ganloss_torch._backend import backend
from ganloss_torch._losses import discriminator_loss
from ganloss_torch._terms import drift

__all__ = ["dpo_loss", "reward_loss"]

_SMOOTHED = {"exo_pair": "exo_pair", "robust": "dpo_robust", "aot_unpaired": "aot_pair"}
_OF_AVERAGES = {"ipo": "ipo", "sigmoid_norm": "dpo"}
_LOSSES = {
    "sigmoid": "dpo",
    "hinge": "slic",
    **_OF_AVERAGES,
    **_SMOOTHED,
    **{name: name for name in ("nca_pair", "bco_pair", "sppo_hard", "apo_zero", "apo_down", "discopop")},
}
_OF_OTHERS = {
    "aot": "it sorts the policy's and the reference's leads: give 'aot_unpaired' these two, chosen_logps - rejected_logps and "
    "ref_chosen_logps - ref_rejected_logps",
    "sft": "it is the cross-entropy of the chosen answers' tokens",
}


def dpo_loss(
    chosen_logratios: Tensor,
    rejected_logratios: Tensor,
    beta: float = 0.1,
    loss_type: str = "sigmoid",
    label_smoothing: float = 0.0,
    *,
    discopop_tau: float = 0.05,
    chosen_lengths: Tensor | None = None,
    rejected_lengths: Tensor | None = None,
    group: Any = None,
) -> Tensor:
    """TRL's DPO loss of one `loss_type`, the mean over pairs.

    Of a list of loss types with weights, as TRL's configuration may have it, it is each term. For another `f_divergence_type`
    than the default give the scores that TRL makes of the log-ratios.

    Arguments:
        chosen_logratios: log-likelihoods of the chosen answers under the policy less those under the reference, of shape (n,).
        rejected_logratios: the same of the rejected ones.
        beta: the factor before log-ratios.
        loss_type: "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard", "aot_unpaired",
            "apo_zero", "apo_down", "discopop" or "sigmoid_norm".
        label_smoothing: of "exo_pair", "robust" and "aot_unpaired"; TRL's others, "sigmoid" too, do not read it, and here it
            must be 0 for them. DPO with smoothed labels is `GANLoss("dpo", label_smoothing=...)`.
        discopop_tau: the temperature of "discopop".
        chosen_lengths, rejected_lengths: numbers of tokens of the answers, which "ipo" and "sigmoid_norm" divide by.
        group: the processes whose pairs are one batch, as in `ganloss_torch.GANLoss`.

    Raises ValueError for another `loss_type`, for arrays of two shapes, for a `label_smoothing` beyond [0, 0.5), of "exo_pair"
    also for 0, and for lengths that are missing or that nothing divides by.

    Rafailov et al. 2023, arXiv:2305.18290, equation 7; the losses by name have the other papers.

    >>> import torch
    >>> dpo_loss(torch.tensor([2.0, 5.0]), torch.tensor([1.0, 5.0]), beta=1.0, loss_type="hinge").item()
    0.5
    """
    if not isinstance(loss_type, str) or loss_type not in _LOSSES:
        because = f", {_OF_OTHERS[loss_type]}" if isinstance(loss_type, str) and loss_type in _OF_OTHERS else ""
        raise ValueError(f"loss_type must be one of {', '.join(map(repr, _LOSSES))}, got {loss_type!r}{because}")
    _check_pairs("chosen_logratios and rejected_logratios", chosen_logratios, rejected_logratios)
    if any((n is None) == (loss_type in _OF_AVERAGES) for n in (chosen_lengths, rejected_lengths)):
        wants = "needs chosen_lengths and rejected_lengths" if loss_type in _OF_AVERAGES else "divides by no lengths"
        raise ValueError(f"loss_type={loss_type!r} {wants}")
    chosen, rejected = chosen_logratios, rejected_logratios
    if chosen_lengths is not None and rejected_lengths is not None:
        chosen, rejected = _average(chosen, chosen_lengths), _average(rejected, rejected_lengths)
    if label_smoothing and loss_type not in _SMOOTHED:
        also = ": smoothed, it is GANLoss('dpo', label_smoothing=...)" if loss_type == "sigmoid" else ""
        raise ValueError(f"loss_type={loss_type!r} of TRL does not read label_smoothing, got {label_smoothing}{also}")
    settings: dict[str, Any] = {"beta": beta}
    if loss_type in _SMOOTHED:
        settings["label_smoothing"] = label_smoothing
    if loss_type == "discopop":
        settings["temperature"] = discopop_tau
    loss: Tensor = discriminator_loss(_LOSSES[loss_type], chosen, rejected, group=group, **settings)
    return loss


def reward_loss(
    rewards_chosen: Tensor,
    rewards_rejected: Tensor,
    margin: Tensor | None = None,
    center_rewards_coefficient: float | None = None,
    *,
    group: Any = None,
) -> Tensor:
    """The loss of TRL's reward model, Bradley and Terry's: E softplus(rejected - chosen + margin).

    Arguments:
        rewards_chosen: the model's outputs for the chosen answers, of shape (n,).
        rewards_rejected: those for the rejected ones.
        margin: by how much the chosen one is to lead, one number a pair.
        center_rewards_coefficient: a factor of the mean of (chosen + rejected)^2, which is added; None for none.
        group: the processes whose pairs are one batch, as in `ganloss_torch.GANLoss`.

    Raises ValueError for arrays of several shapes.

    Touvron et al. 2023, arXiv:2307.09288, equation 2; Eisenstein et al. 2023, arXiv:2312.09244, for the centring.

    >>> import torch
    >>> reward_loss(torch.tensor([3.0, 1.0]), torch.tensor([3.0, 1.0]), center_rewards_coefficient=0.01)
    tensor(0.8931)
    """
    _check_pairs("rewards_chosen and rewards_rejected", rewards_chosen, rewards_rejected)
    chosen, rejected = (backend.logits(x, "rewards") for x in (rewards_chosen, rewards_rejected))
    lead = chosen
    if margin is not None:
        if not isinstance(margin, Tensor):
            raise TypeError(f"margin must be a tensor with one number a pair, got {type(margin).__name__}")
        _check_pairs("rewards and margin", chosen, margin)
        lead = chosen - margin
    loss = discriminator_loss("bradley_terry", lead, rejected, group=group)
    if center_rewards_coefficient is None:
        return loss
    return loss + drift(chosen + rejected, center_rewards_coefficient, group=group)


def _check_pairs(names: str, x: Tensor, y: Tensor) -> None:
    if x.shape != y.shape:
        raise ValueError(f"{names} must have one shape, got {tuple(x.shape)} and {tuple(y.shape)}")


def _average(x: Tensor, lengths: Tensor) -> Tensor:
    _check_pairs("log-ratios and lengths", x, lengths)
    # An answer without tokens has the log-ratio 0.
    return backend.logits(x, "log-ratios") / lengths.clamp(min=1)
