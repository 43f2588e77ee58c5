"""Terms of G that are weighed by their gradients: VQGAN's adaptive weight, EnCodec's balancer, and AFM's normaliser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

from ganloss_core.recipes.call import Call, number
from ganloss_core.recipes.table import Recipe

Values = Callable[[Call[Any], Sequence[str], frozenset[str]], dict[str, Any]]
"""(call, names, those without their weight): the value of each."""


def combining(recipe: Recipe, parameters: Mapping[str, Any], stateful: Mapping[str, Any], devices: Any) -> dict[str, Any]:
    """What combines the gradients of the terms that are balanced, and keeps a state, by its name."""
    if recipe.combining == "normalizer":
        return {"normalizer": stateful["normalizer"](**recipe.normalizer, **devices)}
    weights = {name: number(recipe.generator[name].weight, parameters) for name in recipe.balanced}
    return {"balancer": stateful["balancer"](weights, **recipe.balancer, **devices)} if weights else {}


def balanced(call: Call[Any], names: Sequence[str], values: Values) -> tuple[dict[str, Any], Any]:
    """The value of each term, and what has the gradient of those that are combined, or None."""
    table, kit = call.recipe.generator, call.kit
    adaptive = {name: of for name in names if (of := table[name].adaptive)}
    combined = [name for name in names if name in call.recipe.balanced]
    for name, weigh in adaptive.items():
        if missing := [to for to in weigh.to if to not in names]:
            raise ValueError(f"{name} is adapted to {', '.join(weigh.to)}: name {' and '.join(missing)} in terms as well")
    if combined and len(combined) < len(call.recipe.balanced):
        raise ValueError(f"{', '.join(call.recipe.balanced)} are balanced together: name all of them in terms")
    if kit.of_functions:
        for name in (*combined, *(to for of in adaptive.values() for to in of.to)):
            if table[name].kind == "given" and not callable(call.given[name]):
                raise TypeError(f"{name}= must be a function of the fakes: its gradient is that of a function")
    plain = frozenset((*adaptive, *combined))
    for name in names:
        if "real" in call.needs[name].sides:
            call.output(table[name], "real")
    # What a critic keeps between calls leaves the function that is differentiated with what it returns.
    functional = {name: kit.calculus.functional(critic, False) for name, critic in call.critics.items()}

    def run(fake: Any) -> tuple[list[Any], Any]:
        kept: dict[str, Any] = {}

        def of(name: str, critic: Any, keeps: bool) -> Any:
            def output(*arguments: Any, **named: Any) -> Any:
                found, kept[name] = critic(*arguments, **named)
                return found

            return output if keeps else critic

        critics = {name: of(name, critic, keep is not None) for name, (critic, keep) in functional.items()}
        given = {**call.given, "fake": fake}
        inner = replace(call, critics=critics, given=given, state=dict(call.state), seen=dict(call.seen))
        found = values(inner, names, plain)
        pairs = [x for name, of in adaptive.items() for x in (reduce(add, (found[to] for to in of.to)), found[name])]
        return [*pairs, *(found[name] for name in combined)], (found, inner.state, kept)

    labels = [x for name, weigh in adaptive.items() for x in (" + ".join(weigh.to), name)]
    _, (found, state, kept), gradients = kit.gradients(
        run, call.given["fake"], call.given.get("last_layer"), [*labels, *combined]
    )
    call.state.update(state)
    for name, (_, keep) in functional.items():
        if keep is not None and name in kept:
            keep(kept[name])
    for i, (name, weigh) in enumerate(adaptive.items()):
        weight = kit.terms.adaptive_weight(gradients[2 * i], gradients[2 * i + 1], **weigh.settings, **call.devices)
        call.logged[f"{name}_weight"] = weight
        found[name] = call.weight(table[name]) * weight * found[name]
    if not combined:
        return found, None
    fake, hold = call.given["fake"], kit.calculus.backend.hold
    at = dict(zip(combined, gradients[2 * len(adaptive) :], strict=True))
    weights = {name: call.weight(table[name]) for name in combined}
    if call.recipe.combining == "normalizer":
        gradient = call.keep("normalizer", reduce(add, (weights[name] * at[name] for name in combined)))
    else:
        gradient = call.keep("balancer", at)
    for name in combined:
        found[name] = hold(weights[name] * found[name])
    return found, kit.calculus.backend.sum(gradient * (fake - hold(fake)))
