"""Every loss and penalty on a device that is not there: nothing is on another one, and nothing waits for numbers."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import ganloss_torch as gan
from adapters import ONE_OF_EACH, RULES, UNWEIGHTED
from cases import each
from ganloss_core import names
from ganloss_core.check.penalties import CHECKED

# A fake tensor refuses one of another device beside it. PyTorch without CUDA has no derivatives of fake tensors on it.
DEVICE = "meta"
SAMPLES, LENGTH = 6, 4
# Each brings numbers from Python or another device, or takes them to Python: on a card, one waits for the other.
WAITING = {"_local_scalar_dense", "copy_", "equal", "is_nonzero", "lift_fresh", "lift_fresh_copy", "masked_select", "nonzero"}


class Operations(TorchDispatchMode):
    """What is run, by name, a change of type left out and one of device not."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, to = function.overloadpacket.__name__, (kwargs or {}).get("device")
        if name == "_to_copy" and to not in (None, args[0].device):
            name = "copy_"
        self.names.add(name)
        return function(*args, **(kwargs or {}))


def differentiated(run, *at):
    """The values of run(), and the gradients of each, which are where `at` is and of its type."""
    with Operations() as operations:
        values = run()
        for value in values:
            gradients = torch.autograd.grad(value, at, allow_unused=True, materialize_grads=True)
            assert {(x.device.type, x.dtype) for x in (value, *gradients)} == {(DEVICE, torch.float32)}
    assert not operations.names & WAITING


def numbers(*shape):
    return torch.empty(shape, device=DEVICE, requires_grad=True)


def sides(name):
    return [numbers(SAMPLES, *tail) for tail in RULES[name].sample.tails(LENGTH)]


# A mask becomes a weight before any formula.
@pytest.mark.parametrize("every_mask", [False, pytest.param(True, marks=pytest.mark.long)])
# `realness` has its anchors copied once, which a fake tensor cannot.
@pytest.mark.parametrize("name", [name for name in names() if name != "realness"])
def test_losses(name, every_mask):
    loss = gan.GANLoss(name)
    with FakeTensorMode():
        labels = torch.empty(SAMPLES, dtype=torch.int64, device=DEVICE)
        given = {"real_labels": labels, "fake_labels": labels} if RULES[name].sample.axes else {}
        weights = [None, *([] if name in UNWEIGHTED else [torch.empty(SAMPLES, device=DEVICE)])]
        for weight in [*weights, *([labels > 0] if len(weights) > 1 and (every_mask or name in ONE_OF_EACH) else [])]:
            real, fake = sides(name)
            given = given | ({} if weight is None else {"real_weight": weight, "fake_weight": weight})
            differentiated(
                lambda r=real, f=fake, given=given: (loss.discriminator(r, f, **given), loss.generator(f, real=r, **given)),
                *(real, fake),
            )


@each("name", CHECKED)
def test_penalties(name):
    function, arguments, _ = CHECKED[name]
    with FakeTensorMode():
        real, fake, parameters = numbers(SAMPLES, LENGTH), numbers(SAMPLES, LENGTH), numbers(LENGTH, 1)

        def penalties():
            seen = gan.observe(lambda x: torch.tanh(x @ parameters), real=real.detach(), fake=fake.detach())
            return [getattr(gan, function)(seen, 10.0, **arguments)]

        differentiated(penalties, parameters)


def test_feature_matching():
    with FakeTensorMode():
        real, fake = numbers(SAMPLES, LENGTH), numbers(SAMPLES, LENGTH)
        differentiated(lambda: [gan.feature_matching([real, real], [fake, fake])], fake)
