"""What the terms of one step look at: each critic's outputs, and what the caller gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import mul
from types import SimpleNamespace
from typing import Any, Generic

from ganloss_core.recipes.table import Recipe, Term
from ganloss_core.spec.arguments import is_array
from ganloss_core.terms.calculus import Calculus
from ganloss_core.terms.outputs import logits_and_features
from ganloss_core.terms.penalties import Penalties
from ganloss_core.terms.stateless import Terms
from ganloss_core.words.ops import A

Gradients = Callable[
    [Callable[[Any], tuple[list[A], Any]], Any, Any, Sequence[str]],
    tuple[list[A], Any, list[A]],
]
"""(f, x, last_layer, names): the numbers and the rest of f(x) = (numbers, rest), and each number's gradient by the last layer
that x came from, or by x if there is none, constants. The names are the numbers', for who must hear of one without gradient."""


def number(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A number of a table, the parameter that it names, or the product of several."""
    if isinstance(value, tuple):
        return reduce(mul, (number(one, parameters) for one in value))
    return parameters[value] if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True, eq=False)
class Kit(Generic[A]):
    """What an array library has for an objective: one table each."""

    loss: Callable[..., Any]
    calculus: Calculus[A]
    penalties: Penalties[A]
    terms: Terms[A]
    stateful: Mapping[str, Callable[..., Any]]
    """Kind of term -> its class."""
    gradients: Gradients[A]
    ungraded: Callable[[Callable[[], Any]], Any]
    """What a function returns, without what a gradient would need."""
    of_functions: bool
    """Whether a gradient is that of a function, and a number has none."""


@dataclass(kw_only=True, eq=False)
class Call(Generic[A]):
    """One step of a player."""

    kit: Kit[A]
    recipe: Recipe
    loss: Any
    parts: Mapping[str, Any]
    """Terms that keep state, by name."""
    devices: Mapping[str, Any]
    critics: Mapping[str, Any]
    given: Mapping[str, Any]
    sides: frozenset[str]
    """What its terms need the critic on."""
    of_discriminator: bool
    observes: bool
    """Whether more than its outputs there is looked at."""
    step: Any
    keys: Iterator[Any]
    """What each term that draws draws with."""
    state: dict[str, Any]
    """Of each term that keeps one; the next one once the term was computed."""
    logged: dict[str, Any] = field(default_factory=dict)
    """What a log shows besides the terms."""
    seen: dict[Any, Any] = field(default_factory=dict)

    def weight(self, term: Term) -> Any:
        """Of a term in this step, without what is adaptive of it."""
        weight, every, start = (number(value, self.given) for value in (term.weight, term.every, term.start))
        if term.scaled and every != 1:
            weight = float(every) * weight
        if term.times:
            weight = weight * self.given[term.times]
        if is_array(self.step) or is_array(start):
            return weight * (1.0 - self.kit.calculus.backend.less(self.step - start, 0.0))
        return weight if self.step >= start else 0.0 * weight

    def observation(self, term: Term) -> Any:
        """D's view of a critic: its logits, and what penalties look at where there are any; computed once."""
        if term.critic not in self.seen:
            sides = [side for side in ("real", "fake") if side in self.sides]
            if self.observes:
                self.seen[term.critic] = self._observed(self.critics[term.critic], sides)
            else:
                # The gradient by the input, which an observation would make the backward pass compute, is not needed.
                self.seen[term.critic] = SimpleNamespace(**{side: self.output(term, side)[0] for side in sides})
        return self.seen[term.critic]

    def _observed(self, critic: Any, sides: Sequence[str]) -> Any:
        settings = {key: value for key, value in self.recipe.observe.items() if key != "joint" or len(sides) > 1}
        given = {name: self.given[name] for side in sides for name in (side, f"{side}_args")}
        if "differences" in settings:
            given |= {"noise": self.given.get("noise"), "rng": next(self.keys)}
        return self.kit.penalties.observe(critic, **given, **settings, **self.devices)

    def output(self, term: Term, side: str) -> tuple[Any, Any]:
        """A critic's logits and features, computed once."""
        if (term.critic, side) not in self.seen:
            args = self.given[f"{side}_args"]
            args, named = ((), args) if isinstance(args, Mapping) else (args, {})
            run = partial(self.critics[term.critic], self.given[side], *args, **named)
            # Reals do not depend on G.
            output = self.kit.ungraded(run) if side == "real" and not self.of_discriminator else run()
            self.seen[term.critic, side] = logits_and_features(output)
        found: tuple[Any, Any] = self.seen[term.critic, side]
        return found

    def chosen(self, *names: str) -> dict[str, Any]:
        """Those arguments that the caller gave."""
        return {name: self.given[name] for name in names if self.given.get(name) is not None}

    def drawn(self, name: str) -> dict[str, Any]:
        """The numbers that a term would draw, or what it draws with."""
        key = next(self.keys)
        return self.chosen(name) or ({} if key is None else {"rng": key})

    def keep(self, name: str, *arguments: Any, **named: Any) -> Any:
        """The value of a term that keeps state, whose next one is kept."""
        value, self.state[name] = self.parts[name].apply(self.state[name], *arguments, **named)
        return value
