"""Your own PyTorch code against the definition: see `ganloss_core.testing`.

from ganloss_torch.testing import assert_same

def test_my_loss():
    assert_same("hinge", discriminator=my_d_loss, generator=my_g_loss)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor

from ganloss_core.testing.comparison import Comparison
from ganloss_core.testing.expected import Own
from ganloss_core.testing.face import Face
from ganloss_core.testing.framework import Arrays, Measured, one_number
from ganloss_core.testing.identified import Match
from ganloss_core.testing.own import Function
from ganloss_torch._backend import backend


class _PyTorch:
    """`ganloss_core.testing.framework.Framework` of PyTorch, on the CPU."""

    name = "torch"
    dtypes: tuple[str, ...] = ("float64", "float32", "bfloat16", "float16")
    backend: Any = backend
    exact = True

    def measure(self, function: Function, batches: Sequence[Arrays], dtype: str) -> list[Measured]:
        """See `Framework`."""
        return [self._measure(function, arrays, dtype) for arrays in batches]

    def _measure(self, function: Function, arrays: Arrays, dtype: str) -> Measured:
        given = {key: torch.as_tensor(x, dtype=getattr(torch, dtype) if _is_logits(key) else None) for key, x in arrays.items()}
        sides = [given[side].clone().requires_grad_() for side in ("real", "fake")]
        loss = function({**given, "real": sides[0], "fake": sides[1]})
        if not isinstance(loss, Tensor):
            raise TypeError(f"a loss is a tensor, got {type(loss).__name__}")
        one_number(tuple(loss.shape), "a tensor", also=(1,))
        by = torch.autograd.grad(loss.sum(), sides, allow_unused=True) if loss.requires_grad else (None, None)
        return Measured(loss.double().item(), *(None if g is None else g.double().numpy() for g in by))


def _is_logits(name: str) -> bool:
    return name in ("real", "fake")


_face = Face(_PyTorch())
assert_same: Final = _face.assert_same
compare: Final = _face.compare
identify: Final = _face.identify
own: Final = _face.own

__all__ = ["Comparison", "Match", "Own", "assert_same", "compare", "identify", "own"]
