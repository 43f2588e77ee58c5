"""The functions that users call, put together from the steps of their loss."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.call import Call, Extras, Made
from ganloss_core.engine.devices import Runs, alone, devices_of, everywhere, in_turn, of_one_side
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.heads import CONTAINERS, AtOnce, over_heads
from ganloss_core.engine.inputs import BOOLS, empty, mean_of_samples, no_bool
from ganloss_core.engine.pointwise import as_data, at_once, one_side_at_once
from ganloss_core.engine.reduction import in_samples_shape, parts, total
from ganloss_core.engine.settings import Settings
from ganloss_core.engine.side import Plain
from ganloss_core.engine.steps import arrays, steps_of
from ganloss_core.spec.game import Player, game
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A


class Functions(NamedTuple):
    """A loss bound to a backend, a reduction and a rule for heads."""

    discriminator: Callable[..., Any]
    generator: Callable[..., Any]
    discriminator_terms: Callable[..., Any]
    generator_terms: Callable[..., Any]
    one_sided: Callable[..., Any]


Run = Callable[[Any, Any, Extras | None], Any]
"""A call without its names: (real, fake, what else was given)."""


# Rebuilt functions would be traced again by jit: the same settings give the same functions.
# What a user's function closes over lives as long as it is among them.
@lru_cache(maxsize=256)
def bind(settings: Settings, backend: Backend[Any]) -> Functions:
    """The functions of a loss for one backend; the same objects on every call."""
    made = Made(
        name=settings.name,
        loss=(loss := settings.build(backend.ops)),
        game=game(loss),
        backend=backend,
        reduction=settings.reduction,
        heads=settings.thawed_heads(),
        top_k=settings.top_k,
        as_data=as_data(settings),
        devices=devices_of(backend, settings.devices),
        settings=settings,
    )
    bound, about = functions(made), settings.about
    return Functions(*(_renamed(f, made.name, field, about) for f, field in zip(bound, bound._fields, strict=True)))


def functions(made: Made[A]) -> Functions:
    """The functions of a loss."""
    d, g, per_element = made.game.discriminator, made.game.generator, made.reduction == "none"
    of_d, terms_of_d, of_g, terms_of_g = (with_heads(made, p, as_sides) for p in (d, g) for as_sides in (per_element, True))
    return Functions(
        _of_discriminator(made, of_d),
        _of_generator(made, of_g),
        _of_discriminator(made, terms_of_d),
        _of_generator(made, terms_of_g),
        _one_sided(made, of_g),
    )


def unreduced(made: Made[A], player: Player[A]) -> Callable[..., tuple[Sides[A], Call[A]]]:
    """A player's loss before any mean: (real, fake, extras) to its parts, and the call that they belong to."""
    begin, steps, weighted_steps = arrays(made, player), steps_of(made, player, False), steps_of(made, player, True)
    sides_of, E = player.sides, _without_weights(made)

    def run(real: Any, fake: Any, extras: Extras | None) -> tuple[Sides[A], Call[A]]:
        call = Call(*begin(real, fake), extras, E)
        for step in steps if extras is None else weighted_steps:
            step(call)
        return (call.sides or sides_of)(call.real, call.fake, call.E), call

    return run


def _without_weights(made: Made[A]) -> Expectation[A]:
    plain: Plain[A] = Plain(made.backend, made.reduction)
    return Expectation(made.backend, plain, plain, plain.finish, made.reduction)


class OfHeads(NamedTuple):
    """A player's loss of one head, and of a list or a dict of heads."""

    one: Run
    each: Runs
    several: Run
    at_once: AtOnce | None


def with_heads(made: Made[A], player: Player[A], as_sides: bool) -> OfHeads:
    """A player's loss: its total, or the `Sides` that it is the sum of."""
    found = at_once(made, player, as_sides) if made.devices is None else None
    run = reduced(made, player, as_sides, found and found[0])
    runs = in_turn(run)
    if made.devices is not None:
        runs = everywhere(made, player, run, _sums, as_sides)
        run = alone(runs)

    def of_all(heads: list[dict[str, Any]]) -> list[Any]:
        calls = [(given.pop("real", None), given.pop("fake", None), Extras(**given) if given else None) for given in heads]
        return runs(calls)

    def of_each(real: Any, fake: Any, extras: Extras | None) -> Any:
        given = {} if extras is None else dict(zip(Extras._fields, extras, strict=True))
        arguments = {"real": real, "fake": fake, **given}
        return over_heads(of_all, made.heads, made.reduction == "none", at_once=found and found[1], **arguments)

    return OfHeads(run, runs, of_each, found and found[1])


def _sums(made: Made[A], player: Player[A]) -> Run:
    """What the terms of each side sum to."""
    found = at_once(made, player, True)
    return reduced(made, player, True, found and found[0])


def reduced(made: Made[A], player: Player[A], as_sides: bool, node: Run | None) -> Run:
    """A player's loss of one head; `node` is quicker, or returns None."""
    finish = (parts if as_sides else total)(made)
    evaluate, in_shape = unreduced(made, player), made.reduction == "none" and made.game.sample.axes > 0
    # Most calls need no step at all, and then not even a `Call`.
    begin, sides_of, E = arrays(made, player), player.sides, _without_weights(made)

    def stepwise(real: Any, fake: Any, extras: Extras | None) -> Any:
        sides, call = evaluate(real, fake, extras)
        loss = finish(sides, call.E)
        return in_samples_shape(made.backend, loss, call) if in_shape else loss

    def plain(real: Any, fake: Any, extras: Extras | None) -> Any:
        if extras is not None:
            return stepwise(real, fake, extras)
        real, fake = begin(real, fake)
        return finish(sides_of(real, fake, E), E)

    if steps_of(made, player, False):
        return stepwise
    if node is None or player.terms is None:
        return plain
    large = made.backend.large
    (real_term, fake_term), mean = player.terms, E.fake.finish

    def at_once_or_plain(real: Any, fake: Any, extras: Extras | None) -> Any:
        if extras is not None or large(fake):
            loss = node(real, fake, extras)
            if loss is not None:
                return loss
        if extras is not None:
            return stepwise(real, fake, extras)
        real, fake = begin(real, fake)
        if as_sides:
            return finish(sides_of(real, fake, E), E)
        of_fake = mean(fake_term(fake))
        return of_fake if real_term is None else mean(real_term(real)) + of_fake

    return at_once_or_plain


def _of_discriminator(made: Made[A], runs: OfHeads) -> Callable[..., Any]:
    of_heads = runs.several
    run = runs.one if isinstance(made.heads, str) else of_heads
    if not made.game.discriminator.needs_fake:
        run = of_heads = _of_reals_alone(run, of_heads)

    def discriminator(
        real: Any,
        fake: Any,
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Any:
        """(real, fake, *, real_weight, fake_weight, real_labels, fake_labels) to what D minimises; see `GANLoss`."""
        extras = None
        if not (real_weight is None and fake_weight is None and real_labels is None and fake_labels is None):
            extras = Extras(real_weight, fake_weight, real_labels, fake_labels)
        return of_heads(real, fake, extras) if isinstance(fake, CONTAINERS) else run(real, fake, extras)

    return discriminator


def _of_reals_alone(run: Run, of_heads: Run) -> Run:
    def call(real: Any, fake: Any, extras: Extras | None) -> Any:
        if extras is not None:
            extras = Extras(extras.real_weight, None, extras.real_labels, None)
        return (of_heads if isinstance(real, CONTAINERS) else run)(real, None, extras)

    return call


def _of_generator(made: Made[A], runs: OfHeads) -> Callable[..., Any]:
    name, needs_real, of_heads = made.name, made.game.generator.needs_real, runs.several
    run = runs.one if isinstance(made.heads, str) else of_heads

    def generator(
        fake: Any,
        *by_keyword: Any,
        real: Any = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Any:
        """(fake, *, real, real_weight, fake_weight, real_labels, fake_labels) to what G minimises; see `GANLoss`."""
        if by_keyword:
            raise TypeError(f"{name}: generator takes the fake logits first and real by keyword: generator(fake, real=...)")
        if not needs_real:
            if real_labels is not None and not made.game.sample.axes:
                raise TypeError(f"{name}: G's loss looks at fakes alone, whose labels are fake_labels, got real_labels")
            real = real_weight = real_labels = None
        elif real is None:
            raise TypeError(f"{name} compares fakes with reals in the generator's loss too: call generator(fake, real=...)")
        extras = None
        if not (real_weight is None and fake_weight is None and real_labels is None and fake_labels is None):
            extras = Extras(real_weight, fake_weight, real_labels, fake_labels)
        return of_heads(real, fake, extras) if isinstance(fake, CONTAINERS) else run(real, fake, extras)

    return generator


def _one_sided(made: Made[A], of_generator: OfHeads) -> Callable[..., Any]:
    name, backend, terms = made.name, made.backend, made.game.terms
    per_element, of_means = made.reduction == "none", made.game.discriminator.of_means
    plain: Plain[A] = Plain(backend, made.reduction)
    node, of_heads = one_side_at_once(made) or (None, None)

    def one_sided(logits: Any, target_is_real: bool | None = None, is_disc: bool = False) -> Any:
        """(logits, target_is_real, is_disc=False): D's term on one side with is_disc=True, else G's loss; see `GANLoss`."""
        if not isinstance(target_is_real, int) and type(target_is_real).__name__ not in BOOLS:
            raise no_bool(name, "target_is_real", target_is_real)
        if is_disc is not False and not isinstance(is_disc, int) and type(is_disc).__name__ not in BOOLS:
            raise no_bool(name, "is_disc", is_disc)
        if terms is None:
            raise TypeError(
                f"{name} compares reals with fakes, or samples with each other, which a call on one side cannot do: "
                "use discriminator(real, fake) and generator(fake, real=...)"
            )
        if not is_disc and not target_is_real:
            raise ValueError(
                f"{name}: a generator loss with target_is_real=False means something else in every codebase: "
                "G's loss is target_is_real=True, D's loss on fakes is target_is_real=False with is_disc=True"
            )
        term, side = (terms[0], "real") if target_is_real else (terms[1], "fake")

        def of_one_head(logits: Any) -> Any:
            if not is_disc:
                loss_or_sides = of_generator.one(None, logits, None)
                return loss_or_sides.fake if per_element else loss_or_sides
            if made.devices is not None and not per_element:
                return of_one_side(made, term, side, [logits])[0]
            if node is not None and backend.large(logits):
                loss = node(side, logits)
                if loss is not None:
                    return loss
            x: Any = backend.logits(logits, side)
            if 0 in x.shape:
                raise empty(side, x.shape)
            return plain.finish(term(mean_of_samples(backend, x) if of_means else x))

        def of_all(heads: list[dict[str, Any]]) -> list[Any]:
            if made.devices is None or per_element:
                return [of_one_head(**head) for head in heads]
            if is_disc:
                return of_one_side(made, term, side, [head["logits"] for head in heads])
            return of_generator.each([(None, head["logits"], None) for head in heads])

        def all_heads(given: Any, weights: Any) -> Any:
            if made.devices is not None:
                return None
            if is_disc:
                return of_heads and of_heads(side, given["logits"], weights)
            return of_generator.at_once and of_generator.at_once({"fake": given["logits"]}, weights)

        if isinstance(logits, CONTAINERS) or not isinstance(made.heads, str):
            return over_heads(of_all, made.heads, per_element, at_once=all_heads, logits=logits)
        return of_one_head(logits)

    return one_sided


def _renamed(function: Any, loss: str, field: str, about: str) -> Any:
    # torch.compile keeps at most 8 variants per code object: every bound loss gets a code object of its own.
    code = function.__code__.replace(co_name=f"{loss}_{field}")
    own = FunctionType(code, function.__globals__, code.co_name, function.__defaults__, function.__closure__)
    own.__kwdefaults__, own.__doc__ = function.__kwdefaults__, f"{function.__doc__}\n\n{about}"
    # What Python's own errors name.
    own.__qualname__ = f"GANLoss({loss!r})" + ("" if field == "one_sided" else f".{field}")
    return own
