"""`ganloss check` with JAX in processes of its own: the same report, and nothing that fails is lost."""

import signal
import subprocess
import sys

import pytest

from ganloss_core import Loss
from ganloss_core.check import check, check_penalties, check_words, runners
from ganloss_core.check.processes import in_processes


@pytest.fixture(scope="module")
def apart():
    """Runners of which JAX's have a process, and the last is JAX's on two devices."""
    with in_processes([*runners(), *runners(["jax"], devices=2)], 1) as working:
        yield working


def jax_of(chosen):
    (runner,) = (runner for runner in chosen if runner.name == "jax")
    return runner


def mine(ops):
    return Loss(real=lambda t: ops.relu(1.0 - t), fake=lambda t: ops.relu(1.0 + t))


def test_the_report_is_the_same(apart):
    *apart, _ = apart
    assert [runner.name for runner in apart] == [runner.name for runner in runners()]
    for losses in (["hinge", "lsgan"], [mine]):
        assert check(losses, apart, dtypes=["float32"]) == check(losses, runners(), dtypes=["float32"])
    of_word = {"dtypes": ["float32"], "words": ["softplus"]}
    assert check_words(jax_of(apart), **of_word) == check_words(jax_of(runners()), **of_word)
    of_penalty = {"dtypes": ["float32"], "names": ["r1"]}
    assert check_penalties(jax_of(apart), **of_penalty) == check_penalties(jax_of(runners()), **of_penalty)


def test_on_several_devices(apart):
    *_, there = apart
    (here,) = runners(["jax"], devices=2)
    assert there.name == here.name == "jax x 2"
    assert type(there) is not type(here)
    assert check(["hinge"], [there], dtypes=["float32"]) == check(["hinge"], [here], dtypes=["float32"])


def test_it_is_another_process(apart, monkeypatch):
    monkeypatch.setattr("ganloss_jax.check.JaxRunner.losses", None)
    assert check(["hinge"], [jax_of(apart)], dtypes=["float32"]).ok
    # A user's own function may be nowhere but here.
    with pytest.raises(TypeError, match="NoneType"):
        check([mine], [jax_of(apart)], dtypes=["float32"])


def test_what_fails_there_is_raised_here(apart):
    with pytest.raises(KeyError, match="no word") as caught:
        jax_of(apart).critic("no word", [[[0.0]] * 7], "float32")
    assert "in critic" in str(caught.value.__cause__)


def test_other_runners_stay_here():
    with in_processes(runners(["numpy", "torch"]), 2) as working:
        assert {type(runner).__name__ for runner in working} == {"ArrayRunner", "TorchRunner"}
    here = runners(["jax"])
    with in_processes(here, 0) as working:
        assert working == here


KILLED = """
import os, signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from ganloss_core.check.processes import _start

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_start)
    assert pool.submit(os.getpid).result() != os.getpid()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_the_command(tmp_path):
    file = tmp_path / "killed.py"
    file.write_text(KILLED)
    # The output ends when the last process ends that has it.
    done = subprocess.run([sys.executable, file], capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL
