"""A model that holds a loss in which what is scripted has no part."""

import importlib
import inspect
import io

import pytest
import torch
from torch import nn

import ganloss_torch as gan
from adapters import DROP_INS
from ganloss_torch._module import Module
from ganloss_torch.compat import dac, latent_diffusion, vocos

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Model(nn.Module):
    def __init__(self, loss):
        super().__init__()
        self.net, self.loss = nn.Linear(4, 3), loss

    def forward(self, x):
        return self.net(x)


class Half(gan.GANLoss):
    """A loss that a user changed."""

    def forward(self, input, target_is_real, is_disc=False):
        return 0.5 * super().forward(input, target_is_real, is_disc)


LOSSES = {
    "a loss": lambda: gan.GANLoss("hinge"),
    "heads": lambda: gan.GANLoss("mmd_rq", heads={"a": 1.0}),
    "a subclass": lambda: Half("hinge"),
    "MMagic's class": lambda: gan.GANLossComps("lsgan"),
    "DAC's class": lambda: dac.GANLoss(nn.Linear(4, 1)),
    "Vocos' class": lambda: vocos.DiscriminatorLoss(),
    "an autoencoder's loss": lambda: latent_diffusion.VQLPIPSWithDiscriminator(
        0, discriminator=nn.Linear(4, 1), perceptual_loss=nn.PairwiseDistance()
    ),
    "a KL autoencoder's loss": lambda: latent_diffusion.LPIPSWithDiscriminator(
        0, discriminator=nn.Linear(4, 1), perceptual_loss=torch.dist
    ),
    "a term with state": lambda: gan.StatefulModule(gan.LeCam(0.3)),
    "a balancer": lambda: gan.StatefulModule(gan.Balancer({"a": 1.0})),
}


def scripted(loss):
    model, x = Model(loss), torch.ones(2, 4)
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(model), file)
    file.seek(0)
    assert torch.equal(torch.jit.load(file)(x), model(x))
    return model


@pytest.mark.parametrize("name", LOSSES)
def test_a_model_with_a_loss_is_scripted(name):
    scripted(LOSSES[name]())


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_what_was_scripted_still_computes():
    x = torch.tensor([0.5, -3.0])
    model = scripted(gan.GANLoss("hinge"))
    assert model.loss(x, True, True) == 2.25
    assert torch.compile(model.loss, backend="eager", fullgraph=True)(x, True, True) == 2.25
    assert torch.jit.trace(lambda r: model.loss.discriminator(r, r), x)(x) == model.loss.discriminator(x, x)


@pytest.mark.parametrize("drop_in", [name for name in DROP_INS if name.startswith("ganloss_torch")])
def test_drop_ins_are_scripted(drop_in):
    module = importlib.import_module(drop_in)
    modules = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, nn.Module)]
    for value in modules:
        assert issubclass(value, Module) or value.__module__.startswith("torch")
    arguments = {
        "ganloss_torch.compat.basicsr": "vanilla",
        "ganloss_torch.compat.mmagic": "vanilla",
        "ganloss_torch.compat.cyclegan": "lsgan",
    }
    if hasattr(module, "GANLoss"):
        scripted(module.GANLoss(arguments.get(drop_in, "hinge")))
    if hasattr(module, "PatchAdversarialLoss"):
        scripted(module.PatchAdversarialLoss())
