"""Witness of a recipe: adversarial motion priors; the form is that of `witnesses_recipes_images`."""

import torch
import torch.nn.functional as F

# ---- isaac-sim/IsaacGymEnvs isaacgymenvs/learning/amp_continuous.py, _disc_loss and _calc_disc_rewards


def d_amp(critic, real, fake, *, logit_weights, weights, disc_coef=5.0, logit_reg=0.05, grad_penalty=5.0, weight_decay=0.0001):
    """All of it times disc_coef 5: half of both cross-entropies, the penalty 5 without a half, and two sums of squares.

    cfg/train/HumanoidAMPPPO.yaml. real are the demonstrations' observations (B, n), normalised; fake the agent's and a replay
    buffer's in one tensor, which may be longer. The penalty is on the demonstrations. logit_weights: the last layer's, times
    0.05; weights: all of D's weights (no biases), the last layer's again, times 1e-4. Outside: one optimiser and one step with
    PPO's losses (mini_epochs 6); Adam 5e-5; replay keeps 1 in 100.
    """
    real = real.detach().requires_grad_(True)
    r, f = critic(real), critic(fake.detach())
    (gradient,) = torch.autograd.grad(r.sum(), real, create_graph=True)
    return {
        "fake": disc_coef * 0.5 * F.binary_cross_entropy_with_logits(f, torch.zeros_like(f)),
        "real": disc_coef * 0.5 * F.binary_cross_entropy_with_logits(r, torch.ones_like(r)),
        "gradient_penalty": disc_coef * grad_penalty * gradient.square().sum(-1).mean(),
        "logit_weights": disc_coef * logit_reg * logit_weights.square().sum(),
        "weights": disc_coef * weight_decay * sum(w.square().sum() for w in weights),
    }


def g_amp(critic, fake, *, reward_scale=2.0):
    """No loss: under "reward" what PPO maximises, of each sample: -2 log max(1 - sigmoid(D), 1e-4).

    The original has it without a gradient, as this had at first; here there is one, to compare that of a loss with.
    """
    probability = 1 / (1 + torch.exp(-critic(fake)))
    return {"reward": -torch.log(torch.clamp(1 - probability, min=1e-4)) * reward_scale}
