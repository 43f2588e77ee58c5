"""JavaScript: a loss of logits with its derivatives, read from its definition; hyperparameters stay variables.

What it calls are functions of an object `w`: the words, arithmetic on arrays, and what a side has. Hyperparameters are those of
an object `p`.
"""

from __future__ import annotations

import json
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import partialmethod
from typing import Any

from ganloss_core.backends import derivation
from ganloss_core.spec.definition import AnyLoss, hyperparameters
from ganloss_core.spec.game import game
from ganloss_core.spec.sides import Sides
from ganloss_core.terms.gradient_penalty import Penalty
from ganloss_core.words.ops import Ops

_WORDS: frozenset[str] = frozenset(field.name for field in fields(Ops))
_ON_ARRAYS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


class NeedsNumber(Exception):
    """A definition does what is no arithmetic with a hyperparameter: it takes its logarithm, or counts with it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} must be given as a number")
        self.name: str = name


class _Fork(Exception):
    """A comparison of hyperparameters, which the program makes too."""


class _Code:
    """What an operation makes of others, once for each logit of the side `shape`, which is () for a number.

    `ways` are the comparisons of hyperparameters whose answers are known.
    """

    __slots__ = ("args", "op", "shape", "ways")

    def __init__(self, op: str, *args: Any, shape: tuple[str, ...] = (), ways: Mapping[str, bool] | None = None) -> None:
        self.op, self.args, self.shape = op, args, shape
        self.ways: Any = ways or next((a.ways for a in args if isinstance(a, _Code) and a.ways is not None), ways)

    def _binary(self, other: Any, op: str, reflected: bool = False) -> Any:
        if not isinstance(other, (_Code, int, float)):
            return NotImplemented
        a, b = (other, self) if reflected else (self, other)
        if _is(other, 1.0 if op == "*" else 0.0) and op in "*+":
            return self
        return _Code(op, a, b, shape=self.shape or getattr(other, "shape", ()))

    __add__ = partialmethod(_binary, op="+")
    __radd__ = partialmethod(_binary, op="+", reflected=True)
    __sub__ = partialmethod(_binary, op="-")
    __rsub__ = partialmethod(_binary, op="-", reflected=True)
    __mul__ = partialmethod(_binary, op="*")
    __rmul__ = partialmethod(_binary, op="*", reflected=True)
    __truediv__ = partialmethod(_binary, op="/")
    __rtruediv__ = partialmethod(_binary, op="/", reflected=True)

    def __neg__(self) -> _Code:
        return _Code("neg", self, shape=self.shape)

    def _asked(self, other: Any = None, op: str = "") -> bool:
        asked = f"{_written(self)} {op} {_written(other)}" if op else _written(self)
        if asked not in self.ways:
            raise _Fork(asked)
        way: bool = self.ways[asked]
        return way

    __bool__ = _asked
    __eq__ = partialmethod(_asked, op="===")
    __lt__ = partialmethod(_asked, op="<")
    __le__ = partialmethod(_asked, op="<=")
    __gt__ = partialmethod(_asked, op=">")
    __ge__ = partialmethod(_asked, op=">=")
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"${{{_written(self)}}}"

    def __format__(self, _: str) -> str:
        return repr(self)

    def _needed(self, *_: Any) -> Any:
        x = self
        while x.args:
            x = next(a for a in x.args if isinstance(a, _Code))
        raise NeedsNumber(x.op.removeprefix("p."))

    __float__ = __int__ = __index__ = __abs__ = __round__ = __pow__ = __rpow__ = __mod__ = __len__ = __iter__ = __getitem__ = (
        _needed
    )


# Definitions that look whether they were given a number go on, to what they do with it.
numbers.Integral.register(_Code)


def _is(x: Any, number: float) -> bool:
    return not isinstance(x, _Code) and float(x) == number


def _of_each(name: str) -> Callable[..., _Code]:
    """A function that has one value for each of its first argument."""
    return lambda x, *others: _Code(name, x, *others, shape=getattr(x, "shape", ()))


def _of_all(name: str) -> Callable[..., Any]:
    """A function of a whole side."""
    return lambda *args: _Code(name, *args)


def _mean(x: Any) -> Any:
    return _Code("mean", x) if getattr(x, "shape", ()) else x


class _Side:
    total = staticmethod(_of_all("total"))
    log_sum_exp = staticmethod(_of_all("logSumExp"))
    log_mean_exp = staticmethod(_of_all("logMeanExp"))
    median = staticmethod(_of_all("median"))
    given = staticmethod(_of_all("given"))
    softmax = staticmethod(_of_each("softmax"))
    through_softmax = staticmethod(_of_each("throughSoftmax"))
    share = staticmethod(_of_each("share"))
    sorted = staticmethod(_of_each("sorted"))
    in_places_of = staticmethod(_of_each("inPlacesOf"))
    __call__ = staticmethod(_mean)

    def __init__(self, name: str) -> None:
        self._name = name

    def of_pairs(self, x: Any, axis: int, /) -> Any:
        return _Code("ofPairs", x, axis, shape=("rf".replace(self._name, ""),)) if getattr(x, "shape", ()) else x


class _Algebra:
    """Programs as `derivation` wants them."""

    ops: Ops[Any] = Ops(**{name: _of_each(name) for name in _WORDS})
    real: derivation.Means = _Side("r")
    fake: derivation.Means = _Side("f")
    sum = staticmethod(_mean)
    less = staticmethod(_of_each("less"))
    equal = staticmethod(_of_each("equal"))

    def zeros_like(self, x: Any) -> float:
        return 0.0

    def differences(self, x: Any, y: Any) -> _Code:
        return _Code("differences", x, y, shape=("pair",))


def _written(x: Any, names: Mapping[int, str] | None = None) -> str:
    """An expression; what has a name by its name."""
    if not isinstance(x, _Code):
        return json.dumps(int(x) if isinstance(x, float) and abs(x) < 1e15 and x.is_integer() else x)
    if names and id(x) in names:
        return names[id(x)]
    if not x.args:
        return x.op
    args = [_written(a, names) for a in x.args]
    if any(getattr(a, "shape", ()) for a in x.args):
        return (
            f"w.each(w.{x.op}, {args[0]})" if x.op in _WORDS | {"neg"} else f"w.{_ON_ARRAYS.get(x.op, x.op)}({', '.join(args)})"
        )
    if x.op in _ON_ARRAYS:
        return f"({args[0]} {x.op} {args[1]})"
    return f"-{args[0]}" if x.op == "neg" else f"w.{x.op}({', '.join(args)})"


def _function(outputs: Iterable[Any]) -> str:
    """A function of both sides' logits that returns an array of the outputs, and makes each step once."""
    outputs = list(outputs)
    names: dict[int, str] = {}
    made: dict[str, str] = {}

    def place(x: Any) -> None:
        if isinstance(x, _Code) and x.args and id(x) not in names:
            for a in x.args:
                place(a)
            names[id(x)] = made.setdefault(_written(x, names), f"t{len(made)}")

    for x in outputs:
        place(x)
    steps = f"const {', '.join(f'{name} = {step}' for step, name in made.items())}; " if made else ""
    return f"(r, f) => {{ {steps}return [{', '.join(_written(x, names) for x in outputs)}]; }}"


def _of_all_ways(of: Callable[[Mapping[str, bool]], str], ways: Mapping[str, bool]) -> str:
    """What a definition makes, on each of its ways; a ValueError is a text in its place."""
    try:
        return of(ways)
    except _Fork as fork:
        (asked,) = fork.args
        yes, no = (_of_all_ways(of, {**ways, asked: way}) for way in (True, False))
        return f"({asked} ? {yes} : {no})"
    except ValueError as wrong:
        return f"`{str(wrong).replace('`', '')}`"


def _program(definition: Callable[..., Any], fixed: Mapping[str, Any], of: Callable[[Any], str]) -> str:
    def way(ways: Mapping[str, bool]) -> str:
        given = {name: fixed.get(name, _Code(f"p.{name}", ways=ways)) for name in hyperparameters(definition)}
        return of(definition(derivation.words(_Algebra()), **given))

    return _of_all_ways(way, {})


def program(definition: Callable[..., AnyLoss[Any]], **fixed: Any) -> str:
    """A loss of logits as a JavaScript expression in `w` and `p`; hyperparameters that are `fixed` are numbers.

    Its value is an object of the functions `discriminator` and `generator`. Each takes arrays of real and fake logits and
    returns an array: the parts of the loss on reals, fakes, pairs and the batch, where it has them, and its derivatives by each
    real and by each fake logit, times how many there are. Where hyperparameters are wrong, it is a text that says so. Raises
    NeedsNumber for a definition that does more than arithmetic with one.
    """

    def players(loss: AnyLoss[Any]) -> str:
        rules, algebra = game(loss), _Algebra()
        both = []
        for which in ("discriminator", "generator"):
            player = getattr(rules, which)
            r, f = _Code("r", shape=("r",)), _Code("f", shape=("r" if player.paired else "f",))
            parts, slopes = derivation.differentiated(player.sides, algebra, r, f)
            both.append(f"{which}: {_function([*parts, *slopes])}")
        return f"({{{', '.join(both)}}})"

    return _program(definition, fixed, players)


def charge(build: Callable[..., Penalty[Any]], **fixed: Any) -> str:
    """What a gradient penalty charges, as `program`: a function of an array of norms to an array of charges and slopes."""

    def of_norm(penalty: Penalty[Any]) -> str:
        algebra = _Algebra()
        ops = derivation.words(algebra)
        parts, (slope, _) = derivation.differentiated(
            lambda r, f, E: Sides(real=penalty.factor * penalty.charge(ops.square(r))), algebra, _Code("r", shape=("r",)), 0.0
        )
        return _function([parts.real, slope])

    return _program(build, fixed, of_norm)
