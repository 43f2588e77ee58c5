"""IsaacGymEnvs' and skrl's terms of adversarial motion priors: the same numbers, and gradients by D's parameters."""

import inspect

import pytest
import torch
from torch import nn

from ganloss_torch.compat import amp

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def drawn(n, dtype):
    torch.manual_seed(n)
    agent, replay, demo = (torch.randn(n + i, 5, dtype=dtype) for i in range(3))
    critic = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)).to(dtype)
    return critic, agent, replay, demo.requires_grad_()


def transcribed(critic, agent, replay, demo, logit_reg, penalty, decay):
    """Toni-SM/skrl skrl/agents/torch/amp/amp.py, update; isaac-sim/IsaacGymEnvs amp_continuous.py, _disc_loss."""
    cross_entropy = nn.BCEWithLogitsLoss()
    fake, real = torch.cat([critic(agent), critic(replay)]), critic(demo)
    loss = 0.5 * (cross_entropy(fake, torch.zeros_like(fake)) + cross_entropy(real, torch.ones_like(real)))
    loss = loss + logit_reg * list(critic.modules())[-1].weight.flatten().square().sum()
    (slope,) = torch.autograd.grad(real, demo, torch.ones_like(real), create_graph=True)
    loss = loss + penalty * slope.square().sum(-1).mean()
    weights = [layer.weight.flatten() for layer in critic.modules() if isinstance(layer, nn.Linear)]
    return loss + decay * torch.cat(weights).square().sum()


@DTYPES
@pytest.mark.parametrize("n", [1, 6])
def test_the_discriminators_loss(n, dtype):
    critic, agent, replay, demo = drawn(n, dtype)
    real, layers = critic(demo), [layer for layer in critic if isinstance(layer, nn.Linear)]
    parts = [
        amp.disc_loss(torch.cat([critic(agent), critic(replay)]), real),
        amp.disc_logit_reg(layers[-1].weight, 0.3),
        amp.disc_grad_penalty(real, demo, 1.5),
        amp.disc_weight_decay((layer.weight for layer in layers), 0.2),
    ]
    wanted = transcribed(critic, agent, replay, demo, 0.3, 1.5, 0.2)
    by = list(critic.parameters())
    ours, theirs = (torch.autograd.grad(2.5 * y, by) for y in (sum(parts), wanted))
    for a, b in [(sum(parts), wanted), *zip(ours, theirs, strict=True)]:
        assert a.dtype == dtype
        # Sums of some tens of numbers below 10.
        torch.testing.assert_close(a, b, rtol=0, atol=32 * 10 * torch.finfo(dtype).eps)


def test_defaults_are_the_configurations():
    wanted = {
        amp.disc_loss: {"disc_agent_logit": None, "disc_demo_logit": None},
        amp.disc_grad_penalty: {"disc_demo_logit": None, "obs_demo": None, "coefficient": 5.0},
        amp.disc_logit_reg: {"logit_weights": None, "coefficient": 0.05},
        amp.disc_weight_decay: {"disc_weights": None, "coefficient": 0.0001},
        amp.disc_rewards: {"disc_logits": None, "disc_reward_scale": 2.0},
    }
    for function, arguments in wanted.items():
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "group"]
        assert {p.name: None if p.default is p.empty else p.default for p in parameters} == arguments
    assert {function.__name__ for function in wanted} == set(amp.__all__)


def theirs_rewards(logits, scale):
    probability = 1 / (1 + torch.exp(-logits))
    return -torch.log(torch.maximum(1 - probability, torch.tensor(0.0001, dtype=logits.dtype))) * scale


@DTYPES
@pytest.mark.parametrize("shape", [(1,), (7, 1), (2, 3, 1)], ids=str)
def test_rewards(shape, dtype):
    logits = 6 * torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(1))
    rewards = amp.disc_rewards(logits.requires_grad_(), 0.7)
    assert (rewards.shape, rewards.requires_grad) == (logits.shape, False)
    # Theirs has rounded a probability near 1 before it subtracts it, from which at least 1e-4 is left.
    torch.testing.assert_close(rewards, theirs_rewards(logits.detach(), 0.7), rtol=0, atol=4e4 * torch.finfo(dtype).eps)


def test_rewards_are_exact_and_truncated():
    x = torch.tensor([-80.0, -5.0, 0.0, 5.0, 9.0, 9.2102, 9.2103, 50.0, float("inf")])
    exact = torch.minimum(torch.logaddexp(x.double(), torch.zeros(1).double()), -torch.log(torch.tensor(1e-4).double()))
    torch.testing.assert_close(amp.disc_rewards(x, 1.0).double(), exact, rtol=4 * 2.0**-24, atol=0)
    assert amp.disc_rewards(x.half()).dtype == torch.float32
    assert amp.disc_rewards(torch.tensor([float("nan")])).isnan().all()


def test_no_weights_are_refused():
    with pytest.raises(ValueError, match="there are no weights"):
        amp.disc_weight_decay([])
