"""From a loss to the functions that users call: checks, weights, reductions. No formula knows of any of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, NamedTuple

from ganloss_core._backend import Backend
from ganloss_core._expectation import Expectation, Plain, Reduction, Weighted, shape
from ganloss_core._heads import CONTAINERS, Heads, over_heads
from ganloss_core._loss import Loss, Sides, TwoSided, game, paired, separable
from ganloss_core._ops import A


class Functions(NamedTuple, Generic[A]):
    """A loss bound to a backend, a reduction and a rule for heads."""

    discriminator: Callable[..., Any]
    generator: Callable[..., Any]
    discriminator_terms: Callable[..., Any]
    one_sided: Callable[..., Any]


def bind(loss: Loss[A], backend: Backend[A], *, name: str, reduction: Reduction, heads: Heads) -> Functions[A]:
    """The functions that users call, for logits of one backend."""
    d_sides, g_sides, g_needs_real = game(loss)
    is_paired, per_element = loss.coupling is paired, reduction == "none"
    logits = backend.logits
    plain = Plain(backend, reduction)
    unweighted = Expectation(backend, plain, plain, plain, reduction, loss.pairs_mean)

    def weighted(real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> tuple[Any, Any, Expectation[A]]:
        real, w_real = _weigh(backend, real, real_weight, "real")
        fake, w_fake = _weigh(backend, fake, fake_weight, "fake")
        on_real, on_fake, on_pair = (
            plain if w is None else Weighted(backend, w, reduction, strict)
            for w, strict in ((w_real, False), (w_fake, False), (_product(w_real, w_fake) if is_paired else None, True))
        )
        return real, fake, Expectation(backend, on_real, on_fake, on_pair, reduction, loss.pairs_mean)

    def evaluate(
        sides_of: TwoSided[A], real: Any, fake: Any, real_weight: Any, fake_weight: Any, as_sides: bool = per_element
    ) -> Any:
        fake = logits(fake, "fake")
        if real is not None or sides_of is d_sides:
            real = logits(real, "real")
            if real.shape != fake.shape:
                _check_shapes(name, real.shape, fake.shape, is_paired)
        if 0 in fake.shape:
            raise _empty("fake", fake.shape)
        E = unweighted
        if real_weight is not None or fake_weight is not None:
            real, fake, E = weighted(real, fake, real_weight, fake_weight)
        on_real, on_fake, on_pair, on_batch = sides_of(real, fake, E)
        if as_sides:
            if per_element and on_batch is not None:
                raise ValueError(f"{name} is a function of the whole batch, without terms per element: use reduction='mean'")
            return Sides(
                None if on_real is None else E.finish_real(on_real),
                None if on_fake is None else E.finish_fake(on_fake),
                None if on_pair is None else E.finish_pair(on_pair),
                on_batch,
            )
        total = None if on_real is None else E.finish_real(on_real)
        if on_fake is not None:
            total = E.finish_fake(on_fake) if total is None else total + E.finish_fake(on_fake)
        if on_pair is not None:
            total = E.finish_pair(on_pair) if total is None else total + E.finish_pair(on_pair)
        return total if on_batch is None else on_batch if total is None else total + on_batch

    def per_head(sides_of: TwoSided[A], as_sides: bool, **arguments: Any) -> Any:
        return over_heads(partial(evaluate, sides_of, as_sides=as_sides), heads, per_element, **arguments)

    def discriminator(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if isinstance(fake, CONTAINERS):
            return per_head(d_sides, per_element, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(d_sides, real, fake, real_weight, fake_weight)

    def discriminator_terms(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if isinstance(fake, CONTAINERS):
            return per_head(d_sides, True, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(d_sides, real, fake, real_weight, fake_weight, True)

    def generator(fake: Any, *, real: Any = None, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if not g_needs_real:
            real = real_weight = None
        elif real is None:
            raise TypeError(f"{name} compares fakes with reals in the generator's loss too: call generator(fake, real=...)")
        if isinstance(fake, CONTAINERS):
            return per_head(g_sides, per_element, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)
        return evaluate(g_sides, real, fake, real_weight, fake_weight)

    def one_sided(logits_: Any, target_is_real: bool, is_disc: bool = False) -> Any:
        if loss.coupling is not separable:
            raise TypeError(
                f"{name} compares reals with fakes, which a call on one side cannot do: "
                "use discriminator(real, fake) and generator(fake, real=...)"
            )
        if not is_disc:
            if not target_is_real:
                raise ValueError(
                    f"{name}: a generator loss with target_is_real=False means something else in every codebase: "
                    "G's loss is target_is_real=True, D's loss on fakes is target_is_real=False with is_disc=True"
                )
            return generator(logits_)
        term, side = (loss.real, "real") if target_is_real else (loss.fake, "fake")

        def of_one_head(x: Any) -> Any:
            x = logits(x, side)
            if 0 in x.shape:
                raise _empty(side, x.shape)
            return plain.finish(term(x))

        if isinstance(logits_, CONTAINERS):
            return over_heads(of_one_head, heads, per_element, x=logits_)
        return of_one_head(logits_)

    return Functions(discriminator, generator, discriminator_terms, one_sided)


def _weigh(backend: Backend[A], x: Any, weight: Any, side: str) -> tuple[Any, A | None]:
    if weight is None:
        return x, None
    if x is None:
        raise TypeError(f"{side}_weight was given without {side} logits")
    if not hasattr(weight, "shape") or shape(weight) != shape(x):
        got = f"shape {shape(weight)}" if hasattr(weight, "shape") else type(weight).__name__
        raise ValueError(
            f"{side}_weight must be an array of the logits' shape {shape(x)}, got {got}: nothing is broadcast for you"
        )
    w = backend.like(weight, x)
    # A masked logit is replaced before any formula sees it: a NaN there must not reach a gradient through 0 * NaN.
    return backend.masked(w, x, 0.0), w


def _product(a: A | None, b: A | None) -> A | None:
    return b if a is None else a if b is None else a * b


def _empty(side: str, shape: Any) -> ValueError:
    return ValueError(f"{side} logits are empty, shape {tuple(shape)}: a mean over nothing is NaN")


def _check_shapes(name: str, real: Any, fake: Any, is_paired: bool) -> None:
    if 0 in real:
        raise _empty("real", real)
    if len(real) != len(fake):
        raise ValueError(
            f"{name}: real logits have shape {tuple(real)} and fake logits {tuple(fake)}; "
            "give both the same number of dimensions, or they would broadcast against each other"
        )
    if is_paired:
        raise ValueError(
            f"{name} pairs real_i with fake_i, so both sides need the same shape, got {tuple(real)} and {tuple(fake)}; "
            "unequal batches need another coupling, such as all pairs or the average"
        )
