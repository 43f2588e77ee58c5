"""What is checked, by what, and what came out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

from ganloss_core.backends.conditioning import Inputs
from ganloss_core.engine.settings import Settings


class Evaluated(NamedTuple):
    """A loss and its gradient with respect to the real logits, then the fake ones, flat.

    >>> from ganloss_core.check import Evaluated
    >>> Evaluated(value=0.5, gradient=[-1.0, 1.0]).value
    0.5
    """

    value: float
    gradient: list[float]


class Derivatives(NamedTuple):
    """A word's value and derivatives at each of its points.

    >>> from ganloss_core.check import runners
    >>> (numpy,) = runners(["numpy"])
    >>> numpy.words({"square": [3.0]}, "float64")["square"]
    Derivatives(value=[9.0], first=[6.0], second=[2.0])
    """

    value: list[float]
    first: list[float]
    second: list[float]


Groups = Sequence[tuple[str, Sequence[Inputs]]]
"""Players, each with inputs of one shape. All at once, so that a compiler may make one program of them."""


class Runner(Protocol):
    """A backend to be checked; whether functions are compiled is the runner's own affair.

    One that differentiates critics has a method `critic` too, as those in `ganloss_torch.check` and `ganloss_jax.check`.

    >>> from ganloss_core.check import Inputs, Settings, runners
    >>> (numpy,) = runners(["numpy"])
    >>> wgan = Settings.of("wgan", None, "mean", None, {})
    >>> numpy.losses(wgan, [("generator", [Inputs([1.0], [2.0])])], "float64")
    [[Evaluated(value=-2.0, gradient=[0.0, -1.0])]]
    """

    name: str
    device: str
    ulps: float
    """The error bound of its transcendental words."""
    dtypes: tuple[str, ...]

    def words(self, at: Mapping[str, Sequence[float]], dtype: str) -> dict[str, Derivatives]:
        """The values, first and second derivatives of each word at its points."""
        ...

    def losses(self, settings: Settings, groups: Groups, dtype: str) -> list[list[Evaluated]]:
        """For each group, a player and inputs of one shape, its loss on each of them; called from a thread of its own."""
        ...


@contextmanager
def a_thread() -> Iterator[Executor]:
    """One for runners to compute in while the oracle does; what waits is not begun where something else fails, or by Ctrl-C."""
    thread = ThreadPoolExecutor(1)
    try:
        yield thread
    finally:
        thread.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Where:
    """The case in which a loss is furthest from the exact result.

    >>> from ganloss_core.check import Where
    >>> Where([800.0], [0.0], "value", float("inf"), 800.0, float("inf")).cure[:12]
    'it overflows'
    """

    real: Any
    fake: Any
    what: str
    """"value", or what the gradient is by, such as "fake[1]"."""
    got: float
    exact: float
    ulps: float

    @property
    def cure(self) -> str:
        """What most likely is to be done about it."""
        if not math.isfinite(self.got) and math.isfinite(self.exact):
            return "it overflows: write it in a stable form, such as ops.softplus for log(1 + e^x)"
        if math.isfinite(self.got) and self.what == "value":
            return "digits cancel: use a word that keeps them, or say what constant the loss adds, Loss(constant=...)"
        return "digits cancel: use a word that keeps them, such as ops.expm1 or ops.softplus, or another form"


@dataclass(frozen=True)
class Row:
    """The worst of all cases of one loss (or word), player, backend and dtype.

    >>> from ganloss_core.check import check, runners
    >>> row, *_ = check(["wgan"], runners(["numpy"]), dtypes=["float64"]).rows
    >>> row.name, row.backend, row.ok
    ('wasserstein', 'numpy', True)
    """

    name: str
    player: str
    backend: str
    dtype: str
    value_ulps: float
    gradient_ulps: float
    budget: float
    cases: int
    hyperparameters: str = ""
    """Those that are not the defaults."""
    where: Where | None = None
    """Of a loss that is out of bounds."""

    @property
    def ok(self) -> bool:
        """Whether both errors are within the budget."""
        return self.value_ulps <= self.budget and self.gradient_ulps <= self.budget


@dataclass(frozen=True)
class Agreement:
    """The largest difference between two backends for one loss, player and dtype, in the units of `Row`.

    >>> from ganloss_core.check import check, runners
    >>> agreement, *_ = check(["wgan"], runners(["torch", "numpy"]), dtypes=["float64"]).agreements
    >>> agreement.backends, agreement.ulps < 1.0
    (('torch', 'numpy'), True)
    """

    name: str
    player: str
    backends: tuple[str, str]
    dtype: str
    ulps: float


@dataclass(frozen=True)
class Report:
    """The outcome of `check`.

    >>> from ganloss_core.check import check, runners
    >>> report = check(["wgan"], runners(["numpy"]), dtypes=["float64"])
    >>> [row.player for row in report.rows], report.failures
    (['discriminator', 'generator'], ())
    """

    rows: tuple[Row, ...]
    agreements: tuple[Agreement, ...]

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that exceed their budget."""
        return tuple(row for row in self.rows if not row.ok)

    @property
    def ok(self) -> bool:
        """Whether something was checked and everything is within its budget."""
        return bool(self.rows) and not self.failures

    def as_dict(self) -> dict[str, Any]:
        """The report in plain types, for JSON; an error without bound is null."""
        rows = [{**asdict(row), "ok": row.ok} for row in self.rows]
        for row in rows:
            for key in ("value_ulps", "gradient_ulps"):
                row[key] = row[key] if math.isfinite(row[key]) else None
            if row["where"] is not None:
                numbers = ("got", "exact", "ulps")
                row["where"] |= {key: str(x) for key in numbers if not math.isfinite(x := row["where"][key])}
        agreements = [asdict(a) for a in self.agreements]
        for agreement in agreements:
            agreement["ulps"] = agreement["ulps"] if math.isfinite(agreement["ulps"]) else None
        return {"ok": self.ok, "rows": rows, "agreements": agreements}
