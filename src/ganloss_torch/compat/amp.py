"""The terms of adversarial motion priors in IsaacGymEnvs and skrl.

isaac-sim/IsaacGymEnvs, isaacgymenvs/learning/amp_continuous.py, from whose configuration the names are; Toni-SM/skrl,
skrl/agents/torch/amp/amp.py, has the same terms. D's loss is the sum of them, times `disc_coef` (in skrl
`discriminator_loss_scale`), 5 in both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from ganloss_torch._backend import backend
from ganloss_torch._losses import discriminator_loss
from ganloss_torch._terms import reward
from ganloss_torch.compat._grouped import mean
from ganloss_torch.compat._slopes import slope

__all__ = ["disc_grad_penalty", "disc_logit_reg", "disc_loss", "disc_rewards", "disc_weight_decay"]


def disc_loss(disc_agent_logit: Tensor, disc_demo_logit: Tensor, *, group: Any = None) -> Tensor:
    """The prediction loss, half of E softplus(agent) + E softplus(-demo); the paper has least squares.

    Arguments:
        disc_agent_logit: logits of the agent's samples and of replayed ones, joined in one array: their mean is taken together.
        disc_demo_logit: logits of demonstrations.
        group: the processes whose logits are one batch, as in `ganloss_torch.GANLoss`.

    Peng et al. 2021, arXiv:2104.02180, section 5.1.

    >>> import torch
    >>> disc_loss(torch.cat([torch.zeros(4, 1), torch.zeros(2, 1)]), torch.zeros(4, 1))
    tensor(0.6931)
    """
    return 0.5 * discriminator_loss("logistic", disc_demo_logit, disc_agent_logit, group=group)


def disc_grad_penalty(disc_demo_logit: Tensor, obs_demo: Tensor, coefficient: float = 5.0, *, group: Any = None) -> Tensor:
    """coefficient times the mean squared norm of the gradient at demonstrations, where the paper has half of its weight.

    Arguments:
        disc_demo_logit: logits of demonstrations, with their graph.
        obs_demo: the demonstrations, which required a gradient before; the norm is along the last axis.
        coefficient: `disc_grad_penalty` of the configuration, in skrl `discriminator_gradient_penalty_scale`.
        group: the processes whose samples are one batch, as in `ganloss_torch.GANLoss`.

    Peng et al. 2021, arXiv:2104.02180, equation 8.

    >>> import torch
    >>> demo = torch.ones(3, 2, requires_grad=True)
    >>> disc_grad_penalty(demo.square().sum(1, keepdim=True), demo).item()
    40.0
    """
    squares = slope(disc_demo_logit, obs_demo).square().sum(-1)
    return coefficient * (squares.mean() if group is None else mean(squares, group))


def disc_logit_reg(logit_weights: Tensor, coefficient: float = 0.05) -> Tensor:
    """coefficient times the sum of squares of the weights of D's last layer.

    In skrl the coefficient is `discriminator_logit_regularization_scale`.

    >>> import torch
    >>> disc_logit_reg(torch.ones(1, 8), 0.5).item()
    4.0
    """
    return coefficient * _squares([logit_weights])


def disc_weight_decay(disc_weights: Iterable[Tensor], coefficient: float = 0.0001) -> Tensor:
    """coefficient times the sum of squares of the weights, not biases, of all of D's layers, the last one too.

    It is the loss's part of weight decay: `discriminator_weight_decay_scale` in skrl. Raises ValueError without weights.

    >>> import torch
    >>> disc_weight_decay([torch.ones(3, 8), torch.ones(1, 3)], 1.0).item()
    27.0
    """
    return coefficient * _squares(disc_weights)


def disc_rewards(disc_logits: Tensor, disc_reward_scale: float = 2.0) -> Tensor:
    """The style reward of each sample, scale times -log max(1 - sigmoid(d), 1e-4): a constant, of the logits' shape.

    That is min(softplus(d), 9.21), at most 9.21 times the scale, and computed so: where the original subtracts a rounded
    probability from 1, which costs it up to three digits of float32 near the truncation, here all digits are right.

    Arguments:
        disc_logits: logits of the agent's samples.
        disc_reward_scale: `style_reward_scale` in skrl.

    >>> import torch
    >>> disc_rewards(torch.tensor([0.0, 9.0, 100.0]), 1.0)
    tensor([0.6931, 9.0001, 9.2103])
    """
    return disc_reward_scale * reward("logistic", disc_logits, generator="saturating", largest=-math.log(1e-4))


def _squares(weights: Iterable[Tensor]) -> Tensor:
    each = [backend.logits(w, "weights").square().sum() for w in weights]
    if not each:
        raise ValueError("there are no weights: give those of D's layers, such as [layer.weight]")
    return torch.stack(each).sum()
