"""Every word and every loss inside its budget, on every backend, eager and compiled; and checks that can fail."""

from dataclasses import fields, replace
from functools import partial

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import ganloss_jax._backend
import ganloss_torch._backend
from adapters import LOGITS, ONE_OF_EACH, draw
from ganloss_core import WORDS, Loss, Ops, Sides, names
from ganloss_core.backends import exact
from ganloss_core.check import check, check_words, runners
from ganloss_core.check.reference import ArrayRunner
from ganloss_core.engine.settings import Settings
from ganloss_core.words.ulps import error
from ganloss_jax.check import JaxRunner
from ganloss_torch.check import TorchRunner
from javascript import JavaScriptRunner

WIDE = ("float64", "float32")
STRICT = ArrayRunner("array-api-strict", array_api_strict, dtypes=WIDE)


class Mostly:
    """A dear runner for a loss at its defaults, in float32, of a player's first group, which has several samples; else another.

    It has all groups, and other hyperparameters, in the long tests.
    """

    dtypes, device = ("float32",), "cpu"

    def __init__(self, dear, other):
        self.name, self.ulps, self._dear, self._other = dear.name, dear.ulps, dear, other

    def losses(self, settings, groups, dtype):
        players = [player for player, _ in groups]
        default = settings == Settings.of(settings.loss, None, "mean", "mean", {})
        first = {players.index(player) for player in players if default}
        results = {}
        for runner, which in ((self._dear, first), (self._other, {*range(len(groups))} - first)):
            if which:
                results |= zip(which, runner.losses(settings, [groups[i] for i in which], dtype), strict=True)
        return [results[i] for i in range(len(groups))]


DEFAULTS = {
    "xla_backend_optimization_level": 3,
    "xla_cpu_use_fusion_emitters": True,
    "xla_cpu_parallel_codegen_split_count": 32,
}
"""Of XLA, where tests/suite.py has other options."""


class AsForUsers(JaxRunner):
    """JAX as XLA compiles by default."""

    def _compiled(self, function):
        return jax.jit(function, compiler_options=DEFAULTS)


# In float64 JAX is held by test_agreement, and here by the long tests.
NARROW_JAX = JaxRunner()
NARROW_JAX.dtypes = ("float32",)

EVERYWHERE = {
    "torch": TorchRunner(),
    "jax": JaxRunner(),
    "jax-eager": JaxRunner(jit=False),
    "numpy": runners(["numpy"])[0],
    "array-api-strict": STRICT,
    # In float64 it computes what "numpy" does.
    "array-api-strict in float32": ArrayRunner("array-api-strict", array_api_strict, dtypes=("float32",)),
    "javascript": JavaScriptRunner(),
    "torch-aot_eager": TorchRunner(compiler="aot_eager"),
    "torch-aot_eager of a few": Mostly(TorchRunner(compiler="aot_eager"), TorchRunner()),
    "torch-inductor": TorchRunner(compiler="inductor"),
}


def assert_ok(report):
    assert report.rows
    assert report.ok, "\n".join(map(str, report.failures))


def test_every_word_has_a_contract():
    assert list(WORDS) == [field.name for field in fields(Ops)]
    assert set(exact.WORD_VALUES) == set(WORDS)


# What AOT Autograd traces, inductor compiles.
@pytest.mark.parametrize(
    "runner",
    [
        *("torch", "numpy", "array-api-strict", "javascript", "torch-inductor"),
        pytest.param("torch-aot_eager", marks=pytest.mark.long),
    ],
)
def test_words(runner):
    assert_ok(check_words(EVERYWHERE[runner]))


def test_words_compiled_as_for_users():
    assert_ok(check_words(AsForUsers()))


def to_the_bit(options):
    """The losses of each kind in float32, and their gradients, compiled so."""
    found = {}
    for name in sorted(ONE_OF_EACH):
        real, fake, labels = draw(name, 64, dtype=np.float32)
        loss = partial(ganloss_jax.discriminator_loss, name, **labels)
        step = jax.jit(jax.value_and_grad(loss, (0, 1)), compiler_options=options)
        found[name] = [x.tolist() for x in jax.tree.leaves(step(real, fake))]
    return found


@pytest.mark.long
def test_the_options_are_the_defaults(as_for_users):
    with jax.enable_x64(False):
        compiled_here = to_the_bit(DEFAULTS)
        assert compiled_here == as_for_users(to_the_bit, None)
        assert compiled_here != to_the_bit(None)


def words_of(runner):
    return check_words(EVERYWHERE[runner])


@pytest.mark.long
def test_words_of_eager_jax(as_for_users):
    assert_ok(as_for_users(words_of, "jax-eager"))


# PyTorch's tracing compiler takes two seconds for a loss: here those with a node or a word of rows of their own, and all in the
# long tests; Dynamo alone has every separable name in test_face.
TRACED = {"hinge", "kl_wgan", "tprls", "relativistic_all_pairs_hinge", "nplus1_ce", "contragan_2c", "mmd_gaussian"}
ON_ALL_LOSSES = ["torch", "numpy", "array-api-strict in float32"]


def losses_of(loss, where, dtypes):
    return check([loss], [EVERYWHERE[name] for name in where], dtypes=dtypes)


# One loss everywhere, so that its exact results are computed once.
@pytest.mark.parametrize("loss", names())
def test_losses(loss):
    # Compiled as for users is one of each kind here, and all in the long tests.
    where = ON_ALL_LOSSES + ["javascript"] * (loss in LOGITS) + ["torch-aot_eager of a few"] * (loss in TRACED)
    in_jax = Mostly(AsForUsers(), NARROW_JAX) if loss in ONE_OF_EACH else NARROW_JAX
    on = [in_jax, *(EVERYWHERE[name] for name in where)]
    report = check([loss], on, dtypes=WIDE)
    assert_ok(report)
    assert {row.backend for row in report.rows} == {runner.name for runner in on}


# Eager JAX dispatches every operation of every case: test_agreement compares it with the oracle on logits drawn anew.
@pytest.mark.long
@pytest.mark.parametrize("runner", ["jax", "jax-eager", "torch-aot_eager"])
@pytest.mark.parametrize("loss", names())
def test_losses_operation_by_operation_and_traced(as_for_users, loss, runner):
    assert_ok(as_for_users(losses_of, loss, [runner], WIDE))


@pytest.mark.long
@pytest.mark.parametrize("loss", names())
def test_losses_compiled_for_one_sample_too(loss):
    assert_ok(check([loss], [TorchRunner(compiler="aot_eager")], dtypes=["float32"]))


@pytest.mark.parametrize("loss", ["logistic", "ralsgan", "rphinge_mvue", "kl_wgan", "acgan"])
def test_losses_of_narrow_logits(loss):
    # All losses have them in test_agreement, and in the command `ganloss check`.
    assert_ok(losses_of(loss, ["torch", "jax"], ["bfloat16", "float16"]))


def test_backends_agree():
    report = check(["hinge", "rpgan", "ralsgan"], runners(), dtypes=["float64"])
    assert {a.backends for a in report.agreements} == {("torch", "jax"), ("torch", "numpy"), ("jax", "numpy")}
    assert max(a.ulps for a in report.agreements) < 4


@pytest.mark.parametrize("name", names())
def test_one_trace(name):
    loss = ganloss_jax.GANLoss(name)
    real, fake, labels = jax.tree.map(jnp.asarray, draw(name, 4))
    traces = []

    @jax.jit
    def step(real, fake, labels, loss):
        traces.append(1)
        return loss.discriminator(real, fake, **labels), loss.generator(fake, real=real, **labels)

    for i in range(3):
        step(i + real, fake, labels, ganloss_jax.GANLoss(name))
    step(real, fake, labels, loss)
    jitted = jax.jit(ganloss_jax.GANLoss(name).discriminator)
    jitted(real, fake, **labels)
    compiled = jitted._cache_size()
    jax.jit(ganloss_jax.GANLoss(name).discriminator)(real, 1 + fake, **labels)
    assert len(traces) == 1
    assert jitted._cache_size() == compiled


# What a careless backend would use, word by word. Each must be caught: in value, derivative, kink, limit or NaN.
TORCH_MUTANTS = {
    "relu": [
        torch.relu,
        lambda x: x.clamp(min=0.0),
        lambda x: torch.maximum(x, torch.zeros_like(x)),
        lambda x: torch.where(x > 0, x, 0.0),
    ],
    "step": [lambda x: (x > 0).to(x.dtype) + 0.0 * x, lambda x: torch.where(x >= 0, 1.0, torch.where(x < 0, 0.0, x))],
    "abs": [torch.abs, lambda x: torch.where(x > 0, x, -x)],
    "sign": [lambda x: torch.where(x == x, torch.sign(x), x)],
    "square": [lambda x: x.abs() ** 2.0000001],
    "exp": [lambda x: torch.expm1(x) + 1.0],
    "sigmoid": [torch.sigmoid, lambda x: 1.0 / (1.0 + torch.exp(-x))],
    "softplus": [
        torch.nn.functional.softplus,
        lambda x: torch.log1p(torch.exp(x)),
        lambda x: torch.logaddexp(x, torch.zeros_like(x)),
        lambda x: torch.relu(x) + torch.log1p(torch.exp(-x.abs())),
        lambda x: -torch.log(torch.sigmoid(-x)),
    ],
    "tanh": [torch.tanh, lambda x: 2.0 * torch.sigmoid(2.0 * x) - 1.0],
}
JAX_MUTANTS = {
    "relu": [jax.nn.relu, lambda x: jnp.maximum(x, 0.0), lambda x: jnp.clip(x, 0.0)],
    "abs": [jnp.abs],
    "sign": [jnp.sign],
    "sigmoid": [jax.nn.sigmoid],
    "softplus": [jax.nn.softplus, lambda x: jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))],
    "tanh": [jnp.tanh],
}
MUTANTS = [
    pytest.param(package, runner, word, mutant, id=f"{package.__name__.split('_')[1].split('.')[0]}-{word}-{i}")
    for package, runner, mutants in (
        (ganloss_torch.check, TorchRunner(), TORCH_MUTANTS),
        (ganloss_jax.check, JaxRunner(), JAX_MUTANTS),
    )
    for word, of_word in mutants.items()
    for i, mutant in enumerate(of_word)
]


@pytest.mark.parametrize(("package", "runner", "word", "mutant"), MUTANTS)
def test_a_careless_word_is_caught(monkeypatch, package, runner, word, mutant):
    monkeypatch.setattr(package, "ops", replace(package.ops, **{word: mutant}))
    assert not check_words(runner, dtypes=["float64"], words=[word]).ok


def test_a_careless_backend_is_caught_by_losses(monkeypatch):
    backend = ganloss_torch._backend.backend
    careless = replace(backend, ops=replace(backend.ops, relu=lambda x: x.clamp(min=0.0)))
    monkeypatch.setattr(ganloss_torch.check, "backend", careless)
    report = check(["hinge"], [TorchRunner()], dtypes=["float32"])
    assert [row.player for row in report.failures] == ["discriminator"]
    assert report.failures[0].gradient_ulps > 1e3


def test_a_formula_that_cancels_is_caught():
    def cross_entropy_with_logits(ops):
        """The textbook form: softplus(t) - t loses softplus(-t) for large t."""
        return Loss(real=lambda t: ops.softplus(t) - t, fake=ops.softplus)

    report = check([cross_entropy_with_logits], [TorchRunner()], dtypes=["float32"])
    # The oracle reads the same formula exactly, and only the logits' conditioning excuses an error.
    assert not report.ok


def test_a_missing_closed_form_term_is_caught():
    def wrong(ops):
        good = Settings.of("rplsgan_mvue", None, "mean", "mean", {}).build(ops)
        return replace(good, pairs_mean=lambda r, f, E: ops.square(E.real(r) - E.fake(f) - 1.0))

    assert not check([wrong], [TorchRunner()], dtypes=["float64"]).ok


def test_a_new_backend_is_one_table():
    """array-api-strict again, as its author would write it: a runner around one table, and the same check."""
    report = check(["hinge", "rphinge_mvue"], [STRICT])
    assert_ok(report)
    assert {row.dtype for row in report.rows} == set(WIDE)


def test_a_new_loss_is_one_function():
    def tanh_gan(ops, *, slope: float = 0.5):
        return Loss(real=lambda t: -ops.tanh(slope * t), fake=lambda t: ops.tanh(slope * t))

    assert_ok(check([tanh_gan], runners()))


def test_the_report_is_plain_data():
    report = check(["wgan"], runners(["numpy"]))
    data = report.as_dict()
    assert data["ok"] is True
    assert {row["name"] for row in data["rows"]} == {"wasserstein"}
    assert not check([], runners(["numpy"])).ok


def test_unknown_backends_and_dtypes():
    with pytest.raises(ValueError, match="unknown backend 'tensorflow': the backends are torch, jax, numpy"):
        runners(["tensorflow"])
    with pytest.raises(ValueError, match="unknown dtype 'int8': the dtypes are float64"):
        check(["hinge"], dtypes=["int8"])


def test_the_oracle_chooses_its_precision():
    value, _ = exact.value_and_grad("wgan", [0.0], [1e300, 1.0, -1e300])
    # At 50 digits the 1 would be lost.
    assert abs(3 * value - 1) < exact.mpf(2) ** -50


def test_the_reference_computes_in_float64():
    from ganloss_core.backends import reference

    real, fake = np.float32([0.1, 0.2]), np.float16([0.3])
    value = reference.discriminator_loss("logistic", real, fake)
    assert value.dtype == np.float64
    true, _ = exact.value_and_grad("logistic", real.astype(float), fake.astype(float))
    assert abs(float(true) - value) < 4 * np.finfo(float).eps


def test_a_loss_of_a_narrow_domain_is_checked_where_it_is_defined():
    def positive_only(ops):
        return Loss(real=lambda t: -ops.log(ops.square(t)), fake=lambda t: ops.sqrt(ops.square(t)))

    report = check([positive_only], [TorchRunner()], dtypes=["float64"])
    assert_ok(report)
    assert min(row.cases for row in report.rows) > 4

    def nowhere(ops):
        return Loss(real=lambda t: ops.log(-1.0 - ops.square(t)), fake=ops.log)

    with pytest.raises(ValueError, match="nowhere: the discriminator's loss is not finite on any"):
        check([nowhere], [TorchRunner()], dtypes=["float64"])


def test_a_loss_always_near_a_kink_is_checked_too():
    def tiny(ops):
        return Loss(real=lambda t: ops.relu(1e-7 * t), fake=ops.relu)

    assert_ok(check([tiny], [TorchRunner()], dtypes=["float32"]))


def test_a_batch_loss_is_checked():
    def donsker_varadhan(ops):
        """-E r + log E e^f, and back by the saturating rule."""
        coupling = lambda *, real, fake: lambda r, f, E: Sides(real=real(r), batch=ops.log(E.fake(fake(f))))
        return Loss(real=lambda t: -t, fake=ops.exp, coupling=coupling, generator="linear")

    assert_ok(check([donsker_varadhan], runners(), dtypes=["float64"]))


def test_nothing_stands_for_nan():
    assert error(1.0, exact.mpf("nan"), exact.mpf(1), "float32") == float("inf")
    assert error(float("nan"), exact.mpf(1), exact.mpf(1), "float32") == float("inf")


def test_the_oracle_sees_weights_and_players():
    value, _ = exact.value_and_grad("wgan", [1.0, 1.0, -1.0], [0.0], real_weight=np.array([1e300, 1.0, 1e300]))
    assert abs(float(value) * 2e300 + 1.0) < 1e-15
    with pytest.raises(ValueError, match="player must be"):
        exact.value_and_grad("wgan", [1.0], [0.0], player="critic")
    value, gradient = exact.value_and_grad("hinge", None, [1.0, 3.0], player="generator")
    assert value == -2
    assert gradient.real is None
