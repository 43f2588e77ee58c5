"""As `test_whole_steps`: motion priors, tables, reward models and ratio estimation."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from frameworks import JAX, TORCH
from ganloss_torch.compat import amp, trl
from steps import CRITIC, FAKE, GENERATOR, NOISE, OTHER, REAL, agree, constants, critic, generated, logits

# ---- isaac-sim/IsaacGymEnvs isaacgymenvs/learning/amp_continuous.py, _disc_loss, and its configuration


def test_isaacgym_amp_d():
    """The agent's samples and the replayed ones are one side. Its coefficients, and disc_coef, 5, before all."""

    def theirs(p):
        demo, agent, replay = constants(TORCH, REAL, FAKE, OTHER)
        demo.requires_grad_()
        real, fake = logits(TORCH, p, demo), torch.cat([logits(TORCH, p, agent), logits(TORCH, p, replay)])
        cross_entropy = F.binary_cross_entropy_with_logits
        loss = 0.5 * (cross_entropy(fake, torch.zeros_like(fake)) + cross_entropy(real, torch.ones_like(real)))
        loss = loss + 0.05 * p[4].square().sum()
        slope = torch.autograd.grad(real, demo, torch.ones_like(real), create_graph=True)[0]
        loss = loss + 5 * slope.square().sum(-1).mean()
        return 5 * (loss + 0.0001 * torch.cat([w.flatten() for w in (p[0], p[2], p[4])]).square().sum())

    def named(fw, p):
        demo, agents = constants(fw, REAL, np.concatenate([FAKE, OTHER]))
        gan = fw.module
        seen = gan.observe(lambda x: logits(fw, p, x), real=demo, fake=agents)
        weights = 0.05 * (p[4] ** 2).sum() + 0.0001 * sum((w**2).sum() for w in (p[0], p[2], p[4]))
        return 5 * (gan.discriminator_loss("isaacgym_amp/amp", seen.real, seen.fake) + gan.r1(seen, 10.0) + weights)

    def drop_in(p):
        demo, agent, replay = constants(TORCH, REAL, FAKE, OTHER)
        real = logits(TORCH, p, demo.requires_grad_())
        fake = torch.cat([logits(TORCH, p, agent), logits(TORCH, p, replay)])
        loss = amp.disc_loss(fake, real) + amp.disc_grad_penalty(real, demo)
        return 5 * (loss + amp.disc_logit_reg(p[4]) + amp.disc_weight_decay([p[0], p[2], p[4]]))

    agree(theirs, named, CRITIC, drop_in)


def test_isaacgym_amp_rewards():
    """What the policy gets in place of G's gradient: its truncated G's loss of each sample, negated."""
    x = np.concatenate([5 * REAL[:, :1], [[9.0], [9.5], [30.0]]])
    theirs = 2 * -torch.log(torch.clamp(1 - 1 / (1 + torch.exp(-torch.tensor(x))), min=0.0001)).numpy()
    for fw in (TORCH, JAX):
        rewards = fw.module.reward("logistic", fw.array(x), generator="saturating", largest=-math.log(0.0001))
        # Theirs has subtracted a rounded probability from 1.
        np.testing.assert_allclose(2 * fw.numpy(rewards), theirs, rtol=0, atol=1e4 * 2.0**-50)
    np.testing.assert_allclose(amp.disc_rewards(torch.tensor(x)).numpy(), theirs, rtol=0, atol=1e4 * 2.0**-50)


# ---- sdv-dev/CTGAN ctgan/synthesizers/ctgan.py: a critic of packs of pac rows

PAC, PACKED = 3, critic(3 * 5)
MIX = np.array([0.25, 0.875])


def test_ctgan_d():
    def theirs(p):
        real, fake, mix = constants(TORCH, REAL, FAKE, MIX)
        packed = lambda x: logits(TORCH, p, x.view(-1, PAC * 5))
        alpha = mix.reshape(2, 1, 1).repeat(1, PAC, 5).view(-1, 5)
        between = (alpha * real + (1 - alpha) * fake).requires_grad_()
        of_between = packed(between)
        (slope,) = torch.autograd.grad(of_between, between, torch.ones_like(of_between), create_graph=True)
        penalty = ((slope.view(-1, PAC * 5).norm(2, dim=1) - 1) ** 2).mean() * 10
        return -(packed(real).mean() - packed(fake).mean()) + penalty

    def named(fw, p):
        real, fake, mix = constants(fw, REAL.reshape(-1, PAC * 5), FAKE.reshape(-1, PAC * 5), MIX)
        gan = fw.module
        seen = gan.observe(lambda x: logits(fw, p, x), real=real, fake=fake)
        return gan.discriminator_loss("ctgan/wgan-gp", seen.real, seen.fake) + gan.wgan_gp(seen, 10.0, mix=mix)

    agree(theirs, named, PACKED)


def test_ctgan_g():
    """With the cross-entropy of one column of three categories, which the first half of the rows is conditioned on."""
    chosen, mask = np.array([0, 2, 1, 1, 0, 2]), np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])

    def theirs(p):
        (critic,) = constants(TORCH, PACKED)
        fake = generated(TORCH, p)
        condition = F.cross_entropy(fake[:, :3], torch.tensor(chosen), reduction="none")
        return -logits(TORCH, critic, fake.view(-1, PAC * 5)).mean() + (condition * torch.tensor(mask)).sum() / 6

    def named(fw, p):
        (critic,) = constants(fw, PACKED)
        fake = generated(fw, p)
        of_columns = (
            torch.log_softmax(fake[:, :3], 1) if fw is TORCH else fake[:, :3] - jnp.log(jnp.exp(fake[:, :3]).sum(1))[:, None]
        )
        condition = -(of_columns * fw.array(np.eye(3)[chosen] * mask[:, None])).sum() / 6
        return fw.module.generator_loss("ctgan/wgan-gp", logits(fw, critic, fake.reshape(-1, PAC * 5))) + condition

    agree(theirs, named, GENERATOR)


# ---- huggingface/trl trl/trainer/reward_trainer.py, compute_loss; dpo_trainer.py


@pytest.mark.parametrize("with_margin", [False, True])
def test_trl_reward_model(with_margin):
    """A batch is the chosen answers and then the rejected ones."""
    margin, coefficient = np.array([0.5, 0.0, 2.0, 0.25, 1.0, 0.0]) * with_margin, 0.01
    both = np.concatenate([REAL, OTHER])

    def theirs(p):
        chosen, rejected = torch.chunk(logits(TORCH, p, TORCH.array(both)).squeeze(-1), chunks=2)
        loss = -F.logsigmoid(chosen - rejected - torch.tensor(margin)).mean()
        return loss + coefficient * torch.mean((chosen + rejected) ** 2)

    def named(fw, p):
        chosen, rejected = (logits(fw, p, fw.array(x))[:, 0] for x in (REAL, OTHER))
        gan = fw.module
        lead = chosen - fw.array(margin)
        return gan.discriminator_loss("bradley_terry", lead, rejected) + gan.drift(chosen + rejected, coefficient)

    def drop_in(p):
        chosen, rejected = torch.chunk(logits(TORCH, p, TORCH.array(both)).squeeze(-1), chunks=2)
        return trl.reward_loss(chosen, rejected, torch.tensor(margin) if with_margin else None, coefficient)

    agree(theirs, named, CRITIC, drop_in)


# ---- sbi-dev/sbi sbi/inference/trainers/nre/nre_b.py, _loss

CLASSIFIER = critic(3 + 5)


def test_sbi_nre_b():
    """Each x with its own parameters and with those of three others."""
    theta, x, others = NOISE, REAL, np.stack([(np.arange(1, 4) + i) % 6 for i in range(6)])

    def theirs(p):
        own, data = constants(TORCH, theta, x)
        atoms = torch.cat((own[:, None, :], own[torch.tensor(others)]), dim=1).reshape(6 * 4, -1)
        of_all = logits(TORCH, p, torch.cat([atoms, data.repeat_interleave(4, 0)], 1)).reshape(6, 4)
        return -torch.mean(of_all[:, 0] - torch.logsumexp(of_all, dim=-1))

    def named(fw, p):
        joint = np.concatenate([theta, x], 1)
        marginal = np.concatenate([theta[others], np.repeat(x[:, None], 3, 1)], 2).reshape(18, -1)
        of_joint, of_marginal = (logits(fw, p, fw.array(pairs)) for pairs in (joint, marginal))
        return fw.loss("sbi/nre_b").discriminator(of_joint, of_marginal.reshape(6, 3))

    agree(theirs, named, CLASSIFIER)
