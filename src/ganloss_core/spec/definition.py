"""What every loss is: a function that writes it in the words of a backend; and its hyperparameters."""

from __future__ import annotations

import inspect
import math
import numbers
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, get_origin, get_type_hints

from ganloss_core.spec.elsewhere import elsewhere
from ganloss_core.spec.loss import BatchLoss, Loss
from ganloss_core.spec.variant import Variant
from ganloss_core.words.ops import A, Ops


class Definition(Protocol):
    """A function that writes a loss with the words of any backend; keyword-only parameters are its hyperparameters."""

    __name__: str
    __doc__: str | None

    def __call__(self, ops: Ops[Any], /, **hyperparameters: Any) -> AnyLoss[Any]: ...


AnyLoss = Loss[A] | BatchLoss[A] | Variant[A]
if TYPE_CHECKING:
    from ganloss_core.catalogue.names import Name as Name
else:
    # Editors complete the names; any other is as good: another codebase's, or the user's own.
    Name = str
LossLike = Name | str | Callable[..., AnyLoss[Any]]

# Arguments of GANLoss itself, which a hyperparameter would shadow.
_RESERVED = frozenset(
    {"self", "loss", "generator", "reduction", "heads", "top_k", "ops", "player", "real", "fake", "group", "axis_name"}
    | {"real_weight", "fake_weight", "real_labels", "fake_labels"}
)


# What people give to a loss that is given elsewhere.
_HINTS = {
    **dict.fromkeys(("group", "axis_name"), "; devices are `group` in ganloss_torch, and `axis_name` in ganloss_jax"),
    **dict.fromkeys(("generator", "top_k"), "; generator and top_k are arguments of G's loss"),
    **dict.fromkeys(("weight", "loss_weight"), "; a factor multiplies the loss: 2.0 * loss.generator(fake)"),
    **dict.fromkeys(("real_weight", "fake_weight"), "; weights are given in the call: real_weight=..."),
    **dict.fromkeys(("device", "dtype"), "; a loss has those of its logits"),
    **dict.fromkeys(("label_smoothing", "smoothing", "smooth"), "; 'logistic' and 'lsgan' have real_label, such as 0.9"),
}


def hyperparameters(definition: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The hyperparameters of a definition, annotations evaluated; TypeError if it is not `(ops, *, name: type = default)`."""
    a_class: Any = definition if inspect.isclass(definition) else Loss
    if not callable(definition) or not issubclass(a_class, (Loss, BatchLoss, Variant)):
        raise no_definition(definition)
    if type(definition).__hash__ is None:
        raise TypeError(f"a loss must be hashable, {type(definition).__name__} is not: give it __hash__, or use a function")
    return _hyperparameters(definition)


def no_definition(given: Any) -> TypeError:
    """The error that says what a loss is, what was given, and which loss that is, where it is known."""
    named = isinstance(given, type) or inspect.isroutine(given)
    called = given.__name__ if named else type(given).__name__
    known = elsewhere(called.lower().replace("_", ""))
    if known is None and isinstance(given, (Loss, BatchLoss, Variant)):
        known = "what such a function returns"
    hint = f": {called} is {known}" if known else ""
    got = f"the {'class' if isinstance(given, type) else 'function'} {called}" if named else called
    return TypeError(f"a loss is a name or a function (ops, *, hyperparameter: float = 1.0) -> Loss, got {got}{hint}")


@lru_cache(maxsize=256)
def _hyperparameters(definition: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    called = getattr(definition, "__name__", type(definition).__name__)
    parameters = _parameters(definition)
    if any(p.kind is not p.KEYWORD_ONLY for p in parameters[1:]) and (
        not inspect.isfunction(definition) or elsewhere(called.replace("_", ""))
    ):
        # A module, another loss, a penalty.
        raise no_definition(definition)
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise TypeError(f"{called}: the first parameter must take the words: def {called}(ops, ...)")
    found = {}
    for parameter in parameters[1:]:
        if parameter.kind is not parameter.KEYWORD_ONLY:
            raise TypeError(
                f"{called}: hyperparameter {parameter.name!r} must be keyword-only: put `*` before it; a loss is written in "
                "the words, (ops, *, hyperparameter: float = 1.0) -> Loss, and is no function of logits"
            )
        if parameter.name in _RESERVED:
            raise TypeError(f"{called}: a hyperparameter cannot be named {parameter.name!r}, which GANLoss uses itself")
        kind = _evaluated(parameter.annotation, definition)
        if kind not in (float, int, bool, tuple[float, ...]) and get_origin(kind) is not Literal:
            got = "no annotation" if kind is parameter.empty else repr(kind)
            raise TypeError(
                f"{called}: annotate hyperparameter {parameter.name!r} as float, int, bool, tuple[float, ...] or Literal[...], "
                f"got {got}"
            )
        found[parameter.name] = parameter.replace(annotation=kind)
    return found


def _parameters(definition: Callable[..., Any]) -> list[inspect.Parameter]:
    if inspect.isbuiltin(definition):
        raise no_definition(definition)
    try:
        if sys.version_info < (3, 14):
            return list(inspect.signature(definition).parameters.values())
        # What is imported for checkers alone has no value.
        from annotationlib import Format  # type: ignore[import-not-found, unused-ignore]

        return list(inspect.signature(definition, annotation_format=Format.FORWARDREF).parameters.values())
    except ValueError:
        raise no_definition(definition) from None


def _evaluated(annotation: Any, definition: Callable[..., Any]) -> Any:
    """An annotation that may be written as text; what cannot be evaluated stays as it is."""
    of_one = SimpleNamespace(__annotations__={"parameter": annotation})
    try:
        return get_type_hints(of_one, getattr(inspect.unwrap(definition), "__globals__", {}))["parameter"]
    except Exception:
        return annotation


def check_default(name: str, key: str, parameter: inspect.Parameter) -> None:
    """TypeError or ValueError for a default that could not be given."""
    if parameter.default is not parameter.empty:
        _value(name, key, parameter.annotation, parameter.default)


def checked(definition: Callable[..., Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of a definition with the given values checked and the defaults filled in."""
    known = hyperparameters(definition)
    for key in given:
        if key not in known:
            there = f"it has {', '.join(known)}" if known else "it has none"
            near = get_close_matches(key, [*known, "reduction", "heads", "generator", "top_k"], 1)
            hint = _HINTS.get(key) or (f"; did you mean {near[0]!r}?" if near else "")
            raise TypeError(f"{name} has no hyperparameter {key!r}: {there}{hint}")
    missing = [key for key, parameter in known.items() if parameter.default is parameter.empty and key not in given]
    if missing:
        raise TypeError(f"{name} needs the hyperparameter {missing[0]!r}: GANLoss({name!r}, {missing[0]}=...)")
    return {key: _value(name, key, p.annotation, given.get(key, p.default)) for key, p in known.items()}


def _value(name: str, key: str, kind: Any, value: Any) -> Any:
    if get_origin(kind) is Literal:
        if not any(type(value) is type(allowed) and value == allowed for allowed in get_args(kind)):
            raise ValueError(f"{name}: {key} must be one of {', '.join(map(repr, get_args(kind)))}, got {value!r}")
        return value
    if kind == tuple[float, ...]:
        if not isinstance(value, (tuple, list)) or not value:
            raise TypeError(f"{name}: {key} must be a tuple of numbers, got {value!r}")
        return tuple(_value(name, f"{key}[{i}]", float, v) for i, v in enumerate(value))
    number = {float: numbers.Real, int: numbers.Integral, bool: bool}[kind]
    if not isinstance(value, number) or (isinstance(value, bool) and kind is not bool):
        changes = (
            "; labels of one number for each logit are given in the call: real_labels=..., fake_labels=..."
            if key.endswith("_label")
            else "; a value that changes while training (a tensor or a traced array) belongs outside the loss, as a factor or "
            "a weight, or in a new GANLoss"
        )
        raise TypeError(
            f"{name}: {key} must be a Python {kind.__name__}, fixed when the loss is made, got {type(value).__name__}"
            + (changes if hasattr(value, "shape") else "")
        )
    with suppress(OverflowError):
        value = kind(value)
    if kind is float and not (isinstance(value, float) and math.isfinite(value)):
        raise ValueError(f"{name}: {key} must be finite, got {value}")
    return value
