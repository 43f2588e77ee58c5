"""TRL's losses of pairs: the same numbers and gradients for every loss type that is a function of the pair."""

import inspect
import re

import pytest
import torch
import torch.nn.functional as F

from ganloss_torch.compat import trl

log_sigmoid, sigmoid = F.logsigmoid, torch.sigmoid


def smoothed(t, s):
    return -(1 - s) * log_sigmoid(t) - s * log_sigmoid(-t)


def exo(t, s):
    s = torch.tensor(s, dtype=t.dtype)
    return sigmoid(t) * (log_sigmoid(t) - torch.log1p(-s)) + sigmoid(-t) * (log_sigmoid(-t) - s.log())


def blend(t, tau):
    m = sigmoid(t / tau)
    return (1 - m) * -log_sigmoid(t) + m * torch.exp(-t)


# Of the log-ratios c and r, beta, the label smoothing s and the temperature tau; of "ipo" and "sigmoid_norm" averages.
THEIRS = {
    "sigmoid": lambda c, r, b, s, tau: -log_sigmoid(b * (c - r)),
    "hinge": lambda c, r, b, s, tau: torch.relu(1 - b * (c - r)),
    "ipo": lambda c, r, b, s, tau: (c - r - 1 / (2 * b)) ** 2,
    "exo_pair": lambda c, r, b, s, tau: exo(b * (c - r), s),
    "nca_pair": lambda c, r, b, s, tau: -log_sigmoid(b * c) - 0.5 * log_sigmoid(-b * c) - 0.5 * log_sigmoid(-b * r),
    "robust": lambda c, r, b, s, tau: (-(1 - s) * log_sigmoid(b * (c - r)) + s * log_sigmoid(-b * (c - r))) / (1 - 2 * s),
    "bco_pair": lambda c, r, b, s, tau: -log_sigmoid(b * c) - log_sigmoid(-b * r),
    "sppo_hard": lambda c, r, b, s, tau: (c - 0.5 / b) ** 2 + (r + 0.5 / b) ** 2,
    "aot_unpaired": lambda c, r, b, s, tau: smoothed(b * (c.sort(0)[0] - r.sort(0)[0]), s),
    "apo_zero": lambda c, r, b, s, tau: 1 - sigmoid(b * c) + sigmoid(b * r),
    "apo_down": lambda c, r, b, s, tau: sigmoid(b * c) + 1 - sigmoid(b * (c - r)),
    "discopop": lambda c, r, b, s, tau: blend(b * (c - r), tau),
    "sigmoid_norm": lambda c, r, b, s, tau: -log_sigmoid(b * (c - r)),
}


def agree(ours, theirs, at, largest):
    gradients = [torch.autograd.grad(y, at, torch.full_like(y, 2.5)) for y in (ours, theirs)]
    for a, b in [(ours, theirs), *zip(*gradients, strict=True)]:
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        torch.testing.assert_close(a, b, rtol=0, atol=32 * largest * torch.finfo(a.dtype).eps)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("loss_type", THEIRS)
def test_dpo(loss_type, n, dtype):
    draw = torch.Generator().manual_seed(n)
    chosen, rejected = (3 * torch.randn(2, n, generator=draw, dtype=dtype)).unbind()
    at = [chosen.requires_grad_(), rejected.requires_grad_()]
    c, r, lengths = chosen, rejected, {}
    if loss_type in ("ipo", "sigmoid_norm"):
        counts = torch.arange(2 * n).reshape(2, n)  # 0 is no length to divide by
        lengths = dict(zip(("chosen_lengths", "rejected_lengths"), counts, strict=True))
        c, r = (x / k.clamp(min=1) for x, k in zip(at, counts, strict=True))
    wanted = THEIRS[loss_type](c, r, 0.3, 0.2, 0.4).mean()
    # The largest square is that of 10 and 1 / 0.6.
    smoothing = 0.2 if loss_type in ("exo_pair", "robust", "aot_unpaired") else 0.0
    agree(trl.dpo_loss(*at, 0.3, loss_type, smoothing, discopop_tau=0.4, **lengths), wanted, at, 200.0)
    if loss_type not in ("exo_pair", "ipo", "sigmoid_norm"):
        agree(trl.dpo_loss(chosen, rejected, loss_type=loss_type), THEIRS[loss_type](c, r, 0.1, 0.0, 0.05).mean(), at, 400.0)


def test_aot_is_aot_unpaired_of_leads():
    policy, reference = torch.randn(2, 2, 9, generator=torch.Generator().manual_seed(0)).double()
    leads = [chosen - rejected for chosen, rejected in (policy, reference)]
    wanted = smoothed(0.1 * (leads[0].sort()[0] - leads[1].sort()[0]), 0.1).mean()
    assert trl.dpo_loss(*leads, 0.1, "aot_unpaired", 0.1).item() == pytest.approx(wanted.item(), rel=1e-14)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("with_margin", [False, True])
@pytest.mark.parametrize("coefficient", [None, 0.01])
def test_reward(coefficient, with_margin, n, dtype):
    draw = torch.Generator().manual_seed(n)
    chosen, rejected, margin = (2 * torch.randn(3, n, generator=draw, dtype=dtype)).unbind()
    at = [chosen.requires_grad_(), rejected.requires_grad_()]
    lead = chosen - rejected - (margin if with_margin else 0.0)
    wanted = -log_sigmoid(lead).mean()
    if coefficient is not None:
        wanted = wanted + coefficient * ((chosen + rejected) ** 2).mean()
    agree(trl.reward_loss(chosen, rejected, margin if with_margin else None, coefficient), wanted, at, 10.0)


def test_half_precision_is_computed_in_float32():
    chosen, rejected = torch.tensor([300.0, 2.0]).half(), torch.tensor([-300.0, 1.0]).half()
    assert trl.reward_loss(chosen, -chosen, center_rewards_coefficient=1.0).dtype == torch.float32
    margin = torch.tensor([0.01, 0.0])
    exact = trl.reward_loss(chosen.double(), rejected.double(), margin.double())
    assert trl.reward_loss(chosen, rejected, margin).item() == pytest.approx(exact.item(), rel=1e-6)


def test_what_is_refused():
    x = torch.ones(3)
    with pytest.raises(ValueError, match=re.escape("loss_type must be one of 'sigmoid', 'hinge', 'ipo'")):
        trl.dpo_loss(x, x, loss_type="dpo")
    with pytest.raises(ValueError, match="give 'aot_unpaired' these two"):
        trl.dpo_loss(x, x, loss_type="aot")
    with pytest.raises(ValueError, match="cross-entropy"):
        trl.dpo_loss(x, x, loss_type="sft")
    with pytest.raises(ValueError, match=r"does not read label_smoothing, got 0.1: smoothed, it is GANLoss\('dpo'"):
        trl.dpo_loss(x, x, label_smoothing=0.1)
    with pytest.raises(ValueError, match="loss_type must be one of"):
        trl.dpo_loss(x, x, loss_type=["sigmoid", "ipo"])
    with pytest.raises(TypeError, match="margin must be a tensor with one number a pair, got float"):
        trl.reward_loss(x, x, margin=0.5)
    with pytest.raises(ValueError, match="needs chosen_lengths"):
        trl.dpo_loss(x, x, loss_type="ipo", chosen_lengths=x)
    with pytest.raises(ValueError, match="divides by no lengths"):
        trl.dpo_loss(x, x, chosen_lengths=x)
    with pytest.raises(ValueError, match="exo_pair: label_smoothing must be positive"):
        trl.dpo_loss(x, x, loss_type="exo_pair")
    for call in (trl.dpo_loss, trl.reward_loss):
        with pytest.raises(ValueError, match=r"one shape, got \(3,\) and \(1,\)"):
            call(x, x[:1])
    with pytest.raises(ValueError, match="rewards and margin must have one shape"):
        trl.reward_loss(x, x, x[:1])
    with pytest.raises(ValueError, match="log-ratios and lengths must have one shape"):
        trl.dpo_loss(x, x, 0.1, "ipo", chosen_lengths=x[:1], rejected_lengths=x)


def test_signatures():
    names = list(inspect.signature(trl.dpo_loss).parameters)
    assert names[:5] == ["chosen_logratios", "rejected_logratios", "beta", "loss_type", "label_smoothing"]
    assert list(inspect.signature(trl.reward_loss).parameters)[:4] == [
        "rewards_chosen",
        "rewards_rejected",
        "margin",
        "center_rewards_coefficient",
    ]
