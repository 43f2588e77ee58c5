"""How processes start in the tests; and one of two that runs the lines of docs/wrappers.md, and saves what came of them."""

import copy
import multiprocessing
import re
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

import ganloss_torch as gan

PAGE = (Path(__file__).parents[1] / "docs" / "wrappers.md").read_text()
DDP, FSDP, ANOTHER_PASS, R3GAN_DDP, R3GAN_FSDP = re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL)
STEPS, SIZE = 3, 4
KEEP, LET_GO = "critic.set_reshard_after_backward(False)\n", "critic.set_reshard_after_backward(True)\n"
APPROXIMATE = """
seen = gan.observe(critic, real=reals, fake=fakes)
d_loss = loss.discriminator(seen.real, seen.fake) + gan.approximate_r1(seen, 10.0, noise=noise)
d_loss.backward()
"""
ONE_PASS = FSDP.replace(" + gan.r2(seen, 10.0)", " + gan.wgan_gp(seen, 10.0, mix=mix)")
SHARDED = {
    "the page": FSDP,
    "the page, another pass": FSDP + ANOTHER_PASS,
    "approximate": APPROXIMATE,
    "reshards": FSDP.replace(KEEP, "").replace(LET_GO, ""),
    "reshards, between": ANOTHER_PASS.replace(KEEP, "").replace(LET_GO, ""),
    "one pass": ONE_PASS,
    "never lets go": FSDP.replace(LET_GO, ""),
}


def start(function, *args, n):
    """As `torch.multiprocessing.spawn`, from a process that has imported PyTorch once for all of them."""
    multiprocessing.set_forkserver_preload(["ganloss_torch", "torch.distributed.fsdp", "torch._dynamo"])
    torch.multiprocessing.start_processes(function, args=args, nprocs=n, start_method="forkserver")


def critic():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.SiLU(), nn.Linear(8, 1)).double()


def batches(step):
    """Reals and fakes of each process."""
    torch.manual_seed(1 + step)
    return torch.randn(2, 2, SIZE, 5).double().unbind(1)


def given():
    """What the page's lines take for granted."""
    mix, noise = torch.linspace(0.1, 0.9, SIZE).double(), torch.linspace(-1.0, 1.0, SIZE * 5).reshape(SIZE, 5).double()
    return {"gan": gan, "nn": nn, "loss": gan.GANLoss("logistic"), "mix": mix, "noise": noise}


def alone(lines):
    """The gradient of one process, over the samples of both: the mean of two means."""
    net = critic()
    for pair in zip(*batches(0), strict=True):
        plain = lines.replace(KEEP, "").replace(LET_GO, "")
        exec(plain, given() | {"critic": net} | dict(zip(("reals", "fakes"), pair, strict=True)))
    return [p.grad / 2.0 for p in net.parameters()]


def _ddp(rank, lines):
    scope = given() | {"critic": critic()}
    exec(lines, scope)
    own, module, states = gan.StatefulModule(gan.LeCam(0.3, decay=0.9)), scope["step"].module, []
    for step in range(STEPS):
        reals, fakes = (side[rank] for side in batches(step))
        with torch.no_grad():
            logits = module.critic(reals), module.critic(fakes)
            own(*logits)
        before = copy.deepcopy(module.lecam.state_dict())
        scope["step"](reals, fakes).backward()
        after = copy.deepcopy(module.lecam.state_dict())
        states.append({"before": before, "own": copy.deepcopy(own.state_dict()), "after": after, "logits": logits})
    net = critic()
    gan.r1(gan.observe(net, real=reals), 10.0).backward()
    return {"states": states, "bias": net[2].bias.grad}


def of_penalty(x, wrapped=lambda step: step):
    """The gradient of a penalty alone, of a step that a wrapper may average."""

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.critic = critic()

        def forward(self, x):
            return gan.r1(gan.observe(self.critic, real=x, anchor=True), 2.0)

    step = Step()
    made = wrapped(step)
    for _ in range(3):
        made.zero_grad()
        made(x).backward()
    return [p.grad for p in step.parameters()]


def _fsdp(rank, mesh, lines):
    net = critic()
    for layer in (net[0], net[2], net):
        fully_shard(layer, mesh=mesh)
    reals, fakes = (side[rank] for side in batches(0))
    try:
        for _ in range(2):  # the second step finds the parameters as the first did
            net.zero_grad()
            exec(lines, given() | {"critic": net, "reals": reals, "fakes": fakes})
    except RuntimeError as error:
        return str(error)
    return [None if p.grad is None else p.grad.full_tensor() for p in net.parameters()]


def networks():
    """A critic and a generator."""
    torch.manual_seed(2)
    return critic(), nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.Linear(8, 5)).double()


def r3gan(lines, part, mesh=None):
    """The parameters of both networks after some steps on a part of the batch, by the page's lines."""
    nets = networks()
    for net in nets if mesh is not None else ():
        for layer in (net[0], net[2], net):
            fully_shard(layer, mesh=mesh)
    torch.manual_seed(3)
    batches = [(torch.randn(2 * SIZE, 5).double()[part], torch.randn(2 * SIZE, 3).double()[part]) for _ in range(STEPS)]
    d_optimizer, g_optimizer = (torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9) for net in nets)
    scope = dict(zip(("critic", "generator"), nets, strict=True)) | {"d_optimizer": d_optimizer, "g_optimizer": g_optimizer}
    exec(
        lines, {"gan": gan, "nn": nn, "torch": torch, "rpgan": gan.GANLoss("rpgan", group="world"), "batches": batches, **scope}
    )
    return [p.detach() if mesh is None else p.full_tensor().detach() for net in nets for p in net.parameters()]


def accumulated(rank, mesh):
    """The gradient of a loss that compares samples, by three micro-batches on each side of each process."""
    net = critic()
    for layer in (net[0], net[2], net):
        fully_shard(layer, mesh=mesh)
    reals, fakes = (torch.cat(list(side)).split((2, 2, 1, 1, 1, 1)) for side in batches(0))
    part = slice(0, 3) if rank == 0 else slice(3, 6)
    gan.accumulate(gan.GANLoss("rasgan", group="world").discriminator, net, real=reals[part], fake=fakes[part])
    return [p.grad.full_tensor() for p in net.parameters()]


def worker(rank, folder):
    """Run every case, and save the results under the number of the process."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    default = DDP.replace(", broadcast_buffers=False", "")
    results = {"its own": _ddp(rank, DDP), "by default": _ddp(rank, default)}
    results["penalty"] = of_penalty(batches(0)[0][rank], nn.parallel.DistributedDataParallel)
    mesh = init_device_mesh("cpu", (2,))
    results |= {name: _fsdp(rank, mesh, lines) for name, lines in SHARDED.items()}
    part = slice(0, SIZE + 1) if rank == 0 else slice(SIZE + 1, None)
    results |= {"r3gan, ddp": r3gan(R3GAN_DDP, part), "r3gan, fsdp": r3gan(R3GAN_FSDP, part, mesh)}
    results["accumulated"] = accumulated(rank, mesh)
    torch.save(results, f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()
