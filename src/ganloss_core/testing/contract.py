"""The contract of ganloss for a user's own loss: exact results, in ulps, kinks included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ganloss_core.check import losses
from ganloss_core.check.report import Evaluated
from ganloss_core.engine.settings import Settings
from ganloss_core.testing.expected import Own
from ganloss_core.testing.framework import LETTER
from ganloss_core.words.ulps import DTYPES, known_dtypes


def broken(
    settings: Settings, own: Own, player: str, tail: tuple[int, ...], dtypes: Sequence[str]
) -> tuple[str, tuple[Any, ...]] | None:
    """What is furthest beyond its budget, in words and as the fields of `Worst`; None if nothing is."""
    worst: tuple[float, tuple[Any, ...]] | None = None
    for dtype in known_dtypes(dtypes):
        for group in losses.cases(settings, player, dtype if DTYPES[dtype].computed_in == dtype else "bfloat16"):
            arrays = [_arrays(case.inputs, tail) for case in group]
            try:
                got = own.framework.measure(own.functions[player], arrays, dtype)
            except Exception as error:
                sizes = " and ".join(str(arrays[0][side].shape) for side in ("real", "fake"))
                first = str(error).strip().split("\n")[0]
                return f"{LETTER[player]} raises {type(error).__name__} in {dtype} on logits of shapes {sizes}: {first}", ()
            for case, m in zip(group, got, strict=True):
                n, numbers = np.size(case.inputs.real), [float(x) for x in case.truth.gradient]
                by_side = [m.real, m.fake] if player == "discriminator" else [None, m.fake]
                expected = [numbers[:n], numbers[n:]]
                if player == "discriminator" or m.fake is None:
                    by_side = [np.zeros(len(e)) if g is None else g for g, e in zip(by_side, expected, strict=True)]
                gradient = [
                    x for g, e in zip(by_side, expected, strict=True) for x in (e if g is None else np.ravel(g).tolist())
                ]
                value, of_gradient = losses.errors(Evaluated(m.value, gradient), case.truth, dtype)
                budget = losses.word_ulps(case.truth.trace.words, own.framework.backend) + 0.5 * (n + np.size(case.inputs.fake))
                if max(value, of_gradient) > budget and (worst is None or max(value, of_gradient) / budget > worst[0]):
                    i = int(np.argmax(np.abs(np.array(gradient) - np.array(numbers))))
                    where = f"real[{i}]" if i < n else f"fake[{i - n}]"
                    what = (
                        ("value", m.value, float(case.truth.value))
                        if value >= of_gradient
                        else (where, gradient[i], numbers[i])
                    )
                    at = (player, dtype, case.inputs.real, case.inputs.fake, *what, max(value, of_gradient), budget)
                    worst = max(value, of_gradient) / budget, at
    if worst is None:
        return None
    _, at = worst
    return (
        f"{LETTER[player]} is {settings.name}, but not to the contract: {at[7]:.3g} ulp off in {at[1]}, allowed {at[8]:g}.",
        at,
    )


def _arrays(inputs: Any, tail: tuple[int, ...]) -> dict[str, Any]:
    sides: dict[str, Any] = {"real": np.array(inputs.real, "float64"), "fake": np.array(inputs.fake, "float64")}
    if sides["real"].ndim == 1:
        sides = {side: x.reshape((-1, *tail)) for side, x in sides.items()}
    labels = {"real_labels": inputs.real_labels, "fake_labels": inputs.fake_labels}
    return sides | {key: np.array(y) for key, y in labels.items() if y is not None}
