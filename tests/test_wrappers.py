"""What docs/wrappers.md says of DDP, FSDP and checkpointing: its own lines, run in two processes."""

import jax
import jax.numpy as jnp
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import ganloss_jax
import ganloss_torch as gan
import processes

# The same sums, of 8 samples in another order.
NEAR = {"rtol": 1e-12, "atol": 1e-14}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    processes.start(processes.worker, str(folder), n=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def test_without_broadcasts_a_state_is_that_of_its_own_replica(results):
    for result in results:
        assert all(same(step["after"], step["own"]) for step in result["its own"]["states"])
    first, second = (result["its own"]["states"][-1]["after"] for result in results)
    assert not same(first, second)


def test_by_default_a_state_is_the_first_replicas_and_one_step_of_its_own(results):
    term = gan.StatefulModule(gan.LeCam(0.3, decay=0.9))
    for first, second in zip(*(result["by default"]["states"] for result in results), strict=True):
        for replica in (first, second):
            term.load_state_dict(first["before"])
            term(*replica["logits"])
            assert same(replica["after"], term.state_dict())
    assert not same(second["after"], second["own"])


def test_a_penalty_gives_each_parameter_a_gradient_under_ddp(results):
    for result in results:
        assert result["its own"]["bias"] == 0.0  # R1 does not depend on it


def test_ddp_averages_a_penalty_to_that_of_the_whole_batch(results):
    for result in results:
        for ours, whole in zip(result["penalty"], processes.of_penalty(torch.cat(list(processes.batches(0)[0]))), strict=True):
            # A sum of 8 samples and 8 units, some 30 roundings deep, in two parts instead of one.
            assert (ours - whole).abs().max() <= 64 * torch.finfo(whole.dtype).eps * whole.abs().max()


@pytest.mark.parametrize("name", ["the page", "the page, another pass", "approximate"])
def test_fsdps_gradients_are_those_of_one_process(results, name):
    for result in results:
        for ours, wanted in zip(result[name], processes.alone(processes.SHARDED[name]), strict=True):
            # Finite differences divide by 0.01, and square.
            torch.testing.assert_close(ours, wanted, **NEAR if name != "approximate" else {"rtol": 1e-9, "atol": 1e-11})


@pytest.mark.parametrize("name", ["reshards", "reshards, between", "one pass"])
def test_what_fsdp_refuses(results, name):
    for result in results:
        assert "setStorage" in result[name]
        assert "out of bounds for storage of size 0" in result[name]


def test_fsdp_must_let_go_before_the_backward_pass(results):
    for result in results:
        assert result["never lets go"] == [None] * 4


def test_a_whole_step_is_that_of_one_process(results):
    (d, g), rpgan = processes.networks(), gan.GANLoss("rpgan")
    d_optimizer, g_optimizer = (torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9) for net in (d, g))
    before = [p.detach().clone() for p in (*d.parameters(), *g.parameters())]
    torch.manual_seed(3)
    size = 2 * processes.SIZE
    for reals, noise in [(torch.randn(size, 5).double(), torch.randn(size, 3).double()) for _ in range(processes.STEPS)]:
        d_optimizer.zero_grad()
        seen = gan.observe(d, real=reals, fake=g(noise).detach())
        (rpgan.discriminator(seen.real, seen.fake) + gan.r1(seen, 10.0) + gan.r2(seen, 10.0)).backward()
        d_optimizer.step()
        g_optimizer.zero_grad()
        rpgan.generator(d(g(noise)), real=d(reals)).backward()
        g_optimizer.step()
    for result in results:
        for name in ("r3gan, ddp", "r3gan, fsdp"):
            for ours, wanted, was in zip(result[name], (*d.parameters(), *g.parameters()), before, strict=True):
                torch.testing.assert_close(ours, wanted.detach(), **NEAR)
                # What a loss of pairs and penalties do not depend on.
                assert wanted.numel() == 1 or not torch.allclose(wanted, was)


def test_accumulate_with_sharded_parameters(results):
    net = processes.critic()
    gan.GANLoss("rasgan").discriminator(*(net(torch.cat(list(side))) for side in processes.batches(0))).backward()
    for result in results:
        for ours, p in zip(result["accumulated"], net.parameters(), strict=True):
            torch.testing.assert_close(ours, p.grad, **NEAR)


BLOCK, LAST = nn.Sequential(nn.Linear(4, 8), nn.SiLU()), nn.Linear(8, 1)


def gradients(critic):
    torch.manual_seed(0)
    seen = gan.observe(critic, real=torch.randn(5, 4), fake=torch.randn(5, 4))
    value = gan.GANLoss("hinge").discriminator(seen.real, seen.fake) + gan.r1(seen, 1.0) + gan.r2(seen, 1.0)
    value = value + gan.wgan_gp(seen, 1.0) + gan.approximate_r1(seen, 1.0)
    return value, *torch.autograd.grad(value, [*BLOCK.parameters(), *LAST.parameters()])


def checkpointed(reentrant):
    return lambda x: LAST(checkpoint(BLOCK, x, use_reentrant=reentrant))


def test_a_checkpointed_critic_is_the_same_to_the_last_bit():
    for ours, plain in zip(gradients(checkpointed(False)), gradients(nn.Sequential(BLOCK, LAST)), strict=True):
        assert torch.equal(ours, plain)
    with pytest.raises(RuntimeError, match="use_reentrant=True"):
        gradients(checkpointed(True))


def test_a_compiled_penalty_takes_no_checkpoints():
    x, penalty = torch.randn(5, 4), lambda x: gan.r1(gan.observe(checkpointed(False), real=x), 1.0)
    try:
        with pytest.raises(RuntimeError, match="support saved tensor hooks"):
            torch.compile(penalty, backend="eager")(x)
        with pytest.raises(RuntimeError, match="support saved tensor hooks"):
            penalty(x)
    finally:
        torch._dynamo.reset()
        torch._C._autograd._saved_tensors_hooks_enable()
    assert penalty(x) > 0.0


def test_jaxs_checkpoint_may_be_anywhere():
    critic, x = lambda x: jnp.tanh(x) @ jnp.ones(4), jnp.full((3, 4), 0.3)
    step = lambda critic: jax.grad(lambda x: ganloss_jax.r1(ganloss_jax.observe(critic, real=x), 1.0))
    assert (step(critic)(x) == step(jax.checkpoint(critic))(x)).all()
