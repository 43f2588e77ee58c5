"""What a call goes through between its arguments and the formula: `arrays`, then steps, each chosen when the loss is made.

A step is written as `step(made, player, weighted)`: it returns what a call is to run, or None where this loss does not need it.
`weighted` says whether the call has weights or labels. `STEPS` is their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ganloss_core.engine.call import Call, Extras, Made, Step
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.heads import CONTAINERS
from ganloss_core.engine.inputs import (
    check_rows,
    check_shapes,
    empty,
    enough,
    labels_of,
    mean_of_samples,
    numbers_of,
    of_pairs,
    product,
    sample_shape,
    samples_of,
    share_of_the_largest,
    weight_of,
    without_masked,
)
from ganloss_core.engine.side import Labels, Plain, Weighted, shape
from ganloss_core.spec.game import Player, game
from ganloss_core.spec.loss import Loss
from ganloss_core.words.expression import as_expression, finite_at
from ganloss_core.words.ops import A, Term

LABELS = ("real_label", "fake_label", "generator_label")
"""Hyperparameters that may be one number for each logit, given in the call."""


def arrays(made: Made[A], player: Player[A]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """(real, fake) to both in float32 or wider, with elements, and of shapes that do not broadcast: where every call begins."""
    logits: Callable[[Any, str], Any] = made.backend.logits
    ragged = made.game.sample.ragged
    a_share = made.a_share

    def both(real: Any, fake: Any) -> tuple[Any, Any]:
        if isinstance(real, CONTAINERS):
            raise TypeError(f"real is a {type(real).__name__} of logits and fake is not: with several heads, both must be")
        real, fake = logits(real, "real"), logits(fake, "fake")
        shape = fake.shape
        if ragged:
            check_rows(made.name, real.shape, shape)
        elif shape != real.shape:
            check_shapes(made.name, real.shape, shape, made.game.sample, player.paired, a_share)
        if 0 in shape and not a_share:
            raise empty("fake", shape)
        return real, fake

    def reals(real: Any, _: Any) -> tuple[Any, Any]:
        real = logits(real, "real")
        if 0 in real.shape and not a_share:
            raise empty("real", real.shape)
        return real, None

    def fakes(_: Any, fake: Any) -> tuple[Any, Any]:
        fake = logits(fake, "fake")
        if 0 in fake.shape and not a_share:
            raise empty("fake", fake.shape)
        return None, fake

    return both if player.needs_real and player.needs_fake else reals if player.needs_real else fakes


def sample_means(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """The mean logit of each sample of a map."""
    if not player.of_means:
        return None

    def step(call: Call[A]) -> None:
        call.real, call.fake = mean_of_samples(made.backend, call.real), mean_of_samples(made.backend, call.fake)

    return step


def samples(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """As many samples as the loss needs, each of the shape that it needs."""
    if not made.game.sample.axes and made.game.sample.least == 1:
        return None

    def step(call: Call[A]) -> None:
        call.real_samples = None if call.real is None else samples_of(made.name, made.game.sample, "real", shape(call.real))
        call.fake_samples = None if call.fake is None else samples_of(made.name, made.game.sample, "fake", shape(call.fake))

    return step


def weights(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """The weight of each sample, or of each pair."""
    if not weighted:
        return None
    backend, sample = made.backend, made.game.sample
    cast = backend.ratios if made.reduction == "mean" else backend.like

    def step(call: Call[A]) -> None:
        assert call.extras is not None
        real_weight, fake_weight = call.extras[:2]
        call.real_weight = weight_of(backend, cast, call.real, real_weight, "real", sample, player.of_means)
        call.fake_weight = weight_of(backend, cast, call.fake, fake_weight, "fake", sample, player.of_means)
        if sample.least > 1:
            enough(backend, made.name, sample.least, "real", call.real, call.real_weight)
            enough(backend, made.name, sample.least, "fake", call.fake, call.fake_weight)
        if player.paired:
            of_pair = product(backend, call.fake, call.real_weight, call.fake_weight, made.reduction)
            call.real_weight = call.fake_weight = of_pair

    return step


def labels(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """The label of each sample that is more than a logit, as numbers."""
    name, backend, sample = made.name, made.backend, made.game.sample
    if not sample.axes:
        return None

    def step(call: Call[A]) -> None:
        given = call.extras or Extras()
        call.real_labels = labels_of(backend, name, "real", call.real, given.real_labels, call.real_weight, sample)
        call.fake_labels = labels_of(backend, name, "fake", call.fake, given.fake_labels, call.fake_weight, sample)

    return step


def labels_of_logits(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """Labels that are numbers, one for each logit, in place of those that the loss was made with."""
    if made.game.sample.axes or not weighted:
        return None
    settings, loss, is_d = made.settings, made.loss, player is made.game.discriminator
    # Another codebase's loss calls its labels, and what they become of ours, by names of its own.
    known: dict[str, Any] = {}
    if settings is not None and isinstance(loss, Loss) and made.game.terms is not None and "/" not in made.name:
        known = dict(settings.hyperparameters) if is_d or loss.generator != "linear" else {}
    # G has one term, of fakes, and whichever label is in it is theirs.
    keys = {"real": ("real_label",), "fake": ("fake_label",)} if is_d else {"fake": LABELS}

    def step(call: Call[A]) -> None:
        found: dict[str, A] = {}
        extras = call.extras or Extras()
        given = {"real": (extras.real_labels, call.real, call.real_weight)}
        given["fake"] = extras.fake_labels, call.fake, call.fake_weight
        for side, (labels, logits, weight) in given.items():
            if labels is not None:
                own = [key for key in keys.get(side, ()) if key in known]
                if not own:
                    hint = ": labels of each logit are for losses of ours, such as 'lsgan'" if "/" in made.name else ""
                    raise TypeError(f"{made.name} takes no labels, got {side}_labels{hint}")
                numbers = numbers_of(made.backend, made.name, side, logits, labels, weight)
                found |= dict.fromkeys(own, numbers)
        if found and settings is not None:
            moved = game(settings.build(made.backend.ops, **found))
            call.sides = (moved.discriminator if is_d else moved.generator).sides

    return step


def matrices(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """The vectors of a side as one matrix."""
    axes = made.game.sample.axes
    if not made.game.sample.flat:
        return None

    def flat(x: Any) -> Any:
        if x is None or x.ndim == axes + 1:
            return x
        return made.backend.reshape(x, (math.prod(x.shape[:-axes]), *shape(x)[-axes:]))

    def step(call: Call[A]) -> None:
        call.real, call.fake = flat(call.real), flat(call.fake)

    return step


def expectation(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """The means of this call."""
    backend, reduction, axes = made.backend, made.reduction, made.game.sample.axes
    if not weighted and not axes:
        return None

    def side(weight: A | None, labels: Labels | None) -> Plain[A]:
        return Plain(backend, reduction, labels) if weight is None else Weighted(backend, weight, reduction, labels)

    def step(call: Call[A]) -> None:
        on_real, on_fake = side(call.real_weight, call.real_labels), side(call.fake_weight, call.fake_labels)
        w_real, w_fake = call.real_weight, call.fake_weight
        of_fake = () if call.fake is None else sample_shape(call.fake, axes)

        def finish_pair(part: A) -> A:
            w = w_real
            if len(shape(part)) == 2 and shape(part) != of_fake:
                w = product(backend, part, *of_pairs(backend, part, w_real, w_fake), reduction)
            elif not player.paired:
                w = product(backend, part, w_real, w_fake, reduction)
            return (on_real if w is None else Weighted(backend, w, reduction, strict=True)).finish(part)

        call.E = Expectation(backend, on_real, on_fake, finish_pair, reduction)

    return step


@lru_cache(maxsize=16)  # a loss has the steps of a player in several functions
def _finite_at(terms: tuple[Term[Any] | None, ...]) -> float | None:
    # What is more than words is refused where it is called.
    with suppress(Exception):
        return finite_at([as_expression(term) for term in terms if term is not None])
    return None


def masks(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """Nothing of what has no weight."""
    if not weighted:
        return None
    of = made.as_data
    terms = None if of is None else (of.discriminator if player is made.game.discriminator else of.generator).terms
    at = None if terms is None else _finite_at(terms)

    def step(call: Call[A]) -> None:
        call.real = without_masked(made.backend, call.real, call.E.real, made.game.sample, at)
        call.fake = without_masked(made.backend, call.fake, call.E.fake, made.game.sample, at)

    return step


def top_k(made: Made[A], player: Player[A], weighted: bool) -> Step[A] | None:
    """Of G's fakes the largest alone, as a weight."""
    k, backend, reduction = made.top_k, made.backend, made.reduction
    if k is None:
        return None
    if made.game.terms is None:
        raise ValueError(f"top_k is for losses that are a term for each logit, which {made.name} is not")
    if player is not made.game.generator:
        return None
    plain: Plain[A] = Plain(backend, reduction)

    def step(call: Call[A]) -> None:
        weight = share_of_the_largest(backend, call.fake, call.fake_weight, k)
        on_fake = Weighted(backend, weight, reduction)
        call.fake = without_masked(backend, call.fake, on_fake, made.game.sample)
        call.E = Expectation(backend, plain, on_fake, plain.finish, reduction)

    return step


STEPS = (sample_means, samples, weights, labels, labels_of_logits, matrices, expectation, masks, top_k)


def steps_of(made: Made[A], player: Player[A], weighted: bool) -> Sequence[Step[A]]:
    """What a player's call runs before the formula."""
    return tuple(found for step in STEPS if (found := step(made, player, weighted)) is not None)
