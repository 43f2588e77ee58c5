import copy
import functools
import math
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from ganloss_core import Loss, Ops, Sides, aliases_of, get, losses, names, register, unregister


@pytest.fixture
def temporary():
    """Remove what a test registers."""
    before = set(names())
    yield
    for name in set(names()) - before:
        unregister(name)


def test_look_up_ignores_case_and_dashes():
    assert get("WGAN-Logistic-NS") is get("logistic") is get("wgan_logistic_ns") is losses["logistic"]
    assert get("RelativisticPairedLogistic") is get("rpgan")


def test_names_and_aliases():
    assert "logistic" in names()
    assert "vanilla" not in names()
    assert "vanilla" in names(aliases=True)
    assert "vanilla" in aliases_of("nsgan")
    for coupling in ("paired", "average", "centered", "all_pairs"):
        for kind in ("logistic", "lsgan", "hinge"):
            assert f"relativistic_{coupling}_{kind}" in names()
    for alias in ("rpgan", "rsgan", "rasgan", "ralsgan", "rahinge", "rplsgan", "rpgan_mvue"):
        assert get(alias) is not None


def test_the_view_is_read_only():
    with pytest.raises(TypeError):
        losses["mine"] = losses["hinge"]


@pytest.mark.usefixtures("temporary")
def test_register():
    @register(aliases=("my-alias",))
    def mine(ops, *, slope: float = 2.0):
        return Loss(real=lambda t: -slope * t, fake=lambda t: slope * t)

    assert get("My_Alias") is mine
    with pytest.raises(ValueError, match="'mine' is taken"):
        register(mine)
    with pytest.raises(ValueError, match=r"'HINGE_' is taken by the loss 'hinge'"):
        register(name="HINGE_")(mine)
    with pytest.raises(ValueError, match=r"'wgan' is taken"):
        register(name="other", aliases=("wgan",))(mine)
    assert "other" not in names()
    unregister("my alias")
    assert "mine" not in names(aliases=True)
    register(mine)


@pytest.mark.usefixtures("temporary")
def test_a_name_registered_anew_is_the_new_loss(adapter):
    def make(slope):
        return lambda ops: Loss(real=lambda t: -slope * t, fake=lambda t: slope * t)

    for slope in (1.0, 3.0):
        register(name="again")(make(slope))
        assert float(adapter.loss("again").generator(adapter.array([2.0]))) == -2.0 * slope
        unregister("again")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (lambda ops, margin=1.0: None, "hyperparameter 'margin' must be keyword-only"),
        (lambda ops, *, margin=1.0: None, "annotate hyperparameter 'margin' as float, int, bool, tuple"),
        (lambda ops, *, heads=1.0: None, "cannot be named 'heads'"),
        (lambda: None, "the first parameter must take the words"),
        (lambda *, ops: None, "the first parameter must take the words"),
        (3, "a loss is a name or a function"),
    ],
)
def test_register_refuses(definition, message):
    with pytest.raises(TypeError, match=message):
        register(name="refused")(definition)
    assert "refused" not in names()


def test_register_says_what_is_missing():
    def bad_default(ops, *, slope: float = "1"):
        return None

    with pytest.raises(TypeError, match="slope must be a Python float"):
        register(bad_default)
    with pytest.raises(TypeError, match="aliases must be several names"):
        register(name="refused", aliases="ab")
    with pytest.raises(TypeError, match=r"has no name of its own to register: give register\(name=...\)"):
        register(functools.partial(shape, times=2))
    assert "refused" not in names()


def test_an_object_must_be_hashable(adapter):
    @dataclass
    class Made:
        slope: float = 1.0

        def __call__(self, ops):
            return Loss(real=lambda t: self.slope * t, fake=lambda t: t)

    with pytest.raises(TypeError, match="a loss must be hashable, Made is not"):
        adapter.loss(Made())


def test_a_loss_checks_its_parts(adapter):
    with pytest.raises(ValueError, match=r"generator must be 'nonsaturating', .* or a function of a logit, got 'Saturating'"):
        Loss(real=abs, fake=abs, generator="Saturating")
    with pytest.raises(TypeError, match="Loss: real must be a function, got int"):
        Loss(real=3, fake=abs)
    x = adapter.array([1.0])
    for returned, message in (((1, 2), "must return ganloss_core.Sides, got tuple"), (Sides(), "Sides without any part")):

        def make(returned):
            return lambda ops: Loss(real=ops.abs, fake=ops.abs, coupling=lambda *, real, fake: lambda r, f, E: returned)

        with pytest.raises(TypeError, match=message):
            adapter.loss(make(returned)).discriminator(x, x)


def shape(ops, *, kind: Literal["linear", "square"] = "linear", times: int = 1, flip: bool = False):
    """A loss of the user's own, with every kind of hyperparameter."""

    def term(t):
        t = t * t if kind == "square" else t
        return times * (-t if flip else t)

    return Loss(real=term, fake=term)


def test_a_function_needs_no_registration(adapter):
    real, fake = adapter.array([1.0, 3.0]), adapter.array([2.0])
    assert float(adapter.loss(shape).discriminator(real, fake)) == 4.0
    assert float(adapter.loss(shape, kind="square", times=2, flip=True).discriminator(real, fake)) == -18.0
    assert float(adapter.module.generator_loss(shape, fake, times=3)) == 6.0
    with pytest.raises(ValueError, match="shape: kind must be one of 'linear', 'square', got 'cube'"):
        adapter.loss(shape, kind="cube")
    with pytest.raises(TypeError, match="shape: times must be a Python int"):
        adapter.loss(shape, times=1.5)
    with pytest.raises(ValueError, match="shape: kind must be one of"):
        adapter.loss(shape, kind=fake)
    with pytest.raises(TypeError, match="shape: flip must be a Python bool"):
        adapter.loss(shape, flip=1)


def test_a_required_hyperparameter(adapter):
    def needy(ops, *, slope: float):
        return Loss(real=lambda t: slope * t, fake=lambda t: t)

    with pytest.raises(TypeError, match="needy needs the hyperparameter 'slope'"):
        adapter.loss(needy)
    assert float(adapter.loss(needy, slope=2.0).generator(adapter.array([1.5]))) == 3.0


def test_the_functional_form_checks_every_call(adapter):
    x = adapter.array([1.0])
    call = adapter.module.generator_loss
    assert float(call("hinge2", x, margin=1)) == float(call("hinge2", x, margin=1.0)) == 0.0
    with pytest.raises(TypeError, match="margin must be a Python float"):
        call("hinge2", x, margin=True)
    assert float(call("hinge2", [x, x], heads=[1.0, 2.0], margin=2.0)) == 3.0
    for slope in (1.0, 3.0):
        register(name="functional_anew")(_sloped(slope))
        assert float(call("functional_anew", x)) == slope
        unregister("functional_anew")


def _sloped(slope):
    return lambda ops: Loss(real=lambda t: slope * t, fake=lambda t: t)


def test_numpy_scalars_are_numbers(adapter):
    loss = adapter.loss("hinge", margin=np.float32(0.5))
    assert loss.hyperparameters == {"margin": 0.5}
    assert type(loss.hyperparameters["margin"]) is float


@pytest.mark.parametrize("loss", ["hinge", "RPGAN", shape])
def test_a_loss_is_comparable_picklable_and_copyable(adapter, loss):
    settings = {"reduction": "sum", "heads": {"b": 1.0, "a": 2.0}}
    a = adapter.loss(loss, **settings)
    copies = [adapter.loss(loss, **settings), copy.deepcopy(a), copy.copy(a)]
    copies += [pickle.loads(pickle.dumps(a, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    for b in copies:
        assert repr(a) == repr(b)
        assert a.hyperparameters == b.hyperparameters
        assert (a.discriminator is b.discriminator) is (adapter.name != "numpy")
        x = {"a": adapter.array([1.0]), "b": adapter.array([2.0])}
        assert float(a.generator(x, real=x)) == float(b.generator(x, real=x))
        # A torch module is itself only: modules are told apart in sets.
        assert (a == b) is (adapter.name != "torch")
    assert a != adapter.loss(loss)
    assert a != loss


@pytest.mark.parametrize("adapter", ["torch", "jax"], indirect=True)  # where something compiles them
def test_equal_losses_share_their_functions(adapter):
    assert adapter.loss("wgan").discriminator is adapter.loss("Wasserstein").discriminator


def test_it_says_what_it_is(adapter):
    assert "'hinge', margin=0.5" in repr(adapter.loss("hinge", margin=0.5))
    assert adapter.loss("vanilla").name == "logistic"


def test_ops_must_be_complete():
    with pytest.raises(TypeError, match="tanh"):
        Ops(**dict.fromkeys(("relu", "step", "abs", "sign", "square", "sqrt", "exp", "log", "sigmoid", "softplus"), math.exp))


def test_a_type_checker_rejects_a_misspelt_word(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from ganloss_core import A, Loss, Ops\n\n\n"
        "def good(ops: Ops[A], *, margin: float = 1.0) -> Loss[A]:\n"
        "    return Loss(real=lambda t: ops.relu(margin - t), fake=lambda t: ops.relu(margin + t))\n\n\n"
        "def bad(ops: Ops[A]) -> Loss[A]:\n"
        "    return Loss(real=lambda t: ops.rellu(t), fake=ops.softplus)\n\n\n"
        "def worse(ops: Ops[A]) -> Loss[A]:\n"
        "    return Loss(real=lambda t: abs(t), fake=ops.softplus)\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(file)], capture_output=True, text=True, check=False
    )
    wrong = [line for line in run.stdout.splitlines() if "error:" in line]
    assert any('"Ops[A]" has no attribute "rellu"; maybe "relu"' in line for line in wrong), run.stdout
    assert {line.split(":")[1] for line in wrong} == {"9", "13"}, run.stdout
