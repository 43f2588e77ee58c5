"""Logits that PyTorch shards over processes: the loss of the whole batch, in each of them."""

import socket

import pytest
import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

import ganloss_torch as gan
from adapters import RULES, draw
from processes import start

PROCESSES = 2
RPHINGE = "relativistic_all_pairs_hinge"


def of_reals_and_fakes(case, place):
    """A player's loss and its gradients, with all that is given placed as `place` says."""
    name, chosen, player, real, fake, given = case
    real, fake = (place(torch.from_numpy(x)).requires_grad_() for x in (real, fake))
    given = {key: place(torch.from_numpy(x)) for key, x in given.items()}
    loss = gan.GANLoss(name, **chosen)
    value = loss.discriminator(real, fake, **given) if player == "D" else loss.generator(fake, real=real, **given)
    value.backward()
    found = (value.detach(), real.grad, fake.grad)
    return [x.full_tensor() if isinstance(x, DTensor) else x for x in found if x is not None]


def compare(cases, processes):
    mesh = init_device_mesh("cpu", (processes,))
    for case in cases:
        whole = of_reals_and_fakes(case, lambda x: x)
        sharded = of_reals_and_fakes(case, lambda x: distribute_tensor(x, mesh, [Shard(0)]))
        # Sums of a few numbers in another order.
        torch.testing.assert_close(sharded, whole, rtol=1e-13, atol=1e-13, msg=lambda text, case=case: f"{case[:3]}: {text}")


def cases_of(names):
    for name in names:
        # Five samples, so that processes have unequal parts.
        real, fake, labels = draw(name, 5)
        yield from ((name, {}, player, abs(real), abs(fake), labels) for player in "DG")
        if not labels:
            yield name, {}, "D", abs(real), abs(fake), {"real_weight": real != real[1], "fake_weight": real != real[1]}
    yield ("hinge", {"top_k": 2}, "G", *draw("hinge", 5))


def test_a_mesh_of_one_process():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        compare(
            cases_of(["acgan", "contragan_2c", "mmd_repulsive", "realness", "tprls", RPHINGE, "relativistic_average_logistic"]),
            1,
        )
    finally:
        dist.destroy_process_group()


def work(rank, port, cases):
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=PROCESSES)
    torch.set_num_threads(1)
    compare(cases, PROCESSES)
    dist.destroy_process_group()


@pytest.mark.long
def test_every_loss_on_two_processes():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start(work, port, list(cases_of(RULES)), n=PROCESSES)
