"""Any library that follows the Python array API standard: `Library(xp)`, with no code per library.

Values, in float32 or wider, and gradients by the derivatives in the contract of the words.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

from ganloss_core.backends.tape import taped, value_and_grad
from ganloss_core.engine.backend import Backend, called, scaled
from ganloss_core.engine.bind import bind
from ganloss_core.engine.functional import Functional
from ganloss_core.engine.settings import Settings
from ganloss_core.spec.definition import LossLike
from ganloss_core.spec.loss import Rule
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import Ops

# Held in memory at a time.
DIFFERENCES_AT_ONCE = 2**22


def words(xp: Any) -> Ops[Any]:
    """The vocabulary in the functions of the array API namespace `xp`.

    >>> import numpy as np
    >>> from ganloss_core.backends import array_api
    >>> array_api.words(np).relu(np.asarray([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def sigmoid(x: Any) -> Any:
        # e^-|x| does not overflow.
        t = xp.exp(-xp.abs(x))
        return xp.where(x > 0, xp.ones_like(t), t) / (1.0 + t)

    def relu(x: Any) -> Any:
        return xp.where(x <= 0, xp.zeros_like(x), x)

    return Ops(
        relu=relu,
        step=lambda x: xp.where(x > 0, xp.ones_like(x), relu(x)),
        abs=xp.abs,
        sign=lambda x: xp.where(x == x, xp.sign(x), x),
        square=lambda x: x * x,
        sqrt=xp.sqrt,
        exp=xp.exp,
        expm1=xp.expm1,
        log=xp.log,
        sigmoid=sigmoid,
        softplus=lambda x: relu(x) + xp.log1p(xp.exp(-xp.abs(x))),
        tanh=xp.tanh,
    )


@lru_cache(maxsize=64)
def backend(xp: Any, *, float64: bool = False) -> Backend[Any]:
    """The array API namespace `xp` as a backend; with `float64`, everything is computed in float64.

    >>> import numpy as np
    >>> from ganloss_core.backends import array_api
    >>> array_api.backend(np).name
    'numpy'
    """

    def logits(x: Any, side: str) -> Any:
        if not hasattr(x, "dtype"):
            raise TypeError(
                f"{called(side)} must be an array, or for several heads a list or dict on every side, got {type(x).__name__}"
            )
        if x.dtype in (xp.float32, xp.float64):
            return xp.astype(x, xp.float64) if float64 else x
        # float16 and bfloat16 are no part of the standard, but libraries have them.
        if str(x.dtype).rpartition(".")[2] not in ("float16", "bfloat16"):
            wanted = "float64 or narrower" if "float" in str(x.dtype) else "floating point"
            got = x.dtype if type(x).__module__.startswith(xp.__name__) else f"{x.dtype} of {type(x).__module__}"
            raise TypeError(f"{called(side)} must be {wanted}, of {xp.__name__}, got {got}: pass the critic's raw outputs")
        return xp.astype(x, xp.float64 if float64 else xp.float32)

    def like(w: Any, x: Any) -> Any:
        return xp.astype(xp.asarray(w), x.dtype)

    def ratios(w: Any, x: Any) -> Any:
        w = xp.asarray(w)
        another = w.dtype != x.dtype and xp.isdtype(w.dtype, "real floating")
        return like(scaled(xp, w, xp.max(xp.abs(w))) if another else w, x)

    def masked(w: Any, x: Any, y: Any) -> Any:
        return xp.where(w if xp.isdtype(w.dtype, "bool") else w != 0, x, xp.asarray(y, dtype=x.dtype))

    def below(y: Any, x: Any, w: Any) -> Any:
        order = xp.argsort(y)
        rank = xp.searchsorted(xp.take(y, order), x)
        if w is None:
            return xp.astype(rank, x.dtype)
        return xp.take(xp.cumulative_sum(xp.take(w, order), include_initial=True), rank)

    def products(x: Any, y: Any = None) -> Any:
        return xp.matmul(x, xp.matrix_transpose(x if y is None else y))

    def squared_distances(x: Any, y: Any = None) -> Any:
        y = x if y is None else y

        def of_rows(rows: Any) -> Any:
            difference = rows[:, None, :] - y[None, :, :]
            return xp.sum(difference * difference, axis=2)

        return chunked(of_rows, x, max(1, DIFFERENCES_AT_ONCE // math.prod(y.shape)))

    def chunked(fn: Any, x: Any, size: int) -> Any:
        return xp.concat([fn(x[i : min(i + size, x.shape[0]), ...]) for i in range(0, x.shape[0], size)])

    return Backend(
        name=xp.__name__,
        ops=words(xp),
        logits=logits,
        like=like,
        ratios=ratios,
        mean=xp.mean,
        sum=lambda x, axis=None: xp.sum(x, axis=axis),
        masked=masked,
        mask=xp.asarray,
        count=lambda mask, x: xp.astype(xp.count_nonzero(mask), x.dtype),
        equal=lambda x, y: x == y,
        negated=xp.logical_not,
        hold=lambda x: x,
        less=lambda x, y: xp.astype(x < y, x.dtype),
        max=lambda x, axis=None: xp.max(x, axis=axis),
        index=lambda labels, x: xp.astype(xp.asarray(labels), xp.int64),
        clipped=lambda index, n: xp.clip(index, 0, n - 1),
        indices=lambda n, x: xp.arange(n, dtype=x.dtype),
        bounds=lambda x: (float(xp.min(x)), float(xp.max(x))),
        reshape=xp.reshape,
        transpose=xp.matrix_transpose,
        below=below,
        chunked=chunked,
        native={"products": products, "squared_distances": squared_distances, "sorted": xp.sort},
    )


class Library:
    """An array API namespace with the functions that `ganloss_torch` and `ganloss_jax` have.

    Arguments:
        xp: the namespace, such as `numpy` or `array_api_strict`.
        float64: compute in float64, whatever the logits' dtype.

    Attributes:
        backend: the table that the losses are computed with.
        discriminator_loss: what D minimises, as in the adapters.
        generator_loss: what G minimises.

    >>> import numpy as np
    >>> from ganloss_core.backends import array_api
    >>> value, gradient = array_api.Library(np).value_and_grad("wgan", np.asarray([2.0]), np.asarray([1.0]))
    >>> float(value), gradient.real.tolist(), gradient.fake.tolist()
    (-1.0, [-1.0], [1.0])
    """

    def __init__(self, xp: Any, *, float64: bool = False) -> None:
        self.backend: Backend[Any] = backend(xp, float64=float64)
        functional: Functional[Any] = Functional(self.backend)
        self.discriminator_loss: Final = functional.discriminator_loss
        self.generator_loss: Final = functional.generator_loss
        self._tape = taped(self.backend, xp)

    def value_and_grad(
        self,
        loss: LossLike,
        real: Any,
        fake: Any,
        *,
        player: str = "discriminator",
        generator: Rule | None = None,
        top_k: int | None = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
        **hyperparameters: Any,
    ) -> tuple[Any, Sides[Any]]:
        """One player's loss, and its gradient with respect to real and fake logits, in the dtype of the computation.

        `player` is "discriminator" or "generator"; the reduction is the mean, and heads combine as the loss has it; the other
        arguments and the errors are those of `GANLoss`. The gradient is `Sides` of the form of the logits, None for a side that
        was not given. Differentiated by the derivatives in the contract of the words.

        >>> import numpy as np
        >>> from ganloss_core.backends import reference
        >>> value, gradient = reference.value_and_grad("lsgan", np.asarray([2.0]), np.asarray([1.0]))
        >>> float(value), gradient.real.tolist(), gradient.fake.tolist()
        (2.0, [2.0], [2.0])
        """
        functions = bind(Settings.of(loss, generator, "mean", None, hyperparameters, top_k), self._tape)
        extras = {
            "real_weight": real_weight,
            "fake_weight": fake_weight,
            "real_labels": real_labels,
            "fake_labels": fake_labels,
        }
        return value_and_grad(functions, self._tape, player, real, fake, extras)


# What Python's own errors name.
Library.value_and_grad.__qualname__ = "value_and_grad"
