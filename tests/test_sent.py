"""What a call sends on several devices: collectives and bytes, of every loss, as its facts say."""

import itertools
import re

import jax
import jax.numpy as jnp
import pytest
import torch
import torch.distributed as dist
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

import ganloss_jax
import ganloss_torch as gan
from adapters import RULES, UNWEIGHTED
from ganloss_core import facts, names
from group_processes import LABELLED

SAMPLES = 4


@pytest.fixture
def sent(tmp_path, monkeypatch):
    """The bytes of each collective, in a group of one process."""
    found, reduce = [], dist.all_reduce

    def counted(x, **given):
        found.append(x.nbytes)
        return reduce(x, **given)

    monkeypatch.setattr(dist, "all_reduce", counted)
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    yield found
    dist.destroy_process_group()


def shapes_of(name):
    return [(SAMPLES, *tail) for tail in RULES[name].sample.tails(3)]


def in_torch(name, player, weighted):
    """A call, and all that is differentiated."""
    loss = gan.GANLoss(name, group="world")
    real, fake = (torch.linspace(0.5, 2.0, torch.Size(s).numel()).reshape(s).requires_grad_() for s in shapes_of(name))
    mask, y = torch.arange(SAMPLES) > 0, torch.arange(SAMPLES) % 2
    given = {"real_weight": mask, "fake_weight": mask} if weighted and name not in UNWEIGHTED else {}
    given |= {"real_labels": y, "fake_labels": y} if name in LABELLED else {}
    if player == "discriminator":
        return loss.discriminator(real, fake, **given), [real, fake]
    return loss.generator(fake, real=real, **given), [real, fake]


@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss_sends_what_its_facts_say(sent, weighted):
    for name, player in itertools.product(names(), facts.PLAYERS):
        of_player = facts.devices(name, player)
        value, sides = in_torch(name, player, weighted)
        forwards = list(sent)
        torch.autograd.grad(value, sides, allow_unused=True)
        backwards = sent[len(forwards) :]
        n = len(of_player.sends)
        if of_player.sums:
            assert (forwards, backwards) == ([4 * facts.SUMS * n], [4 * facts.SUMS * n]), name
        else:
            # How many there are of each; then in float32, masks in bytes, labels as integers: one collective for each dtype.
            arrays = 4 * sum(x.numel() for x in (sides if n == 2 else [sides["fake" in of_player.sends]]))
            others = (weighted and name not in UNWEIGHTED) * [n * SAMPLES] + (name in LABELLED) * [8 * n * SAMPLES]
            assert (forwards, backwards) == ([8 * n * (1 + len(others)), arrays, *others], [arrays]), name
        sent.clear()


def reduced(name, weighted, check):
    """The arrays of each all-reduce of a compiled step of D."""
    loss, shape = ganloss_jax.GANLoss(name, axis_name="d"), shapes_of(name)[1]

    def step(real, fake, mask):
        given = {"real_weight": mask, "fake_weight": mask} if weighted else {}
        return jax.value_and_grad(lambda r, f: loss.discriminator(r, f, **given), (0, 1))(real, fake)

    run = jax.shard_map(step, mesh=Mesh(jax.devices(), "d"), in_specs=P("d"), out_specs=(P(), P("d")), check_vma=check)
    x = jnp.ones(shape, jnp.float32)
    text = jax.jit(run).lower(x, x, jnp.ones(SAMPLES, bool)).compile().as_text()
    return sorted(sorted(re.findall(r"\w+\[[\d,]+\]", each)) for each in re.findall(r"= (.*) all-reduce\(", text))


def test_what_xla_sends():
    sums, logits = ["f32[6]"], ["f32[8]"]
    assert reduced("hinge", weighted=True, check=True) == [sums]
    assert reduced("hinge", weighted=True, check=False) == [sums, sums]
    # One for each type.
    assert reduced("relativistic_average_logistic", weighted=True, check=True) == [logits, ["s8[8]"]]
    assert reduced("relativistic_average_logistic", weighted=False, check=False) == [logits, logits]
    assert reduced("mmd_gaussian", weighted=False, check=True) == [["f32[24]"]]
