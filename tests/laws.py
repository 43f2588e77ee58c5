"""Laws of the engine, each a test that goes through the losses."""

from functools import partial
from itertools import product
from typing import Any, NamedTuple

import jax
import pytest
import torch

from adapters import ADAPTERS, ONE_OF_EACH, _call, _graded, _map, _to_numpy

PLAYERS = ["discriminator", "generator"]


class Call(NamedTuple):
    """What a law asks for."""

    loss: Any
    player: str
    """Or another method of the loss, which takes both sides."""
    real: Any
    fake: Any
    given: dict[str, Any]
    upstream: float | None
    """None asks for no gradient."""


def graded(loss, player, real, fake, upstream=1.0, **given):
    """Ask for the value and its gradient by both sides."""
    return Call(loss, player, real, fake, given, upstream)


def called(loss, player, real, fake, **given):
    """Ask for what the loss returns."""
    return Call(loss, player, real, fake, given, None)


def in_numpy(name, player, real, fake, **given):
    """What is expected: the value and its gradient by both sides, for which nothing is compiled."""
    numpy = ADAPTERS["numpy"]
    return numpy.value_and_grad(numpy.loss(name), player, real, fake, **given)


def law(names, adapters=ADAPTERS, **cases):
    """Make a test of a law(adapter, name, **case), for each loss and each of the cases.

    JAX has one of each kind, and the others in the long tests: the engine knows no formula, and JAX compiles each anew.
    A law yields what it asks for, one `Call` after the other, and JAX compiles those of all losses in one program.
    """
    kinds = [name for name in names if name in ONE_OF_EACH]
    others = [name for name in names if name not in ONE_OF_EACH]
    runs = [
        pytest.param(adapter, losses, id=f"{adapter}{which}", marks=marks)
        for adapter in adapters
        for losses, which, marks in (
            [(names, "", ())] if adapter != "jax" else [(kinds, "", ()), (others, ", the others", pytest.mark.long)]
        )
        if losses
    ]

    def decorate(of_one):
        @pytest.mark.parametrize(("backend", "losses"), runs)
        def test(backend, losses):
            adapter = ADAPTERS[backend]
            given = [(name, dict(zip(cases, case, strict=True))) for name, *case in product(losses, *cases.values())]
            laws = [(of_one(adapter, name, **case), f"{name} {case}") for name, case in given]
            failures, found = [], [None] * len(laws)
            while laws:
                calls, still = [], []
                for (running, what), answer in zip(laws, found, strict=True):
                    try:
                        calls.append(running.send(answer))
                        still.append((running, what))
                    except StopIteration:
                        pass
                    except Exception as error:
                        error.add_note(what)
                        failures.append(error)
                laws, found = still, answers(adapter, calls)
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(given)} cases in {backend}", failures)

        test.__name__, test.__doc__ = of_one.__name__, of_one.__doc__
        return test

    return decorate


def answers(adapter, calls):
    """What each call returns; in JAX they are one program."""
    if adapter.name != "jax" or not calls:
        return [_answer(adapter, *call) for call in calls]
    losses, players, real, fake, given, upstream = zip(*calls, strict=True)
    asked = tuple(zip(players, (u is not None for u in upstream), strict=True))
    found = _together(asked, losses, list(zip(real, fake, given, strict=True)), [1.0 if u is None else u for u in upstream])
    # As NumPy's arrays, whose sums compile nothing.
    return [
        answer if u is None else (float(answer[0]) / u, *(_map(_to_numpy, g) for g in answer[1]))
        for u, answer in zip(upstream, jax.device_get(found), strict=True)
    ]


def _answer(adapter, loss, player, real, fake, given, upstream):
    if upstream is not None:
        return adapter.value_and_grad(loss, player, real, fake, upstream, **given)
    if adapter.name == "torch":
        real, fake, given = jax.tree.map(torch.from_numpy, (real, fake, given))
    return _call(loss, player, real, fake, given)


@partial(jax.jit, static_argnums=0)
def _together(asked, losses, arrays, upstream):
    return [
        _graded(ADAPTERS["jax"], player, loss, u, real, fake, given) if graded else _call(loss, player, real, fake, given)
        for (player, graded), loss, (real, fake, given), u in zip(asked, losses, arrays, upstream, strict=True)
    ]
