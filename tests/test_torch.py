"""What PyTorch users rely on."""

import copy
import io

import pytest
import torch
from torch import nn

import ganloss_torch as gan
from adapters import ONE_OF_EACH, RULES, draw
from cases import each
from ganloss_core import Loss, names


def tensors(name, *shape, dtype=torch.float64):
    real, fake, labels = draw(name, *shape)
    real, fake = (torch.tensor(x, dtype=dtype, requires_grad=True) for x in (real, fake))
    return real, fake, {key: torch.tensor(y) for key, y in labels.items()}


def test_a_loss_is_a_module():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(3, 1)
            self.loss = gan.GANLoss("hinge", margin=0.5)

    model = Model()
    assert "GANLoss('hinge', margin=0.5)" in repr(model)
    assert set(model.state_dict()) == {"net.weight", "net.bias"}
    file = io.BytesIO()
    torch.save(model.loss, file)
    file.seek(0)
    assert repr(torch.load(file, weights_only=False)) == repr(model.loss)
    assert model.to(torch.float64).loss is model.loss
    with pytest.raises(AttributeError, match="margin is fixed when the loss is made"):
        model.loss.margin = 2.0


def test_modules_keep_their_identity_and_their_state():
    class Scaled(gan.GANLoss):
        def __init__(self, loss):
            super().__init__(loss)
            self.scale = nn.Parameter(torch.ones(()))

    both = nn.ModuleDict({"a": Scaled("hinge"), "b": Scaled("hinge")})
    assert {name for name, _ in both.named_modules()} == {"", "a", "b"}
    assert len(list(both.parameters())) == 2
    both.eval()
    both["a"].scale.data.fill_(5.0)
    copied = copy.deepcopy(both)
    assert copied["a"].scale == 5.0
    assert copied["a"].scale is not both["a"].scale
    assert not copied["b"].training
    assert copied["a"].discriminator is both["a"].discriminator


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    for name in names():
        real, fake, labels = tensors(name, 64, dtype=dtype)
        loss = gan.GANLoss(name)
        value = loss.discriminator(real, fake, **labels)
        wide = loss.discriminator(real.float(), fake.float(), **labels)
        assert value.dtype == torch.float32
        assert torch.equal(value, wide)
        grads = torch.autograd.grad(value, (real, fake), allow_unused=True, materialize_grads=True)
        assert all(g.dtype == dtype for g in grads)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_changes_nothing(dtype):
    for name in names():
        real, fake, labels = tensors(name, 16, dtype=torch.float32)
        loss = gan.GANLoss(name)
        with torch.autocast("cpu", dtype=dtype):
            inside = loss.discriminator(real, fake, **labels), loss.generator(fake, real=real, **labels)
        assert inside == (loss.discriminator(real, fake, **labels), loss.generator(fake, real=real, **labels))
        assert inside[0].dtype == torch.float32


@pytest.mark.parametrize(
    "chosen", [sorted(ONE_OF_EACH), pytest.param(names(), marks=pytest.mark.long)], ids=["kinds", "every loss"]
)
def test_losses_compile_in_one_graph(chosen):
    torch.compiler.reset()
    losses = {name: gan.GANLoss(name).discriminator for name in chosen}
    given = {name: tensors(name, 6) for name in chosen}

    def all_of_them(given):
        return {name: loss(*given[name][:2], **given[name][2]) for name, loss in losses.items()}

    compiled = torch.compile(all_of_them, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(given), all_of_them(given))


def test_more_than_eight_losses_compile_in_one_process():
    torch.compiler.reset()
    for name in [name for name in names() if RULES[name].terms][:10]:
        real, fake, _ = tensors(name, 6)
        loss = gan.GANLoss(name)
        compiled = torch.compile(loss.discriminator, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(real, fake), loss.discriminator(real, fake))


def test_a_training_step_compiles_in_one_graph():
    torch.compiler.reset()
    critic, generator = nn.Linear(4, 1), nn.Linear(2, 4)
    loss = gan.GANLoss("rasgan")

    @torch.compile(backend="aot_eager", fullgraph=True)
    def d_loss(x, z):
        return loss.discriminator(critic(x), critic(generator(z).detach()))

    x, z = torch.randn(8, 4), torch.randn(8, 2)
    value = d_loss(x, z)
    value.backward()
    compiled = [p.grad.clone() for p in critic.parameters()]
    critic.zero_grad()
    eager = loss.discriminator(critic(x), critic(generator(z).detach()))
    eager.backward()
    torch.testing.assert_close(value, eager)
    torch.testing.assert_close(compiled, [p.grad for p in critic.parameters()])


def test_the_module_itself_compiles():
    torch.compiler.reset()
    x = torch.randn(5)
    for margin in range(1, 13):
        loss = gan.GANLoss("hinge2", margin=margin)
        assert torch.equal(torch.compile(loss, backend="eager", fullgraph=True)(x, True), loss(x, True))


# The gradient of `smile` is that of another value.
@pytest.mark.parametrize("name", [name for name in names() if name != "smile"])
def test_second_derivatives_of_losses(name):
    real, fake, labels = tensors(name, 3)
    gan_loss = gan.GANLoss(name)

    def both(r, f):
        return gan_loss.discriminator(r, f, **labels), gan_loss.generator(f, real=r, **labels)

    # First derivatives are compared with the exact ones in test_contract.
    assert torch.autograd.gradgradcheck(both, (real, fake))


@each("name", names())
def test_func_transforms(name):
    real, fake, labels = tensors(name, 4, 3)

    def gradient(real, fake, labels):
        return torch.func.grad(lambda r, f: gan.GANLoss(name).discriminator(r, f, **labels), (0, 1))(real, fake)

    batched = torch.func.vmap(gradient)(real.detach(), fake.detach(), labels)
    each = [gradient(real[i].detach(), fake[i].detach(), {key: y[i] for key, y in labels.items()}) for i in range(4)]
    torch.testing.assert_close(batched, tuple(torch.stack(g) for g in zip(*each, strict=True)))


def test_all_pairs_go_through_in_slices(monkeypatch):
    real, fake = (torch.randn(n, dtype=torch.float64, requires_grad=True) for n in (37, 23))
    loss = gan.GANLoss("rpgan_mvue")

    def both_orders():
        value = loss.discriminator(real, fake)
        first = torch.autograd.grad(value, (real, fake), create_graph=True)
        return value, *first, *torch.autograd.grad(sum(g.square().sum() for g in first), (real, fake))

    whole = both_orders()
    monkeypatch.setattr("ganloss_core.engine.expectation.PAIRS_AT_ONCE", 100)
    # Other orders of summing 37 and 23 terms, of second derivatives too, whose parts are below 1 / 37.
    eps = torch.finfo(torch.float64).eps
    torch.testing.assert_close(both_orders(), whole, rtol=60 * eps, atol=60 * eps / 37)


def test_sliced_pairs_under_func_transforms(monkeypatch):
    real, fake = torch.randn(9, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    loss = gan.GANLoss("rpgan_mvue").discriminator
    whole = [torch.func.grad(loss)(real, fake), torch.func.hessian(loss)(real, fake)]
    monkeypatch.setattr("ganloss_core.engine.expectation.PAIRS_AT_ONCE", 10)
    torch.testing.assert_close([torch.func.grad(loss)(real, fake), torch.func.hessian(loss)(real, fake)], whole)
    torch.compiler.reset()
    compiled = torch.compile(torch.func.grad(loss), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(real, fake), whole[0])
    real.requires_grad_()
    torch.compile(loss, backend="aot_eager", fullgraph=True)(real, fake).backward()
    torch.testing.assert_close(real.grad, whole[0])


def test_large_all_pairs_need_little_memory():
    n = 5_000
    real, fake = (torch.randn(n, requires_grad=True) for _ in range(2))
    # All pairs at once would be 100 MB for each of several intermediates.
    for name in ("rplsgan_mvue", "rphinge_mvue", "rpgan_mvue"):
        saved = 0

        def pack(t):
            nonlocal saved
            saved += t.numel() * t.element_size()
            return t

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
            value = gan.GANLoss(name).discriminator(real, fake)
        assert torch.isfinite(value)
        assert saved < 64 * n * real.element_size()


def test_inputs_need_not_be_contiguous():
    x = torch.randn(6, 4).t()
    for name in ("hinge", "rphinge_mvue", "ralsgan"):
        loss = gan.GANLoss(name).discriminator
        torch.testing.assert_close(loss(x[::2], x[1::2]), loss(x[::2].contiguous(), x[1::2].contiguous()))


def test_a_loss_of_the_users_own_in_torch_words():
    def smooth_hinge(ops, *, width: float = 2.0):
        def term(t):
            return ops.softplus(width * (1.0 + t)) / width

        return Loss(real=lambda t: term(-t), fake=term)

    loss = gan.GANLoss(smooth_hinge, width=4.0)
    x = torch.tensor([0.5], requires_grad=True)
    loss.discriminator(x, -x).backward()
    torch.testing.assert_close(x.grad, -2 * torch.sigmoid(torch.tensor([2.0])))
