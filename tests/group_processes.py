"""One of several processes, whose logits are one batch: what each loss is, and the average of its gradients."""

import itertools
from contextlib import contextmanager
from unittest.mock import patch

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import ganloss_torch as gan
from ganloss_core import losses, names
from ganloss_core.spec.game import game
from ganloss_core.spec.registry import canonical
from group_compat import drop_ins

CUTS = {1: (0, 9), 2: (0, 5, 9), 3: (0, 5, 8, 9), 4: (0, 5, 8, 9, 9)}
PROCESSES = 4
LABELLED = ("acgan", "contragan_2c", "d2d_ce", "mdd", "multi_hinge", "nplus1_ce")
COUNTS = torch.tensor([1, 2, 0, 1, 3, 0, 1, 1, 2])
WEIGHTS = {"no weights": None, "mask": COUNTS > 0, "weights": COUNTS / 2}
PLAYERS = ("discriminator", "generator")
# By default it is a constant above 0.04, where its gradient is 0.
SETTINGS = {"tprls": {"tau": 10.0}}
# A separable loss, one of a mean, of a softmax, of all pairs, of a median, of labels and of vectors.
KINDS = ("hinge", "rasgan", "kl_wgan", "rphinge_mvue", "tprls", "nplus1_ce", "mmd_gaussian")
FEW = [
    *itertools.product(KINDS, PLAYERS, WEIGHTS, [()]),
    *itertools.product(("hinge", "rasgan"), ("discriminator",), ["no weights", "weights"], [(("reduction", "sum"),)]),
    *itertools.product(["logistic"], ["generator"], ["no weights", "weights"], [(("top_k", 4),)]),
]
# What sorts a side takes no weights.
CASES = [*FEW, *((n, p, "no weights" if n == "aot_pair" else "weights", ()) for n in names() for p in PLAYERS)]


def numbers(*shape):
    return torch.sin(3.0 * torch.arange(1.0, 1 + torch.Size(shape).numel())).double().reshape(shape)


def critic(name):
    sample = game(losses[canonical(name)](gan.ops)).sample
    length = (1, sample.length or 3, 6)[sample.axes]
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, length)).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(numbers(*p.shape))
    return net, (lambda x: x.reshape(-1), lambda x: x, lambda x: x.reshape(-1, 2, 3))[sample.axes]


def step(case, part, **group):
    """The loss, and its gradient by all parameters, of a part of the batch."""
    name, player, weights, settings = case
    net, view = critic(name)
    real, fake = (view(net(x[part])) for x in (numbers(9, 4), numbers(2, 9, 4)[1]))
    real = real[:, :1] if name.startswith("nre") else real
    given = {}
    if WEIGHTS[weights] is not None:
        given = {f"{side}_weight": WEIGHTS[weights][part] for side in ("real", "fake")}
    if name in LABELLED:
        given |= {f"{side}_labels": torch.arange(9)[part] % 2 for side in ("real", "fake")}
    loss = gan.GANLoss(name, **SETTINGS.get(name, {}), **dict(settings), **group)
    value = loss.discriminator(real, fake, **given) if player == "discriminator" else loss.generator(fake, real=real, **given)
    found = torch.autograd.grad(value, list(net.parameters()), allow_unused=True)
    gradient = [torch.zeros_like(p) if g is None else g for g, p in zip(found, net.parameters(), strict=True)]
    return value.detach(), torch.cat([g.reshape(-1) for g in gradient])


@contextmanager
def sent():
    """What is all-reduced meanwhile."""
    collectives, reduce = [], dist.all_reduce
    with patch.object(dist, "all_reduce", lambda *args, **named: collectives.append(args) or reduce(*args, **named)):
        yield collectives


def others(part):
    """What else there is, by name, of a part of the batch: what it should be on all of it, and what it is."""
    net, view = critic("hinge")
    real, fake = (view(net(x)).detach() for x in (numbers(9, 4), numbers(2, 9, 4)[1]))
    r, f = real[part], fake[part]
    alone, together = (gan.GANLoss("rasgan", **group) for group in ({}, {"group": "world"}))
    yield "terms", alone.discriminator_terms(real, fake).real, together.discriminator_terms(r, f).real
    each, of_own = (gan.GANLoss("rasgan", reduction="none", **group) for group in ({}, {"group": "world"}))
    yield "each", each.discriminator(real, fake).fake[part], of_own.discriminator(r, f).fake
    pairs, own_rows = (gan.GANLoss("rpgan_mvue", reduction="none", **group) for group in ({}, {"group": "world"}))
    yield "pairs", pairs.discriminator(real, fake).pair[part], own_rows.discriminator(r, f).pair
    hinge, of_all = (gan.GANLoss("hinge", **group) for group in ({}, {"group": "world"}))
    yield "one-sided", hinge(real, True, is_disc=True), of_all(r, True, is_disc=True)
    yield "heads", alone.discriminator([real, fake], [fake, real]), together.discriminator([r, f], [f, r])
    both = {"a": r, "b": f.float()}, {"a": f, "b": r.float()}
    for name, mine in (("hinge", of_all), ("rasgan", together)):
        with sent() as collectives:
            terms = mine.discriminator_terms(*both)
        # Sums of float64 and of float32; the others' logits besides take how many each has.
        yield f"collectives of heads of {name}", torch.tensor(2 if name == "hinge" else 3), torch.tensor(len(collectives))
        expected = gan.GANLoss(name).discriminator_terms({"a": real, "b": fake.float()}, {"a": fake, "b": real.float()})
        yield f"heads of two types of {name}", expected.real.float(), terms.real.float()
        with sent() as collectives:
            mine.discriminator([r, f, r], [f, r, r], real_weight=[f.square(), r.square(), r.square()])
        sent_once = torch.tensor(1 if name == "hinge" else 2)
        yield f"collectives of weighted heads of {name}", sent_once, torch.tensor(len(collectives))
    with sent() as collectives:
        yield "heads on one side", hinge([real, fake], True, is_disc=True), of_all([r, f], True, is_disc=True)
        yield "heads of G", hinge([real, fake], True), of_all([r, f], True)
        yield "drift of heads", gan.drift([real, fake], 1.0), gan.drift([r, f], 1.0, group="world")
    yield "their collectives", torch.tensor(3), torch.tensor(len(collectives))
    rank, n = dist.get_rank(), dist.get_world_size()
    yield "one logit each", alone.discriminator(real[:n], fake[:n]), together.discriminator(real[rank], fake[rank])
    yield "function", alone.generator(fake, real=real), gan.generator_loss("rasgan", f, real=r, group=dist.group.WORLD)
    for name, mine in (("hinge", of_all), ("rasgan", together)):
        # In one process of all. The graph of what gathers breaks where the host learns how many logits the others have.
        call = mine.discriminator
        if rank == 0:
            call = torch.compile(call, backend="aot_eager", fullgraph=name == "hinge")
        yield f"compiled {name}", gan.GANLoss(name).discriminator(real, fake), call(r, f)


def of_ddp(part):
    """The gradient of a step in DDP, which averages."""
    net, view = critic("rasgan")
    wrapped = DistributedDataParallel(net)
    real, fake = (view(wrapped(x[part])) for x in (numbers(9, 4), numbers(2, 9, 4)[1]))
    gan.GANLoss("rasgan", group="world").discriminator(real, fake).backward()
    return torch.cat([p.grad.reshape(-1) for p in net.parameters()])


def of_ddp_in_parts(part):
    """The same of micro-batches, of which the processes have different numbers."""
    net, view = critic("rasgan")
    wrapped, sent = DistributedDataParallel(net), []
    wrapped.register_comm_hook(None, lambda _, bucket: sent.append(1) or averaged_by_hand(bucket))
    real, fake = (x[part].split(2) for x in (numbers(9, 4), numbers(2, 9, 4)[1]))
    loss = gan.GANLoss("rasgan", group="world").discriminator
    value = gan.accumulate(loss, lambda x: view(wrapped(x)), real=real, fake=fake)
    assert len(sent) == 1
    return value, torch.cat([p.grad.reshape(-1) for p in net.parameters()])


def of_fakes(part, wrapped=lambda net: net, **group):
    """The gradient of a generator that has a part in the first micro-batches alone."""
    (net, view), generator = critic("rasgan"), nn.Linear(4, 4).double()
    with torch.no_grad():
        for p in generator.parameters():
            p.copy_(numbers(*p.shape))
    made, loss = wrapped(generator), gan.GANLoss("rasgan", **group)
    real, fake = (x[part].split(2) for x in (numbers(9, 4), numbers(2, 9, 4)[1]))
    gan.accumulate(
        lambda fake, real: loss.generator(fake, real=real),
        lambda x: view(net(made(x[0]) if isinstance(x, tuple) else x)),
        fake=[(x,) for x in fake],
        real=real,
    )
    return torch.cat([p.grad.reshape(-1) for p in generator.parameters()])


def averaged_by_hand(bucket):
    """What DDP does, of a bucket of gradients."""
    sent = dist.all_reduce(bucket.buffer().div_(PROCESSES), async_op=True).get_future()
    return sent.then(lambda sent: sent.value()[0])


def averaged(case, processes, group):
    """The loss of a process, and the average of the gradients."""
    cuts, rank = CUTS[processes], dist.get_rank()
    value, gradient = step(case, slice(cuts[rank], cuts[rank + 1]), group=group)
    dist.all_reduce(gradient, group=dist.group.WORLD if group == "world" else group)
    return value, gradient / processes


def run(rank, folder):
    """All of it, saved."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=PROCESSES)
    found = {(PROCESSES, case): averaged(case, PROCESSES, "world") for case in CASES}
    for n in range(1, PROCESSES):
        group = dist.new_group(list(range(n)))
        if rank < n:
            found |= {(n, case): averaged(case, n, group) for case in FEW}
    part = slice(CUTS[PROCESSES][rank], CUTS[PROCESSES][rank + 1])
    torch.save(
        {
            "losses": found,
            "others": list(others(part)),
            "ddp": of_ddp(part),
            "parts": of_ddp_in_parts(part),
            "of fakes": of_fakes(part, DistributedDataParallel, group="world"),
            "drop-ins": list(drop_ins(part)),
        },
        f"{folder}/{rank}.pt",
    )
    dist.barrier()
    dist.destroy_process_group()
