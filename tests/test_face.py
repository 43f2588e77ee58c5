"""What users do with a loss besides calling it: subclass it, set something on it, look it up inside what is compiled."""

import copy
import inspect
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import ganloss_jax
import ganloss_torch as gan
from adapters import RULES
from cases import each
from ganloss_core import Loss, average, names, paired, register, unregister
from ganloss_core.backends import reference
from ganloss_core.engine import steps
from ganloss_core.engine.call import Made
from ganloss_core.engine.steps import steps_of
from ganloss_core.spec import definition

X, Y = torch.linspace(-1.9, 2.2, 6), torch.linspace(1.5, -0.8, 6)


def halved(cls):
    class Half(cls):
        """A player's loss, halved."""

        def discriminator(self, real, fake, **given):
            return 0.5 * super().discriminator(real, fake, **given)

        def generator(self, fake, **given):
            return 0.5 * super().generator(fake, **given)

        def discriminator_terms(self, real, fake, **given):
            return "none today"

    return Half


def test_a_subclass_overrides_what_a_loss_computes(adapter):
    x, y = adapter.array([2.0, 0.5]), adapter.array([0.25, -3.0])
    make = adapter.module.GANLoss
    loss, half = make("rpgan", generator="saturating"), halved(make)("rpgan", generator="saturating")
    assert half.discriminator(x, y) == 0.5 * loss.discriminator(x, y)
    assert half.generator(y, real=x) == 0.5 * loss.generator(y, real=x)
    assert half.discriminator_terms(x, y) == "none today"


class Constant(gan.GANLoss):
    """A one-sided call of its own."""

    def forward(self, input, target_is_real, is_disc=False):
        return 2.0 * super().forward(input, target_is_real, is_disc)


class Negative(ganloss_jax.GANLoss):
    """The same in JAX."""

    def __call__(self, logits, target_is_real, is_disc=False):
        return -super().__call__(logits, target_is_real, is_disc)


def test_a_subclass_overrides_the_one_sided_call():
    x = torch.tensor([0.5])
    for loss in (Constant("hinge"), pickle.loads(pickle.dumps(Constant("hinge"))), copy.deepcopy(Constant("hinge"))):
        assert loss(x, True, True) == 1.0
        assert loss.discriminator(x, x) == 2.0
        assert torch.compile(loss, backend="eager", fullgraph=True)(x, True, True) == 1.0
    assert Negative("hinge")(np.float32([0.5]), True, True) == -0.5


@each(
    "name",
    ["reduction", "heads", "top_k", "generator", "margin", "discriminator", "generator_terms", "name", "hyperparameters"],
)
@each("make", [gan.GANLoss, halved(gan.GANLoss), ganloss_jax.GANLoss, reference.GANLoss])
def test_what_a_loss_is_cannot_be_set_on_it(make, name):
    loss = make("hinge")
    with pytest.raises(AttributeError, match="make a new") as raised:
        setattr(loss, name, 2.0)
    assert name in str(raised.value)


def test_a_module_keeps_what_is_set_besides():
    loss = gan.GANLoss("hinge")
    loss.layer, loss.note = torch.nn.Linear(2, 1), "mine"
    again = pickle.loads(pickle.dumps(loss))
    assert again.note == "mine"
    assert set(again.state_dict()) == {"layer.weight", "layer.bias"}
    assert again(X, True) == loss(X, True)


def mine(ops, *, slope: float = 1.0):
    """A loss of the user's."""
    return Loss(real=lambda t: ops.softplus(-slope * t), fake=lambda t: ops.softplus(slope * t))


CALLS = {
    "weights": lambda x, y: gan.discriminator_loss("lsgan", x, y, real_label=0.9, real_weight=y > 0.0),
    "generator": lambda x, y: gan.generator_loss("logistic", x, generator="saturating", top_k=3),
    "needs reals": lambda x, y: gan.generator_loss("rasgan", x, real=y),
    "heads": lambda x, y: gan.discriminator_loss("hinge", [x, y], [y, x], heads=[1.0, 0.25]),
    "none": lambda x, y: sum(gan.discriminator_loss("hinge", x, y, reduction="none")[:2]).sum(),
    "own": lambda x, y: gan.discriminator_loss(mine, x, y, slope=0.5) + gan.generator_loss(mine, x),
    "codebase": lambda x, y: gan.discriminator_loss("taming/hinge", x, y),
    "tuple": lambda x, y: gan.discriminator_loss("mmd_rq", torch.stack([x, y], 1), torch.stack([y, x], 1), alphas=(0.5, 2.0)),
}


def test_a_name_is_looked_up_inside_what_is_compiled():
    torch.compiler.reset()

    def all_of_them(x, y):
        return {name: call(x, y) for name, call in CALLS.items()}

    compiled = torch.compile(all_of_them, backend="aot_eager", fullgraph=True)
    results = []
    for calls in (all_of_them, compiled, compiled):
        x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
        values = calls(x, y)
        gradients = {
            name: torch.autograd.grad(value, (x, y), retain_graph=True, allow_unused=True, materialize_grads=True)
            for name, value in values.items()
        }
        results.append(({name: value.detach() for name, value in values.items()}, gradients))
    torch.testing.assert_close(results[1], results[0])
    torch.testing.assert_close(results[2], results[0])


def test_every_name_is_looked_up_in_one_graph_and_more_than_eight_in_one_process():
    torch.compiler.reset()
    separable = [name for name in names() if RULES[name].terms]

    def whole(x, y):
        return [(gan.discriminator_loss(name, x, y), gan.generator_loss(name, y)) for name in separable]

    in_one = torch.compile(whole, backend="eager", fullgraph=True)(X.abs(), Y.abs())
    torch.testing.assert_close(in_one, whole(X.abs(), Y.abs()))
    for name in separable[:10]:
        step = torch.compile(
            lambda x, y, name=name: gan.discriminator_loss(name, x, y), backend="eager", fullgraph=True, isolate_recompiles=True
        )
        torch.testing.assert_close(step(X.abs(), Y.abs()), gan.discriminator_loss(name, X.abs(), Y.abs()))


def test_a_whole_step_looks_its_loss_up():
    torch.compiler.reset()
    critic = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))

    def step(real, fake):
        seen = gan.observe(critic, real=real, fake=fake)
        return gan.discriminator_loss("rpgan", seen.real, seen.fake) + gan.r1(seen, 10.0) + gan.wgan_gp(seen, 1.0, mix=mix)

    real, fake, mix = torch.randn(5, 4), torch.randn(5, 4), torch.rand(5)
    gradients = []
    for call in (step, torch.compile(step, backend="aot_eager", fullgraph=True)):
        gradients.append(torch.autograd.grad(call(real, fake), critic.parameters(), allow_unused=True, materialize_grads=True))
    torch.testing.assert_close(gradients[0], gradients[1])


def test_a_name_that_is_registered_anew_is_looked_up_anew():
    x = torch.tensor([1.0])
    for factor in (2.0, 3.0):

        @register(name="of the moment")
        def of_the_moment(ops, *, factor: float = factor):
            return Loss(real=lambda t: factor * t, fake=lambda t: factor * t)

        try:
            assert gan.discriminator_loss("of the moment", x, x) == 2.0 * factor
        finally:
            unregister("of the moment")


def test_look_ups_are_let_go_of(monkeypatch):
    monkeypatch.setattr("ganloss_core.engine.functional.LARGEST", 20)
    found = gan.discriminator_loss.__self__.found
    for i in range(100):
        assert gan.discriminator_loss("hinge", X, X, margin=1.0 + i) == gan.GANLoss("hinge", margin=1.0 + i).discriminator(X, X)
        assert i == 0 or len(vars(found)) <= 23


# --- the path of a call ---


def path(name, player="discriminator", weighted=False, **chosen):
    made = Made(name=name, game=RULES[name], backend=reference.backend, reduction="mean", **chosen)
    found = steps_of(made, getattr(made.game, player), weighted)
    return [step.__qualname__.split(".")[0] for step in found]


def test_a_call_runs_the_steps_of_its_own_loss_and_no_others():
    for name in ("hinge", "rpgan", "rasgan", "rphinge_mvue", "kl_wgan"):
        name = reference.GANLoss(name).name
        assert path(name) == path(name, "generator") == []
        assert path(name, weighted=True) == ["weights", "labels_of_logits", "expectation", "masks"]
    assert path("mmd_gaussian") == ["samples", "labels", "matrices", "expectation"]
    assert path("contragan_2c", weighted=True) == ["samples", "weights", "labels", "matrices", "expectation", "masks"]
    assert path("nplus1_ce", weighted=True) == ["samples", "weights", "labels", "expectation", "masks"]
    assert path("logistic", top_k=3) == []
    assert path("logistic", "generator", top_k=3) == ["top_k"]


def test_a_new_step_is_one_function(monkeypatch, adapter):
    def doubled(made, player, weighted):
        """What the formula sees, doubled."""
        if made.name != "hinge":
            return None

        def step(call):
            call.fake = 2.0 * call.fake

        return step

    x = adapter.array([0.5, -2.0])
    monkeypatch.setattr(steps, "STEPS", (*steps.STEPS, doubled))
    assert adapter.loss("hinge", margin=1.5).generator(x) == -np.mean([1.0, -4.0])
    assert adapter.loss("hinge2", margin=1.5).generator(x) == np.mean([1.0, 3.5])


# --- what nobody should see ---


@pytest.mark.parametrize("text", ["1/0", "float or", "nowhere.Number", "str"])
def test_an_annotation_that_is_no_type_is_refused(text):
    def own(ops, *, m=1.0):
        return Loss(real=ops.relu, fake=ops.relu)

    own.__annotations__["m"] = text
    with pytest.raises(TypeError, match="annotate hyperparameter 'm' as float, int, bool"):
        gan.GANLoss(own)


def test_names_that_only_a_checker_knows_are_left_alone():
    def own(ops, *, m=1.0):
        return Loss(real=ops.relu, fake=ops.relu)

    own.__annotations__.update(ops="Ops[A]", m="float", **{"return": "Loss[A]"})
    assert gan.GANLoss(own, m=2).hyperparameters == {"m": 2.0}


def test_annotations_that_python_evaluates_late(monkeypatch):
    # Python 3.14: what `if TYPE_CHECKING` imports raises NameError unless asked for as a forward reference.
    def signature(definition, *, annotation_format):
        assert annotation_format == "forward references"
        return plain(definition)

    plain = inspect.signature
    monkeypatch.setattr(definition, "sys", SimpleNamespace(version_info=(3, 14)))
    monkeypatch.setitem(sys.modules, "annotationlib", SimpleNamespace(Format=SimpleNamespace(FORWARDREF="forward references")))
    monkeypatch.setattr(inspect, "signature", signature)

    def own(ops: "Ops[A]", *, m: float = 1.0) -> "Loss[A]":  # noqa: F821
        return Loss(real=ops.relu, fake=ops.relu)

    assert gan.GANLoss(own, m=2).hyperparameters == {"m": 2.0}


def test_no_logits_at_all(adapter):
    with pytest.raises(TypeError, match="fake logits must be"):
        adapter.loss("contragan_2c").generator(None)
    with pytest.raises(TypeError, match="several heads need a list or a dict of logits, got None"):
        adapter.loss("hinge", heads=[1.0, 1.0]).generator(None)


@pytest.mark.parametrize("name", ["rpgan", "tprls"])
def test_a_linear_generator_of_pairs_looks_at_fakes_alone(adapter, name):
    loss = adapter.loss(name, generator="linear")
    fake, weight = adapter.array([1.0, 3.0, 5.0]), adapter.array([1.0, 0.0, 1.0])
    assert loss.generator(fake, fake_weight=weight) == -3.0


# --- a loss of the user's own ---


def no_return(ops):
    def real(t):
        ops.relu(1.0 - t)

    return Loss(real=real, fake=lambda t: ops.relu(1.0 + t))


OWN = {
    "no return": (no_return, TypeError, "the real term returned None"),
    "a number": (lambda ops: Loss(real=lambda t: 0.0, fake=ops.relu), ValueError, r"shape \(3,\), got float"),
    "sliced": (lambda ops: Loss(real=lambda t: ops.relu(t)[:1], fake=ops.relu), ValueError, r"got shape \(1,\)"),
    "fake": (lambda ops: Loss(real=ops.relu, fake=lambda t: ops.relu(t)[:, None]), ValueError, "the fake term must"),
    "compared": (lambda ops: Loss(real=lambda t: t[:1], fake=ops.relu, coupling=average), ValueError, "the real term must"),
    "paired": (lambda ops: Loss(real=lambda t: None, fake=ops.relu, coupling=paired), TypeError, "the real term returned None"),
}


@pytest.mark.parametrize("name", OWN)
def test_a_term_returns_one_value_for_each_logit(adapter, name):
    definition, error, match = OWN[name]
    x = adapter.array([1.0, 0.25, -2.0])
    with pytest.raises(error, match=match):
        adapter.loss(definition).discriminator(x, x)


def test_a_coupling_that_returns_no_sides(adapter):
    x = adapter.array([1.0, 0.25])
    coupling = lambda *, real, fake: lambda r, f, E: (real(r), fake(f))
    for reduction in ("mean", "none"):
        loss = adapter.loss(lambda ops: Loss(real=ops.relu, fake=ops.relu, coupling=coupling), reduction=reduction)
        for call in (loss.discriminator, loss.discriminator_terms):
            with pytest.raises(TypeError, match=r"a coupling must return ganloss_core\.Sides, got tuple"):
                call(x, x)


def test_a_term_of_the_generators(adapter):
    x = adapter.array([1.0, 0.25, -2.0])
    loss = adapter.loss(lambda ops: Loss(real=ops.relu, fake=ops.relu, generator=lambda t: None))
    with pytest.raises(TypeError, match="the generator's term returned None"):
        loss.generator(x)
