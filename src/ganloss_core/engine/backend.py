"""What a backend is: the words, and the few array functions that the engine needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType
from typing import Any, Generic, Protocol, TypeVar

from ganloss_core.words.ops import A, Ops
from ganloss_core.words.rows import ROWS, Rows


class Reduce(Protocol[A]):
    def __call__(self, x: A, /, axis: int | None = None) -> A: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Backend(Generic[A]):
    """One array library: `Backend(...)` with all fields, or a TypeError that names the missing ones.

    >>> import ganloss_torch
    >>> ganloss_torch.backend.name, ganloss_torch.backend.ulps
    ('torch', 4.0)
    """

    name: str
    ops: Ops[A]
    logits: Callable[[Any, str], A]
    """(x, side): x in float32 or wider. TypeError unless x is an array of real floating-point numbers."""
    like: Callable[[Any, A], A]
    """(w, x): the weights or numbers w, also bool, as an array of x's dtype; TypeError unless an array or a number."""
    ratios: Callable[[Any, A], A]
    """`like`, for weights of which only the ratios matter: `scaled` first, if their type is wider than x's."""
    mean: Callable[[A], A]
    """The mean over all elements, of shape ()."""
    sum: Reduce[A]
    """The sum over all elements, of shape (), or over one axis."""
    masked: Callable[[A, A, A | float], A]
    """(w, x, y): x where the mask w is true, or the weight w not 0, else y, a number or an array; the three broadcast."""
    mask: Callable[[Any], Any]
    """An array of bools of the caller's as the backend's."""
    count: Callable[[Any, A], A]
    """(mask or numbers, x): how many are true, or not 0, in x's dtype."""
    equal: Callable[[Any, Any], Any]
    """(x, y): the mask of where x = y; never differentiated."""
    negated: Callable[[Any], Any]
    """A mask's opposite."""
    hold: Callable[[A], A]
    """x itself, but a constant for differentiation."""
    less: Callable[[A, A | float], A]
    """(x, y): 1 where x < y, else 0, in x's dtype; never differentiated."""
    max: Reduce[A]
    """The largest element, of shape (), or along one axis; never differentiated."""
    index: Callable[[Any, A], A]
    """(labels, x): integers as `at`, `without`, `count` and `look_up` take them, on x's device."""
    clipped: Callable[[Any, int], Any]
    """(index, n): the nearest index in 0..n - 1."""
    indices: Callable[[int, A], A]
    """(n, x): 0, 1, ..., n - 1 in x's dtype, on its device."""
    bounds: Callable[[A], tuple[float, float] | None]
    """The smallest and the largest element, or None where reading them would wait for a device or break a trace."""
    reshape: Callable[[A, tuple[int, ...]], A]
    transpose: Callable[[A], A]
    """A matrix with rows and columns swapped."""
    below: Callable[[A, A, A | None], A]
    """(y, x, w), flat: for each x_i the sum of w_j (1 without w) over all y_j < x_i, in n log n."""
    chunked: Callable[[Callable[[A], A], A, int], A]
    """(fn, x, size): fn over slices of `size` rows of x, concatenated; the backward pass recomputes, slice by slice."""
    pointwise: Callable[..., Any] | None = None
    """(terms, sides, masks, mean, apart): of sides as the caller gave them, the mean (or sum) of each side's term where its
    mask is True, 0 where it nowhere is; summed, unless `apart`. terms() gives an `Expression` for each side, or None. None
    where the words are as good, or would raise."""
    pointwise_of_heads: Callable[..., Any] | None = None
    """(terms, sides, weights, mean, apart): the same for sides that are heads, of which each has a weight; without weights, the
    loss of each."""
    large: Callable[[Any], bool] = field(default_factory=lambda: lambda _: False)
    """Whether an array is so large that `pointwise` is to be asked without masks too."""
    devices: Callable[[Any], Any] | None = None
    """From what a user calls several devices to `ganloss_core.engine.devices.Devices`."""
    devices_argument: str | None = None
    """What users call that argument."""
    ulps: float = 8.0
    """Error bound of transcendental words, in ulp."""
    native: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Words of rows as the library has them; one that is missing, or gives None, is made of the other functions."""
    rows: Rows[A] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", Rows(**{name: self._bound(name) for name in ROWS}))

    def several(self, arguments: dict[str, Any]) -> tuple[str, Any] | None:
        """The argument that says which devices, taken out of the arguments."""
        given = arguments.pop(self.devices_argument, None) if self.devices_argument else None
        if given is None or self.devices_argument is None or self.devices is None:
            return None
        self.devices(given)  # refuses what is none, before it is hashed
        return self.devices_argument, given

    def _bound(self, name: str) -> Callable[..., Any]:
        definition = partial(ROWS[name].definition, self)
        if name not in self.native:
            return definition
        native = self.native[name]

        def word(*arguments: Any) -> Any:
            value = native(*arguments)
            return definition(*arguments) if value is None else value

        return word


C = TypeVar("C", bound=type)


def named_as_called(cls: C) -> C:
    """A class whose methods users call as functions: what Python's errors name."""
    for name, function in vars(cls).items():
        if isinstance(function, FunctionType) and not name.startswith("_"):
            function.__qualname__ = f"gan.{name}"
    return cls


def called(what: str) -> str:
    """What `Backend.logits` was given, for an error: a side's logits, or what else the caller says."""
    return f"{what} logits" if what in ("real", "fake") else what


def scaled(xp: Any, w: Any, largest: Any) -> Any:
    """The weights w, divided by the largest absolute value of them if float32 could not hold them, or the sum of many of them.

    Others stay as they are: where a formula counts, weights are counts. `xp` is the namespace of w.
    """
    beyond = ((largest > 0.0) & (largest < 2.0**-64)) | (largest > 2.0**64)
    return w / xp.where(beyond, largest, xp.ones_like(largest))
