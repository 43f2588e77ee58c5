"""Losses that are registered and looked up from many threads at once, and what their caches keep alive."""

import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

import ganloss_torch as gan
from ganloss_core import Loss, aliases_of, get, losses, names, register, unregister
from ganloss_core.backends import reference
from ganloss_core.engine.bind import bind
from ganloss_core.engine.functional import Found


@pytest.fixture
def switching_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def own(ops):
    return Loss(real=ops.relu, fake=ops.relu)


def test_many_threads_register_and_look_up(switching_often):
    before = names(aliases=True)

    def work(i):
        for _ in range(10):
            register(own, name=f"of thread {i}", aliases=(f"also {i}",))
            assert get(f"also-{i}") is own
            assert aliases_of(f"of thread {i}") == (f"also {i}",)
            assert set(before) <= set(names(aliases=True))
            assert all(losses[name] for name in losses if not name.startswith("of thread"))
            unregister(f"of thread {i}")

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(work, range(100)))
    assert names(aliases=True) == before


def test_a_catalogue_that_is_gone_through_does_not_change():
    going, before = iter(losses), list(losses)
    register(own, name="of the moment")
    try:
        assert list(going) == before
        assert list(losses) == [*before, "of the moment"]
    finally:
        unregister("of the moment")


def test_one_of_many_threads_gets_the_name(switching_often):
    def attempt(_):
        try:
            register(own, name="wanted by all")
        except ValueError:
            return False
        return True

    try:
        with ThreadPoolExecutor(50) as pool:
            assert sum(pool.map(attempt, range(50))) == 1
    finally:
        unregister("wanted by all")


def test_what_one_thread_looked_up_outlives_another_that_lets_all_go(monkeypatch):
    monkeypatch.setattr("ganloss_core.engine.functional.LARGEST", 8)
    found = Found(lambda settings, field: getattr(bind(settings, reference.backend), field))
    chosen = ("hinge", None, "mean", None, None, None)
    first = found.look_up("discriminator", chosen, {"margin": 0.5})
    function = getattr(found, first)
    for i in range(9):
        found.look_up("discriminator", chosen, {"margin": 1.0 + i})
    assert first not in vars(found)
    assert getattr(found, first) is function
    with pytest.raises(AttributeError, match="loss_of_nobody"):
        _ = found.loss_of_nobody


def test_losses_of_the_users_own_are_let_go_of():
    class Large:
        """What a loss closes over."""

    def make():
        kept = Large()

        def closes(ops):
            return Loss(real=lambda t: t * bool(kept), fake=ops.relu)

        return closes, weakref.ref(kept)

    references = []
    for _ in range(400):
        definition, kept = make()
        gan.GANLoss(definition)
        references.append(kept)
    gc.collect()
    assert sum(kept() is not None for kept in references) <= 257


@pytest.mark.parametrize(("one", "other"), [("Gl\u00fcck", "Glu\u0308ck"), ("Loss-Of Mine", "lossof_mine")])
def test_two_spellings_of_a_name(one, other):
    register(own, name=one)
    try:
        assert get(other) is own
        with pytest.raises(ValueError, match="is taken by the loss"):
            register(own, name=other)
    finally:
        unregister(one)


@pytest.mark.parametrize("builtin", [len, dict, print])
def test_what_is_no_definition(adapter, builtin):
    with pytest.raises(TypeError, match=r"a loss is a name or a function \(ops, .*\) -> Loss, got the (class|function) "):
        adapter.loss(builtin)
