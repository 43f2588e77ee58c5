"""`check` on several devices: the exact result of the whole batch, and red where a statistic is one device's own."""

import math
import re
import sys
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from typer.testing import CliRunner

import ganloss_jax
from ganloss_core import Loss, names
from ganloss_core.check import PLAYERS, Evaluated, check, check_penalties, files, parts, runners
from ganloss_core.check.penalties import CHECKED
from ganloss_core.check.processes import Everywhere
from ganloss_core.check.report import a_thread
from ganloss_core.check.terms import TERMS
from ganloss_core.command.app import app
from of_one_process import local, whole

# A separable loss, one of a mean, of a softmax, of all pairs, of a median, of labels.
KINDS = ("hinge", "rasgan", "kl_wgan", "rphinge_mvue", "tprls", "nplus1_ce")
# The last takes no weights, so that it has as many devices as its rows fill.
IN_JAX = ("hinge", "tprls", "nplus1_ce", "aot_pair")


@pytest.fixture(scope="module")
def in_torch():
    (runner,) = runners(["torch"], devices=3)
    return runner


@pytest.fixture(scope="module")
def in_jax():
    (runner,) = runners(["jax"], devices=3)
    return runner


@pytest.fixture
def user_file(tmp_path):
    """Run a file, as the command does that of a user."""

    def run(text):
        file = tmp_path / "of_a_user.py"
        file.write_text(text)
        files.run(file, "_of_a_user")
        return sys.modules["_of_a_user"]

    path = list(sys.path)
    yield run
    del sys.modules["_of_a_user"]
    sys.path[:] = path


def test_kinds(in_torch):
    report = check(KINDS, [in_torch], dtypes=["float32"])
    assert report.ok, report.failures
    assert {row.backend for row in report.rows} == {"torch x 3"}
    of_penalties = check_penalties(in_torch, dtypes=["float64"], names=["dragan", "max_gp", *TERMS])
    assert of_penalties.ok, of_penalties.failures


def test_gradients_of_half_precision_are_rounded_once(in_torch):
    # Compared with all others, a logit has a gradient from every process.
    report = check(["rasgan"], [in_torch], dtypes=["bfloat16"])
    assert report.ok, report.failures
    # In one of three numbers a second rounding shows.
    x = jnp.asarray(np.sin(np.arange(60.0)).reshape(3, 20), jnp.bfloat16)
    alone, several = (ganloss_jax.GANLoss("rasgan", **axis).discriminator for axis in ({}, {"axis_name": "d"}))
    wide = x.astype(jnp.float32)
    expected = 3.0 * jax.jit(jax.grad(alone))(wide.ravel(), -wide.ravel())
    got = jax.vmap(jax.grad(several), axis_name="d")(x, -x)
    assert (got.ravel() == expected.astype(jnp.bfloat16)).all()


def test_kinds_in_jax(in_jax):
    report = check(IN_JAX, [in_jax], dtypes=["float32"])
    assert report.ok, report.failures
    assert {row.backend for row in report.rows} == {"jax x 3"}
    of_penalties = check_penalties(in_jax, dtypes=["float32"], names=["max_gp", "gan_qp, l2", "LeCam"])
    assert of_penalties.ok, of_penalties.failures


def red(name, runner):
    """The players of whom a row is; all, where the loss refuses a part of the batch."""
    try:
        return {row.player for row in check([name], [runner], dtypes=["float32"]).failures}
    except ValueError as refused:
        # Another group of processes is to follow.
        runner._processes.call(local)
        return set(PLAYERS) if re.search("needs at least . .* samples?, got 1", str(refused)) else set()


@pytest.mark.parametrize("chosen", [KINDS, pytest.param(names(), marks=pytest.mark.long)], ids=["kinds", "every loss"])
def test_a_statistic_of_one_process_is_caught(chosen, in_torch):
    in_torch._processes.call(local)
    try:
        assert {name: players for name in chosen if (players := red(name, in_torch)) != set(PLAYERS)} == {}
        names = (*(CHECKED if len(chosen) > len(KINDS) else ["r1", "max_gp"]), *TERMS)
        assert not any(row.ok for row in check_penalties(in_torch, dtypes=["float32"], names=names).rows)
    finally:
        in_torch._processes.call(whole)


@pytest.mark.parametrize("chosen", [IN_JAX, pytest.param(names(), marks=pytest.mark.long)], ids=["kinds", "every loss"])
def test_a_statistic_of_one_device_is_caught(chosen, in_jax, monkeypatch):
    def of_the_first(self, x):
        first = lax.axis_index(self._names) == 0
        own = jax.tree.map(lambda part: part if isinstance(part, int) else jnp.where(first, part, jnp.zeros_like(part)), x)
        return lax.psum(own, self._names)

    monkeypatch.setattr("ganloss_jax._devices.Devices._sum", of_the_first)
    report = check(chosen, [in_jax], dtypes=["float32"])
    assert {(row.name, row.player) for row in report.rows} == {(row.name, row.player) for row in report.failures}


WAITING = """
import time
from pathlib import Path

def fails(rank, waited):
    if rank == 1:
        raise ArithmeticError("nothing here")
    time.sleep(20.0)
    Path(waited).touch()

def square(rank, x):
    return rank * x**2
"""


def test_what_one_process_raises_is_raised_while_others_wait(user_file, tmp_path):
    module, everywhere, waited = user_file(WAITING), Everywhere(2), tmp_path / "waited"
    with pytest.raises(ArithmeticError, match="nothing here"):
        everywhere.call(module.fails, str(waited), of=module.fails)
    assert not waited.exists()
    # And then there are others.
    assert everywhere.call(module.square, 3, of=module.square) == [0, 9]


MINE = """
from ganloss_core import Loss

def mine(ops):
    return Loss(real=lambda t: ops.softplus(-t), fake=ops.softplus)
"""


def test_a_users_own_loss(in_torch, user_file):
    assert check([user_file(MINE).mine], [in_torch], dtypes=["float32"]).ok
    with pytest.raises(TypeError, match=r"other processes compute what they can import, a function of a module: .*lambda"):
        check([lambda ops: Loss(real=lambda t: -t, fake=lambda t: t)], [in_torch], dtypes=["float32"])


def test_how_a_batch_is_cut():
    assert [parts.cuts(n, 3) for n in range(5)] == [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 2, 2], [0, 2, 3, 3], [0, 2, 3, 4]]
    assert parts.cuts(4, 1) == [0, 4]


def test_devices_that_have_several_values_have_none():
    same, other = Evaluated(1.0, [2.0, 3.0]), Evaluated(1.5, [4.0, 5.0])
    assert parts.of_critic([[same], [same]]) == [Evaluated(1.0, [4.0, 6.0])]
    (found,) = parts.of_critic([[same], [other]])
    assert math.isnan(found.value)


def test_what_there_is_not():
    with pytest.raises(ValueError, match=r"several devices are processes and host devices on the CPU, got device='gpu'"):
        runners(["torch"], device="gpu", devices=2)
    with pytest.raises(ValueError, match="devices must be a number of devices, 1 or more, got 0"):
        runners(devices=0)
    with pytest.raises(
        RuntimeError, match=r"used with 4 device\(s\) on the CPU, and 5 are asked for: .*jax_num_cpu_devices.*5"
    ):
        runners(["jax"], devices=5)
    assert runners(["numpy"], devices=2) == []


def test_the_command():
    arguments = ["check", "--loss", "hinge", "--backend", "jax", "--backend", "numpy", "--dtype", "float32", "--devices", "2"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "jax x 2 on cpu: all within bounds" in result.output
    assert "On one device alone, so not checked: numpy." in result.output
    assert "Words" not in result.output


def test_what_waits_is_not_begun():
    cancelled, begun = threading.Event(), threading.Event()

    def fails():
        with a_thread() as thread:
            thread.submit(cancelled.wait, 60.0)
            thread.submit(begun.set).add_done_callback(lambda _: cancelled.set())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert not begun.is_set()
