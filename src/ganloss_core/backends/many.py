"""NumPy on many inputs at once: an array is that of one input, and has behind each element those of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ganloss_core.words.extras import extra

with extra("cli"):
    import numpy as np

from ganloss_core.backends import array_api
from ganloss_core.backends.tape import Var, taped
from ganloss_core.engine.backend import Backend


class Many(np.lib.mixins.NDArrayOperatorsMixin):
    """Arrays of one shape.

    Attributes:
        numbers: their elements, along the last axis from array to array; what they have in common may be there once.

    >>> import numpy as np
    >>> from ganloss_core.backends.many import Many
    >>> halves = np.exp2(Many(np.asarray([[1.0, 2.0, 3.0]])) - 2.0)
    >>> halves.shape, halves.numbers.tolist()
    ((1,), [[0.5, 1.0, 2.0]])
    """

    def __init__(self, numbers: Any) -> None:
        self.numbers: Any = numbers

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.numbers.shape[:-1])

    @property
    def dtype(self) -> Any:
        return self.numbers.dtype

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Many:
        return Many(ufunc(*(x.numbers if isinstance(x, Many) else x for x in inputs)))


class _Namespace:
    """What the backends of arrays call, of which ufuncs and dtypes are NumPy's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def asarray(self, x: Any, dtype: Any = None) -> Many:
        return x if isinstance(x, Many) else Many(np.asarray(x, dtype=dtype)[..., None])

    def arange(self, n: int, dtype: Any) -> Many:
        return self.asarray(np.arange(n, dtype=dtype))

    def astype(self, x: Many, dtype: Any) -> Many:
        return Many(x.numbers.astype(dtype, copy=False))

    def ones_like(self, x: Many) -> Many:
        return Many(np.ones_like(x.numbers))

    def zeros_like(self, x: Many) -> Many:
        return Many(np.zeros_like(x.numbers))

    def where(self, condition: Many, x: Many, y: Many) -> Many:
        return Many(np.where(condition.numbers, x.numbers, y.numbers))

    def sum(self, x: Many, axis: Any = None, keepdims: bool = False) -> Many:
        return Many(np.sum(x.numbers, axis=_axes(x, axis), keepdims=keepdims))

    def max(self, x: Many, axis: Any = None) -> Many:
        return Many(np.max(x.numbers, axis=_axes(x, axis)))

    def count_nonzero(self, x: Many) -> Many:
        return self.sum(x != 0)

    def reshape(self, x: Many, shape: tuple[int, ...]) -> Many:
        return Many(np.reshape(x.numbers, (*shape, x.numbers.shape[-1])))

    def broadcast_to(self, x: Many, shape: tuple[int, ...]) -> Many:
        return Many(np.broadcast_to(x.numbers, (*shape, x.numbers.shape[-1])))


def _axes(x: Many, axis: Any) -> Any:
    return tuple(range(len(x.shape))) if axis is None else axis


_NAMESPACE: Any = _Namespace()
FLOATS_OF_MANY: Final[Backend[Var]] = taped(
    # Words of rows are made of the functions above; there are no weights.
    replace(
        array_api.backend(_NAMESPACE, float64=True),
        below=lambda y, x, _: Many(np.sum(y.numbers[:, None] < x.numbers, axis=0, dtype=float)),
        bounds=lambda x: None,
        chunked=lambda fn, x, size: fn(x),
        native={},
    ),
    _NAMESPACE,
)
"""In float64, with gradients."""
