"""The NumPy reference, to be checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ganloss_core.backends import array_api
from ganloss_core.backends.conditioning import Inputs
from ganloss_core.backends.tape import Var, gradients, taped
from ganloss_core.check.report import Derivatives, Evaluated, Groups
from ganloss_core.engine.settings import Settings


class ArrayRunner:
    """An array API namespace, to be checked; derivatives are those of the contract."""

    device: str = "cpu"

    def __init__(self, name: str, xp: Any, *, dtypes: tuple[str, ...], ulps: float = 8.0) -> None:
        self.name: str = name
        self.dtypes: tuple[str, ...] = dtypes
        self.ulps: float = ulps
        self._xp = xp
        self._library = array_api.Library(xp)

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        """The values of each word at its points, and the derivatives of the contract in this library's arithmetic."""
        lifted = _Lifted(self._xp)
        tape = taped(taped(self._library.backend, self._xp), lifted)
        results = {}
        with np.errstate(all="ignore"):
            for name, x in at.items():
                inner = Var(self._xp, self._xp.asarray(x, dtype=getattr(self._xp, dtype)))
                outer = Var(lifted, inner)
                value = getattr(tape.ops, name)(outer)
                (first,) = gradients(value, [outer])
                (second,) = gradients(first, [inner])
                arrays = value.array.array, first.array, second
                results[name] = Derivatives(*[[float(v) for v in a] for a in arrays])
        return results

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, the player's loss on each of the inputs."""
        return [self._losses(settings, player, cases, dtype) for player, cases in groups]

    def _losses(self, settings: Settings, player: str, cases: Sequence[Inputs], dtype: str) -> list[Evaluated]:
        results = []
        for real, fake, *labels in cases:
            r, f = (self._xp.asarray(side, dtype=getattr(self._xp, dtype)) for side in (real, fake))
            y = [None if each is None else self._xp.asarray(each) for each in labels]
            with np.errstate(all="ignore"):
                value, g = self._library.value_and_grad(
                    settings.loss,
                    r,
                    f,
                    player=player,
                    real_labels=y[0],
                    fake_labels=y[1],
                    **dict(settings.hyperparameters),
                )
            flat = [self._xp.reshape(side, (-1,)) for side in (g.real, g.fake) if side is not None]
            results.append(Evaluated(float(value), [float(v) for side in flat for v in side]))
        return results


class _Lifted:
    """The functions that a tape needs of a namespace, on the `Var`s of another tape."""

    def __init__(self, xp: Any) -> None:
        self._xp = xp

    def ones_like(self, x: Var) -> Var:
        return Var(self._xp, self._xp.ones_like(x.array))

    def zeros_like(self, x: Var) -> Var:
        return Var(self._xp, self._xp.zeros_like(x.array))


def runner(device: str = "cpu") -> ArrayRunner:
    """The reference, whatever the device."""
    return ArrayRunner("numpy", np, dtypes=("float64",), ulps=4.0)
