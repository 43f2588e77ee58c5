"""Your own PyTorch code against the definition: see `ganloss_core.testing`.

from ganloss_torch.testing import assert_same

def test_my_loss():
    assert_same("hinge", discriminator=my_d_loss, generator=my_g_loss)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from ganloss_core.testing.comparison import Comparison
from ganloss_core.testing.expected import Own
from ganloss_core.testing.face import Face
from ganloss_core.testing.framework import Arrays, Measured, not_a_loss, one_number
from ganloss_core.testing.identified import Match
from ganloss_core.testing.own import Function
from ganloss_core.testing.penalties import Penalty, drawn
from ganloss_torch._backend import backend
from ganloss_torch._observe import penalties


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
        sides = [given[side].requires_grad_() for side in ("real", "fake")]
        # As a critic returns them, which may be changed in place; also where a test switches gradients off.
        with torch.enable_grad():
            loss = function({**given, "real": sides[0].clone(), "fake": sides[1].clone()})
            if not isinstance(loss, Tensor):
                raise not_a_loss(loss)
            one_number(tuple(loss.shape), "a tensor", also=(1,))
            by = torch.autograd.grad(loss, sides, allow_unused=True) if loss.requires_grad else (None, None)
        return Measured(loss.double().item(), *(None if g is None else g.double().numpy() for g in by))

    def arrays(self, at: Arrays, dtype: str) -> tuple[Tensor, Tensor]:
        """See `Framework`."""
        real, fake = (torch.as_tensor(at[side], dtype=getattr(torch, dtype)) for side in ("real", "fake"))
        return real, fake

    def in_float64(self) -> AbstractContextManager[Any]:
        """See `Framework`."""
        return nullcontext()

    penalties: Any = penalties
    draws = 4

    def on_critic(self, penalty: Penalty, several: Sequence[Mapping[str, Any]], seed: int) -> list[tuple[float, Any]]:
        """See `Critics`."""
        return [self._on_critic(penalty, numbers, seed) for numbers in several]

    def _on_critic(self, penalty: Penalty, numbers: Mapping[str, Any], seed: int) -> tuple[float, Any]:
        W, b, w, real, fake = (torch.tensor(numbers[key], dtype=torch.float64).requires_grad_() for key in _NUMBERS)

        def seeded(draw: Callable[[], Any]) -> Any:
            with torch.random.fork_rng(devices=[]):
                # Not `torch.manual_seed`, which is for all devices, and keeps a stack for each call.
                torch.default_generator.manual_seed(seed)
                return draw()

        dtypes = (torch.float64, torch.float32)
        mix, uniform = ([seeded(partial(torch.rand, shape, dtype=t)) for t in dtypes] for shape in (len(real), real.shape))
        normal = [seeded(partial(torch.randn, real.shape, dtype=t)) for t in dtypes]
        given = {"mix": mix[0].reshape(-1, *([1] * (real.ndim - 1))), "noise": normal[0]}
        given |= {"drawn": drawn(mix, uniform, normal, real.std().item())}

        with torch.enable_grad():
            loss = seeded(lambda: penalty(_Critic(W, b, w), {"real": real, "fake": fake, **given}))
        if not isinstance(loss, Tensor):
            raise not_a_loss(loss)
        one_number(tuple(loss.shape), "a tensor", also=(1,))
        by = torch.autograd.grad(loss.sum(), (W, b, w), allow_unused=True, materialize_grads=True)
        return loss.item(), torch.cat([g.reshape(-1) for g in by]).numpy()


class _Critic(torch.nn.Module):
    def __init__(self, W: Tensor, b: Tensor, w: Tensor) -> None:
        super().__init__()
        self._weights = W, b, w

    def forward(self, x: Tensor) -> Tensor:
        W, b, w = self._weights
        return torch.tanh(x.flatten(1) @ W + b) @ w


_NUMBERS = ("W", "b", "w", "real", "fake")


def _is_logits(name: str) -> bool:
    return name in ("real", "fake")


_face = Face(_PyTorch())
assert_same: Final = _face.assert_same
compare: Final = _face.compare
identify: Final = _face.identify
own: Final = _face.own

__all__ = ["Comparison", "Match", "Own", "assert_same", "compare", "identify", "own"]
