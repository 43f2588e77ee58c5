"""Adversarial motion priors."""

from ganloss_core.recipes.table import Recipe, Term

TABLE = Recipe(
    title="AMP",
    paper="Peng et al. 2021, arXiv:2104.02180",
    source="isaac-sim/IsaacGymEnvs, isaacgymenvs/learning/amp_continuous.py and cfg/train/HumanoidAMPPPO.yaml",
    loss="isaacgym_amp/amp",
    discriminator={
        "adversarial": Term("adversarial", "disc_coef"),
        "logit_reg": Term("given", ("disc_coef", "disc_logit_reg"), about="the sum of the squared weights of D's last layer"),
        "grad_penalty": Term("r1", (2.0, "disc_coef", "disc_grad_penalty")),
        "weight_decay": Term(
            "given", ("disc_coef", "disc_weight_decay"), about="the sum of the squared weights of all layers of D"
        ),
    },
    generator={"adversarial": Term("adversarial", ("disc_reward_w", "disc_reward_scale"))},
    parameters={
        "disc_coef": 5.0,
        "disc_logit_reg": 0.05,
        "disc_grad_penalty": 5.0,
        "disc_weight_decay": 1e-4,
        "disc_reward_w": 1.0,
        "disc_reward_scale": 2.0,
    },
    notes=(
        "demonstrations are real; fakes are the policy's transitions and as many of a replay buffer, joined",
        "the policy learns by PPO from rewards: G's loss is minus their mean",
        "disc_grad_penalty is that of the mean of |g|^2, without 1/2",
        "the paper has least squares with labels 1 and -1, lsgan with fake_label -1",
        "D sees normalised transitions, and steps with the policy, by one optimiser: Adam with a learning rate of 5e-5",
    ),
)
