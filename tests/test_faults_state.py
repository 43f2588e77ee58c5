"""Terms and their state, where people's training meets them: cast models, overflowed steps, configurations."""

import copy
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import nn

import ganloss_jax
import ganloss_torch as gan
from frameworks import JAX, TORCH

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
CASTS = {
    "half": lambda m: m.half(),
    "bfloat16": lambda m: m.bfloat16(),
    "to": lambda m: m.to(torch.bfloat16),
    "of the model": lambda m: nn.Sequential(m).to(torch.bfloat16)[0],
    "type": lambda m: m.type(torch.float16),
    "apply": lambda m: m._apply(lambda x: x.to(torch.bfloat16)),
}
TERMS = {
    "lecam": lambda g: g.LeCam(0.3, start=300, decay=0.99),
    "debiased": lambda g: g.LeCam(0.3, decay=0.999, debias=True),
    "began": lambda g: g.BEGAN(rate=1e-4),
}


def after_steps(module):
    """It and what it returns last: more steps than half precision counts."""
    for _ in range(400):
        value = module(torch.ones(8), 0.5 * torch.ones(8))
    return module, value


@cache
def plain_after_steps(term):
    return after_steps(gan.StatefulModule(TERMS[term](gan)))


@pytest.mark.parametrize("cast", CASTS)
@pytest.mark.parametrize("term", TERMS)
def test_a_cast_module_keeps_its_state(term, cast):
    module, got = after_steps(CASTS[cast](gan.StatefulModule(TERMS[term](gan))))
    plain, expected = copy.deepcopy(plain_after_steps(term))
    assert torch.equal(got, expected)
    assert all(torch.equal(module.state_dict()[key], value) for key, value in plain.state_dict().items())
    again = CASTS[cast](gan.StatefulModule(TERMS[term](gan)))
    again.load_state_dict(module.state_dict())
    assert torch.equal(again(torch.ones(8), torch.ones(8)), plain(torch.ones(8), torch.ones(8)))


def test_a_wider_module_has_a_wider_state():
    module = gan.StatefulModule(gan.LeCam(0.3)).double()
    assert {buffer.dtype for buffer in module.buffers()} == {torch.float64}
    assert {buffer.dtype for buffer in module.float().buffers()} == {torch.float32}


@FRAMEWORKS
@pytest.mark.parametrize("term", TERMS)
def test_a_cast_state_is_kept_wide(framework, term):
    made, x, y = (
        TERMS[term](framework.module),
        framework.array(np.ones(8), "bfloat16"),
        framework.array(np.full(8, 0.5), "bfloat16"),
    )
    plain = made.init()
    cast = {key: framework.array(framework.number(value), "bfloat16") for key, value in plain.items()}
    for _ in range(3):
        (expected, plain), (got, cast) = made.apply(plain, x, y), made.apply(cast, x, y)
    assert framework.number(got) == framework.number(expected)
    assert {key: framework.number(v) for key, v in cast.items()} == {key: framework.number(v) for key, v in plain.items()}
    assert all("float32" in str(value.dtype) for value in cast.values())


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_narrow_state_is_refused(framework, dtype):
    with pytest.raises(TypeError, match=f"float32 or wider, got {dtype}"):
        framework.module.LeCam(0.3).init(dtype=dtype)


def test_a_module_skips_the_state_of_an_overflowed_step():
    ones, infinite = torch.ones(2), torch.tensor([float("inf"), 1.0])
    for bad in (infinite, -infinite, torch.tensor([float("nan"), 1.0])):
        skipping, never = gan.StatefulModule(gan.LeCam(0.3), skip_nonfinite=True), gan.StatefulModule(gan.LeCam(0.3))
        for x in (ones, bad, ones):
            got = skipping(x, ones)
        expected = [never(ones, ones) for _ in range(2)][-1]
        assert torch.equal(got, expected)
        assert all(torch.equal(a, b) for a, b in zip(skipping.buffers(), never.buffers(), strict=True))
    # Not asked for, it is not skipped.
    never(infinite, ones)
    assert not torch.isfinite(never(ones, ones))


@pytest.mark.parametrize("made", [jnp.asarray, bool], ids=["array", "bool"])
def test_a_state_is_selected_in_jax(made):
    term = ganloss_jax.LeCam(0.3)
    x = jnp.ones(3)
    _, first = term.apply(term.init(), x, x)
    _, bad = term.apply(first, jnp.full(3, jnp.inf), x)
    assert term.select(made(False), bad, first) == first
    assert jax.tree.all(jax.tree.map(lambda a, b: bool(a == b), term.select(made(True), bad, first), bad))


def test_a_grad_scaler_and_a_state_skip_the_same_steps():
    torch.manual_seed(0)
    critic, lecam = nn.Linear(3, 1), gan.StatefulModule(gan.LeCam(0.3), skip_nonfinite=True)
    optimizer, scaler = torch.optim.SGD(critic.parameters(), 0.1), torch.amp.GradScaler("cpu", init_scale=2.0**10)
    seen = []
    for step in range(4):
        x = torch.randn(5, 3) * (1e38 if step == 2 else 1.0)
        before = [p.clone() for p in critic.parameters()], {k: v.clone() for k, v in lecam.state_dict().items()}
        optimizer.zero_grad()
        loss = gan.discriminator_loss("hinge", critic(x), critic(-x)) + lecam(critic(x), critic(-x))
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        parameters = all(torch.equal(a, b) for a, b in zip(before[0], critic.parameters(), strict=True))
        seen.append((parameters, all(torch.equal(before[1][k], v) for k, v in lecam.state_dict().items())))
    assert seen == [(False, False), (False, False), (True, True), (False, False)]


def test_a_module_from_the_meta_device_starts_anew():
    with torch.device("meta"):
        module = gan.StatefulModule(gan.LeCam(0.3, debias=True))
    module = module.to_empty(device="cpu")
    for buffer in module.buffers():
        buffer.fill_(7.0)
    module.reset_parameters()
    fresh = gan.StatefulModule(gan.LeCam(0.3, debias=True))
    assert {k: v.item() for k, v in module.state_dict().items()} == {k: v.item() for k, v in fresh.state_dict().items()}


def test_names_with_dots_are_buffers():
    gradients = {"mel.l1": torch.randn(2, 3), "adv": torch.randn(2, 3)}
    term = gan.Balancer({"mel.l1": 1.0, "adv": 2.0})
    module = gan.StatefulModule(term)
    expected, state = term.apply(term.init(), gradients)
    assert torch.equal(module(gradients), expected)
    assert torch.equal(module.state_dict()["norm_mel/l1"], state["norm_mel.l1"])


# --- numbers that come from a configuration ---


@FRAMEWORKS
def test_whole_numbers_of_any_type(framework):
    g = framework.module
    x = framework.array([[0.5, -1.0], [2.0, 0.25]])
    for three in (np.int64(3), np.int32(3), np.uint8(3)):
        assert g.LeCam(np.float32(0.5), start=three).init().keys() == {"real", "fake", "steps"}
        assert g.lazy_regularization(three, lr=np.float64(0.1), betas=(np.float32(0.5), 0.9)).interval == 3
        assert g.GANLoss("hinge", top_k=three).generator(x[0]) == g.GANLoss("hinge", top_k=3).generator(x[0])
        seen = g.observe(lambda x: (x * x).sum(1), real=x, fake=x + 1.0)
        mix = framework.array([0.5, 0.25])
        assert g.wgan_div(seen, 1.0, power=three, mix=mix) == g.wgan_div(seen, 1.0, power=3, mix=mix)


@FRAMEWORKS
def test_text_is_refused_where_a_term_is_made(framework):
    g = framework.module
    for make in (
        lambda t: g.LeCam(t),
        lambda t: g.LeCam(0.3, decay=t),
        lambda t: g.LeCam(0.3, initial=t),
        lambda t: g.PathLength(t),
        lambda t: g.PathLength(decay=t),
        lambda t: g.Balancer({"a": t}),
        lambda t: g.Balancer({"a": 1.0}, total_norm=t),
        lambda t: g.Balancer({"a": 1.0}, epsilon=t),
        lambda t: g.BEGAN(t),
        lambda t: g.BEGAN(rate=t),
        lambda t: g.BEGAN(initial=t),
        lambda t: g.lazy_regularization(4, lr=t, betas=(0.0, 0.99)),
        lambda t: g.lazy_regularization(4, lr=0.1, betas=(0.0, t)),
    ):
        for value in ("1e-3", None, True):
            with pytest.raises(TypeError, match="must be a number"):
                make(value)
    for out_of_range in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="must be finite"):
            g.BEGAN(out_of_range)


@FRAMEWORKS
def test_what_a_term_cannot_take_is_said(framework):
    g, x = framework.module, framework.array([[0.5, -1.0], [2.0, 0.25]])

    def refused(error, match, call):
        with pytest.raises(error, match=match):
            call()

    balancer, path = g.Balancer({"a": 1.0}), g.PathLength()
    refused(ValueError, r"a sample axis, got shape \(\)", lambda: balancer.apply(balancer.init(), {"a": x[0, 0]}))
    refused(ValueError, "must not sum to 0", lambda: g.Balancer({"a": 1.0, "b": -1.0}))
    refused(TypeError, "latents must be one array, got list", lambda: path.apply(path.init(), lambda z: z, [x, x]))
    image = x[:, :, None, None]
    refused(
        TypeError,
        "the generator must return images, one array, got tuple",
        lambda: path.apply(path.init(), lambda z: (image, z), x),
    )
    refused(ValueError, "takes gradients by the last layer, not losses", lambda: g.adaptive_weight(x[0, 0], x[0, 1]))


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_strict_promotion(dtype):
    g, x, key = ganloss_jax, jnp.linspace(-1.0, 1.0, 12).astype(dtype).reshape(3, 4), jax.random.key(0)
    w = jnp.linspace(-0.5, 0.5, 48).astype(dtype).reshape(4, 12)
    calls = [
        lambda: g.PathLength().apply(g.PathLength().init(), lambda z: (z @ w).reshape(3, 2, 2, 3), x, rng=key),
        lambda: g.LeCam(0.3, debias=True).apply(g.LeCam(0.3, debias=True).init(), x, -x),
        lambda: g.LeCam(0.3, form="batch_mean", update="after").apply(g.LeCam(0.3).init(), x, -x),
        lambda: g.BEGAN().apply(g.BEGAN().init(), x, -x),
        lambda: g.Balancer({"a": 1.0}).apply(g.Balancer({"a": 1.0}).init(), {"a": x}),
    ]
    # Types are promoted when a program is traced.
    with jax.numpy_dtype_promotion("strict"):
        results = jax.jit(lambda: [call() for call in calls])()
    again = jax.jit(lambda: [call()[0] for call in calls])()
    for (loss, state), other in zip(results, again, strict=True):
        np.testing.assert_array_equal(loss, other)
        assert {value.dtype for value in state.values()} == {jnp.dtype("float32")}


# --- the adaptive weight ---


@FRAMEWORKS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_adaptive_weight_refuses_what_is_not_finite_and_does_not_overflow(framework, dtype):
    weight = lambda a, b: framework.number(
        framework.module.adaptive_weight(framework.array(a, dtype), framework.array(b, dtype))
    )
    one = [1.0, 1.0]
    for wrong in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(FloatingPointError, match=r"the generator's gradient is not finite: its norm is (nan|inf)"):
            weight(one, [wrong, 1.0])
        with pytest.raises(FloatingPointError, match="the reconstruction's gradient is not finite"):
            weight([wrong, 1.0], one)
    huge = float(np.finfo(dtype).max) / 4.0
    assert weight([huge] * 4, [huge] * 4) == 1.0
    assert weight([huge, huge], [huge / 1024, 0.0]) == pytest.approx(1024 * 2**0.5, rel=4.0 * float(np.finfo(dtype).eps))
    assert weight([1e30, 0.0], [1.0, 0.0]) == 1e4
    assert weight([0.0, 0.0], [0.0, 0.0]) == 0.0
    assert weight([3.0, 4.0], [0.0, 0.0]) == 1e4


def test_a_state_that_is_loaded_by_assignment_stays_wide():
    module = gan.StatefulModule(gan.LeCam(0.3, decay=0.999))
    narrow = {name: value.bfloat16() for name, value in module.state_dict().items()}
    module.load_state_dict(narrow, assign=True)
    for _ in range(300):
        module(torch.ones(4, 1), -torch.ones(4, 1))
    assert {value.dtype for value in module.state_dict().values()} == {torch.float32}
    assert module.steps == 300
    wide = {name: value.double() for name, value in module.state_dict().items()}
    module.load_state_dict(wide, assign=True)
    assert module.steps.dtype == torch.float64


def test_a_state_whose_buffers_are_replaced_widens_again():
    """As a wrapper with a type for buffers of its own does."""
    module = gan.StatefulModule(gan.LeCam(0.3, decay=0.999))
    for name, value in module._buffers.items():
        module._buffers[name] = value.bfloat16()
    for _ in range(300):
        module(torch.ones(4, 1), -torch.ones(4, 1))
    assert module.steps == 300
