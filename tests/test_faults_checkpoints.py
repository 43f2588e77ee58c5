"""A loss that is saved: what a checkpoint names, and what comes back."""

import copy
import io
import pickle
from operator import attrgetter

import pytest
import torch

import ganloss_jax
import ganloss_torch
from ganloss_core.backends import reference
from ganloss_torch.compat import basicsr, monai

X, Y = torch.linspace(-1.9, 2.2, 6), torch.linspace(1.5, -0.8, 6)
SAVED = {
    "a loss": lambda: ganloss_torch.GANLoss("hinge2", margin=0.5, reduction="sum", generator="saturating"),
    "heads": lambda: ganloss_torch.GANLoss("mmd_rq", alphas=(1.0, 2.0), heads={"a": 1.0, "b": 0.5}),
    "another codebase's": lambda: ganloss_torch.GANLoss("taming/vanilla", top_k=3),
    "MMagic's class": lambda: ganloss_torch.GANLossComps("lsgan", loss_weight=0.5),
    "a drop-in": lambda: basicsr.GANLoss("vanilla"),
    "a drop-in with a loss in it": lambda: monai.PatchAdversarialLoss(),
    "a term with state": lambda: ganloss_torch.StatefulModule(ganloss_torch.LeCam(0.3)),
    "a balancer": lambda: ganloss_torch.StatefulModule(ganloss_torch.Balancer({"a": 1.0})),
}


@pytest.mark.parametrize("name", SAVED)
def test_a_checkpoint_names_what_is_public(name):
    saved, file = SAVED[name](), io.BytesIO()
    torch.save({"loss": saved}, file)
    file.seek(0)
    named = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    assert named
    assert not any(part.startswith("_") for path in named for part in path.split("."))
    package = attrgetter(*named)
    modules = type("", (), {"ganloss_torch": ganloss_torch})
    found = package(modules)
    file.seek(0)
    with torch.serialization.safe_globals(list(found) if len(named) > 1 else [found]):
        again = torch.load(file, weights_only=True)["loss"]
    assert type(again) is type(saved)
    assert repr(again) == repr(saved)


@pytest.mark.parametrize("module", [ganloss_torch, ganloss_jax, reference])
def test_a_copy_computes_the_same(module):
    for given in ({"loss": "hinge2", "margin": 0.5, "reduction": "sum"}, {"loss": "rasgan", "heads": [1.0, 0.5]}):
        loss = module.GANLoss(**given)
        x, y = (v.numpy() if module is not ganloss_torch else v for v in (X, Y))
        if "heads" in given:
            x, y = [x, y], [y, x]
        for again in (copy.copy(loss), copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
            assert repr(again) == repr(loss)
            assert again.discriminator is loss.discriminator or module is reference
            assert again.discriminator(x, y) == loss.discriminator(x, y)
