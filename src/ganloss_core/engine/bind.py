"""From a loss to the functions that users call: checks, weights, reductions. No formula knows of any of these."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, NamedTuple

from ganloss_core.engine.backend import Backend
from ganloss_core.engine.batch import NO_EXTRAS, Extras, batch, top_k_weight, without_masked
from ganloss_core.engine.expectation import Expectation
from ganloss_core.engine.heads import CONTAINERS, Heads, over_heads
from ganloss_core.engine.side import Plain, Reduction, Weighted, shape
from ganloss_core.spec.game import Game
from ganloss_core.spec.loss import TwoSided
from ganloss_core.spec.sides import Sides
from ganloss_core.words.ops import A


class Functions(NamedTuple, Generic[A]):
    """A loss bound to a backend, a reduction and a rule for heads."""

    discriminator: Callable[..., Any]
    generator: Callable[..., Any]
    discriminator_terms: Callable[..., Any]
    one_sided: Callable[..., Any]


def bind(
    rules: Game[A],
    backend: Backend[A],
    *,
    name: str,
    reduction: Reduction,
    heads: Heads,
    top_k: int | None = None,
) -> Functions[A]:
    """The functions that users call, for logits of one backend."""
    d_sides, g_sides, g_needs_real = rules.discriminator.sides, rules.generator.sides, rules.generator.needs_real
    per_element, has_samples = reduction == "none", bool(rules.sample.axes)
    one_side, checks_samples = not rules.discriminator.needs_fake, has_samples or rules.sample.least > 1
    if top_k is not None and rules.terms is None:
        raise ValueError(f"top_k is for losses that are a term for each logit, which {name} is not")
    logits = backend.logits
    plain = Plain(backend, reduction)
    unweighted = Expectation(backend, plain, plain, plain.finish, reduction)
    one_array_only = isinstance(heads, str)

    def evaluate(sides_of: TwoSided[A], real: Any, fake: Any, extras: Extras, as_sides: bool = per_element) -> Any:
        paired = rules.discriminator.paired if sides_of is d_sides else rules.generator.paired
        if fake is not None or not one_side:
            fake = logits(fake, "fake")
        if real is not None or sides_of is d_sides:
            if isinstance(real, CONTAINERS):
                raise TypeError(f"real is a {type(real).__name__} of logits and fake is not: with several heads, both must be")
            real = logits(real, "real")
            if fake is not None and real.shape != fake.shape:
                _check_shapes(name, real.shape, fake.shape, rules.sample.axes, paired)
        if fake is not None and 0 in fake.shape:
            raise _empty("fake", fake.shape)
        if rules.discriminator.of_means if sides_of is d_sides else rules.generator.of_means:
            real, fake = (_per_sample(backend, x) for x in (real, fake))
        E, real_shape, fake_shape = unweighted, None, None
        if checks_samples:
            real_shape, fake_shape = (_samples(name, side, x, rules) for side, x in (("real", real), ("fake", fake)))
        if has_samples or extras is not NO_EXTRAS:
            real, fake, E = batch(rules, backend, name, reduction, paired, real, fake, extras)
        if top_k is not None and sides_of is g_sides:
            weight = top_k_weight(backend, fake, E.fake.weight, top_k)
            fake = without_masked(backend, fake, weight)
            E = Expectation(backend, plain, Weighted(backend, weight, reduction), plain.finish, reduction)
        sides = sides_of(real, fake, E)
        if sides.__class__ is not Sides:
            raise TypeError(f"{name}: a coupling must return ganloss_core.Sides, got {type(sides).__name__}")
        on_real, on_fake, on_pair, on_batch = sides
        if on_pair is not None and not paired:
            _check_pairs(name, real, fake, on_pair, rules.sample.axes)
        if on_batch is not None and reduction != "mean" and not rules.all_pairs:
            raise ValueError(f"{name} is a function of the whole batch, without terms per element: use reduction='mean'")
        if as_sides:
            parts = Sides(
                None if on_real is None else E.real.finish(on_real),
                None if on_fake is None else E.fake.finish(on_fake),
                None if on_pair is None else E.finish_pair(on_pair),
                on_batch,
            )
            return _in_shape(backend, parts, real_shape, fake_shape) if has_samples and per_element else parts
        total = None if on_real is None else E.real.finish(on_real)
        if on_fake is not None:
            total = E.fake.finish(on_fake) if total is None else total + E.fake.finish(on_fake)
        if on_pair is not None:
            total = E.finish_pair(on_pair) if total is None else total + E.finish_pair(on_pair)
        total = total if on_batch is None else on_batch if total is None else total + on_batch
        if total is None:
            raise TypeError(f"{name}: a coupling returned Sides without any part")
        return total

    def per_head(sides_of: TwoSided[A], as_sides: bool, real: Any, fake: Any, extras: Extras) -> Any:
        def of_one_head(real: Any = None, fake: Any = None, **given: Any) -> Any:
            return evaluate(sides_of, real, fake, _extras(**given), as_sides)

        return over_heads(of_one_head, heads, per_element, real=real, fake=fake, **extras._asdict())

    def discriminate(as_sides: bool, real: Any, fake: Any, *given: Any) -> Any:
        extras = _extras(*given)
        if one_side:
            fake, extras = None, extras._replace(fake_weight=None, fake_labels=None)
        if isinstance(fake, CONTAINERS) or not one_array_only or (fake is None and isinstance(real, CONTAINERS)):
            return per_head(d_sides, as_sides, real, fake, extras)
        return evaluate(d_sides, real, fake, extras, as_sides)

    def discriminator(
        real: Any,
        fake: Any,
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Any:
        """(real, fake, *, real_weight, fake_weight, real_labels, fake_labels) to the scalar that D minimises; see `GANLoss`."""
        if one_array_only and not one_side and not isinstance(fake, CONTAINERS):
            return evaluate(d_sides, real, fake, _extras(real_weight, fake_weight, real_labels, fake_labels))
        return discriminate(per_element, real, fake, real_weight, fake_weight, real_labels, fake_labels)

    def discriminator_terms(
        real: Any,
        fake: Any,
        *,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Any:
        """The arguments of `discriminator` to the `Sides` that D's loss is the sum of; see `GANLoss`."""
        return discriminate(True, real, fake, real_weight, fake_weight, real_labels, fake_labels)

    def generator(
        fake: Any,
        *by_keyword: Any,
        real: Any = None,
        real_weight: Any = None,
        fake_weight: Any = None,
        real_labels: Any = None,
        fake_labels: Any = None,
    ) -> Any:
        """(fake, *, real, real_weight, fake_weight, real_labels, fake_labels) to the scalar that G minimises; see `GANLoss`."""
        if by_keyword:
            raise TypeError(f"{name}: generator takes the fake logits first and real by keyword: generator(fake, real=...)")
        if not g_needs_real:
            real = real_weight = real_labels = None
        elif real is None:
            raise TypeError(f"{name} compares fakes with reals in the generator's loss too: call generator(fake, real=...)")
        extras = _extras(real_weight, fake_weight, real_labels, fake_labels)
        if isinstance(fake, CONTAINERS) or not one_array_only:
            return per_head(g_sides, per_element, real, fake, extras)
        return evaluate(g_sides, real, fake, extras)

    def one_sided(logits_: Any, target_is_real: bool, is_disc: bool = False) -> Any:
        """(logits, target_is_real, is_disc=False): D's term on one side with is_disc=True, else G's loss; see `GANLoss`."""
        if type(target_is_real).__name__ not in ("bool", "bool_", "int"):
            raise TypeError(
                f"{name}: target_is_real must be True or False, got {type(target_is_real).__name__}: a call is on one side; "
                "for both there is discriminator(real, fake)"
            )
        if rules.terms is None:
            raise TypeError(
                f"{name} compares reals with fakes, or samples with each other, which a call on one side cannot do: "
                "use discriminator(real, fake) and generator(fake, real=...)"
            )
        if not is_disc and not target_is_real:
            raise ValueError(
                f"{name}: a generator loss with target_is_real=False means something else in every codebase: "
                "G's loss is target_is_real=True, D's loss on fakes is target_is_real=False with is_disc=True"
            )
        term, side = (rules.terms[0], "real") if target_is_real else (rules.terms[1], "fake")

        def of_one_head(x: Any) -> Any:
            if not is_disc:
                loss_or_sides = evaluate(g_sides, None, x, NO_EXTRAS)
                return loss_or_sides.fake if per_element else loss_or_sides
            x = logits(x, side)
            if 0 in x.shape:
                raise _empty(side, x.shape)
            return plain.finish(term(_per_sample(backend, x) if rules.discriminator.of_means else x))

        if isinstance(logits_, CONTAINERS) or not one_array_only:
            return over_heads(of_one_head, heads, per_element, x=logits_)
        return of_one_head(logits_)

    return Functions(discriminator, generator, discriminator_terms, one_sided)


def _extras(real_weight: Any, fake_weight: Any, real_labels: Any, fake_labels: Any) -> Extras:
    if real_weight is None and fake_weight is None and real_labels is None and fake_labels is None:
        return NO_EXTRAS
    return Extras(real_weight, fake_weight, real_labels, fake_labels)


def _in_shape(backend: Backend[A], parts: Sides[A], real: Any, fake: Any) -> Sides[A]:
    """One term per sample in the samples' shape, as the caller has them."""
    shapes: tuple[Any, ...] = (real, fake, real or fake, ())
    return Sides(
        *[
            part if part is None or len(shape(part)) != 1 else backend.reshape(part, to)
            for part, to in zip(parts, shapes, strict=True)
        ]
    )


def _samples(name: str, side: str, x: Any, rules: Game[A]) -> tuple[int, ...] | None:
    """The shape of the samples, checked; None without logits."""
    if x is None:
        return None
    axes = rules.sample.axes
    wanted = ("a logit", "a vector, shape (batch, ..., length)", "two vectors, shape (batch, ..., 2, length)")[axes]
    if len(x.shape) <= axes or (axes == 2 and x.shape[-2] != 2):
        raise ValueError(
            f"{name} needs for each sample {wanted}{', its embedding and its proxy' if axes == 2 else ''}: "
            f"got {side} logits of shape {shape(x)}"
        )
    if rules.sample.length is not None and x.shape[-1] != rules.sample.length:
        raise ValueError(f"{name} needs vectors of length {rules.sample.length}, got {side} logits of shape {shape(x)}")
    samples = shape(x)[: len(x.shape) - axes]
    if math.prod(samples) < rules.sample.least:
        raise ValueError(f"{name} needs at least {rules.sample.least} {side} samples, got {math.prod(samples)}")
    return samples


def _check_pairs(name: str, real: Any, fake: Any, part: Any, axes: int) -> None:
    r, f = (shape(x)[: len(x.shape) - axes] for x in (real, fake))
    if shape(part) != (math.prod(r), math.prod(f)) and not shape(part) == r == f:
        raise ValueError(
            f"{name}: a part on pairs must have the shape of both sides, got {shape(part)} from real logits of shape "
            f"{shape(real)} and fake logits of shape {shape(fake)}"
        )


def _per_sample(backend: Backend[A], x: Any) -> Any:
    """The mean logit of each sample of a map."""
    if x is None or len(x.shape) < 2:
        return x
    n = x.shape[0]
    return backend.sum(backend.reshape(x, (n, -1)), 1) / float(math.prod(x.shape[1:]))


def _empty(side: str, shape: Any) -> ValueError:
    return ValueError(f"{side} logits are empty, shape {tuple(shape)}: a mean over nothing is NaN")


def _check_shapes(name: str, real: Any, fake: Any, axes: int, paired: bool) -> None:
    if 0 in real:
        raise _empty("real", real)
    if len(real) != len(fake):
        raise ValueError(
            f"{name}: real logits have shape {tuple(real)} and fake logits {tuple(fake)}; give both the same number of "
            "dimensions: a loss that compares the sides would broadcast one against the other"
        )
    if axes and real[-axes:] != fake[-axes:]:
        raise ValueError(
            f"{name}: the vectors of both sides must be equally long, got real logits of shape {tuple(real)} and fake "
            f"logits of shape {tuple(fake)}"
        )
    if paired:
        raise ValueError(
            f"{name} pairs real_i with fake_i, so both sides need the same shape, got {tuple(real)} and {tuple(fake)}; "
            "unequal batches need another coupling, such as all pairs or the average"
        )
