"""MMagic's penalties as modules, built and called as its configurations and train steps do."""

import copy
import inspect
import pickle

import pytest
import torch
from torch import nn

from ganloss_torch.compat import mmagic

ARGUMENTS = {
    "DiscShiftLossComps": "loss_weight=1.0 data_info=None loss_name='loss_disc_shift'",
    "GradientPenaltyLossComps": "loss_weight=1.0 norm_mode='pixel' data_info=None loss_name='loss_gp'",
    "R1GradientPenaltyComps": "loss_weight=1.0 norm_mode='pixel' interval=1 data_info=None use_apex_amp=False "
    "loss_name='loss_r1_gp'",
    "GeneratorPathRegularizerComps": "loss_weight=1.0 pl_batch_shrink=1 decay=0.01 pl_batch_size=None "
    "sync_mean_buffer=False interval=1 data_info=None use_apex_amp=False loss_name='loss_path_regular'",
}
DATA_INFO = {
    "DiscShiftLossComps": {"pred": "disc_pred_fake"},
    "GradientPenaltyLossComps": {"discriminator": "disc", "real_data": "real_imgs", "fake_data": "fake_imgs"},
    "R1GradientPenaltyComps": {"discriminator": "disc", "real_data": "real_imgs"},
    "GeneratorPathRegularizerComps": {"generator": "gen", "num_batches": "batch_size"},
}
# Sums of some hundred products, differentiated twice.
NEAR = {"rtol": 1e-12, "atol": 1e-12}


class Disc(nn.Module):
    def __init__(self, linear=False):
        super().__init__()
        torch.manual_seed(1)
        self.w, self.linear = nn.Parameter(torch.randn(60).double()), linear

    def forward(self, x):
        y = (x.flatten(1) * self.w).sum(1, keepdim=True)
        return y if self.linear else torch.tanh(y) + y.square()


class Gen(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.w = nn.Parameter(torch.randn(6, 12).double())

    def forward(self, noise, num_batches, return_latents):
        assert (noise, return_latents) == (None, True)
        torch.manual_seed(num_batches)
        latent = torch.randn(num_batches, 2, 3).double().requires_grad_()
        return {"fake_img": torch.tanh(latent.flatten(1) @ self.w).reshape(-1, 3, 2, 2), "latent": latent}


def step(iteration=0, linear=False):
    torch.manual_seed(0)
    real, fake, pred = torch.randn(4, 3, 4, 5).double(), torch.randn(4, 3, 4, 5).double(), torch.randn(4, 1).double()
    nets = {"gen": Gen(), "disc": Disc(linear)}
    return nets | {
        "disc_pred_fake": pred.requires_grad_(),
        "real_imgs": real,
        "fake_imgs": fake,
        "iteration": iteration,
        "batch_size": 4,
    }


def slope(disc, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(disc(x).sum(), x, create_graph=True)[0]


def agree(loss, wanted, parameter):
    torch.testing.assert_close(loss, wanted, **NEAR)
    ours, theirs = (torch.autograd.grad(x, parameter, torch.full_like(x, 2.5), retain_graph=True)[0] for x in (loss, wanted))
    torch.testing.assert_close(ours, theirs, **NEAR)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_and_names_are_mmagics(name):
    cls = getattr(mmagic, name)
    parameters = inspect.signature(cls).parameters.values()
    assert " ".join(f"{p.name}={p.default!r}" for p in parameters) == ARGUMENTS[name]
    module = cls(loss_weight=0.5, data_info=DATA_INFO[name], loss_name="loss_mine")
    assert (module.loss_name(), module.loss_weight, module.data_info) == ("loss_mine", 0.5, DATA_INFO[name])
    assert cls().loss_name() == ARGUMENTS[name].rpartition("=")[2].strip("'")
    assert list(module.state_dict()) == (["mean_path_length"] if "Path" in name else [])
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert twin.loss_name() == "loss_mine"
    registry = Registry()
    mmagic.register(registry)
    assert registry[name] is cls


class Registry(dict):
    def register_module(self, name=None, force=False, module=None):
        self[name] = module


def test_disc_shift():
    outputs, module = step(), mmagic.DiscShiftLossComps(0.3, {"pred": "disc_pred_fake"})
    pred = outputs["disc_pred_fake"]
    for loss in (module(outputs), module(outputs_dict=outputs), mmagic.DiscShiftLossComps(0.3)(pred)):
        agree(loss, 0.3 * pred**2, pred)  # not reduced


@pytest.mark.parametrize("mode", ["pixel", "HWC"])
def test_gradient_penalty(mode):
    outputs = step(linear=True)  # one slope everywhere: no random number matters
    module = mmagic.GradientPenaltyLossComps(10.0, mode, DATA_INFO["GradientPenaltyLossComps"])
    g, w = slope(outputs["disc"], outputs["real_imgs"]), outputs["disc"].w
    pixel, whole = (g.norm(dim=1) - 1).square().mean(), (g.flatten(1).norm(dim=1) - 1).square().mean()
    agree(module(outputs), 10.0 * (whole if mode == "HWC" else pixel), w)
    # Called with the arguments themselves it does not know of its own norm_mode.
    direct = mmagic.GradientPenaltyLossComps(10.0, mode)
    arguments = [outputs[key] for key in ("disc", "real_imgs", "fake_imgs")]
    agree(direct(*arguments), 10.0 * pixel, w)
    agree(direct(*arguments, norm_mode="HWC"), 10.0 * whole, w)
    mask = (torch.randn(4, 1, 4, 5) > 0).double()
    masked = ((g * mask).norm(dim=1) - 1).square().mean() / mask.mean()
    agree(direct(*arguments, mask=mask), 10.0 * masked, w)


@pytest.mark.parametrize("mode", ["pixel", "HWC"])
def test_r1(mode):
    info = DATA_INFO["R1GradientPenaltyComps"]
    module = mmagic.R1GradientPenaltyComps(5.0, mode, interval=4, data_info=info)
    for iteration in range(6):
        outputs = step(iteration)
        g = slope(outputs["disc"], outputs["real_imgs"]).square()
        wanted = 5.0 * (g.flatten(1).sum(1) if mode == "HWC" else g.sum(1)).mean()
        if iteration % 4:
            assert module(outputs) is None
        else:
            agree(module(outputs), wanted, outputs["disc"].w)
    direct = mmagic.R1GradientPenaltyComps(5.0, mode)
    agree(direct(outputs["disc"], outputs["real_imgs"]), wanted, outputs["disc"].w)
    with pytest.raises(AssertionError, match="interval needs data_info"):
        mmagic.R1GradientPenaltyComps(interval=4)(outputs["disc"], outputs["real_imgs"])
    with pytest.raises(NotImplementedError, match="apex"):
        mmagic.R1GradientPenaltyComps(use_apex_amp=True, data_info=info)(outputs)


def test_path_length_keeps_its_mean():
    info = DATA_INFO["GeneratorPathRegularizerComps"]
    module = mmagic.GeneratorPathRegularizerComps(2.0, pl_batch_shrink=2, decay=0.25, interval=2, data_info=info)
    mean = torch.zeros(())
    for iteration in range(5):
        outputs = step(iteration)
        generator = outputs["gen"]
        if iteration == 2:
            module.load_state_dict(copy.deepcopy(module.state_dict()))  # as a resumed run
        loss = module(outputs_dict=outputs)
        if iteration % 2:
            assert loss is None
            continue
        image, latent = generator(None, 2, True).values()  # which seeds as it does in the module's call
        noise = torch.randn_like(image) / 2.0  # the root of 2 by 2 pixels
        g = torch.autograd.grad((image * noise).sum(), latent, create_graph=True)[0]
        lengths = g.square().sum(2).mean(1).sqrt()
        new = mean + 0.25 * (lengths.mean() - mean)
        agree(loss, 2.0 * (lengths - new).square().mean(), generator.w)
        mean = new.detach()
        torch.testing.assert_close(module.mean_path_length, mean, **NEAR)
        assert not module.mean_path_length.requires_grad
    direct = mmagic.GeneratorPathRegularizerComps(2.0, decay=0.5)
    direct(generator, 4, torch.ones(()))  # its own decay, 0.01
    image, latent = generator(None, 4, True).values()
    g = torch.autograd.grad((image * torch.randn_like(image) / 2.0).sum(), latent)[0]
    wanted = 1.0 + 0.01 * (g.square().sum(2).mean(1).sqrt().mean() - 1.0)
    torch.testing.assert_close(direct.mean_path_length, wanted, **NEAR)
    with pytest.raises(NotImplementedError, match="apex"):
        mmagic.GeneratorPathRegularizerComps(use_apex_amp=True, data_info=info)(step())


def test_the_mean_path_length_moves_in_a_model_that_was_cast():
    info = DATA_INFO["GeneratorPathRegularizerComps"]
    module = mmagic.GeneratorPathRegularizerComps(decay=1e-3, data_info=info).bfloat16()
    seen = []
    for _ in range(3):
        module(step())
        seen.append(module.mean_path_length.item())
    assert seen[0] < seen[1] < seen[2]
    assert module.mean_path_length.dtype == torch.float64


@pytest.mark.parametrize("name", ARGUMENTS)
def test_other_calls_are_refused_as_there(name):
    module = getattr(mmagic, name)(data_info=DATA_INFO[name])
    with pytest.raises(AssertionError, match="step's dict, got list"):
        module([])
    with pytest.raises(AssertionError, match="no positional argument"):
        module({}, {}, outputs_dict={})
    with pytest.raises(NotImplementedError, match="outputs_dict"):
        module()
