"""A user's own loss beside a definition, or beside another of the user's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ganloss_core.spec.game import Game
from ganloss_core.testing import batches, contract, remarks
from ganloss_core.testing.expected import Defined, Loss, Own
from ganloss_core.testing.framework import LETTER, SIDES, NotALoss, first_line, flat
from ganloss_core.testing.own import NotGiven
from ganloss_core.testing.verdicts import Seen, Shape, is_same, off, related, verdict

NEAR = {"float64": 2.0**-12, "float32": 2.0**-11}
"""What training cannot tell, relative to the largest element of a gradient: log(sigmoid(x) + 1e-8) is logistic. In float32,
where only that is taken, log(sigmoid(x)) itself is worse."""


@dataclass(frozen=True)
class Worst:
    """Where a loss is furthest from what it was to be.

    >>> from ganloss_torch.testing import compare
    >>> worst = compare("wgan", discriminator=lambda real, fake: 0.5 * (fake.mean() - real.mean())).worst
    >>> worst.player, worst.got / worst.expected
    ('discriminator', 0.5)
    """

    player: str
    dtype: str
    real: list[Any]
    fake: list[Any]
    what: str
    """"value", or what the gradient is by, such as "fake[3]"."""
    got: float
    expected: float
    ulps: float
    allowed: float
    """In ulp, of the larger of both."""

    def __str__(self) -> str:
        what = self.what if self.what == "value" else f"gradient by {self.what}"
        return (
            f"Worst for {LETTER[self.player]}, in {self.dtype}, at real={self.real}, fake={self.fake}: {what} is "
            f"{self.got:.9g}, expected {self.expected:.9g}, {self.ulps:.3g} ulp apart, allowed {self.allowed:.3g}."
        )


@dataclass(frozen=True)
class Comparison:
    """What came out, in words: `str()` of it is the report.

    >>> from ganloss_torch.testing import compare
    >>> compare("wgan", discriminator=lambda real, fake: 0.5 * (fake.mean() - real.mean())).ok
    False
    """

    expected: str
    ok: bool
    verdicts: tuple[str, ...]
    """One sentence for each player."""
    remarks: tuple[str, ...]
    """What training hardly sees: kinks, lost digits, shapes and types that it does not take."""
    worst: Worst | None
    was_compared: bool = True
    """False where a function raised, or returned something else than a loss."""

    def __str__(self) -> str:
        worst = [] if self.worst is None or self.ok else [str(self.worst)]
        return "\n".join([*self.verdicts, *(f"- {remark}" for remark in self.remarks), *worst])

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON, which has no infinity."""
        kept = asdict(self)
        if kept["worst"] is not None:
            kept["worst"] |= {key: str(x) for key, x in kept["worst"].items() if isinstance(x, float) and not math.isfinite(x)}
        return kept


def compared(loss: Loss, own: Own, strict: bool, dtypes: Sequence[str] | None) -> Comparison:
    """Each player of `own` beside the same of `loss`."""
    rules = loss.game if isinstance(loss, Defined) else batches.OF_LOGITS
    found = [_Player(loss, rules, own, player) for player in own.functions]
    verdicts, said, worst = [], [], []
    for each in found:
        verdicts.append(each.verdict())
        said += [*each.remarks()] if each.ok else []
        worst += each.worst()
    ok = all(each.ok for each in found)
    if strict and ok and isinstance(loss, Defined):
        for each in found:
            broken = contract.broken(loss.settings, own, each.player, each.tail, dtypes or ("float64", "float32"))
            if broken is not None:
                ok = False
                what, at = broken
                verdicts[found.index(each)] = what
                worst = [Worst(*at)] if at else []
    furthest = max(worst, key=lambda w: w.ulps / w.allowed, default=None)
    return Comparison(loss.name, ok, tuple(verdicts), tuple(said), furthest, not any(each.failed for each in found))


class _Player:
    """One player, measured on ordinary logits."""

    def __init__(self, loss: Loss, rules: Game[Any], own: Own, player: str) -> None:
        self.loss, self.rules, self.own, self.player = loss, rules, own, player
        self.seen: dict[Shape, Seen] = {}
        self.raised: dict[str, Exception] = {}
        self.dtype = "float64"
        shapes = batches.shapes(rules)
        for dtype in (d for d in NEAR if d in own.framework.dtypes):
            for shape in shapes:
                self._measure(shape, dtype)
            if self.seen:
                self.dtype = dtype
                break
        self.near = NEAR[self.dtype]
        self.tail = (1,) * (len(next(iter(self.seen), (1, 1))) - 1)
        self.differences = {shape: related(seen, SIDES[player], self.near) for shape, seen in self.seen.items()}
        self.wrong = {shape: self.seen[shape] for shape, found in self.differences.items() if not is_same(found, self.near)}
        self.random = any(self._moves(seen) for seen in self.wrong.values())
        self.failed = not self.seen or any(isinstance(error, NotALoss) for error in self.raised.values())
        self.at_kinks: list[remarks.AtKink] = []
        self.but = None if self.wrong or self.failed else self._elsewhere()
        self.ok = not self.failed and not self.wrong and self.but is None

    def _elsewhere(self) -> str | None:
        """What is wrong of a loss that is right on ordinary logits in float64."""
        if self.dtype == "float64" and "float32" in self.own.framework.dtypes:
            (shape, seen), near = next(iter(self.seen.items())), NEAR["float32"]
            try:
                got = self.own.framework.measure(self.own.functions[self.player], seen.batches, "float32")
            except Exception as error:
                return f"raises {type(error).__name__} in float32 on logits of shape {shape}: {first_line(error)}"
            if not is_same(related(seen._replace(got=got), SIDES[self.player], near), near):
                return "in float32 it is another loss"
        if isinstance(self.loss, Defined) and not self.rules.sample.axes:
            self.at_kinks = remarks.at_kinks(self.loss, self.own, self.player, self.tail, self.dtype)
            return remarks.not_a_number(self.loss, self.at_kinks) or remarks.clamped(
                self.loss, self.own, self.player, self.tail, self.dtype
            )
        return None

    def _measure(self, shape: Shape, dtype: str) -> None:
        largest = self.loss.largest if isinstance(self.loss, Defined) else batches.LARGEST
        given = batches.ordinary(self.rules, shape, largest=largest)
        function = self.own.functions[self.player]
        try:
            got = self.own.framework.measure(function, given, dtype)
        except NotGiven:
            raise
        except Exception as error:
            self.raised[f"in {dtype} on logits of shape {shape}"] = error
            return
        self.seen[shape] = Seen(given, got, self.loss.measure(self.player, given))

    def _moves(self, seen: Seen) -> bool:
        again = self.own.framework.measure(self.own.functions[self.player], seen.batches, self.dtype)
        return any(a.value != b.value for a, b in zip(seen.got, again, strict=True) if a.value == a.value)

    def verdict(self) -> str:
        """One sentence."""
        D, name = LETTER[self.player], self.loss.name
        for where, error in self.raised.items():
            if isinstance(error, NotALoss):
                return f"{D} {first_line(error)}, {where}."
            if not self.seen:
                return f"{D} raises {type(error).__name__} {where}: {first_line(error)}"
        if self.random:
            return f"{D} is random: called again with the same logits it gives something else."
        if self.but is not None:
            return f"{D} is {name} on ordinary logits in {self.dtype}, but {self.but}."
        if not self.wrong:
            return f"{D} is {name}."
        first = next(iter(self.seen))
        if first in self.wrong or all(difference.factor is not None for difference in self.differences.values()):
            return verdict(self.player, self.seen, self.loss, self.near)
        said = verdict(self.player, self.wrong, self.loss, self.near)
        return f"{D} is {name} on logits of shape {first}, but on {', '.join(map(str, self.wrong))}: {said}"

    def remarks(self) -> Iterator[str]:
        """Of a loss that is the same."""
        D = LETTER[self.player]
        if self.raised:
            (where, error), *others = self.raised.items()
            also = f" (and {len(others)} more)" if others else ""
            used = "" if self.dtype == "float64" else f"; compared in {self.dtype}"
            yield f"{D} raises {type(error).__name__} {where}{also}: {first_line(error)}{used}"
        shape = next(iter(self.seen))
        player = self.rules.discriminator if self.player == "discriminator" else self.rules.generator
        if self.player == "discriminator" and not player.paired and shape[0] > 1:
            yield from self._unequal(shape)
        apart = max(off(seen, SIDES[self.player]) for seen in self.seen.values())
        if self.own.framework.exact and self.dtype == "float64" and apart > 2.0**-40:
            yield f"{D} is {apart:.1e} off in float64, relative to its largest gradient: an epsilon, or float32 inside."
        if isinstance(self.loss, Defined) and not self.rules.sample.axes:
            yield from remarks.kinks(self.loss, self.player, self.at_kinks)
            yield from remarks.far(self.loss, self.own, self.player, self.tail)

    def _unequal(self, shape: Shape) -> Iterator[str]:
        given = batches.ordinary(self.rules, shape, (shape[0] // 2, *shape[1:]))
        try:
            got = self.own.framework.measure(self.own.functions[self.player], given, self.dtype)
        except Exception as error:
            yield f"D raises {type(error).__name__} where there are more reals than fakes: {first_line(error)}"
            return
        seen = Seen(given, got, self.loss.measure(self.player, given))
        if not is_same(related(seen, SIDES[self.player], self.near), self.near):
            yield f"D is not {self.loss.name} where there are more reals than fakes."

    def worst(self) -> list[Worst]:
        """The furthest number, on the smallest batch that shows it."""
        if not self.wrong:
            return []
        smallest = min(self.wrong.values(), key=lambda seen: np.size(seen.batches[0]["real"]))
        return [max(_furthest(self.player, smallest, self.dtype, self.near), key=lambda w: w.ulps / w.allowed)]


def _furthest(player: str, seen: Seen, dtype: str, near: float) -> Iterator[Worst]:
    eps = float(np.finfo(dtype).eps)
    for got, expected, at in zip(seen.got, seen.expected, seen.batches, strict=True):
        sides = SIDES[player]
        a, b = flat(got, sides, at), flat(expected, sides, at)
        scale = max(float(np.abs(b).max()), 1e-300)
        i = int(np.argmax(np.where(np.isfinite(a), np.abs(a - b), np.inf)))
        first = np.size(at[sides[0]])
        where = f"{sides[0]}[{i}]" if i < first else f"{sides[1]}[{i - first}]"
        numbers = [("value", got.value, expected.value, 1.0 + abs(expected.value)), (where, a[i], b[i], scale)]
        for what, x, y, unit in numbers:
            real, fake = (np.ravel(at[side]).tolist() for side in ("real", "fake"))
            apart = abs(x - y) / unit / eps if np.isfinite(x) else np.inf
            yield Worst(player, dtype, real, fake, what, float(x) + 0.0, float(y) + 0.0, apart, near / eps)
