"""What `ganloss show` says of a loss, besides its docstring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from ganloss_core import facts
from ganloss_core.backends import tex, text
from ganloss_core.command.named import Named
from ganloss_core.dialects import reader
from ganloss_core.engine.settings import own_heads
from ganloss_core.spec import registry
from ganloss_core.spec.definition import LossLike, hyperparameters

_RATIOS = {"1/4": 0.25, "1/2": 0.5, "1": 1.0, "2": 2.0, "4": 4.0}


def rows(of: Named, *, as_tex: bool = False) -> Iterator[tuple[str, str]]:
    """What is said, and its name."""
    loss = of.loss
    yield "family", registry.family(of.base)
    yield "aliases", ", ".join(registry.aliases_of(of.base)) or "none"
    yield "hyperparameters", hyperparameters_of(loss)
    try:
        formulas, balance = _formulas(loss, as_tex), facts.equilibrium(loss)
    except ValueError:
        # A loss of vectors.
        yield "on several devices", on_devices(loss)
        return
    if patches(loss) != "each logit counts":
        yield "a map of logits", patches(loss)
    yield "D minimises", formulas.discriminator
    yield "G minimises", formulas.generator
    for when, reading in facts.readings(loss).items():
        said = f"D {number(reading.discriminator)}, G {number(reading.generator)}"
        yield f"log, {when}", f"{said} (real logits {reading.real:g}, fake {reading.fake:g})"
    yield (
        "if fake = real",
        f"D {number(balance.discriminator)}, G {span(balance.generator)}, D's best logit {span(balance.logit)}",
    )
    yield from _of_terms(loss)
    yield "on several devices", on_devices(loss)


def _of_terms(loss: LossLike) -> Iterator[tuple[str, str]]:
    """What follows for a loss that is a term for each logit."""
    try:
        best = facts.optimal_critic(loss, list(_RATIOS.values()))
    except ValueError:
        return
    critic = ", ".join(f"{span(logit)} at {ratio}" for ratio, logit in zip(_RATIOS, best, strict=True))
    yield "D's best logit", f"by p_real / p_fake: {critic}"
    measured = facts.name_of_divergence(loss)
    if measured is not None:
        factor, divergence = measured
        yield "D measures", divergence if abs(factor - 1.0) < 1e-6 else f"{number(factor)} times {divergence}"


def _formulas(loss: LossLike, as_tex: bool) -> tex.Formulas:
    found: tex.Formulas = tex.formulas(loss) if as_tex else text.formulas(loss)
    return found


def differences(first: Named, second: Named, *, as_tex: bool = False) -> tuple[list[tuple[str, str, str]], list[str]]:
    """What two losses are, row by row, and what follows: sentences on D's and G's second loss."""
    both = (first, second)
    rows = [(what, *pair) for what, pair in _told_of(both, as_tex) if pair[0] != pair[1] or what.endswith("minimises")]
    verdicts = []
    for player, short in zip(facts.PLAYERS, "DG", strict=True):
        factor, cosine, constant = facts.difference(first.loss, second.loss, player)
        if factor is None:
            low, high = (f"{c:.3f}" for c in cosine)
            verdicts.append(f"{short}: the gradients point in different directions, with a cosine of {low} to {high}.")
        elif constant is None:
            verdicts.append(
                f"{short}: the second gradient is {_times(factor)} the first; the values differ by more than a constant."
            )
        else:
            value = "" if abs(constant) < 1e-9 else f", and the value differs by {number(constant)} besides"
            verdicts.append(f"{short}: the second is {_times(factor)} the first{value}.")
    heads = [_heads(each.base) for each in both]
    if heads[0] != heads[1]:
        verdicts.append(f"That is for one head: of several, the first takes the {heads[0]} and the second the {heads[1]}.")
    return rows, verdicts


def _times(factor: float) -> str:
    return "the same as" if abs(factor - 1.0) < 1e-9 else f"{number(factor)} times"


def _told_of(both: tuple[Named, Named], as_tex: bool) -> Iterator[tuple[str, tuple[str, str]]]:
    a, b = (each.loss for each in both)
    rules = [facts.rules_of(loss) for loss in (a, b)]
    if not rules[0].sample.axes and not rules[1].sample.axes:
        of_a, of_b = (_formulas(loss, as_tex) for loss in (a, b))
        yield "D minimises", (of_a.discriminator, of_b.discriminator)
        yield "G minimises", (of_a.generator, of_b.generator)
    yield "in our terms", (_in_our_terms(both[0].base), _in_our_terms(both[1].base))
    yield "several heads", (_heads(both[0].base), _heads(both[1].base))
    yield "a map of logits", (patches(a), patches(b))
    yield "hyperparameters", (hyperparameters_of(a), hyperparameters_of(b))


def _in_our_terms(name: str) -> str:
    return reader.summary(name) if isinstance(registry.get(name), reader.Dialect) else name


def _heads(name: str) -> str:
    return str(own_heads(registry.get(name)))


def patches(loss: LossLike) -> str:
    """What counts of a map of logits."""
    rules = facts.rules_of(loss)
    if rules.discriminator.of_means:
        return "each sample's mean logit counts"
    return "for G, each sample's mean logit counts" if rules.generator.of_means else "each logit counts"


def on_devices(loss: LossLike) -> str:
    """What a loss is on several devices, and what it sends."""
    found = [facts.devices(loss, player) for player in facts.PLAYERS]
    same, another = "the same if batches are equally large and nothing has a weight", "another loss"
    d, g = (same if of_player.same else another for of_player in found)
    sent = " and ".join(f"{short} {_sent(of_player)}" for short, of_player in zip("DG", found, strict=True))
    return f"without group= (axis_name= in JAX) {d if d == g else f'D is {d}, and G {g}'}; with it {sent}"


def _sent(of_player: facts.OnDevices) -> str:
    if of_player.sums:
        return f"sends {facts.SUMS * len(of_player.sends)} numbers"
    return f"gathers {' and '.join(f'{side}s' for side in of_player.sends)}"


def hyperparameters_of(loss: LossLike) -> str:
    """Names, kinds and defaults."""
    parameters = hyperparameters(loss if callable(loss) else registry.get(loss)).values()
    return ", ".join(f"{p.name}: {_kind(p.annotation)} = {p.default}" for p in parameters) or "none"


def _kind(annotation: Any) -> str:
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    if choices:
        return " or ".join(map(str, choices))
    return annotation.__name__ if annotation in (float, int, bool) else str(annotation)


def number(x: float) -> str:
    """Four digits."""
    # Below that is what the search for a minimum left.
    return f"{round(x, 9) + 0.0:.4g}"


def span(of: facts.Range) -> str:
    """From what to what, one number where both are the same."""
    low, high = number(of.low), number(of.high)
    if low == high:
        return low
    return "any" if (low, high) == ("-inf", "inf") else f"{low} to {high}"
