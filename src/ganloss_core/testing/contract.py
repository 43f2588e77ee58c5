"""The contract of ganloss for a user's own loss: exact results, in ulps, kinks included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ganloss_core.check import losses
from ganloss_core.check.report import Evaluated, Where
from ganloss_core.engine.settings import Settings
from ganloss_core.testing.expected import Own
from ganloss_core.testing.framework import LETTER, SIDES, first_line, flat
from ganloss_core.words.ulps import DTYPES, known_dtypes


def broken(
    settings: Settings, own: Own, player: str, tail: tuple[int, ...], dtypes: Sequence[str]
) -> tuple[str, tuple[Any, ...]] | None:
    """What is furthest beyond its budget, in words and as the fields of `Worst`; None if nothing is."""
    found: list[tuple[float, str, Where, float]] = []
    for dtype in known_dtypes(dtypes):
        for group in losses.cases(settings, player, dtype if DTYPES[dtype].computed_in == dtype else "bfloat16"):
            arrays = [_arrays(case.inputs, tail) for case in group]
            try:
                got = own.framework.measure(own.functions[player], arrays, dtype)
            except Exception as error:
                sizes = " and ".join(str(arrays[0][side].shape) for side in ("real", "fake"))
                said = f"raises {type(error).__name__} in {dtype} on logits of shapes {sizes}: {first_line(error)}"
                return f"{LETTER[player]} {said}", ()
            for case, at, m in zip(group, arrays, got, strict=True):
                numbers = [float(x) for x in case.truth.gradient]
                gradient = [*flat(m, SIDES[player], at).tolist()]
                # Reals do not depend on G, whose gradient by them is not looked at.
                evaluated = Evaluated(m.value, [*numbers[: len(numbers) - len(gradient)], *gradient])
                errors = losses.errors(evaluated, case.truth, dtype)
                budget = losses.word_ulps(case.truth.trace.words, own.framework.backend) + 0.5 * len(numbers)
                if max(errors) > budget:
                    found.append((budget, dtype, losses.where_of(evaluated, case, errors), max(errors) / budget))
    if not found:
        return None
    budget, dtype, where, _ = max(found, key=lambda each: each[3])
    off = f"{where.ulps:.3g} ulp off in {dtype}, allowed {budget:g}"
    worst = (player, dtype, where.real, where.fake, where.what, where.got, where.exact, where.ulps, budget)
    return f"{LETTER[player]} is {settings.name}, but not to the contract: {off}.", worst


def _arrays(inputs: Any, tail: tuple[int, ...]) -> dict[str, Any]:
    sides: dict[str, Any] = {"real": np.array(inputs.real, "float64"), "fake": np.array(inputs.fake, "float64")}
    if sides["real"].ndim == 1:
        sides = {side: x.reshape((-1, *tail)) for side, x in sides.items()}
    labels = {"real_labels": inputs.real_labels, "fake_labels": inputs.fake_labels}
    return sides | {key: np.array(y) for key, y in labels.items() if y is not None}
