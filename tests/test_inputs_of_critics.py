"""What a critic takes and when it runs: several arrays, arguments by name, the order of sides, a forward of one's own."""

import jax
import numpy as np
import pytest
import torch
from torch import nn

import ganloss_torch as gan
from frameworks import JAX, TORCH, assert_within
from test_weights_of_terms import MIX, NOISE, PENALTIES

FRAMEWORKS = pytest.mark.parametrize("framework", [TORCH, JAX], ids=["torch", "jax"])
RNG = np.random.default_rng(1)
REAL, FAKE = RNG.normal(size=(2, 5, 4))


# --- several arrays ---


def split(framework, x):
    """Four columns as an image of two and two vectors."""
    a = framework.array
    return {"image": a(x[:, :2].reshape(len(x), 2, 1)), "raw": [a(x[:, 2]), (a(x[:, 3:]),)]}


def joined_critic(framework):
    slopes = framework.array(np.linspace(0.2, 2.0, 4)[None])
    return lambda x: framework.tanh(x * slopes).sum(1) ** 2


def critic_of_parts(framework):
    concatenate = torch.cat if framework is TORCH else jax.numpy.concatenate
    whole = joined_critic(framework)
    return lambda x: whole(
        concatenate([x["image"].reshape((-1, 2)), x["raw"][0].reshape((-1, 1)), x["raw"][1][0].reshape((-1, 1))], 1)
    )


@FRAMEWORKS
@pytest.mark.parametrize("joint", [False, True])
def test_an_input_of_several_arrays_is_one_point(framework, joint):
    """The norm is over all of it: every penalty is that of the same numbers side by side."""
    g, a = framework.module, framework.array

    def found():
        parts = g.observe(critic_of_parts(framework), real=split(framework, REAL), fake=split(framework, FAKE), joint=joint)
        whole = g.observe(joined_critic(framework), real=a(REAL), fake=a(FAKE), joint=joint)
        values = {}
        for name, given in PENALTIES.items():
            of_whole = {k: v if k == "at" else a(v) for k, v in given.items()}
            noise = {"noise": split(framework, NOISE)} if "noise" in given else of_whole
            values[name] = getattr(g, name)(parts, 3.0, **noise), getattr(g, name)(whole, 3.0, **of_whole)
        return values, parts.gradient("fake"), whole.gradient("fake")

    values, gradient, of_whole = framework.computed(found)
    for name, pair in values.items():
        # Sums in another order; the finite differences divide their rounding by 0.01.
        assert_within(*pair, 1e4 if "approximate" in name else 8)
    assert gradient["image"].shape == (5, 2, 1)
    assert_within(gradient["raw"][1][0], of_whole[:, 3:], 8)


@FRAMEWORKS
def test_parts_are_matched_by_name(framework):
    g, a, b = framework.module, framework.array(REAL), framework.array(FAKE)
    critic = lambda x: (x["a"] ** 2).sum(1) + 10.0 * (x["b"] ** 2).sum(1)
    one, other = {"a": a, "b": b}, {"b": b, "a": a}
    mix = framework.array(MIX)

    def found(fake, noise, joint=False):
        seen = g.observe(critic, real=one, fake=fake, joint=joint)
        penalties = g.wgan_gp(seen, 1.0, mix=mix), g.approximate_r1(seen, 1.0, noise=noise), g.dragan(seen, 1.0, noise=noise)
        return seen.fake, *penalties

    same, *others = framework.computed(lambda: [found(one, one), found(other, other), found(other, other, joint=True)])
    for each in others:
        for got, expected in zip(each, same, strict=True):
            assert_within(got, expected, 0)

    def of_any(x):
        first = next(iter(x.values())) if isinstance(x, dict) else x if hasattr(x, "shape") else x[0]
        return first.sum(1)

    for real, fake in (({"a": a}, {"b": a}), ([a], (a,)), ({"a": a}, a), (a, {"a": a})):
        with pytest.raises(ValueError, match="must have one structure, got"):
            g.wgan_gp(g.observe(of_any, real=real, fake=fake), 1.0, mix=mix)
        with pytest.raises(ValueError, match="must have one structure, got"):
            g.observe(of_any, real=real, fake=fake, joint=True)


@FRAMEWORKS
def test_joint_arguments_that_hold_arrays(framework):
    g, x = framework.module, framework.array(REAL)
    critic = lambda x, of: (x * of["t"][0]).sum(1)
    shared = {"t": [x]}
    for fake_args in (({"t": [2.0 * x]},), (shared,)):
        seen = g.observe(critic, real=x, fake=x, real_args=(shared,), fake_args=fake_args, joint=True)
        apart = g.observe(critic, real=x, fake=x, real_args=(shared,), fake_args=fake_args)
        assert_within(seen.fake, apart.fake, 0)


@FRAMEWORKS
def test_gradients_by_parameters_pass_through_several_arrays(framework):
    def loss(parameters, several):
        critic = framework.tanh_critic(parameters)
        x = framework.array(REAL[:, :2]), framework.array(REAL[:, 2:])
        concatenate = torch.cat if framework is TORCH else jax.numpy.concatenate
        if several:
            return framework.module.r1(framework.module.observe(lambda x: critic(concatenate(x, 1)), real=x), 2.0)
        return framework.module.r1(framework.module.observe(critic, real=concatenate(x, 1)), 2.0)

    parameters = [RNG.normal(size=s) for s in ((3, 4), (3,), (3,), ())]
    for got, expected in zip(
        *(framework.differentiate(lambda p, s=s: loss(p, s), parameters, jit=True)[1] for s in (True, False)), strict=True
    ):
        assert_within(got, expected, 16)


@FRAMEWORKS
def test_several_arrays_are_drawn_around_and_for_finite_differences(framework):
    g = framework.module
    draw = lambda: {"rng": torch.Generator().manual_seed(0)} if framework is TORCH else {"rng": jax.random.key(0)}

    def found():
        seen = g.observe(critic_of_parts(framework), real=split(framework, REAL), fake=split(framework, FAKE))
        return [[getattr(g, name)(seen, 1.0, **draw()) for _ in range(2)] for name in ("dragan", "approximate_r1", "wgan_gp")]

    for one, other in framework.computed(found):
        assert framework.number(one) == framework.number(other) > 0.0


@FRAMEWORKS
def test_a_part_that_the_critic_ignores_has_no_gradient(framework):
    x = framework.array(REAL), framework.array(FAKE)
    seen = framework.module.observe(lambda x: (x[0] ** 2).sum(1), real=x)
    assert (framework.numpy(seen.gradient("real")[1]) == 0.0).all()
    seen = framework.module.observe(lambda x: framework.array(np.ones(5)), real=x)
    with pytest.raises(ValueError, match="does not depend on its input"):
        seen.gradient("real")


@FRAMEWORKS
def test_wrong_inputs_are_refused(framework):
    g, x = framework.module, framework.array(REAL)
    critic = lambda x, *args, **named: x[0].sum(1)
    with pytest.raises(ValueError, match=r"as many samples each, along the first axis, got shapes \(5, 4\), \(4, 4\)"):
        g.observe(critic, real=[x, x[:4]])
    with pytest.raises(ValueError, match="got shapes none"):
        g.observe(critic, real=[])
    with pytest.raises(TypeError, match=r"or a list, tuple or dict of such, by which the critic is differentiated, got .*int"):
        g.observe(critic, real=[x, framework.array(np.arange(5), "int32")])
    with pytest.raises(ValueError, match=r"(?s)noise must have the structure of the input, .* got"):
        g.approximate_r1(g.observe(critic, real=[x, x]), 1.0, noise=x)
    # At a batch of one, an array for a sequence of arguments would not even be noticed.
    for args in (x[:1, 0], 1.0, "y", None):
        with pytest.raises(
            TypeError, match=r"real_args must be a tuple or list of arguments, or a dict by name, got .*: \(x,\) for"
        ):
            g.observe(critic, real=[x[:1]], real_args=args)


# --- arguments by name, and the order ---


@FRAMEWORKS
@pytest.mark.parametrize("joint", [False, True])
def test_arguments_by_name(framework, joint):
    g, a = framework.module, framework.array
    critic = lambda x, *, y, scale: scale * (x * y.reshape((-1, 1))).sum(1)
    y = [RNG.normal(size=5) for _ in range(2)]
    args = {f"{side}_args": {"scale": 2.0, "y": a(y[i])} for i, side in enumerate(("real", "fake"))}
    seen = g.observe(critic, real=a(REAL), fake=a(FAKE), joint=joint, **args)
    assert_within(seen.fake, 2 * (FAKE * y[1][:, None]).sum(1), 8)
    assert_within(seen.gradient("real"), 2 * y[0][:, None] * np.ones((1, 4)), 0)
    for penalty, given in (("wgan_gp", {"mix": a(MIX)}), ("approximate_r2", {"noise": a(NOISE)}), ("r1", {})):
        assert framework.number(getattr(g, penalty)(seen, 1.0, **given)) > 0.0
    if joint:
        with pytest.raises(TypeError, match=r"the same names in real_args and fake_args, got \['scale', 'y'\] and \['y'\]"):
            g.observe(critic, real=a(REAL), fake=a(FAKE), joint=True, **{**args, "fake_args": {"y": a(y[1])}})


def test_a_module_takes_arguments_by_name_and_keeps_its_buffers():
    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.layer = nn.BatchNorm1d(4), nn.Linear(4, 1)

        def forward(self, x, *, y):
            return self.layer(self.norm(x)) * y

    critic, x = Critic(), torch.randn(6, 4)
    seen = gan.observe(critic, real=x, fake=x, real_args={"y": 2.0}, fake_args={"y": 3.0})
    gan.wgan_gp(seen, 1.0)
    gan.approximate_r1(seen, 1.0)
    assert critic.norm.num_batches_tracked == 2


@pytest.mark.parametrize("joint", [False, True])
def test_the_side_that_is_seen_first(joint):
    order = []
    critic = lambda x: order.append(x.detach().flatten()[0].item()) or x.sum(1)
    x = torch.zeros(2, 3)
    for first in ("real", "fake"):
        seen = gan.observe(critic, real=x, fake=x + 1.0, first=first, joint=joint)
        assert torch.equal(seen.real, x.sum(1))
        assert torch.equal(seen.fake, x.sum(1) + 3.0)
    assert order == ([0.0, 1.0] if joint else [0.0, 1.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="first must be one of 'real', 'fake', got 'both'"):
        gan.observe(critic, real=x, first="both")


# --- a forward that already happened ---


def test_an_observation_of_a_forward_of_ones_own():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    real, fake = torch.randn(2, 5, 4)
    together = torch.cat([real, fake]).requires_grad_()
    logits = critic(together)
    real.requires_grad_()
    fake.requires_grad_()
    own = gan.observation_of(real=real, real_logits=critic(real), fake=fake, fake_logits=(critic(fake), "features"))
    seen = gan.observe(critic, real=real, fake=fake)
    assert own.fake_features == "features"
    for penalty, given in (("r1", {}), ("r2", {}), ("wgan_gp", {"at": "real"}), ("wgan_div", {"at": "ends"})):
        values = [getattr(gan, penalty)(x, 3.0, **given) for x in (own, seen)]
        assert torch.equal(*values)
        assert all(map(torch.equal, *(torch.autograd.grad(v, critic[0].weight, retain_graph=True) for v in values)))
    # One input for both, as critics of pairs have it.
    pairs = gan.observation_of(real=together, real_logits=logits)
    assert torch.allclose(gan.r1(pairs, 2.0), (gan.r1(seen, 1.0) + gan.r2(seen, 1.0)), rtol=1e-6)
    for needs_more in (lambda: gan.wgan_gp(own, 1.0), lambda: gan.approximate_r1(own, 1.0)):
        with pytest.raises(TypeError, match="runs the critic at other points, which observation_of has not got"):
            needs_more()
    with pytest.raises(TypeError, match="give both real and real_logits"):
        gan.observation_of(real=real)
    with pytest.raises(ValueError, match="real requires no gradient"):
        gan.observation_of(real=real.detach(), real_logits=critic(real))
    with pytest.raises(ValueError, match="does not depend on its input"):
        gan.r1(gan.observation_of(real=real, real_logits=critic(real.detach())), 1.0)
    with pytest.raises(RuntimeError, match=r"inside torch.compile and torch.func, use observe"):
        torch.func.vmap(lambda x: gan.observation_of(real=x, real_logits=x.sum(1)).real)(torch.ones(2, 3, 4))


def test_each_forward_of_ones_own_is_looked_at():
    attention = lambda x: nn.functional.scaled_dot_product_attention(x, x, x).sum((1, 2))
    x = torch.randn(2, 1, 8, 8, requires_grad=True)
    gan.r1(gan.observation_of(real=x, real_logits=x.square().sum((1, 2, 3))), 1.0)
    with pytest.raises(RuntimeError, match="for attention"):
        gan.r1(gan.observation_of(real=x, real_logits=attention(x)), 1.0)


# --- the weight of two losses ---


def test_the_adaptive_weight_of_two_losses():
    torch.manual_seed(0)
    layer = nn.Linear(4, 3)
    images = layer(torch.randn(5, 4))
    losses = images.abs().mean(), -images.square().mean()
    gradients = [torch.autograd.grad(x, layer.weight, retain_graph=True)[0] for x in losses]
    weight = gan.adaptive_weight_of_losses(*losses, layer.weight, epsilon=1e-3, largest=0.5)
    assert torch.equal(weight, gan.adaptive_weight(*gradients, epsilon=1e-3, largest=0.5))
    assert not weight.requires_grad
    assert gan.adaptive_weight_of_losses(1e9 * losses[0], 1e-9 * losses[1], layer.weight) == 1e4
    without_g = gan.adaptive_weight_of_losses(losses[0], 0.0 * losses[1], layer.weight)
    assert torch.isclose(without_g, gradients[0].norm() / 1e-4)
    for wrong in (gradients[0], 1.0):
        with pytest.raises(TypeError, match="generator_loss must be a loss, a tensor of shape"):
            gan.adaptive_weight_of_losses(losses[0], wrong, layer.weight)
    with pytest.raises(TypeError, match="last_layer must be the layer's weight, a parameter, got Linear"):
        gan.adaptive_weight_of_losses(*losses, layer)
    with pytest.raises(TypeError, match="got one that is frozen"):
        gan.adaptive_weight_of_losses(*losses, layer.weight.detach())
    for wrong in (losses[0].detach(), torch.ones((), requires_grad=True)):
        with pytest.raises(RuntimeError, match="reconstruction_loss does not depend on last_layer"):
            gan.adaptive_weight_of_losses(wrong, losses[1], layer.weight)
    (losses[0] + weight * losses[1]).backward()  # the graph is still there


# --- compiled steps that are broken off ---


# PyTorch's own, about what goes from graph to graph.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_what_leaves_the_graph_between_a_loss_and_its_penalties():
    """A log of the loss breaks a compiled step in two: the observation goes on in the second."""
    torch.manual_seed(0)
    critic, log = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)), []

    def step(real, fake, joint):
        seen = gan.observe(critic, real=real, fake=fake, joint=joint)
        loss = gan.discriminator_loss("hinge", seen.real, seen.fake)
        log.append(loss.item())
        return loss + gan.r1(seen, 1.0) + gan.wgan_gp(seen, 1.0, mix=torch.full((len(real),), 0.25)) + gan.r2(seen, 1.0)

    real, fake = torch.randn(2, 6, 4)
    # Both break off at one place; AOT traces what goes from one graph to the next.
    for joint, compiler in ((False, "aot_eager"), (True, "eager")):
        values = [f(real, fake, joint) for f in (torch.compile(step, backend=compiler), step)]
        assert torch.allclose(*values, rtol=1e-6)
        gradients = [torch.autograd.grad(v, critic.parameters(), allow_unused=True) for v in values]
        for a, b in zip(*gradients, strict=True):
            assert (a is None and b is None) or torch.allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_gradient_that_nothing_asks_for_is_not_compiled():
    from functorch.compile import make_boxed_func
    from torch._dynamo.backends.common import aot_autograd

    sizes = []

    def count(graph, _):
        sizes.append(sum(node.op == "call_function" for node in graph.graph.nodes))
        return make_boxed_func(graph)

    critic, x = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)), torch.randn(5, 4)
    seen = lambda x: gan.observe(critic, real=x).real.mean()
    plain = lambda x: critic(x).mean()
    for step in (seen, plain):
        torch.compile(step, backend=aot_autograd(fw_compiler=count, bw_compiler=count), fullgraph=True)(x).backward()
    assert sizes[:2] == sizes[2:]


# --- for the log, and the defaults ---


@FRAMEWORKS
def test_the_ratios_of_a_balancer(framework):
    balancer = framework.module.Balancer({"a": 1.0, "b.c": 3.0})
    state = balancer.init("float64")
    for scale in (1.0, 2.0):
        x = framework.array(REAL)
        _, state = balancer.apply(state, {"a": scale * x, "b.c": 3.0 * scale * x})
    ratios = balancer.ratios(state)
    assert framework.number(ratios["a"]) == pytest.approx(0.25, rel=1e-15)
    assert framework.number(ratios["b.c"]) == pytest.approx(0.75, rel=1e-15)


@FRAMEWORKS
@pytest.mark.parametrize("size", [1e20, 1e37, 1e-30])
def test_norms_whose_squares_leave_the_range(framework, size):
    g = framework.module
    gradient = framework.array(size * np.ones((2, 1)), "float32")
    combined, _ = g.Balancer({"a": 1.0, "b": 1.0}, epsilon=0.0).apply(
        g.Balancer({"a": 1.0, "b": 1.0}).init(), {"a": gradient, "b": framework.array(np.ones((2, 1)), "float32")}
    )
    np.testing.assert_allclose(framework.numpy(combined), 1.0, rtol=1e-6)
    for x in (gradient, 10.0 * gradient):
        assert framework.number(g.adaptive_weight(x, x, epsilon=0.0)) == 1.0


@FRAMEWORKS
def test_a_slow_average_that_is_debiased(framework):
    term = framework.module.LeCam(0.3, decay=1.0 - 2.0**-30, debias=True)
    state, x = term.init(), framework.array(np.ones(4), "float32")
    for _ in range(3):
        loss, state = term.apply(state, x, -x)
    # Both averages are the values themselves: (1 + 1)^2 on either side.
    assert framework.number(loss) == pytest.approx(0.3 * 8.0, rel=1e-6)


def test_defaults_are_those_of_the_papers_and_the_authors_code():
    assert gan.BEGAN() == gan.BEGAN(0.5, rate=0.001, initial=0.0)
    assert gan.PathLength() == gan.PathLength(2.0, decay=0.01, anchor=None)
    rest = {"total_norm": 1.0, "decay": 0.999, "epsilon": 1e-12, "per_sample": True, "rescale": True}
    assert gan.Balancer({"a": 1.0}) == gan.Balancer({"a": 1.0}, **rest)
    rest = {"form": "elementwise", "decay": 0.99, "initial": 0.0, "debias": False, "start": 0, "copy_until_start": False}
    assert gan.LeCam(0.3) == gan.LeCam(0.3, **rest, update="before", heads=None)


@FRAMEWORKS
def test_arguments_of_terms_are_checked(framework):
    g = framework.module
    for wrong in (lambda: g.PathLength(decay=2.0), lambda: g.Balancer({"a": 1.0}, decay=1.0), lambda: g.LeCam(0.3, decay=-0.1)):
        with pytest.raises(ValueError, match=r"decay must be in \[0, 1\), got"):
            wrong()
    with pytest.raises(ValueError, match="epsilon must be 0 or more"):
        g.Balancer({"a": 1.0}, epsilon=-1.0)
    for heads in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="heads must be names, each of one head"):
            g.LeCam(0.3, heads=heads)
    with pytest.raises(ValueError, match="update must be one of 'before', 'after', got 'x'"):
        g.LeCam(0.3, update="x")
    for term, field in (
        (g.LeCam(0.3), "weight"),
        (g.PathLength(), "weight"),
        (g.Balancer({"a": 1.0}), "decay"),
        (g.BEGAN(), "rate"),
    ):
        with pytest.raises(AttributeError, match="cannot assign"):
            setattr(term, field, 0.5)


def test_a_largest_norm_has_an_anchor():
    critic, x = nn.Linear(4, 1), torch.randn(3, 4)
    seen = gan.observe(critic, real=x, fake=x + 1.0, anchor=True)
    gan.max_gp(seen, 1.0).backward()
    assert critic.bias.grad is not None
