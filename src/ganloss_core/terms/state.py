"""Terms that keep state: `init() -> state`, `apply(state, ...) -> (loss, state)`; a state is a dict of numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic

from ganloss_core.engine.devices import devices_of
from ganloss_core.engine.heads import CONTAINERS
from ganloss_core.terms.calculus import Calculus
from ganloss_core.words.ops import A

State = dict[str, A]

NARROW = ("float16", "bfloat16")


class Stateful(ABC, Generic[A]):
    """A term that keeps state from step to step. Frozen: what changes is in the state alone."""

    _calculus: ClassVar[Calculus[Any]]
    apply: Callable[..., tuple[A, State[A]]]
    """(state, ...) to the loss of one step and the next state; each term has it with arguments of its own."""

    def __post_init__(self) -> None:
        """Refuses arguments out of range."""

    @property
    def _devices(self) -> Any:
        """Those whose batches are one, or None."""
        backend = self._calculus.backend
        return devices_of(backend, backend.several(dict(vars(self))))

    @abstractmethod
    def _initial(self) -> dict[str, float]:
        """The names of what is kept, and what it is before the first step."""

    def init(self, dtype: Any = None) -> State[A]:
        """The state before the first step: a dict of numbers, arrays of shape (), float32 unless `dtype` says otherwise.

        TypeError for a narrower dtype: a counter stops at 256 in bfloat16, and a moving average does not move.
        """
        state: State[A] = {name: self._calculus.number(value, dtype) for name, value in self._initial().items()}
        kinds = {str(getattr(value, "dtype", "")).rpartition(".")[2] for value in state.values()}
        if kinds & set(NARROW):
            raise TypeError(
                f"a state is kept in float32 or wider, got {kinds.pop()}: a counter and a moving average stop in so few bits"
            )
        return state

    def select(self, condition: Any, new: State[A], old: State[A]) -> State[A]:
        """The new state where the condition, a bool or an array of shape (), holds, else the old one.

        For a step that is skipped, as a loss scaler skips one that overflowed: an average of what is not finite stays so.
        """
        backend = self._calculus.backend
        new, old = self._checked(new), self._checked(old)
        return {name: backend.masked(backend.like(condition, new[name]), new[name], old[name]) for name in new}

    def _of_one_head(self, **arrays: Any) -> list[A]:
        """Logits of one head, in float32 or wider."""
        for x in arrays.values():
            if isinstance(x, CONTAINERS):
                raise TypeError(f"{type(self).__name__} takes arrays, of one head, got a {type(x).__name__}")
        return [self._calculus.backend.logits(x, name) for name, x in arrays.items()]

    def _checked(self, state: Any) -> State[A]:
        """The state in float32 or wider, however what holds it was cast."""
        names = list(self._initial())
        if not isinstance(state, Mapping) or set(state) != set(names):
            got = (", ".join(map(str, state)) or "an empty dict") if isinstance(state, Mapping) else type(state).__name__
            raise ValueError(
                f"this is no state of {type(self).__name__} with these arguments: it keeps {', '.join(names)}, got {got}; "
                "start from init(), or go on with the state that apply returned"
            )
        return {name: self._calculus.backend.logits(value, f"the state {name!r}") for name, value in state.items()}

    def _kept(self, state: State[A], **values: A) -> State[A]:
        """The next state: constants, in the types of the last one."""
        backend = self._calculus.backend
        return {name: backend.like(backend.hold(value), state[name]) for name, value in values.items()}
