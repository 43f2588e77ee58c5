"""What the terms of one step look at: each critic's outputs, and what the caller gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import mul
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple

from ganloss_core.engine.side import size
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


class Needs(NamedTuple):
    """What one term needs."""

    sides: frozenset[str]
    """Where it needs the critic."""
    arguments: tuple[str, ...]
    """Of a step, besides the critic."""


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
    needs: Mapping[str, Needs]
    """Of each of its terms."""
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

    @property
    def sides(self) -> frozenset[str]:
        """What its terms need the critic on."""
        return frozenset().union(*(of.sides for of in self.needs.values()))

    def settings(self, term: Term) -> dict[str, Any]:
        """A term's arguments in this step."""
        return term.arguments({name: self.given[name] for name in self.recipe.parameters}) if term.settings else {}

    def of_critic(self, name: str, term: Term) -> Any:
        """An argument, or, of a dict that has one for each critic, that of the term's."""
        value, critics = self.given[name], self.recipe.critics
        return value[term.critic] if critics and isinstance(value, Mapping) and set(value) == set(critics) else value

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

    def observation(self, term: Term, others: Any = None) -> Any:
        """D's view of a critic: its outputs, and what penalties look at where there are any; computed once.

        With `others` it has one output for each sample, its first head plus that share of the others.
        """
        if (term.critic, others) not in self.seen:
            order = ("fake", "real") if self.recipe.observe.get("first") == "fake" else ("real", "fake")
            sides: list[str] = [side for side in order if side in self.sides]
            if self.observes:
                critic = self.critics[term.critic]
                critic = critic if others is None else self.summed(critic, number(others, self.given))
                self.seen[term.critic, others] = self._observed(term, critic, sides)
            else:
                # The gradient by the input, which an observation would make the backward pass compute, is not needed.
                of_sides = {side: self.output(term, side) for side in sides}
                named: dict[str, Any] = {side: logits for side, (logits, _) in of_sides.items()}
                named |= {f"{side}_features": features for side, (_, features) in of_sides.items()}
                self.seen[term.critic, others] = SimpleNamespace(**named)
        return self.seen[term.critic, others]

    def _observed(self, term: Term, critic: Any, sides: Sequence[str]) -> Any:
        settings = {key: value for key, value in self.recipe.observe.items() if key != "joint" or len(sides) > 1}
        given = {name: self.of_critic(name, term) for side in sides for name in (side, f"{side}_args")}
        if "differences" in settings:
            given |= {"noise": self.noise_of_sides() or None, "rng": next(self.keys)}
        return self.kit.penalties.observe(critic, **given, **settings, **self.devices)

    def summed(self, critic: Any, share: Any) -> Callable[..., Any]:
        """The critic, undisturbed, whose output is the sum of its first head and a share of that of the others."""
        calculus = self.kit.calculus
        critic = calculus.undisturbed(critic, False)

        def output(*args: Any, **named: Any) -> Any:
            first, *others = logits_and_features(critic(*args, **named))[0]
            sums = [calculus.backend.sum(calculus.backend.reshape(x, (len(x), -1)), 1) for x in (first, *others)]
            return sums[0] + share * sum(sums[1:]) if others else sums[0]

        return output

    def output(self, term: Term, side: str) -> tuple[Any, Any]:
        """A critic's logits and features, computed once."""
        if (term.critic, side) not in self.seen:
            run = partial(self.run, term, self.of_critic(side, term), self.of_critic(f"{side}_args", term))
            # Reals do not depend on G.
            self.seen[term.critic, side] = self.kit.ungraded(run) if side == "real" and not self.of_discriminator else run()
        found: tuple[Any, Any] = self.seen[term.critic, side]
        return found

    def run(self, term: Term, x: Any, args: Any) -> tuple[Any, Any]:
        """The logits and features of a term's critic."""
        if not isinstance(args, (Sequence, Mapping)) or isinstance(args, str):
            raise TypeError(f"what a critic takes besides samples is a tuple, or a dict by name, got {type(args).__name__}")
        args, named = ((), args) if isinstance(args, Mapping) else (args, {})
        return logits_and_features(self.critics[term.critic](x, *args, **named))

    def chosen(self, *names: str) -> dict[str, Any]:
        """Those arguments that the caller gave."""
        return {name: self.given[name] for name in names if self.given.get(name) is not None}

    def drawn(self, name: str) -> dict[str, Any]:
        """The numbers that a term would draw, or what it draws with."""
        key = next(self.keys)
        return self.chosen(name) or ({} if key is None else {"rng": key})

    def noise_of_sides(self) -> Mapping[str, Any]:
        """What finite differences take in place of what they would draw."""
        noise = self.given.get("noise")
        if noise is None:
            return {}
        if not isinstance(noise, Mapping) or not set(noise) <= {"real", "fake"}:
            got = list(noise) if isinstance(noise, Mapping) else type(noise).__name__
            raise TypeError(f"noise of finite differences is a dict by side, of real and fake, got {got}")
        return noise

    def weights_of(self, sides: Sequence[str]) -> Any:
        """The product of the weights of sides; None if there are none."""
        given = [weight for side in sides if (weight := self.given.get(f"{side}_weight")) is not None]
        return reduce(mul, given) if given else None

    def of_samples(self, seen: Any, sides: Sequence[str]) -> dict[str, Any]:
        """The same for a penalty, which has one number for each sample."""
        weight = self.weights_of(sides)
        if weight is None:
            return {}
        n = seen.samples(sides[0])
        if not is_array(weight) or size(weight) != n:
            raise ValueError(
                f"a penalty weighs samples, of which there are {n}: {sides[0]}_weight must have one number for each, or give "
                "the penalty, one of terms=, a step without weights"
            )
        return {"sample_weight": self.kit.calculus.backend.reshape(weight, (n,))}

    def keep(self, name: str, *arguments: Any, **named: Any) -> Any:
        """The value of a term that keeps state, whose next one is kept."""
        value, self.state[name] = self.parts[name].apply(self.state[name], *arguments, **named)
        return value
