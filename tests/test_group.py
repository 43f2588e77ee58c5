"""`group=` in PyTorch: one value and one gradient, however many processes there are, and however uneven their batches."""

import pytest
import torch

import ganloss_torch as gan
from group_processes import CASES, PROCESSES, of_fakes, run, step
from processes import start

# The same sums in another order: of nine logits, and in the gradient of as many products for each parameter.
ULPS = 64
EPS = torch.finfo(torch.float64).eps


@pytest.fixture(scope="module")
def alone():
    return {case: step(case, slice(None)) for case in CASES}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    start(run, str(folder), n=PROCESSES)
    return [torch.load(folder / f"{rank}.pt") for rank in range(PROCESSES)]


def test_every_loss(found, alone):
    wrong = []
    for rank, of_process in enumerate(found):
        for (processes, case), (got, of_parameters) in of_process["losses"].items():
            value, gradient = alone[case]
            off = (got - value).abs() / value.abs().clamp(min=1.0)
            by_parameters = (of_parameters - gradient).abs().max() / gradient.abs().max().clamp(min=1.0)
            if not max(off, by_parameters) <= ULPS * EPS:
                wrong.append((case, processes, rank, off.item(), by_parameters.item()))
    assert wrong == []


def test_terms_heads_functions_compilers_and_drop_ins(found):
    for of_process in found:
        for name, expected, got in of_process["others"] + of_process["drop-ins"]:
            near = ULPS * torch.finfo(expected.dtype).eps if expected.is_floating_point() else 0.0
            torch.testing.assert_close(got, expected, rtol=near, atol=near, msg=name)


def test_ddp_and_accumulate(found):
    case = ("rasgan", "discriminator", "no weights", ())
    value, gradient = step(case, slice(None))
    for of_process in found:
        in_parts, of_parts = of_process["parts"]
        torch.testing.assert_close(in_parts, value, rtol=ULPS * EPS, atol=ULPS * EPS)
        for got in (of_process["ddp"], of_parts):
            torch.testing.assert_close(got, gradient, rtol=0.0, atol=ULPS * EPS * gradient.abs().max())


def test_each_module_averages_in_the_last_call_that_it_has_a_part_in(found):
    gradient = of_fakes(slice(None))
    for of_process in found:
        torch.testing.assert_close(of_process["of fakes"], gradient, rtol=0.0, atol=ULPS * EPS * gradient.abs().max())


def test_what_is_no_group():
    with pytest.raises(TypeError, match="group must be a ProcessGroup, a DeviceMesh or 'world', got int"):
        gan.GANLoss("hinge", group=3)
    with pytest.raises(ValueError, match="or 'world', got 'all'"):
        gan.GANLoss("hinge", group="all")
    loss = gan.GANLoss("rasgan", group="world")
    assert repr(loss) == "GANLoss('relativistic_average_logistic', group='world')"
    with pytest.raises(RuntimeError, match="init_process_group first"):
        loss.discriminator(torch.ones(2), torch.ones(2))
    with pytest.raises(AttributeError, match="group is fixed when the loss is made"):
        loss.group = None
