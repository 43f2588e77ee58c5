"""From a loss to the functions that users call: checks, weights, reductions. No formula knows of any of these."""

from __future__ import annotations

from collections.abc import Callable
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

    def parts(sides_of: TwoSided[A], real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> Any:
        fake = logits(fake, "fake")
        if real is not None or sides_of is d_sides:
            real = logits(real, "real")
            if real.shape != fake.shape if is_paired else real.ndim != fake.ndim:
                _check_shapes(name, real, fake, is_paired)
        E = unweighted
        if real_weight is not None or fake_weight is not None:
            real, fake, E = weighted(real, fake, real_weight, fake_weight)
        return E, sides_of(real, fake, E)

    def reduced(E: Expectation[A], sides: Sides[A]) -> Sides[A]:
        on_real, on_fake, on_pair, on_batch = sides
        if per_element and on_batch is not None:
            raise ValueError(f"{name} is a function of the whole batch, it has no terms per element: use reduction='mean'")
        return Sides(
            None if on_real is None else E.real.finish(on_real),
            None if on_fake is None else E.fake.finish(on_fake),
            None if on_pair is None else E.pair.finish(on_pair),
            on_batch,
        )

    def total(E: Expectation[A], sides: Sides[A]) -> Any:
        if per_element:
            return reduced(E, sides)
        on_real, on_fake, on_pair, on_batch = sides
        loss = None if on_real is None else E.real.finish(on_real)
        if on_fake is not None:
            loss = E.fake.finish(on_fake) if loss is None else loss + E.fake.finish(on_fake)
        if on_pair is not None:
            loss = E.pair.finish(on_pair) if loss is None else loss + E.pair.finish(on_pair)
        return loss if on_batch is None else on_batch if loss is None else loss + on_batch

    def d_loss(real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> Any:
        return total(*parts(d_sides, real, fake, real_weight, fake_weight))

    def g_loss(real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> Any:
        return total(*parts(g_sides, real, fake, real_weight, fake_weight))

    def d_terms(real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> Any:
        return reduced(*parts(d_sides, real, fake, real_weight, fake_weight))

    def per_head(call: Callable[..., Any], real: Any, fake: Any, real_weight: Any, fake_weight: Any) -> Any:
        return over_heads(call, heads, per_element, real=real, fake=fake, real_weight=real_weight, fake_weight=fake_weight)

    def discriminator(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if isinstance(real, CONTAINERS) or isinstance(fake, CONTAINERS):
            return per_head(d_loss, real, fake, real_weight, fake_weight)
        return total(*parts(d_sides, real, fake, real_weight, fake_weight))

    def discriminator_terms(real: Any, fake: Any, *, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if isinstance(real, CONTAINERS) or isinstance(fake, CONTAINERS):
            return per_head(d_terms, real, fake, real_weight, fake_weight)
        return d_terms(real, fake, real_weight, fake_weight)

    def generator(fake: Any, *, real: Any = None, real_weight: Any = None, fake_weight: Any = None) -> Any:
        if not g_needs_real:
            real = real_weight = None
        elif real is None:
            raise TypeError(f"{name} compares fakes with reals in the generator's loss too: call generator(fake, real=...)")
        if isinstance(real, CONTAINERS) or isinstance(fake, CONTAINERS):
            return per_head(g_loss, real, fake, real_weight, fake_weight)
        return total(*parts(g_sides, real, fake, real_weight, fake_weight))

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
            return plain.finish(term(logits(x, side)))

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


def _check_shapes(name: str, real: Any, fake: Any, is_paired: bool) -> None:
    if real.ndim != fake.ndim:
        raise ValueError(
            f"{name}: real logits have shape {shape(real)} and fake logits {shape(fake)}; "
            "give both the same number of dimensions, or they would broadcast against each other"
        )
    if is_paired:
        raise ValueError(
            f"{name} pairs real_i with fake_i, so both sides need the same shape, got {shape(real)} and {shape(fake)}; "
            f"for unequal batches there is {name.replace('paired', 'all_pairs')}"
        )
