"""What evaluates a user's own function: a framework that differentiates it, or NumPy, where differences of values do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.engine.backend import Backend
from ganloss_core.testing.own import Function

Arrays = Mapping[str, Any]
"""Logits "real" and "fake" in float64, and, of a loss with labels, "real_labels" and "fake_labels"."""


class Measured(NamedTuple):
    """A loss, and its gradient by the logits of each side; None where nothing leads there.

    >>> from ganloss_core.testing import Measured
    >>> Measured(value=1.0, real=None, fake=[-0.5, -0.5]).fake
    [-0.5, -0.5]
    """

    value: float
    real: Any
    fake: Any


SIDES: Mapping[str, tuple[str, ...]] = {"discriminator": ("real", "fake"), "generator": ("fake",)}
"""What a player's gradient is by: reals do not depend on G."""
LETTER: Mapping[str, str] = {"discriminator": "D", "generator": "G"}


def flat(measured: Measured, sides: Sequence[str], like: Arrays) -> Any:
    """The gradient by these sides, 0 where nothing leads there."""
    parts = [(getattr(measured, side), like[side]) for side in sides]
    return np.concatenate([np.zeros(np.size(x)) if g is None else np.ravel(g) for g, x in parts])


class Framework(Protocol):
    """PyTorch, JAX or NumPy.

    >>> from ganloss_core import testing
    >>> testing.own(discriminator=lambda real, fake: fake.mean() - real.mean()).framework.exact
    False
    """

    name: str
    dtypes: tuple[str, ...]
    backend: Backend[Any]
    exact: bool
    """Whether it differentiates, to rounding."""

    def measure(self, function: Function, batches: Sequence[Arrays], dtype: str) -> list[Measured]:
        """The function and its gradient at batches of one shape; raises what the function raises, or NotALoss."""
        ...

    def arrays(self, at: Arrays, dtype: str) -> tuple[Any, Any]:
        """Real and fake logits as the framework has them."""
        ...

    def in_float64(self) -> AbstractContextManager[Any]:
        """A context in which arrays can be float64."""
        ...


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return (str(error).strip() or "without a message").split("\n")[0][:200]


class NotALoss(TypeError):
    """What a function returned is not one number."""


def one_number(shape: tuple[int, ...], kind: str, also: tuple[int, ...] = ()) -> None:
    """Raises NotALoss for what is not of shape ()."""
    if shape not in ((), also):
        raise NotALoss(f"returns {kind} of shape {shape}, where a loss is one number: a mean is missing")


def not_a_loss(found: Any) -> NotALoss:
    """What a function returned that is no array."""
    of = f" of {len(found)}" if isinstance(found, (tuple, list, dict)) else ""
    way = ": wrap it, lambda real, fake: my_loss(real, fake)[0]" if of else ", which has no gradient"
    return NotALoss(f"returns a {type(found).__name__}{of}, where a loss is one number{way}")


class NumPy:
    """Values as they are; gradients by central differences, good to some 2^-30."""

    name = "numpy"
    dtypes: tuple[str, ...] = ("float64",)
    backend: Backend[Any] = reference.backend
    exact = False

    def measure(self, function: Function, batches: Sequence[Arrays], dtype: str) -> list[Measured]:
        """See `Framework`."""
        with np.errstate(all="ignore"):
            return [self._measure(function, dict(arrays)) for arrays in batches]

    def arrays(self, at: Arrays, dtype: str) -> tuple[Any, Any]:
        """See `Framework`."""
        return at["real"], at["fake"]

    def in_float64(self) -> AbstractContextManager[Any]:
        """See `Framework`."""
        return nullcontext()

    def _measure(self, function: Function, arrays: dict[str, Any]) -> Measured:
        def value(**changed: Any) -> float:
            found = np.asarray(function({**arrays, **changed}))
            one_number(found.shape, "an array", also=(1,))
            return float(found.reshape(()))

        def slopes(side: str) -> Any:
            x = np.array(arrays[side], dtype="float64")
            found = np.zeros(x.size)
            for i, at in enumerate(x.reshape(-1)):
                step = 2.0**-18 * max(1.0, abs(at))
                ahead, behind = x.copy(), x.copy()
                ahead.reshape(-1)[i] += step
                behind.reshape(-1)[i] -= step
                found[i] = (value(**{side: ahead}) - value(**{side: behind})) / (2.0 * step)
            return found.reshape(x.shape)

        return Measured(value(), slopes("real"), slopes("fake"))
