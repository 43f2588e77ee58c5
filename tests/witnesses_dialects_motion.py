"""Witnesses: the discriminators' losses of motion priors and imitation learning, transcribed from those codebases' own source,
in the manner of `witnesses_dialects_research.py`: `r` on the demonstrations and `f` on the agent's samples, one head.

No generator is trained by gradient: a policy is, by reinforcement learning, on a reward of each logit. `REWARDS` has it,
elementwise and without the codebase's scale, and `g` is minus its mean over the agent's samples. Where a codebase keeps a
replay buffer, `f` is the agent's samples and the replayed ones in one array, half and half. Penalties on gradients and on
weights are left out and described; they are of D.
"""

import torch
import torch.nn.functional as F

from witnesses_dialects_research import Witness


def _bce(x, label):
    return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label))


def _half_cross_entropy_d(r, f):
    return 0.5 * (_bce(f, 0.0) + _bce(r, 1.0))


def _minus_mean(reward):
    return lambda f, r, **parameters: -reward(f, **parameters).mean()


# ---- isaac-sim/IsaacGymEnvs isaacgymenvs/learning/amp_continuous.py, _disc_loss and _calc_disc_rewards, where the paper
# (Peng et al. 2021, arXiv:2104.02180) has least squares with labels 1 and -1 and the reward max(0, 1 - (D - 1)^2 / 4). The
# agent's logits and the replayed ones are joined before the mean. All of D's loss has a weight in the sum with the policy's
# (disc_coef, 5). In it: 5 (disc_grad_penalty) E |gradient by the demonstrations|^2, no half, which is the paper's 10 / 2;
# 0.05 of the sum of squares of the last layer's weights, and 1e-4 of that of all of D's weights. The same in
# Toni-SM/skrl skrl/agents/torch/amp/amp.py, with the same defaults, style_reward_scale (2) and discriminator_loss_scale (5);
# the two penalties on weights there and the penalty on gradients are skipped at 0.


def truncated_log_reward(logits):
    """IsaacGymEnvs, skrl, MimicKit, ProtoMotions (1e-4 there is an argument, `eps`): -log max(1 - sigmoid, 1e-4): at most
    9.21, and without slope for logits above 9.21. Where 1 - sigmoid is taken literally, as here, it is rounded."""
    probability = 1 / (1 + torch.exp(-logits))
    return -torch.log(torch.clamp(1 - probability, min=1e-4))


# ---- xbpeng/MimicKit mimickit/learning/amp_agent.py, _compute_disc_loss; the author's later code. As IsaacGymEnvs, but the
# penalty is half of the mean on demonstrations plus half of that on the agent's and replayed samples, and it is of the
# normalised observations. add_agent.py (Zhang et al. 2025, arXiv:2505.04961, differences of agent and demonstration): the
# same, with the one zero vector for all demonstrations, so `r` is one logit whatever the size of `f`. ase_agent.py uses the
# loss of amp_agent.py.

# ---- NVlabs/ProtoMotions protomotions/agents/amp/component.py, discriminator_step. Half of [E softplus(-expert) + half of
# (E softplus(agent) + E softplus(replay))]: half of the mean over both joined, as in IsaacGymEnvs. With ASE's conditional
# discriminator (agents/ase/agent.py) a third term, of experts with the wrong latents, is added to the same half: three terms
# times a half, and so 1.5 times the mean over all three joined, against 1 for the experts. Those latents are drawn uniformly
# on (0, 1) before they are normalised: on the part of the sphere with all coordinates positive. The rewards end an episode
# after ten in a row below 0.05. Penalty: 5 E |gradient|^2 of the experts, 1e-4 and 0.01 of squares of weights.


def protomotions_ase_d(r, f):
    """ProtoMotions component.py, discriminator_step with negative_expert_obs: f is agent, replayed and negative expert
    samples, as many of each; only then is this that code's value."""
    return 0.5 * (-F.logsigmoid(r).mean() + 1.5 * F.softplus(f).mean())


# ---- gbionics/amp-rsl-rl amp_rsl_rl/networks/discriminator.py, loss_type BCEWithLogits or Wasserstein. The first: penalty of
# 10 / 2 E |gradient by the experts|^2 (trainer's lambda_, 10), and the reward has no truncation (reward_clamp_epsilon is
# stored and not read). The second: Wasserstein's of tanh(eta_wgan x), so bounded, plus the two-sided penalty of 10
# E (|gradient| - 1)^2 on mixtures, of the scores without the tanh; its reward is exp(tanh(eta_wgan x)), always positive.


def amp_rsl_rl_wasserstein_d(r, f, eta_wgan=0.3):
    """amp-rsl-rl discriminator.py, wgan_loss."""
    return torch.tanh(eta_wgan * f).mean() - torch.tanh(eta_wgan * r).mean()


def log_reward(logits):
    """amp-rsl-rl, BCEWithLogits, and imitation, GAIL: -log(1 - sigmoid)."""
    return F.softplus(logits)


def amp_rsl_rl_wasserstein_reward(logits, eta_wgan=0.3):
    """amp-rsl-rl discriminator.py, predict_reward."""
    return torch.exp(torch.tanh(eta_wgan * logits))


# ---- kscalelabs/ksim ksim/task/amp.py (JAX), get_disc_losses: the paper's least squares, but as half of a sum over samples
# and time and not a mean, while the penalty, 10 / 2 E |gradient by the real motions|^2, is a mean: their balance goes with the
# batch's size. The docstring of call_discriminator says that a sigmoid follows; none does.


def ksim_d(r, f):
    """Ksim amp.py, get_disc_losses."""
    return 0.5 * ((r - 1) ** 2).sum() + 0.5 * ((f + 1) ** 2).sum()


def least_squares_reward(logits):
    """Ksim amp.py, AMPReward; also the reward of the paper, arXiv:2104.02180, eq. 7."""
    return torch.clamp(1.0 - 0.25 * (logits - 1.0) ** 2, min=0.0)


# ---- HumanCompatibleAI/imitation src/imitation/algorithms/adversarial/common.py, gail.py, airl.py: one cross-entropy over a
# batch of equally many expert and agent samples, so half of a mean a side; a demonstration is 1 there and 0 in the paper.
# GAIL's reward is -log(1 - D). AIRL's logit is r(s, a, s') - log pi(a | s), and its reward is the network's r and not the
# logit, which the paper has (log D - log(1 - D)): the identity of the logit, plus log pi.


def imitation_airl_reward(logits):
    """Imitation airl.py, reward_train, of the reward network's output."""
    return logits


# ---- google-deepmind/acme acme/agents/jax/ail/losses.py and rewards.py (JAX). gail_loss: one mean over both sides joined, so
# half of a mean a side, less entropy_coefficient times the mean entropy of the Bernoulli of each logit, in nats. gail.py uses
# it plainly; dac.py with entropy_coefficient 1e-3 and 10 E (|gradient + 1e-8| - 1)^2 on mixtures; mixup is left out here.
# pugail_loss has no half. Its two first arguments have no default there; those here are for a test alone. With pugail_beta the
# negative part is cut pair by pair, demonstration i with agent sample i, where the paper (Xu & Denil 2019, arXiv:1911.00459)
# has the risk of the whole batch.


def _entropy(x):
    return ((1 - torch.sigmoid(x)) * x - F.logsigmoid(x)).mean()


def acme_gail_d(r, f, entropy_coefficient=0.0):
    """Acme losses.py, gail_loss without mixup."""
    everything = torch.cat([f.flatten(), r.flatten()])
    labels = torch.cat([torch.zeros_like(f.flatten()), torch.ones_like(r.flatten())])
    cost = labels * F.softplus(-everything) + (1 - labels) * F.softplus(everything)
    return cost.mean() - entropy_coefficient * _entropy(everything)


def acme_pugail_d(r, f, positive_class_prior=0.5, entropy_coefficient=0.0, pugail_beta=None):
    """Acme losses.py, pugail_loss."""
    negative = F.softplus(f) - positive_class_prior * F.softplus(r)
    if pugail_beta is not None:
        negative = torch.clamp(negative, min=-pugail_beta)
    cost = (-positive_class_prior * F.logsigmoid(r) + negative).mean()
    return cost - entropy_coefficient * _entropy(torch.cat([r.flatten(), f.flatten()]))


def acme_gail_reward(logits, reward_balance=0.5, max_reward_magnitude=None):
    """Acme rewards.py, gail_reward: balance 1 is log D, 0 is -log(1 - D), and the default, their mean, half of the logit."""
    reward = -reward_balance * F.softplus(-logits) + (1 - reward_balance) * F.softplus(logits)
    if max_reward_magnitude is not None:
        reward = torch.clamp(reward, min=-max_reward_magnitude, max=max_reward_magnitude)
    return reward


def acme_fairl_reward(logits, max_reward_magnitude=None):
    """Acme rewards.py, fairl_reward: -x e^x, the exponent at most 20, as Ghasemipour et al. 2019, arXiv:1911.02256."""
    reward = torch.exp(torch.clamp(logits, max=20.0)) * -logits
    if max_reward_magnitude is not None:
        reward = torch.clamp(reward, min=-max_reward_magnitude, max=max_reward_magnitude)
    return reward


REWARDS = {
    "isaacgym_amp/amp": truncated_log_reward,
    "mimickit/amp": truncated_log_reward,
    "protomotions/amp": truncated_log_reward,
    "protomotions/ase": truncated_log_reward,
    "amp_rsl_rl/BCEWithLogits": log_reward,
    "amp_rsl_rl/Wasserstein": amp_rsl_rl_wasserstein_reward,
    "ksim/amp": least_squares_reward,
    "imitation/gail": log_reward,
    "imitation/airl": imitation_airl_reward,
    "acme/gail": acme_gail_reward,
    "acme/pugail": acme_gail_reward,
    "acme/fairl": acme_fairl_reward,
}

# Without the truncation, which no loss of D has: g of the entries whose reward is the truncated one, to compare with where no
# logit is above 9.21.
UNTRUNCATED_G = _minus_mean(log_reward)

_truncated_g = _minus_mean(truncated_log_reward)
_log_g = _minus_mean(log_reward)


def acme_g(f, r, entropy_coefficient=0.0, positive_class_prior=0.5, pugail_beta=None):
    """Acme rewards.py, gail_reward at its defaults: D's arguments are not in it."""
    return -acme_gail_reward(f).mean()


WITNESSES: dict[str, Witness] = {
    "isaacgym_amp/amp": Witness(_half_cross_entropy_d, _truncated_g, "one"),
    "mimickit/amp": Witness(_half_cross_entropy_d, _truncated_g, "one"),
    "protomotions/amp": Witness(_half_cross_entropy_d, _truncated_g, "one"),
    "protomotions/ase": Witness(protomotions_ase_d, _truncated_g, "one"),
    "amp_rsl_rl/BCEWithLogits": Witness(_half_cross_entropy_d, _log_g, "one"),
    "amp_rsl_rl/Wasserstein": Witness(
        amp_rsl_rl_wasserstein_d, _minus_mean(amp_rsl_rl_wasserstein_reward), "one", ({"eta_wgan": 0.7},)
    ),
    "ksim/amp": Witness(ksim_d, _minus_mean(least_squares_reward), "one"),
    "imitation/gail": Witness(_half_cross_entropy_d, _log_g, "one"),
    "imitation/airl": Witness(_half_cross_entropy_d, _minus_mean(imitation_airl_reward), "one"),
    "acme/gail": Witness(acme_gail_d, acme_g, "one", ({"entropy_coefficient": 0.25},)),
    "acme/pugail": Witness(
        acme_pugail_d,
        acme_g,
        "one",
        (
            {"positive_class_prior": 0.25},
            {"positive_class_prior": 0.75, "entropy_coefficient": 0.25},
            {"pugail_beta": 0.5},
        ),
    ),
}
