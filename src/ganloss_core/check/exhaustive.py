"""Every float32 number through every word, in value and first derivative: all 2^32 of them, or each so-many-th.

Subnormal numbers are left out, which XLA on the CPU takes for zero.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ganloss_core.backends import reference
from ganloss_core.check.losses import word_ulps
from ganloss_core.words.ops import WORDS
from ganloss_core.words.ulps import DTYPES

CHUNK = 2**20
ORDERS = ("value", "derivative")
HEADINGS = ("", "word", "numbers", "value", "at", "slope", "at", "most", "")


class WordRunner(Protocol):
    """A runner that evaluates words on arrays.

    >>> import numpy as np
    >>> from ganloss_core.check import runners
    >>> runners(["torch"])[0].word("square", np.float32([3.0]))
    (array([9.], dtype=float32), array([6.], dtype=float32))
    """

    name: str
    ulps: float

    def word(self, name: str, x: Any) -> tuple[Any, Any]:
        """A word and its first derivative at float32 numbers, a NumPy array."""
        ...


@dataclass
class Furthest:
    """The largest errors of a word so far, in ulp, and where they are.

    >>> from ganloss_core.check import Furthest
    >>> Furthest("torch", "relu", every=1, value_ulps=3.0).ok
    False
    """

    backend: str
    word: str
    every: int
    done: int = 0
    """How many chunks."""
    value_ulps: float = 0.0
    value_at: float = 0.0
    derivative_ulps: float = 0.0
    derivative_at: float = 0.0

    budget: float = 2.0
    """What the contract allows."""

    @property
    def ok(self) -> bool:
        """Whether both errors are within the budget."""
        return max(self.value_ulps, self.derivative_ulps) <= self.budget

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON, which has no infinity."""
        kept = {key: x if not isinstance(x, float) or np.isfinite(x) else str(x) for key, x in asdict(self).items()}
        return kept | {"ok": self.ok}

    def row(self) -> list[str]:
        """As `HEADINGS` has it."""
        of_orders = [f"{getattr(self, f'{order}_{what}'):.4g}" for order in ORDERS for what in ("ulps", "at")]
        numbers = f"1 in {self.every}" if self.every > 1 else "all" if self.every else "halves"
        return [self.backend, self.word, numbers, *of_orders, f"{self.budget:g}", "ok" if self.ok else "off"]

    def note(self, order: str, ulps: Any, x: Any) -> None:
        """Take the worst of an array of errors."""
        i = int(np.argmax(ulps)) if len(ulps) else -1
        if i >= 0 and ulps[i] > getattr(self, f"{order}_ulps"):
            setattr(self, f"{order}_ulps", float(ulps[i]))
            setattr(self, f"{order}_at", float(x[i]))


def numbers(every: int, chunk: int) -> Any:
    """Chunk number `chunk` of each `every`-th float32 number, by its bits."""
    first = chunk * CHUNK * every
    bits = first + every * np.arange(CHUNK, dtype=np.uint64)
    return bits[bits < 2**32].astype(np.uint32).view(np.float32)


def halves() -> Any:
    """All numbers of float16 and of bfloat16, in float32."""
    bits = np.arange(2**16, dtype=np.uint16)
    return np.concatenate([bits.view(np.float16).astype(np.float32), (bits.astype(np.uint32) << 16).view(np.float32)])


def check_numbers(runner: WordRunner, furthest: Furthest, x: Any) -> None:
    """Compare a word with the same in float64 at float32 numbers x, and note what is worst."""
    word = WORDS[furthest.word]
    with np.errstate(all="ignore"):
        x = x[(x == 0.0) | ~(np.abs(x) < np.finfo(np.float32).tiny)]
        if word.positive:
            x = x[(x > 0.0) | np.isnan(x)]
        wide, ops = np.asarray(x, "float64"), reference.backend.ops
        truths = getattr(ops, furthest.word)(wide), word.derivative(ops, wide)
        for order, got, truth in zip(ORDERS, runner.word(furthest.word, x), truths, strict=True):
            finite = np.isfinite(x) if order == "derivative" else np.ones(len(x), bool)
            ulps = np.where(finite | np.isnan(x), _ulps(np.asarray(got, "float64"), np.broadcast_to(truth, x.shape)), 0.0)
            furthest.note(order, ulps, x)


def _ulps(got: Any, true: Any) -> Any:
    """As `ganloss_core.words.ulps.error`, of arrays and in float32."""
    bits, low, high, _ = DTYPES["float32"]
    unit = np.exp2(np.floor(np.log2(np.abs(true))) + 1 - bits)
    off = np.maximum(np.abs(got - true) - 2.0 ** (low + 2), 0.0)
    ulps = np.where(off == 0.0, 0.0, off / unit)
    overflows = np.abs(true) >= 2.0**high
    ulps = np.where(overflows, np.where(got == np.copysign(np.inf, true), 0.0, np.inf), ulps)
    ulps = np.where(np.isnan(true), np.where(np.isnan(got), 0.0, np.inf), ulps)
    return np.where(np.isfinite(true) & ~overflows & ~np.isfinite(got), np.inf, ulps)


def check_halves(runner: WordRunner, words: Iterable[str] = tuple(WORDS)) -> list[Furthest]:
    """Every word at every number of half precision.

    >>> from ganloss_core.check import check_halves, runners
    >>> [furthest.ok for furthest in check_halves(*runners(["torch"]), words=["relu"])]
    [True]
    """
    found = [_begun(runner, name, 0) for name in words]
    for furthest in found:
        check_numbers(runner, furthest, halves())
    return found


def exhaustive(
    runners: Sequence[WordRunner],
    *,
    every: int = 1,
    words: Iterable[str] = tuple(WORDS),
    file: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Furthest]:
    """Every word of every runner at each `every`-th float32 number.

    `file` keeps what is done, and a run that finds it goes on from there. `progress` is called as in `check`. All numbers take
    about an hour of one core for each framework. Raises ValueError for a file of another kind of run.

    >>> from ganloss_core.check import exhaustive, runners
    >>> [furthest.ok for furthest in exhaustive(runners(["torch"]), every=2**16, words=["relu"])]
    [True]
    """
    chunks = -(-(2**32) // (CHUNK * every))
    found = [_begun(runner, word, every) for runner in runners for word in words]
    if file is not None and file.exists():
        found = [_resumed(each, file) for each in found]
    of_name = {runner.name: runner for runner in runners}
    for k, (furthest, chunk) in enumerate(_remaining(found, chunks)):
        if progress is not None:
            progress(f"{furthest.backend} {furthest.word}", sum(each.done for each in found), chunks * len(found))
        check_numbers(of_name[furthest.backend], furthest, numbers(every, chunk))
        furthest.done = chunk + 1
        if file is not None and (k % 64 == 0 or furthest.done == chunks):
            file.write_text(json.dumps([asdict(each) for each in found], indent=1))
    return found


def _begun(runner: WordRunner, word: str, every: int) -> Furthest:
    return Furthest(runner.name, word, every, budget=word_ulps({word}, runner))


def _remaining(found: Sequence[Furthest], chunks: int) -> Iterator[tuple[Furthest, int]]:
    for furthest in found:
        for chunk in range(furthest.done, chunks):
            yield furthest, chunk


def _resumed(new: Furthest, file: Path) -> Furthest:
    try:
        kept = [Furthest(**each) for each in json.loads(file.read_text())]
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"{file} is no file that an exhaustive check has written") from None
    same = [each for each in kept if (each.backend, each.word) == (new.backend, new.word)]
    if same and same[0].every != new.every:
        raise ValueError(f"{file} is of a run with every={same[0].every}, got every={new.every}")
    return same[0] if same else new
