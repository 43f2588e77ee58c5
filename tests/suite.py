"""How tests run here: what XLA and JAX are told, which tests are long, fixtures of all files."""

import functools
import gc
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

# Most of the time goes into compiling small programs, each to be run a few times: XLA is to spend little on each.
# test_contract checks what it makes of them by default.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1 "
    "--xla_force_host_platform_device_count=4",
)

import jax
import pytest
import torch
from jax._src.interpreters import mlir

jax.config.update("jax_enable_x64", True)
# A new context for every program has all of JAX's dialects loaded into it: a fifth of the time that a small program takes.
mlir.make_ir_context = functools.cache(mlir.make_ir_context)
# A tenth of the time went into looking for garbage.
gc.set_threshold(200_000, 20, 100)
# Several test processes share the cores.
torch.set_num_threads(1)
# Nothing in the library may broadcast arrays of different ranks.
jax.config.update("jax_numpy_rank_promotion", "raise")

from adapters import ADAPTERS, OF_MANY_OPERATIONS, ONE_OF_EACH, RULES  # noqa: E402

COMPILED_FOR_EACH_LOSS = {"test_second_derivatives_of_losses", "test_inside_and_outside_transforms", "test_one_trace"}
"""Tests of JAX alone."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    # What holds in the engine, which knows no formula, is tested on every loss in PyTorch and NumPy. JAX compiles each anew: it
    # has one of each kind, and the others in the long tests. Each formula itself is in test_contract and test_agreement.
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        in_jax = given.get("adapter") == "jax" or (
            item.path.name in ("test_contract.py", "test_jax.py") and item.originalname in COMPILED_FOR_EACH_LOSS
        )
        if in_jax and given.get("name") in RULES.keys() - ONE_OF_EACH:
            item.add_marker(pytest.mark.long)
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


MOST_PROGRAMS = 200
programs = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, _, **of: programs.append(of) if event == "/jax/core/compile/backend_compile_duration" else None
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    before = len(programs)
    result = yield
    made = len(programs) - before
    assert made <= MOST_PROGRAMS or item.get_closest_marker("long"), f"JAX compiled {made} programs: see CONTRIBUTING.md"
    return result


@pytest.fixture(scope="module", autouse=True)
def _what_lasts_is_not_looked_through():
    # What libraries made when they were imported, and compilers keep: a tenth of the time went into going through it again.
    gc.collect()
    gc.freeze()


def _by_default():
    # XLA reads its flags from the environment of the process, when the first program is compiled.
    os.environ["XLA_FLAGS"] = ""


@pytest.fixture(scope="session")
def as_for_users():
    """A process in which XLA compiles as it does outside these tests."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_by_default) as pool:
        yield lambda function, *args: pool.submit(function, *args).result()


@pytest.fixture(params=list(ADAPTERS))
def adapter(request):
    """One backend with the face that users see; a test that takes it runs on every backend."""
    return replace(ADAPTERS[request.param], jit=request.node.callspec.params.get("name") in OF_MANY_OPERATIONS)
