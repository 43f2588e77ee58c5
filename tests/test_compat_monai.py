"""The replacement of MONAI's PatchAdversarialLoss: same calls, same numbers, same gradients, same warning."""

import copy
import inspect
import pickle
import warnings
from enum import StrEnum

import numpy as np
import pytest
import torch
from torch import nn

from ganloss_torch.compat.monai import PatchAdversarialLoss

SHAPES = [(1, 1), (5,), (4, 1), (2, 1, 5, 3), (2, 1, 3, 2, 4)]
# What each criterion does with a logit; "plain" is least squares without its activation.
CRITERIA = ["bce", "hinge", "least_squares", "plain"]
# The discriminator's two sides, and the generator's.
SIDES = [(True, True), (False, True), (True, False)]


def logits(*shape, seed=0):
    """Within ±4, and at least 1/20 from 0, where the leaky ReLU has its kink.

    BCE goes through a sigmoid p, and an error of an ulp in 1 - p is one of ulp / (1 - p), below 60 ulp here, in its logarithm.
    """
    x = np.clip(2 * np.random.default_rng(seed).standard_normal(shape), -3.9, 3.9)
    return torch.tensor((np.floor(8 * x) + 0.53) / 8, requires_grad=True)


def make(criterion, reduction="mean"):
    if criterion == "plain":
        return PatchAdversarialLoss(reduction, "least_squares", True)
    return PatchAdversarialLoss(reduction=reduction, criterion=criterion)


def elementwise(criterion, x, real):
    if criterion == "bce":
        return torch.logaddexp(-x if real else x, torch.zeros_like(x))
    if criterion == "hinge":  # relu(1 ∓ tanh), which is never clipped; for the generator, too
        return 1 - torch.tanh(x) if real else 1 + torch.tanh(x)
    if criterion == "least_squares":
        x = torch.where(x > 0, x, 0.05 * x)
    return (x - (1 if real else 0)) ** 2


def one_scale(criterion, x, real, reduction):
    terms = elementwise(criterion, x, real)
    if reduction == "mean" or criterion == "hinge":  # hinge means over its elements, whatever the reduction
        return terms.mean()
    return terms.sum() if reduction == "sum" else terms


def close(actual, expected, largest):
    """A few ulp of the sum of the magnitudes, and the 60 of the sigmoid's complement."""
    atol = 128 * torch.finfo(torch.float64).eps * max(float(largest), float(expected.detach().abs().max()))
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


def agree(loss, expected, inputs):
    """Same values, and same gradients for upstream gradients that are not 1; both may be lists."""
    losses, wanted = (list(y) if isinstance(y, list) else [y] for y in (loss, expected))
    assert isinstance(loss, list) == isinstance(expected, list)
    for actual, want in zip(losses, wanted, strict=True):
        assert (actual.shape, actual.dtype) == (want.shape, torch.float64)
        close(actual, want, want.detach().abs().max())
    upstream = [torch.linspace(2.5, 4, y.numel(), dtype=y.dtype).reshape(y.shape) for y in wanted]
    gradients = [torch.autograd.grad(ys, inputs, upstream, retain_graph=True) for ys in (losses, wanted)]
    for gradient, want in zip(*gradients, strict=True):
        close(gradient, want, want.abs().max())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("real", "disc"), SIDES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_one_tensor(criterion, reduction, real, disc, shape):
    x = logits(*shape)
    expected = one_scale(criterion, x, real, reduction)
    expected = [expected] if reduction == "none" else expected  # "none" gives a list, even for one tensor
    loss = make(criterion, reduction)
    agree(loss(x, real, disc), expected, [x])
    agree(loss(for_discriminator=disc, target_is_real=real, input=x), expected, [x])
    agree(loss([x], real, disc), expected, [x])


@pytest.mark.parametrize(("real", "disc"), SIDES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_scales(criterion, reduction, real, disc):
    """The same reduction again over the scales: "mean" is a mean of means, of scales of any size."""
    scales = [logits(2, 1, 4, 4), logits(2, 1, 2, 2, seed=1), logits(1, 1, seed=2)]
    expected = [one_scale(criterion, x, real, reduction) for x in scales]
    if reduction != "none":
        expected = torch.stack(expected).mean() if reduction == "mean" else torch.stack(expected).sum()
    agree(make(criterion, reduction)(scales, real, disc), expected, scales)


def test_defaults():
    """A mean of least squares, after a leaky ReLU; neither flag of a call has a default."""
    x = logits(2, 1, 5, 3)
    for loss in (PatchAdversarialLoss(), PatchAdversarialLoss("mean"), PatchAdversarialLoss(no_activation_leastsq=False)):
        agree(loss(x, False, True), one_scale("least_squares", x, False, "mean"), [x])
    names = ["reduction", "criterion", "no_activation_leastsq", "group"]
    assert list(inspect.signature(PatchAdversarialLoss).parameters) == names
    with pytest.raises(TypeError):
        PatchAdversarialLoss()(x)
    with pytest.raises(TypeError):
        PatchAdversarialLoss()(x, True)


@pytest.mark.parametrize("criterion", ["bce", "hinge"])
def test_the_last_argument_is_for_least_squares_only(criterion):
    x = logits(4, 1)
    loss = PatchAdversarialLoss("sum", criterion, True)
    agree(loss(x, False, True), one_scale(criterion, x, False, "sum"), [x])


@pytest.mark.parametrize("inputs", ["tensor", "list"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_generator_always_wants_real(criterion, reduction, inputs):
    x = logits(2, 1, 3, 3)
    loss = make(criterion, reduction)
    with pytest.warns(UserWarning, match="target_is_real"):
        result = loss(x if inputs == "tensor" else [x], False, False)
    agree(result, loss(x, True, False), [x])
    for real, disc in SIDES:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loss(x, real, disc)


@pytest.mark.parametrize("name", ["invalid", "least_square", ""])
def test_unknown_criteria_and_reductions(name):
    with pytest.raises(ValueError, match=r"(?i)criterion"):
        PatchAdversarialLoss(criterion=name)
    with pytest.raises(ValueError, match=r"(?i)reduction"):
        PatchAdversarialLoss(reduction=name)


class Name(StrEnum):
    """MONAI's own names are members of such classes."""

    SUM = "sum"
    NONE = "none"
    HINGE = "hinge"
    BCE = "bce"


@pytest.mark.parametrize("reduction", [Name.SUM, Name.NONE])
@pytest.mark.parametrize("criterion", [Name.HINGE, Name.BCE])
def test_members_of_string_enumerations_are_names(criterion, reduction):
    x = logits(2, 3)
    expected = one_scale(criterion.value, x, True, reduction.value)
    agree(PatchAdversarialLoss(reduction, criterion)(x, True, True), [expected] if reduction is Name.NONE else expected, [x])


@pytest.mark.parametrize("criterion", CRITERIA)
def test_it_is_a_module_without_state_that_travels(criterion):
    loss, x = make(criterion, "sum"), logits(4, 1)
    assert isinstance(loss, nn.Module)
    assert loss.state_dict() == {}
    assert (loss.reduction, loss.criterion) == ("sum", "least_squares" if criterion == "plain" else criterion)
    assert (loss.real_label, loss.fake_label) == (1.0, -1.0 if criterion == "hinge" else 0.0)
    expected = one_scale(criterion, x, False, "sum")
    for twin in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), loss.to("cpu", torch.float64).eval()):
        agree(twin(x, False, True), expected, [x])
    loss.load_state_dict({}, strict=True)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_loss_of_half_precision_is_float32(criterion, dtype):
    x = logits(2, 1, 5, 3).detach().to(dtype)
    for reduction in ("mean", "sum"):
        result = make(criterion, reduction)(x, True, True)
        assert result.dtype == torch.float32  # unlike the original, which stays in the logits' type
        expected = one_scale(criterion, x.double(), True, reduction)
        # One rounding for each operation, some 60 ulp where 1 - sigmoid loses digits, 30 terms.
        torch.testing.assert_close(result.double(), expected, rtol=64 * torch.finfo(dtype).eps, atol=0)
